package hub

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

var comparable = cmp.AllowUnexported(note{}, mark{})

func TestNotes(t *testing.T) {
	self := newServer()
	many := make([]mark, 2*maxMarks+1)
	for i := range many {
		many[i] = mark{id: uuid.Must(uuid.NewV7()), fresh: i%2 == 0, counted: Class(i / 3 % 4), floor: Class(i % 3), gone: Class(i % 4)}
	}
	for _, tt := range []struct {
		name  string
		marks []mark
		all   bool
		want  int
	}{
		{"nothing", nil, false, 1}, {"everything", nil, true, 1}, {"everything and more", many, true, 1},
		{"one", many[:1], false, 1}, {"full", many[:maxMarks], false, 1}, {"many", many, false, 3},
	} {
		list := notes(self, tt.marks, tt.all)
		if len(list) != tt.want {
			t.Errorf("%s: %d notes, want %d", tt.name, len(list), tt.want)
		}
		var marks []mark
		for _, text := range list {
			n, err := parseNote(text)
			if err != nil || n.from != self || n.all != tt.all || len(text) >= maxNote {
				t.Errorf("%s: a note of %d bytes = %+v, %v", tt.name, len(text), n, err)
			}
			marks = append(marks, n.marks...)
		}
		if diff := cmp.Diff(tt.marks, marks, comparable); diff != "" && !tt.all {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMalformedNotes(t *testing.T) {
	raw := func(b ...byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	head := append([]byte{noteVersion}, make([]byte, 8)...)
	one := append(head, make([]byte, markLen)...)
	bad := append([]byte(nil), one...)
	bad[noteHead] = 3
	high := append([]byte(nil), one...)
	high[noteHead] = 1 << 6
	uncounted := append([]byte(nil), one...)
	uncounted[noteHead] = 1<<5 | 3<<6
	for name, text := range map[string]string{
		"nothing": "", "not base64": "!", "padded": raw(head...) + "=", "line end": raw(head...) + "\n",
		"short": raw(head[:8]...), "another version": raw(append([]byte{2}, head[1:]...)...),
		"half a mark": raw(one[:len(one)-1]...), "more than all": raw(append(head, 1)...),
		"no class": raw(bad...), "class of no counters": raw(high...), "counters of no class": raw(uncounted...),
		"huge": strings.Repeat("A", maxNote+4),
	} {
		if n, err := parseNote(text); err == nil {
			t.Errorf("%s: parseNote = %+v, want an error", name, n)
		}
	}
}

// FuzzNote: whatever is read is written the same way.
func FuzzNote(f *testing.F) {
	f.Add(note{}.String())
	f.Add(note{all: true}.String())
	f.Add(note{from: server{1}, marks: []mark{{id: uuid.Max, fresh: true, counted: Members, gone: nobody}}}.String())
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseNote(text)
		if err == nil && n.String() != text {
			t.Errorf("parseNote(%q).String() = %q", text, n.String())
		}
	})
}
