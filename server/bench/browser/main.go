// Command browser measures what a person waits for: it drives Chromium over the
// built binary and prints medians as a Markdown table.
//
//	go run ./server/bench/browser [-runs 5] [-profiles plain,slow] [-binary bin/porchlight]
//
// Chromium is $CHROMIUM or one on the path. Each run has fresh profiles:
//
//  1. The sign-in page is opened and left alone until nothing moves any more:
//     bytes, first paint, form usable, program running.
//  2. The sign-in page is opened, and the form filled and sent the moment it is
//     usable: cold start to feed.
//  3. The browser is started again, signed in: repeat to feed.
//  4. It is started again without a network: offline start to feed. The page is
//     then loaded again by a clock that is two hours ahead, so that the access
//     token has expired: offline and expired to feed.
//
// Times are milliseconds from the navigation's start, by the browser's clock. A
// form is usable when both inputs and the button are visible, enabled and not
// covered; a feed is there when its first post is visible. Both are looked at in
// every frame. Input is trusted: what DevTools sends is what a hand would.
//
// The profile slow is a phone: 1.6 Mbit/s down, 750 kbit/s up, 150 ms round
// trip, CPU four times slower. All of the browser's traffic, that of the service
// worker too, goes through a line of this program's own (line.go), because
// DevTools slows down the page's requests only. CPU is slowed down for the main
// thread only: compiling WebAssembly and the worker run at full speed. Bytes are
// all that came down the line, heads of answers included.
//
// The figures belong to the machine and what else it did; the table says how
// busy it was.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	binary   string
	runs     int
	profiles []profile
}

// maxRuns keeps a mistyped number from taking the day.
const maxRuns = 100

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var names string
	f := flag.NewFlagSet("browser", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.binary, "binary", "bin/porchlight", "the server that is measured")
	f.IntVar(&o.runs, "runs", 5, "rounds per profile; one more before them is thrown away")
	f.StringVar(&names, "profiles", "plain,slow", "what to measure")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() != 0 {
		return o, errors.New("usage: browser [flags]")
	}
	if o.runs < 1 || o.runs > maxRuns {
		return o, fmt.Errorf("runs %d is not in 1 to %d", o.runs, maxRuns)
	}
	for name := range strings.SplitSeq(names, ",") {
		p, ok := profiles()[name]
		if !ok {
			return o, fmt.Errorf("profile %q is unknown", name)
		}
		o.profiles = append(o.profiles, p)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "porchlight-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{options: o, dir: dir, stderr: stderr}
	report, err := b.measure(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(stdout, report)
	return err
}

// A profile is a device and its line.
type profile struct {
	name   string
	mobile bool
	cpu    float64 // times slower
	shape  shape
}

func profiles() map[string]profile {
	return map[string]profile{
		"plain": {name: "plain", cpu: 1},
		"slow":  {name: "slow", mobile: true, cpu: 4, shape: slowLine()},
	}
}
