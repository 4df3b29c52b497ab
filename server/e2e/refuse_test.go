package e2e

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRefusesToStart starts the program where it cannot work: it ends at once
// with status 1 and one line that says what to change.
func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		env  []string
		args []string
		says string
	}{
		{name: "port taken", env: []string{"PORCHLIGHT_LISTEN=" + taken.Addr().String()}, says: "PORCHLIGHT_LISTEN"},
		{name: "folder is a file", env: []string{"PORCHLIGHT_DATA_DIR=" + file}, says: "PORCHLIGHT_DATA_DIR"},
		{name: "folder in a file", env: []string{"PORCHLIGHT_DATA_DIR=" + file + "/data"}, says: "PORCHLIGHT_DATA_DIR"},
		{name: "folder not writable", env: []string{"PORCHLIGHT_DATA_DIR=/proc/porchlight"}, says: "PORCHLIGHT_DATA_DIR"},
		{name: "address without port", env: []string{"PORCHLIGHT_LISTEN=127.0.0.1"}, says: "PORCHLIGHT_LISTEN"},
		{name: "port out of range", env: []string{"PORCHLIGHT_LISTEN=127.0.0.1:70000"}, says: "PORCHLIGHT_LISTEN"},
		{name: "local mode for everybody", env: []string{"PORCHLIGHT_LISTEN=0.0.0.0:0"}, says: "PORCHLIGHT_LISTEN"},
		{name: "lifetime that is none", env: []string{"PORCHLIGHT_SESSION_IDLE=soon"}, says: "PORCHLIGHT_SESSION_IDLE"},
		{name: "session key too short", env: []string{"PORCHLIGHT_SESSION_KEY=5e55107"}, says: "PORCHLIGHT_SESSION_KEY"},
		{name: "half a pool", env: []string{"AWS_COGNITO_USER_POOL_ID=us-east-1_AbCdEfGhI", "AWS_REGION=us-east-1"}, says: "AWS_COGNITO_USER_POOL_CLIENT_ID"},
		{name: "log level that is none", env: []string{"PORCHLIGHT_LOG_LEVEL=loud"}, says: "PORCHLIGHT_LOG_LEVEL"},
		{name: "arguments that are none", args: []string{"server"}, says: "usage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defaults := []string{"PORCHLIGHT_LISTEN=127.0.0.1:0", "PORCHLIGHT_DATA_DIR=" + t.TempDir()}
			cmd := command(t, append(defaults, tt.env...)...)
			cmd.Args = append(cmd.Args, tt.args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			cmd.WaitDelay = time.Second
			begin := time.Now()
			err := runFor(cmd, patience)
			if status, ok := errors.AsType[*exec.ExitError](err); !ok || status.ExitCode() != 1 {
				t.Errorf("the program ended with %v, want exit status 1", err)
			}
			said := strings.TrimSpace(stderr.String())
			if lines := strings.Count(said, "\n") + 1; !strings.HasPrefix(said, "porchlight: ") || lines > 1 && tt.args == nil {
				t.Errorf("it said %q, want one line from porchlight", said)
			}
			if !strings.Contains(said, tt.says) {
				t.Errorf("it said %q, want something about %s", said, tt.says)
			}
			if strings.Contains(said, "5e55107") {
				t.Errorf("it repeated the secret: %q", said)
			}
			if stdout.Len() > 0 {
				t.Errorf("it printed %q and then refused", stdout.String())
			}
			t.Logf("after %v: %s", time.Since(begin).Round(time.Millisecond), said)
		})
	}
}

// runFor runs the command and kills it when it takes longer than most.
func runFor(cmd *exec.Cmd, most time.Duration) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(most, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	return cmd.Wait()
}
