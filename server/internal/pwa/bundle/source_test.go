package bundle

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestSource(t *testing.T) {
	web := fstest.MapFS{
		"js/boot.js":  {Data: []byte("boot\n")},
		"js/send.js":  {Data: []byte("send\n")},
		"css/app.css": {Data: []byte("style")},
	}
	for name, want := range map[string]string{"js/boot.js": "send\nboot\n", "css/app.css": "style"} {
		got, err := Source(web, name)
		if err != nil || string(got) != want {
			t.Errorf("Source(%s) = %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]bool{"js/send.js": true, "js/boot.js": false, "css/app.css": false} {
		if got := IsPart(name); got != want {
			t.Errorf("IsPart(%s) = %v", name, got)
		}
	}
	delete(web, "js/send.js")
	if got, err := Source(web, "js/boot.js"); !errors.Is(err, fs.ErrNotExist) || got != nil {
		t.Errorf("Source without a part = %q, %v, want %v", got, err, fs.ErrNotExist)
	}
}
