package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// superuser is the role that initdb makes. Nobody but the test's user reaches
// the socket, so it has no password.
const superuser = "porchlight"

// startTimeout is how long a server may take to answer, recovery included.
const startTimeout = 60 * time.Second

// Server is a PostgreSQL that one test has for itself, to crash it. It writes
// to the disk as a real one does.
type Server struct {
	bin, dir string
	options  []string
	run      *exec.Cmd
	exited   chan struct{} // closed when run has ended
	leash    io.Closer     // its end ends the server
}

// StartServer starts a server that goes with the test, or skips the test as
// Start does. It never uses TEST_POSTGRES_URL.
func StartServer(t testing.TB) *Server {
	t.Helper()
	require(t)
	s, err := launch()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Crash(t)
		s.leash.Close()
	})
	return s
}

// URL returns the URL of a database that is there from the beginning.
func (s *Server) URL() string { return s.url("postgres") }

func (s *Server) url(database string) string {
	q := url.Values{"host": {s.dir}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// Crash ends the server at once: every connection breaks, nothing is written
// any more, and the next start recovers from the log.
func (s *Server) Crash(t testing.TB) {
	t.Helper()
	if err := s.run.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("stop PostgreSQL: %v", err)
	}
	<-s.exited
}

// Restart starts the server again after Crash, at the same URL.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// launch makes a cluster in a new folder and starts it.
func launch(options ...string) (*Server, error) {
	bin, err := findBin()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s := &Server{bin: bin, dir: dir, options: options}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.start(); err != nil {
		s.leash.Close()
		return nil, err
	}
	return s, nil
}

// prepare makes the cluster, and ties the folder to the life of this process.
func (s *Server) prepare() error {
	who, err := credential()
	if err != nil {
		return err
	}
	if who != nil {
		if err := os.Chown(s.dir, int(who.Uid), int(who.Gid)); err != nil {
			return fmt.Errorf("give the folder of PostgreSQL away: %w", err)
		}
	}
	initdb := s.command("initdb", "-D", s.data(), "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s.tether()
}

// tether starts the shell that cleans up when this process is gone.
func (s *Server) tether() error {
	const script = `read -r _
if pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null); then
	kill -QUIT "$pid" 2>/dev/null
	tries=0
	while [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
fi
rm -rf "$1"`
	shell := exec.Command("sh", "-c", script, "sh", s.dir)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // not for the terminal's Ctrl-C
	leash, err := shell.StdinPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		return fmt.Errorf("start the shell that stops PostgreSQL: %w", err)
	}
	s.leash = leash
	go shell.Wait() // the shell outlives its use by a moment; this only reaps it
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command is a program of PostgreSQL's, run as a user whom it accepts.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	who, _ := credential() // prepare has asked
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: who}
	return cmd
}

// start runs the server and waits until it answers.
func (s *Server) start() error {
	args := append([]string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "shared_buffers=32MB"}, s.options...)
	s.run, s.exited = s.command("postgres", args...), make(chan struct{})
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of PostgreSQL: %w", err)
	}
	defer log.Close()
	s.run.Stdout, s.run.Stderr = log, log
	if err := s.run.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	go func(run *exec.Cmd, exited chan struct{}) {
		_ = run.Wait() // how it ended is in its log
		close(exited)
	}(s.run, s.exited)
	return s.await()
}

func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.exited:
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, s.log())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, s.log())
		}
	}
}

func (s *Server) log() []byte {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log")) // only adds to an error
	return text[max(0, len(text)-2000):]
}
