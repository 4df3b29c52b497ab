package provision

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// A document is a resource as JSON has it, by the API's member names, which are
// the names of the SDK's fields.
type document map[string]any

// describe returns the document of one of the SDK's types. Members that are
// not set are left out.
func describe(v any) (document, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	return prune(d), nil
}

// prune drops members that are null, or text without a character, which is how
// the SDK has an enumeration that is not set.
func prune(d map[string]any) map[string]any {
	for name, v := range d {
		switch v := v.(type) {
		case nil:
			delete(d, name)
		case string:
			if v == "" {
				delete(d, name)
			}
		case map[string]any:
			prune(v)
		}
	}
	return d
}

// request fills in one of the SDK's inputs with the members that it has.
// Others are left out, such as those that can't be changed.
func (d document) request(in any) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, in)
}

// at returns the member at the path, nil when there is none.
func (d document) at(path string) any {
	var v any = map[string]any(d)
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// set puts a value at the path, making what leads to it.
func (d document) set(path string, value any) {
	m := map[string]any(d)
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		next, ok := m[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[name] = next
		}
		m = next
	}
	m[names[len(names)-1]] = value
}

// holds reports whether the document has the setting.
func (s Setting) holds(d document) bool {
	got := d.at(s.Path)
	switch want := s.Value.(type) {
	case bool:
		b, _ := got.(bool) // what is not there is false
		return b == want
	case float64:
		n, ok := got.(float64)
		return ok && (n == want || s.Accept == AtLeast && n > want || s.Accept == AtMost && n < want)
	}
	if s.Accept == OrPlus && got == "PLUS" {
		return true
	}
	return reflect.DeepEqual(got, s.Value)
}

// A change is a setting that a resource does not have.
type change struct {
	Setting
	was any
}

func (c change) String() string {
	return fmt.Sprintf("%s %s: %s, so that %s", c.Resource, c.Path, c.fromTo(), c.Why)
}

func (c change) fromTo() string {
	if c.was == nil {
		return text(c.Value)
	}
	return text(c.was) + " → " + text(c.Value)
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.Trim(string(b), `"`)
}

// compare returns the settings that the document does not have. A validity in
// another unit is compared by its length.
func compare(r Resource, d document) []change {
	if r == UserClient {
		d = inUnits(d)
	}
	var changes []change
	for _, s := range of(r) {
		if !s.holds(d) {
			changes = append(changes, change{s, d.at(s.Path)})
		}
	}
	return changes
}

// inUnits returns the client with its validities in the units of the table,
// where they can be: 900 seconds are 15 minutes.
func inUnits(d document) document {
	defaults := map[string]string{"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
	lengths := map[string]float64{"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
	out := document{}
	maps.Copy(out, d)
	out["TokenValidityUnits"] = map[string]any{}
	for token, unit := range defaults {
		if u, ok := d.at("TokenValidityUnits." + token).(string); ok {
			unit = u
		}
		n, ok := d[token+"Validity"].(float64)
		if !ok && token != "RefreshToken" {
			n, ok = 3600/lengths[unit], true // an hour, when nothing is said
		}
		want := wantedUnit(token)
		seconds := n * lengths[unit]
		if ok && seconds/lengths[want] == float64(int(seconds/lengths[want])) {
			n, unit = seconds/lengths[want], want
		}
		out[token+"Validity"] = n
		out.set("TokenValidityUnits."+token, unit)
	}
	return out
}

func wantedUnit(token string) string {
	for _, s := range of(UserClient) {
		if s.Path == "TokenValidityUnits."+token {
			return s.Value.(string)
		}
	}
	return ""
}
