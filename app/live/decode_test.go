package live

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// all decodes text cut into chunks of n bytes.
func all(d *decoder, text string, n int) (list []message, err error) {
	for len(text) > 0 {
		part := text[:min(n, len(text))]
		text = text[len(part):]
		for m, err := range d.decode([]byte(part)) {
			if err != nil {
				return list, err
			}
			list = append(list, m)
		}
	}
	return list, nil
}

func TestDecode(t *testing.T) {
	long := strings.Repeat("x", maxMessage-len("data:"))
	tests := []struct {
		name, text string
		want       []message
		position   string
		retry      time.Duration
		err        error
	}{
		{name: "nothing"},
		{name: "one", text: "id: 7\ndata: a\n\n", want: []message{{"7", "", "a"}}, position: "7"},
		{name: "lines", text: "data: a\ndata:b\ndata:  c\ndata\n\n", want: []message{{"", "", "a\nb\n c\n"}}},
		{name: "line ends", text: "id: 1\r\ndata: a\r\rdata: b\r\n\r\ndata: c\n\ndata: d\r\n\n", position: "1",
			want: []message{{"1", "", "a"}, {"1", "", "b"}, {"1", "", "c"}, {"1", "", "d"}}},
		{name: "byte order mark", text: "\ufeffdata: a\n\n\ufeffdata: b\n\n", want: []message{{"", "", "a"}}},
		{name: "type", text: "event: x\ndata: a\n\ndata: b\n\n", want: []message{{"", "x", "a"}, {"", "", "b"}}},
		{name: "type alone", text: "event: x\n\ndata: b\n\n", want: []message{{"", "", "b"}}},
		{name: "empty data", text: "data\n\ndata:\n\n", want: []message{{}, {}}},
		{name: "position alone", text: "id: 9\n\ndata: a\n\n", want: []message{{"9", "", "a"}}, position: "9"},
		{name: "position taken back", text: "id: 9\n\nid\ndata: a\n\n", want: []message{{"", "", "a"}}},
		{name: "position with NUL", text: "id: 9\n\nid: a\x00\n\n", position: "9"},
		{name: "position of no message", text: "id: 9\n", position: ""},
		{name: "comments", text: ":\n\n: hello\ndata: a\n:\n\n", want: []message{{"", "", "a"}}},
		{name: "other fields", text: "ID: 1\n data: b\nfoo\ndata: a\n\n", want: []message{{"", "", "a"}}},
		{name: "retry", text: "retry: 2500\n\n", retry: 2500 * time.Millisecond},
		{name: "retry of years", text: "retry: 99999999999999999999\n\n", retry: 24 * time.Hour},
		{name: "no retry", text: "retry: 1.5\nretry: -1\nretry:\nretry: x\n\n"},
		{name: "unfinished", text: "data: a\n"},
		{name: "longest", text: "data:" + long + "\n\n", want: []message{{"", "", long}}},
		{name: "too long a line", text: "data:x" + long, err: errTooLong},
		{name: "too many lines", text: strings.Repeat("data:x\n", maxMessage/6+1), err: errTooLong},
		{name: "endless comments", text: strings.Repeat(":"+strings.Repeat("x", 1<<10)+"\n", 100) + "data: a\n\n", want: []message{{"", "", "a"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, n := range []int{1, 2, 3, 5, 1 << 20} {
				var d decoder
				got, err := all(&d, tt.text, n)
				if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(message{})); diff != "" || !errors.Is(err, tt.err) {
					t.Fatalf("in chunks of %d: %v, want %v (-want +got):\n%s", n, err, tt.err, diff)
				}
				if tt.err == nil && (d.position != tt.position || d.retry != tt.retry) {
					t.Errorf("in chunks of %d: position %q, retry %v, want %q, %v", n, d.position, d.retry, tt.position, tt.retry)
				}
			}
		})
	}
}

// FuzzDecode: how a stream is cut into chunks does not matter, and what was
// decoded and is encoded again decodes to the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("retry: 5\n\nid: a1\nevent: x\ndata: b\ndata: c\n\n:\n\n"), 3)
	f.Add([]byte("\ufeffdata: a\r\rid\r\ndata\r\n\r\n"), 1)
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		n = max(1, min(n, 100))
		var whole, cut decoder
		want, wantErr := all(&whole, string(text), len(text)+1)
		got, err := all(&cut, string(text), n)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(message{})); diff != "" || !errors.Is(err, wantErr) {
			t.Fatalf("chunks of %d: %v, want %v (-whole +cut):\n%s", n, err, wantErr, diff)
		}
		if wantErr == nil && (cut.position != whole.position || cut.retry != whole.retry) {
			t.Errorf("chunks of %d: %q %v, want %q %v", n, cut.position, cut.retry, whole.position, whole.retry)
		}
		var b bytes.Buffer
		for _, m := range want {
			encodeMessage(&b, m)
		}
		var again decoder
		got, err = all(&again, b.String(), n)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(message{})); diff != "" || err != nil {
			t.Errorf("encoded and decoded: %v (-want +got):\n%s", err, diff)
		}
	})
}

func encodeMessage(b *bytes.Buffer, m message) {
	b.WriteString("id: " + m.position + "\nevent: " + m.kind + "\n")
	for line := range strings.SplitSeq(m.data, "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteString("\n")
}
