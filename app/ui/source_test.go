//go:build !js

package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSourceEscapes reads this package and refuses every way into a page that
// does not go through element.go, and what our policy forbids.
func TestSourceEscapes(t *testing.T) {
	elements, files := 0, sources(t)
	for _, f := range files {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == "at" {
				elements++
			}
			if why := unsafe(f.name, n); why != "" {
				t.Errorf("%s: %s", f.set.Position(n.Pos()), why)
			}
			return true
		})
	}
	if elements < 100 {
		t.Errorf("saw %d lists of attributes in %d files: this is not the package", elements, len(files))
	}
}

func TestUnsafe(t *testing.T) {
	tests := []struct {
		name, source string
		refused      bool
	}{
		{"element", `el("a", at{"href", x}, text(y))`, false},
		{"handler", `on("click", f, el("a", nil))`, false},
		{"go-app's element", `app.A()`, true},
		{"go-app's text", `app.Text(x)`, true},
		{"markup", `app.Raw(x)`, true},
		{"attribute past el", `e.Attr("href", x)`, true},
		{"aria past el", `e.Aria("label", x)`, true},
		{"text past el", `e.Text(x)`, true},
		{"markup by the DOM", `e.Set("innerHTML", x)`, true},
		{"value by the DOM", `e.Set("value", x)`, false},
		{"attribute by the DOM", `e.Call("setAttribute", "href", x)`, true},
		{"tag from outside", `el(x, nil)`, true},
		{"script", `el("script", nil)`, true},
		{"attribute's name from outside", `at{x, "y"}`, true},
		{"odd list", `at{"x"}`, true},
		{"inline style", `at{"style", "color:red"}`, true},
		{"inline handler", `at{"onclick", "x()"}`, true},
		{"document in an attribute", `at{"srcdoc", x}`, true},
		{"escaped twice", `esc(x)`, true},
	}
	for _, test := range tests {
		e, err := parser.ParseExpr(test.source)
		if err != nil {
			t.Fatal(err)
		}
		why := ""
		ast.Inspect(e, func(n ast.Node) bool {
			if n != nil && why == "" {
				why = unsafe("x.go", n)
			}
			return true
		})
		if (why != "") != test.refused {
			t.Errorf("%s: unsafe(%s) = %q, want refused %t", test.name, test.source, why, test.refused)
		}
	}
}

// unsafe says what is wrong with a piece of this package's source.
func unsafe(file string, n ast.Node) string {
	if file == "element.go" {
		return ""
	}
	switch n := n.(type) {
	case *ast.SelectorExpr:
		return unsafeName(n)
	case *ast.CallExpr:
		return unsafeCall(n)
	case *ast.CompositeLit:
		if id, ok := n.Type.(*ast.Ident); ok && id.Name == "at" {
			return unsafeList(n.Elts)
		}
	}
	return ""
}

// unsafeName refuses whatever go-app makes elements and attributes with.
func unsafeName(s *ast.SelectorExpr) string {
	name := s.Sel.Name
	if x, ok := s.X.(*ast.Ident); ok && x.Name == "app" {
		if slices.Contains([]string{"UI", "Compo", "Composer", "Context", "Event", "EventHandler", "EventScope", "Value", "Window", "FuncOf", "Route", "IsServer",
			"HTMLElem", "HTMLElemSelfClosing", "HTMLString"}, name) {
			return ""
		}
		return "app." + name + ": use el, void or text"
	}
	return ""
}

func unsafeCall(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		switch {
		case f.Name == "esc" || f.Name == "plain":
			return f.Name + ": el and text do that"
		case f.Name == "el" || f.Name == "void":
			if tag, ok := literal(call.Args[0]); !ok || slices.Contains([]string{"script", "style", "iframe", "object", "embed", "base", "meta"}, tag) {
				return f.Name + ": not an element of ours"
			}
		}
	case *ast.SelectorExpr:
		switch f.Sel.Name {
		case "Attr", "Aria", "Class", "DataSet", "DataSets", "Style", "Styles", "Title", "ID", "Href", "Value", "Text", "Textf", "Raw":
			return f.Sel.Name + ": attributes go through el"
		case "Set", "Call":
			if name, ok := literal(call.Args[0]); !ok || slices.Contains([]string{"innerHTML", "outerHTML", "setAttribute", "insertAdjacentHTML", "write", "srcdoc"}, name) {
				return f.Sel.Name + ": not past the components"
			}
		}
	}
	return ""
}

func unsafeList(list []ast.Expr) string {
	if len(list)%2 != 0 {
		return "at: a name without a value"
	}
	for i := 0; i < len(list); i += 2 {
		name, ok := literal(list[i])
		if !ok || name == "style" || name == "srcdoc" || strings.HasPrefix(name, "on") {
			return "at: not an attribute of ours"
		}
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

type source struct {
	name string
	set  *token.FileSet
	tree *ast.File
}

func sources(t *testing.T) (files []source) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, source{e.Name(), set, tree})
	}
	return files
}
