// Command porchlight serves a home feed behind a real front door. Without
// configuration it runs a user pool of its own, on loopback only; with three
// variables it uses an Amazon Cognito user pool. `porchlight help env` lists
// them all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"porchlight/server/internal/config"
	"porchlight/server/internal/localpool"
	"porchlight/server/internal/provision"
	"porchlight/server/internal/serve"
	"porchlight/web"
)

const usage = `usage: porchlight [serve]         serve the site (the default)
       porchlight provision -h    make or check a Cognito user pool
       porchlight pool -h         serve the embedded user pool alone, for other programs
       porchlight help            print this
       porchlight help env        list the environment variables
       porchlight version         say which build this is
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Environ(), os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "porchlight:", err)
		os.Exit(1)
	}
}

// run does what args ask for until it is done or ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, environ []string, stdout, stderr io.Writer) error {
	command, rest := "serve", args
	if len(args) > 0 {
		command, rest = args[0], args[1:]
	}
	switch {
	case command == "serve" && len(rest) == 0:
		return serveSite(ctx, getenv, environ, stdout, stderr)
	case command == "provision":
		return provision.Command(ctx, rest, getenv, stdout, stderr)
	case command == "pool":
		return localpool.Command(ctx, rest, stdout, stderr)
	case command == "help" && len(rest) == 0, command == "-h", command == "--help":
		fmt.Fprint(stdout, usage)
		return nil
	case (command == "version" || command == "--version") && len(rest) == 0:
		info, _ := debug.ReadBuildInfo() // nil when the build has none
		return writeVersion(stdout, info, web.FS())
	case command == "help" && len(rest) == 1 && rest[0] == "env":
		_, err := io.WriteString(stdout, config.Help())
		return err
	}
	return fmt.Errorf("unknown arguments %q\n%s", args, usage)
}

func serveSite(ctx context.Context, getenv func(string) string, environ []string, stdout, stderr io.Writer) error {
	c, err := config.Load(getenv)
	if err != nil {
		return err
	}
	for _, line := range config.Unknown(environ) {
		fmt.Fprintln(stderr, "porchlight: warning:", line)
	}
	return serve.Run(ctx, c, stdout, stderr)
}
