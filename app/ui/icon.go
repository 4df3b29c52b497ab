package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// lamp is the mark of the house.
func lamp() app.UI {
	return svg("0 0 32 32",
		[2]string{"arm", "M16 1.5v4M16 26v3"},
		[2]string{"glass", "M10.5 11.5h11l-2 12h-7z"},
		[2]string{"roof", "M9.5 11.5 16 5.5l6.5 6zM12 23.5h8v2.5h-8z"},
		[2]string{"flame", "M16 14c1.9 2.2 2.9 3.6 2.9 5a2.9 2.9 0 0 1-5.8 0c0-1.4 1-2.8 2.9-5z"},
	)
}

func lock() app.UI {
	return svg("0 0 16 16", [2]string{"solid", "M4 7V5a4 4 0 0 1 8 0v2h1v7H3V7zm1.7 0h4.6V5a2.3 2.3 0 0 0-4.6 0z"})
}

// avatar is a person's initial on a colour that is always the same for the sub.
func avatar(sub, name string) app.UI {
	return el("span", at{"class", "avatar " + hue(sub), "aria-hidden", "true"}, text(initial(name)))
}

func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
	if r == utf8.RuneError || !unicode.IsPrint(r) {
		return "·"
	}
	return string(unicode.ToUpper(r))
}

// hue picks one of the stylesheet's six colours.
func hue(sub string) string {
	sum := 0
	for i := range len(sub) {
		sum += int(sub[i])
	}
	return "h" + string(rune('0'+sum%6))
}
