package main

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A pipe takes as long as its width and length say, and counts.
func TestPipe(t *testing.T) {
	for _, test := range []struct {
		name  string
		rate  int
		delay time.Duration
		sizes []int
		sent  time.Duration // until all of it is in the pipe
	}{
		{"no limit", 0, 0, []int{1000, 1000}, 0},
		{"far", 0, 75 * time.Millisecond, []int{1000, 1000}, 0},
		{"narrow", 200_000, 0, []int{100_000, 100_000}, time.Second},
		{"narrow and far", 200_000, 75 * time.Millisecond, []int{1460, 540}, 10 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p pipe
				p.use(test.rate, test.delay)
				begin, all := time.Now(), 0
				var due time.Time
				for _, n := range test.sizes {
					due = p.send(n)
					all += n
				}
				if got := time.Since(begin); got != test.sent {
					t.Errorf("sent after %v, want %v", got, test.sent)
				}
				if got := due.Sub(begin); got != test.sent+test.delay {
					t.Errorf("out after %v, want %v", got, test.sent+test.delay)
				}
				if p.bytes() != int64(all) {
					t.Errorf("counted %d bytes, want %d", p.bytes(), all)
				}
			})
		})
	}
}

// echo answers every connection with what it sends, and returns its address.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

// request is a CONNECT for 127.0.0.1 and the port of the address.
func request(t *testing.T, address string) []byte {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return []byte{5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, byte(a.Port >> 8), byte(a.Port)}
}

func TestLine(t *testing.T) {
	to := echo(t)
	l, err := newLine(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	const trip = 40 * time.Millisecond
	l.use(shape{down: 1_000_000, up: 1_000_000, trip: trip})
	begin := time.Now()
	c, err := net.Dial("tcp", l.address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text := strings.Repeat("0123456789", 2_000)
	if _, err := c.Write(append(request(t, to), text...)); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if want := append([]byte{5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0}, text...); !bytes.Equal(got, want) {
		t.Errorf("the line gave %d bytes, want %d", len(got), len(want))
	}
	// Opening, there and back, and twice the time that the text is wide.
	if d, least := time.Since(begin), 2*trip+20*time.Millisecond; d < least {
		t.Errorf("it took %v, want at least %v", d, least)
	}
	if l.down.bytes() != int64(len(text)) || l.up.bytes() != int64(len(text)) {
		t.Errorf("counted %d down and %d up, want %d", l.down.bytes(), l.up.bytes(), len(text))
	}
}

// A dead line drops what is open and opens nothing, until it is alive again.
func TestLineCut(t *testing.T) {
	to := echo(t)
	l, err := newLine(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	connect := func() (net.Conn, error) {
		c, err := net.Dial("tcp", l.address())
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { c.Close() })
		if _, err := c.Write(append(request(t, to), 'x')); err != nil {
			return nil, err
		}
		_, err = io.ReadFull(c, make([]byte, 13))
		return c, err
	}
	c, err := connect()
	if err != nil {
		t.Fatal(err)
	}
	l.cut(true)
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("an open connection outlived the line")
	}
	if _, err := connect(); err == nil {
		t.Error("a dead line let a connection through")
	}
	l.cut(false)
	if _, err := connect(); err != nil {
		t.Errorf("after the line came back: %v", err)
	}
}

func TestHandshake(t *testing.T) {
	const to = "127.0.0.1:8000"
	for _, test := range []struct {
		name, in, out string
		ok            bool
	}{
		{"address", "\x05\x01\x00" + "\x05\x01\x00\x01\x7f\x00\x00\x01\x1f\x40", "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", true},
		{"name", "\x05\x01\x00" + "\x05\x01\x00\x03\x09127.0.0.1\x1f\x40", "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", true},
		{"other port", "\x05\x01\x00" + "\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", false},
		{"other host", "\x05\x01\x00" + "\x05\x01\x00\x03\x0bexample.com\x1f\x40", "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", false},
		{"bind", "\x05\x01\x00" + "\x05\x02\x00\x01\x7f\x00\x00\x01\x1f\x40", "\x05\x00", false},
		{"unknown kind of address", "\x05\x01\x00" + "\x05\x01\x00\x07", "\x05\x00", false},
		{"empty name", "\x05\x01\x00" + "\x05\x01\x00\x03\x00\x1f\x40", "\x05\x00", false},
		{"SOCKS4", "\x04\x01\x1f\x40\x7f\x00\x00\x01\x00", "", false},
		{"HTTP", "CONNECT 127.0.0.1:8000 HTTP/1.1\r\n\r\n", "", false},
		{"cut", "\x05\x01\x00\x05\x01\x00\x01\x7f", "\x05\x00", false},
		{"nothing", "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			c := struct {
				io.Reader
				io.Writer
			}{strings.NewReader(test.in), &out}
			if err := handshake(c, to); (err == nil) != test.ok || out.String() != test.out {
				t.Errorf("handshake = %v, %q; want ok %v, %q", err, out.String(), test.ok, test.out)
			}
		})
	}
}
