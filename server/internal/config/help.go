package config

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// helpWidth is how many characters a line of Help has at most.
const helpWidth = 80

// Help returns the table as text for a terminal.
func Help() string {
	var b strings.Builder
	b.WriteString("Environment variables. A secret may also be in a file that NAME_FILE names.\n")
	for _, v := range Variables() {
		fmt.Fprintf(&b, "\n%s (%s)\n%s", v.Name, v.facts(), wrap(v.Help, "    "))
	}
	return b.String()
}

func (v Variable) facts() string {
	facts := v.Unit
	if v.Default != "" {
		facts += ", default " + v.Default
	}
	if v.Secret {
		facts += ", secret"
	}
	return facts
}

// wrap breaks text into indented lines.
func wrap(text, indent string) string {
	var b strings.Builder
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(indent+line)+1+utf8.RuneCountInString(word) > helpWidth {
			b.WriteString(indent + line + "\n")
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	b.WriteString(indent + line + "\n")
	return b.String()
}

// Markdown returns the table for the README, with a line end after each row.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| variable | default | what it is |\n| --- | --- | --- |\n")
	for _, v := range Variables() {
		def := ""
		if v.Default != "" {
			def = "`" + v.Default + "`"
		}
		help := v.Help
		if v.Secret {
			help += " Secret: also by `" + v.fileName() + "`."
		}
		fmt.Fprintf(&b, "| `%s` (%s) | %s | %s |\n", v.Name, v.Unit, def, cell(help))
	}
	return b.String()
}

// cell makes text safe inside a table's row.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}
