package e2e

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything here may take before it counts as broken. It
// is for a small machine that does other work too.
const patience = 30 * time.Second

// A server is one running program in local mode.
type server struct {
	url string // origin, "http://127.0.0.1:34567"
	dir string // its data
	log *logbook

	env     []string
	process *process
	mails   func(t *testing.T, to string) []mail // those of its pool, newest first
	read    map[string]time.Time                 // when the last mail that was read was sent, by address
}

// A process is one run of the program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended, once done is closed
}

// start runs the program on a free port of 127.0.0.1 with an empty folder.
// Entries of env, NAME=value, are added to what it sees. It stops with the
// test, which then fails if the log holds an error or a secret.
func start(t *testing.T, env ...string) *server {
	t.Helper()
	s := &server{dir: t.TempDir(), env: env, log: newLogbook(), read: map[string]time.Time{}}
	s.mails = s.inbox
	for s.run(t, "127.0.0.1:0"); shared.had(s.url); s.run(t, "127.0.0.1:0") {
		s.stop(t) // the port is that of another test's server, which will start again
	}
	t.Cleanup(func() {
		s.stop(t)
		s.log.check(t)
	})
	return s
}

// run starts the process and waits until it says where it is.
func (s *server) run(t *testing.T, listen string) {
	t.Helper()
	cmd := command(t, append(s.env, "PORCHLIGHT_LISTEN="+listen, "PORCHLIGHT_DATA_DIR="+s.dir)...)
	cmd.Stderr = s.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the program: %v", err)
	}
	s.process = &process{cmd: cmd, done: make(chan struct{})}
	address := make(chan string, 1)
	go s.process.watch(stdout, address)
	select {
	case s.url = <-address:
	case <-s.process.done:
		t.Fatalf("the program ended before it served: %v\n%s", s.process.err, s.log)
	case <-time.After(patience):
		t.Fatalf("the program did not say where it serves\n%s", s.log)
	}
}

// watch sends the first address that the program prints, and reaps it.
func (p *process) watch(stdout io.Reader, address chan<- string) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "Porchlight is at "); ok {
			select {
			case address <- strings.TrimSpace(at):
			default:
			}
		}
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

// stop asks the program to end and waits until it did.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.end(t, syscall.SIGTERM); s.process.err != nil {
		t.Errorf("the program ended with %v after SIGTERM, want exit status 0\n%s", s.process.err, s.log)
	}
}

// kill ends the program as a power cut would.
func (s *server) kill(t *testing.T) {
	t.Helper()
	s.end(t, syscall.SIGKILL)
	if status, ok := errors.AsType[*exec.ExitError](s.process.err); !ok || status.ExitCode() != -1 {
		t.Errorf("the program ended with %v before SIGKILL reached it", s.process.err)
	}
	s.process.err = nil
}

func (s *server) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if s.stopped() {
		return
	}
	if err := s.process.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal %v: %v", signal, err)
	}
	select {
	case <-s.process.done:
	case <-time.After(patience):
		t.Errorf("the program did not end on %v", signal)
		if err := s.process.cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		<-s.process.done
	}
}

func (s *server) stopped() bool {
	select {
	case <-s.process.done:
		return true
	default:
		return false
	}
}

// restart runs the program again on the same folder and port.
func (s *server) restart(t *testing.T) {
	t.Helper()
	if !s.stopped() {
		t.Fatal("restart of a program that runs")
	}
	eventually(t, "the port to be free", func() bool {
		l, err := net.Listen("tcp", s.host()) // while nobody listened another program may have passed by
		return err == nil && l.Close() == nil
	})
	s.run(t, s.host())
}

// host is the server's address without the scheme.
func (s *server) host() string { return strings.TrimPrefix(s.url, "http://") }

// cookieOf returns what the jar would send to the server under the name.
func (s *server) cookieOf(jar http.CookieJar, name string) string {
	u, err := url.Parse(s.url)
	if err != nil {
		return ""
	}
	for _, c := range jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// command returns the program with nothing in its environment but env.
func command(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	path, err := shared.binary()
	if err != nil {
		t.Fatal(err)
	}
	// Not the test's context: that ends before the cleanup that stops the
	// program in good order.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path)
	cmd.Env = append([]string{"HOME=" + t.TempDir(), "TMPDIR=" + os.TempDir()}, env...)
	return cmd
}
