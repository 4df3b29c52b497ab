package session_test

import (
	"strings"
	"testing"
	"unicode"

	"porchlight/server/internal/session"
)

func TestDeviceName(t *testing.T) {
	const webkit = "AppleWebKit/537.36 (KHTML, like Gecko) "
	for _, test := range []struct{ name, agent, want string }{
		{"Chrome, Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + webkit + "Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"},
		{"Chrome, Android", "Mozilla/5.0 (Linux; Android 10; K) " + webkit + "Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"},
		{"Chrome, iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"},
		{"Chrome, ChromeOS", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + webkit + "Chrome/140.0.0.0 Safari/537.36", "Chrome on ChromeOS"},
		{"headless", "Mozilla/5.0 (X11; Linux x86_64) " + webkit + "HeadlessChrome/140.0.0.0 Safari/537.36", "Chrome on Linux"},
		{"Edge", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + webkit + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"},
		{"Opera", "Mozilla/5.0 (X11; Linux x86_64) " + webkit + "Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera on Linux"},
		{"Samsung", "Mozilla/5.0 (Linux; Android 10; K) " + webkit + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"},
		{"Firefox, Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"},
		{"Firefox, iPad", "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPad"},
		{"Safari, Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari on Mac"},
		{"Safari, iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"},
		{"system alone", "Dalvik/2.1.0 (Linux; U; Android 14)", "Android"},
		{"program alone", "curl/8.14.1", "curl"},
		{"none", "", "Unknown device"},
		{"another program", "Go-http-client/1.1", "Unknown device"},
		{"markup", "<script>alert(1)</script>", "Unknown device"},
		{"control bytes", "\x00\r\nFirefox/1\x1b[31m Linux\x7f", "Firefox on Linux"},
		{"what is behind a kilobyte", strings.Repeat("x", 1<<10) + "Firefox/1 Linux", "Unknown device"},
		{"huge", strings.Repeat("Firefox/1 Linux ", 1<<16), "Firefox on Linux"},
	} {
		if got := session.DeviceName(test.agent); got != test.want {
			t.Errorf("%s: DeviceName = %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzDeviceName(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	f.Add("\x00Chrome/1\xff Android")
	f.Fuzz(func(t *testing.T, agent string) {
		got := session.DeviceName(agent)
		if got == "" || len(got) > 256 || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("DeviceName(%q) = %q", agent, got)
		}
	})
}
