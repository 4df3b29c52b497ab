package localpool

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	out, in := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Command(ctx, []string{"-listen", "127.0.0.1:0", "-data", t.TempDir()}, in, io.Discard)
		in.Close()
	}()
	printed := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		printed[name] = value
		if name == "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" {
			break
		}
	}
	endpoint := printed["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"]
	for _, path := range []string{"/" + printed["AWS_COGNITO_USER_POOL_ID"] + pathJWKS, pathInbox} {
		res, err := http.Get(endpoint + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("GET %s = %d", path, res.StatusCode)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Command = %v after its context ended, want nil", err)
	}
}

func TestCommandRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, args, want string
	}{
		{"every interface", "-listen :9229", "not an address of this machine alone"},
		{"another machine", "-listen 192.0.2.1:9229", "not an address of this machine alone"},
		{"no port", "-listen localhost", "not an address of this machine alone"},
		{"argument", "now", "unknown arguments"},
		{"flag", "-nothing", "not defined"},
		{"region", "-region here -data DIR", "not the name of a region"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := strings.Fields(strings.ReplaceAll(tt.args, "DIR", t.TempDir()))
			err := Command(t.Context(), args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Command(%s) = %v, want %q", tt.args, err, tt.want)
			}
		})
	}
	var help strings.Builder
	if err := Command(t.Context(), []string{"-h"}, io.Discard, &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "-listen") {
		t.Errorf("Command(-h) = %v, %q", err, help.String())
	}
}

// TestAloneHosts: a page whose name was rebound to this machine (DNS rebinding)
// reaches neither the operations nor the inbox.
func TestAloneHosts(t *testing.T) {
	h := newAdminKit(t).pool.alone()
	for host, want := range map[string]int{
		"localhost": 200, "127.0.0.1:9229": 200, "[::1]:9229": 200, "LOCALHOST:1": 200,
		"evil.example": 421, "evil.example:9229": 421, "192.0.2.1": 421, "": 421, "localhost.evil.example": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, pathInbox, nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("GET with Host %q = %d, want %d", host, w.Code, want)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Error("a CORS header")
		}
	}
}
