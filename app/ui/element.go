package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// at is the attributes of an element: a name, its value, and so on. One whose
// value is "" is left out. Those that are there or not have the value of flag.
type at []string

// flag is the value of an attribute that is there or not, such as required.
func flag(there bool) string {
	if there {
		return "true"
	}
	return ""
}

// el makes an element. Every element of every page is made here or in void, so
// that no attribute goes unescaped; what is in body may be nil.
func el(tag string, a at, body ...app.UI) app.UI { return build(tag, "", a, body) }

func build(tag, namespace string, a at, body []app.UI) app.UI {
	e := app.Elem(tag).XMLNS(namespace)
	for i := 0; i+1 < len(a); i += 2 {
		e.Attr(a[i], value(a[i], a[i+1]))
	}
	return e.Body(body...)
}

// void makes an element that has no content.
func void(tag string, a at) app.UI {
	e := app.ElemSelfClosing(tag)
	for i := 0; i+1 < len(a); i += 2 {
		e.Attr(a[i], value(a[i], a[i+1]))
	}
	return e
}

// on makes an element of el or void hear an event.
func on(event string, h app.EventHandler, e app.UI, options ...app.EventOption) app.UI {
	switch e := e.(type) {
	case app.HTMLElem:
		return e.On(event, h, options...)
	case app.HTMLElemSelfClosing:
		return e.On(event, h, options...)
	}
	return e
}

// text makes a text node. Two of them must not stand side by side: a browser
// reads them back as one.
func text(s string) app.UI { return app.Text(plain(s)) }

// value makes the value of an attribute ready for go-app. It writes the name
// alone when the value is "true", which is right for those that are there or
// not and wrong for all others: esc sees to it.
func value(name, s string) string {
	switch name {
	case "required", "selected", "disabled", "hidden", "novalidate":
		return flag(s == "true")
	}
	return esc(s)
}

// para makes a paragraph of one text.
func para(class, words string) app.UI {
	return el("p", at{"class", class}, text(words))
}

// link makes a link with one text.
func link(class, path, words string) app.UI {
	return el("a", at{"class", class, "href", path}, text(words))
}

const svgNamespace = "http://www.w3.org/2000/svg"

// svg is a drawing that says nothing to who cannot see it. Each shape is a
// class and a path.
func svg(viewBox string, shapes ...[2]string) app.UI {
	paths := make([]app.UI, len(shapes))
	for i, s := range shapes {
		paths[i] = build("path", svgNamespace, at{"class", s[0], "d", s[1]}, nil)
	}
	return build("svg", svgNamespace, at{"class", "icon", "viewBox", viewBox, "focusable", "false", "aria-hidden", "true"}, paths)
}
