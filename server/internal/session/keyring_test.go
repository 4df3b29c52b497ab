package session

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestNewKeyring(t *testing.T) {
	many := make([][32]byte, 17)
	for i := range many {
		many[i][0] = byte(i + 1)
	}
	for _, test := range []struct {
		name string
		keys [][32]byte
		ok   bool
	}{
		{"one", many[:1], true},
		{"sixteen", many[:16], true},
		{"none", nil, false},
		{"seventeen", many, false},
		{"zeros", [][32]byte{{}}, false},
		{"zeros behind", [][32]byte{{1}, {}}, false},
		{"twice", [][32]byte{{1}, {2}, {1}}, false},
	} {
		k, err := NewKeyring(test.keys...)
		if test.ok != (err == nil) || !test.ok && (k != nil || !errors.Is(err, ErrKey)) {
			t.Errorf("%s: NewKeyring = %v, want ok %v", test.name, err, test.ok)
		}
	}
}

func TestParseKeyring(t *testing.T) {
	a, b := strings.Repeat("0a", 32), strings.Repeat("0B", 32)
	for _, test := range []struct {
		name, text string
		keys       int
	}{
		{"one", a, 1},
		{"a line of a file", a + "\r\n", 1},
		{"two", a + "," + b, 2},
		{"two with space", " " + a + " ,\n" + b + "\n", 2},
		{"empty", "", 0},
		{"one digit short", a[1:], 0},
		{"one byte long", a + "00", 0},
		{"no digit", strings.Repeat("0g", 32), 0},
		{"base64", "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=", 0},
		{"empty behind", a + ",", 0},
		{"other separator", a + ";" + b, 0},
		{"twice", a + "," + strings.ToUpper(a), 0},
		{"zeros", strings.Repeat("00", 32), 0},
		{"huge", strings.Repeat(a+",", 1000), 0},
	} {
		k, err := ParseKeyring(test.text)
		switch {
		case test.keys == 0 && !errors.Is(err, ErrKey):
			t.Errorf("%s: ParseKeyring = %v, want ErrKey", test.name, err)
		case test.keys == 0 && strings.Contains(err.Error(), "0a0a"):
			t.Errorf("%s: error %q repeats the key", test.name, err)
		case test.keys > 0 && (err != nil || len(k.keys) != test.keys):
			t.Errorf("%s: ParseKeyring = %v, want %d keys", test.name, err, test.keys)
		}
	}
}

// TestNewestKeySeals and older ones open: the order in the text counts.
func TestNewestKeySeals(t *testing.T) {
	a, b := strings.Repeat("0a", 32), strings.Repeat("0b", 32)
	ring := func(text string) *Keyring {
		k, err := ParseKeyring(text)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	sealed := ring(b+","+a).seal(place{}, []byte("x"))
	for text, ok := range map[string]bool{b: true, a + "," + b: true, a: false} {
		if _, err := ring(text).open(place{}, sealed); (err == nil) != ok {
			t.Errorf("open with %.2s…: %v, want ok %v", text, err, ok)
		}
	}
}

func TestDerive(t *testing.T) {
	ring := func(keys ...[32]byte) *Keyring {
		k, err := NewKeyring(keys...)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	got := ring([32]byte{1}).Derive("limits")
	if len(got) != 32 || bytes.Equal(got, append([]byte{1}, make([]byte, 31)...)) {
		t.Errorf("Derive = %x, want 32 bytes that are not the key", got)
	}
	for _, test := range []struct {
		name  string
		other []byte
		same  bool
	}{
		{"again", ring([32]byte{1}).Derive("limits"), true},
		{"with an older key", ring([32]byte{1}, [32]byte{2}).Derive("limits"), true},
		{"with a newer key", ring([32]byte{2}, [32]byte{1}).Derive("limits"), false},
		{"for another purpose", ring([32]byte{1}).Derive("logs"), false},
	} {
		if bytes.Equal(got, test.other) != test.same {
			t.Errorf("%s: Derive = %x, the same %v", test.name, test.other, !test.same)
		}
	}
}

func TestKeyringPrintsNoKey(t *testing.T) {
	k, err := NewKeyring([32]byte{0xab, 0xcd})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, v := range []any{k, *k, Config{Keys: k}} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, "171") || strings.Contains(strings.ToLower(got), "abcd") || strings.Contains(got, "0xab") {
				t.Errorf("%s of %T prints the key: %s", verb, v, got)
			}
		}
	}
}

// TestPlacesDiffer: no two places share their additional data, and no two seals
// their nonce.
func TestPlacesDiffer(t *testing.T) {
	k, err := NewKeyring([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	places := []place{
		{"tokens", Key{}, "ada"}, {"display", Key{}, "ada"}, {"tokens", Key{1}, "ada"},
		{"tokens", Key{}, "ad"}, {"tokens", Key{}, ""}, {"tokens", Key{}, "ada\x00"},
		{"token", Key{'s'}, "ada"},
	}
	for i, p := range places {
		sealed := k.seal(p, []byte("x"))
		if bytes.Equal(sealed, k.seal(p, []byte("x"))) {
			t.Errorf("place %d: two seals are the same", i)
		}
		for j, q := range places {
			if _, err := k.open(q, sealed); (err == nil) != (i == j) {
				t.Errorf("sealed at place %d, opened at %d: %v", i, j, err)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	k, err := NewKeyring([32]byte{1}, [32]byte{2})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("plain"), []byte{}, "ada", uint(0))
	f.Add([]byte(""), []byte{sealVersion}, "", uint(1))
	f.Add([]byte("x"), k.seal(place{purposeTokens, Key{}, "ada"}, []byte("x")), "bob", uint(20))
	f.Fuzz(func(t *testing.T, plain, wild []byte, owner string, at uint) {
		p := place{purposeTokens, Key{1}, owner}
		if got, err := k.open(p, wild); err == nil {
			t.Fatalf("open(%x) = %q, and nobody sealed it", wild, got)
		}
		sealed := k.seal(p, plain)
		if got, err := k.open(p, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("open(seal(%x)) = %x, %v", plain, got, err)
		}
		sealed[at%uint(len(sealed))] ^= 1 << (at % 8)
		if _, err := k.open(p, sealed); err == nil {
			t.Fatalf("open with a bit of byte %d flipped = nil", at%uint(len(sealed)))
		}
	})
}
