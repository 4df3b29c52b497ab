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

func heart(on bool) app.UI {
	return sign(on, "M8 13.6C3.7 10.6 1.8 8.6 1.8 6.1a3.2 3.2 0 0 1 6.2-1.2 3.2 3.2 0 0 1 6.2 1.2c0 2.5-1.9 4.5-6.2 7.5z")
}

func bubble() app.UI {
	return sign(false, "M2.2 3.2h11.6v8H7.3l-3 2.6v-2.6H2.2z")
}

func arrows() app.UI {
	return sign(false, "M2.4 8V6.4a2 2 0 0 1 2-2h8M10.2 2l2.4 2.4-2.4 2.4M13.6 8v1.6a2 2 0 0 1-2 2h-8M5.8 14l-2.4-2.4 2.4-2.4")
}

func dots() app.UI { return sign(true, "M3 6.8h2.4v2.4H3zM6.8 6.8h2.4v2.4H6.8zM10.6 6.8H13v2.4h-2.4z") }

func glass() app.UI {
	return sign(false, "M7 2.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6zM10.5 10.5l3.7 3.7")
}

// sign is a small drawing in lines, or filled.
func sign(filled bool, shape string) app.UI {
	class := "thin"
	if filled {
		class = "solid"
	}
	return svg("0 0 16 16", [2]string{class, shape})
}

// avatar is a person's initial on a colour that is always the same for the sub.
func avatar(sub, name string) app.UI {
	return el("span", at{"class", "avatar " + hue(sub), "aria-hidden", "true"}, text(initial(name)))
}

func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(called(name)))
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
