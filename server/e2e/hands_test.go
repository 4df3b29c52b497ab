package e2e

import (
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What a person does with a page: by mouse and keys, through the browser, never
// by calling into the page.

// click presses the one visible element that the expression finds, where a
// person would: in its middle, when nothing covers it and it holds still.
func (p *tab) click(what, element string) {
	p.t.Helper()
	spot := p.spot(what, element)
	p.do("press "+what, chromedp.MouseClickXY(spot[0], spot[1]))
}

func (p *tab) spot(what, element string) [2]float64 {
	p.t.Helper()
	var spot, before [2]float64
	p.seek(what+" to be pressed", fmt.Sprintf(`(() => {
		const e = %s;
		if (!e || !e.checkVisibility() || e.disabled) return null;
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const box = e.getClientRects()[0], x = box.x + box.width / 2, y = box.y + box.height / 2;
		const top = document.elementFromPoint(x, y);
		return top && e.contains(top) ? [x, y] : null;
	})()`, element), func(v json.RawMessage) bool {
		before = spot
		return json.Unmarshal(v, &spot) == nil && spot == before
	})
	return spot
}

// press presses the button or link that the selector finds.
func (p *tab) press(selector string) {
	p.t.Helper()
	p.click(selector, fmt.Sprintf(`[...document.querySelectorAll(%s)].find(e => e.checkVisibility())`, quote(selector)))
}

// field is the expression of the visible control with the name.
func field(name string) string {
	return fmt.Sprintf(`[...document.getElementsByName(%s)].find(e => e.type !== "hidden" && e.checkVisibility())`, quote(name))
}

// fill types the value into the control with the name, in place of what is
// there, and waits until it stands there.
func (p *tab) fill(name, value string) {
	p.t.Helper()
	p.click("the field "+name, field(name))
	p.wait("the focus in "+name, fmt.Sprintf(`document.activeElement === %s && (document.activeElement.select(), true)`, field(name)))
	p.do("clear "+name, chromedp.KeyEvent(kb.Backspace))
	p.keys(value)
	p.holds(name, value)
}

// holds waits until the control with the name has the value.
func (p *tab) holds(name, value string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%s to hold what was typed", name), fmt.Sprintf(`%s.value === %s`, field(name), quote(value)))
}

// keys types, key by key; what is on no key comes as from an input method.
func (p *tab) keys(text string) {
	p.t.Helper()
	for _, r := range text {
		step := chromedp.KeyEvent(string(r))
		if r >= 0x80 {
			step = call(input.InsertText, input.InsertTextParams{Text: string(r)})
		}
		p.do("type", step)
	}
}

// send presses the button that sends the form of the control with the name.
func (p *tab) send(name string) {
	p.t.Helper()
	p.click("the button of the form with "+name, field(name)+`?.form.querySelector("button:not([type=button])")`)
}

// choose chooses an entry of the select with the name.
func (p *tab) choose(name, value string) {
	p.t.Helper()
	p.wait(name+" to be "+value, fmt.Sprintf(`(e => {
		e.value = %s;
		for (const type of ["input", "change"]) e.dispatchEvent(new Event(type, { bubbles: true }));
		return e.value === %[1]s;
	})(%s)`, quote(value), field(name)))
}
