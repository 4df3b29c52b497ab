package serve

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/config"
)

func load(t *testing.T, env map[string]string) config.Config {
	t.Helper()
	c, err := config.Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRunInLocalMode(t *testing.T) {
	c := load(t, map[string]string{"PORCHLIGHT_LISTEN": "127.0.0.1:0", "PORCHLIGHT_DATA_DIR": filepath.Join(t.TempDir(), "deep", "data")})
	out, in := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, c, in, io.Discard); in.Close() }()
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, out)
	origin := strings.TrimSpace(strings.TrimPrefix(string(line[:n]), "Porchlight is at "))
	res, err := http.Get(origin + "/dev/inbox")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("inbox = %d", res.StatusCode)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run = %v after its context ended, want nil", err)
		}
	case <-time.After(patience):
		t.Fatal("Run does not end with its context")
	}
}

func TestRunRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := load(t, map[string]string{"PORCHLIGHT_DATA_DIR": t.TempDir()})
	first, err := openStores(t.Context(), used)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	tests := []struct {
		name string
		env  map[string]string
		want string
	}{
		{"folder in use", map[string]string{"PORCHLIGHT_LISTEN": "127.0.0.1:0", "PORCHLIGHT_DATA_DIR": used.DataDir}, "PORCHLIGHT_DATA_DIR"},
		{"port taken", map[string]string{"PORCHLIGHT_LISTEN": taken.Addr().String(), "PORCHLIGHT_DATA_DIR": t.TempDir()}, "PORCHLIGHT_LISTEN"},
		{"folder not writable", map[string]string{"PORCHLIGHT_LISTEN": "127.0.0.1:0", "PORCHLIGHT_DATA_DIR": file}, "PORCHLIGHT_DATA_DIR"},
		{"no certificate there", tlsEnv(t, file+".gone", file), "PORCHLIGHT_TLS_CERT_FILE"},
		{"no certificate in the file", tlsEnv(t, file, file), "PORCHLIGHT_TLS_CERT_FILE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience) // one that is not refused runs for ever
			defer cancel()
			err := Run(ctx, load(t, tt.env), io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Run = %v, want one line that names %s", err, tt.want)
			}
		})
	}
}

func tlsEnv(t *testing.T, cert, key string) map[string]string {
	t.Helper()
	return map[string]string{
		"PORCHLIGHT_LISTEN": "127.0.0.1:0", "PORCHLIGHT_DATA_DIR": t.TempDir(),
		"PORCHLIGHT_TLS_CERT_FILE": cert, "PORCHLIGHT_TLS_KEY_FILE": key,
	}
}

// A client that dribbles its request is cut, however lively it looks.
func TestDribbleIsCut(t *testing.T) {
	srv := newServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	srv.ReadTimeout, srv.ReadHeaderTimeout = 300*time.Millisecond, 300*time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(l)
	defer srv.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for start := time.Now(); time.Since(start) < patience; time.Sleep(20 * time.Millisecond) {
		if _, err := conn.Write([]byte("G")); err != nil {
			return
		}
	}
	t.Errorf("the connection lives after %v", patience)
}
