package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"porchlight/app/client"
	"porchlight/shared/api"
)

// Who signs in, and how much there is to read.
const (
	email    = "bench@example.com"
	password = "Bench-Passw0rd-1"
	posts    = 20
)

// A server is a running binary in local mode.
type server struct {
	address string // host:port
	cmd     *exec.Cmd
	log     *os.File
}

// start runs the binary on the address, or a free port of the loopback
// interface when that is empty, with its data in dir.
func start(binary, dir, address string) (*server, error) {
	log, err := os.OpenFile(dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if address == "" {
		address = "127.0.0.1:0"
	}
	cmd := exec.Command(binary)
	cmd.Env = []string{"HOME=" + dir, "PORCHLIGHT_DATA_DIR=" + dir, "PORCHLIGHT_LISTEN=" + address}
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, log: log}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	if s.address, err = announced(stdout); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, errors.Join(fmt.Errorf("start %s: %w\n%s", binary, err, text), s.stop())
	}
	return s, nil
}

// announced reads the address that the program prints when it serves, and goes
// on reading, so that it can go on printing.
func announced(stdout io.Reader) (string, error) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "Porchlight is at http://"); ok {
			go io.Copy(io.Discard, stdout) // ends with the program
			return strings.TrimSpace(at), nil
		}
	}
	return "", errors.New("it did not say where it serves")
}

func (s *server) stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	return errors.Join(s.cmd.Wait(), s.log.Close())
}

func (s *server) url() string { return "http://" + s.address }

// settle makes the account that signs in and the posts that it reads.
func (s *server) settle(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	c := client.Over(s.url(), &http.Client{Jar: jar})
	if _, err := c.SignUp(ctx, api.SignUp{Name: "Bench Lee", Email: email, Handle: "bench", Password: password}); err != nil {
		return fmt.Errorf("sign up: %w", err)
	}
	code, err := s.code(ctx)
	if err != nil {
		return err
	}
	if _, err := c.Confirm(ctx, api.Confirm{Email: email, Code: code}); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	for i := range posts {
		message := fmt.Sprintf("Post number %d. The quick brown fox jumps over the lazy dog, again and again.", i)
		if _, err := c.CreatePost(ctx, api.NewPost{Message: message, Audience: api.AudienceEveryone}); err != nil {
			return fmt.Errorf("post: %w", err)
		}
	}
	return nil
}

// code returns the confirmation code from the development inbox.
func (s *server) code(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url()+api.PathInbox, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", api.TypeJSON)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("read inbox: %w", err)
	}
	defer answer.Body.Close()
	var mails []struct{ Code string }
	if err := json.NewDecoder(answer.Body).Decode(&mails); err != nil || len(mails) == 0 {
		return "", fmt.Errorf("read inbox: %d mails, %w", len(mails), err)
	}
	return mails[0].Code, nil
}

// firstByte starts the binary on its data and returns how long it took from the
// call that starts the process to the first byte of an answer.
func firstByte(binary, dir string) (time.Duration, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return 0, err
	}
	asked := make(chan time.Time, 1)
	begin := time.Now()
	go func() { asked <- ask(address, begin.Add(10*time.Second)) }()
	s, err := start(binary, dir, address)
	if err != nil {
		return 0, err
	}
	answered := <-asked
	if err := s.stop(); err != nil {
		return 0, err
	}
	if answered.IsZero() {
		return 0, errors.New("the server did not answer")
	}
	return answered.Sub(begin), nil
}

// ask sends a request as soon as somebody listens, and returns when the answer
// began: the zero time if it did not before the deadline.
func ask(address string, deadline time.Time) time.Time {
	for time.Now().Before(deadline) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			time.Sleep(100 * time.Microsecond)
			continue
		}
		defer c.Close()
		_ = c.SetDeadline(deadline) // a connection that has none waits for an answer that comes or an end
		if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", api.PathSignIn, address); err != nil {
			return time.Time{}
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			return time.Time{}
		}
		return time.Now()
	}
	return time.Time{}
}
