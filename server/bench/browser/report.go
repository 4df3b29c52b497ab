package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A bench measures one binary.
type bench struct {
	options
	dir    string // for everything that is left behind
	stderr io.Writer
}

// rows are what a run measures, in the table's order.
func rows() [][2]string {
	return [][2]string{
		{"bytes", "first visit until idle, KiB"},
		{"paint", "first paint, ms"},
		{"form", "form usable, ms"},
		{"running", "program has taken over, ms"},
		{"cold", "cold start to feed, ms"},
		{"repeat", "repeat to feed, ms"},
		{"offline", "offline start to feed, ms"},
		{"expired", "offline, token expired, to feed, ms"},
	}
}

// measure returns the report.
func (b *bench) measure(ctx context.Context) (text string, err error) {
	data := filepath.Join(b.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return "", err
	}
	s, err := start(b.binary, data, "")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.settle(ctx); err != nil {
		return "", err
	}
	l, err := newLine(s.address)
	if err != nil {
		return "", err
	}
	defer l.close()
	at := &site{server: s, line: l, dir: b.dir}
	before := cpu()
	results, err := b.rounds(ctx, at)
	if err != nil {
		return "", err
	}
	busy := before.until(cpu())
	frugal, err := at.frugal(ctx, profiles()["plain"])
	if err != nil {
		return "", err
	}
	still, err := b.binaryLines()
	if err != nil {
		return "", err
	}
	return table(b.options, results) + fmt.Sprintf(
		"\n- before the program, until the feed can be read and a post written: %.1f KiB\n%s- machine busy: %.0f %%\n", frugal, still, 100*busy), nil
}

// rounds runs every profile in turn, so that what else the machine does falls on
// all alike. The first round is thrown away.
func (b *bench) rounds(ctx context.Context, s *site) (map[string][]result, error) {
	results := make(map[string][]result)
	for i := range b.runs + 1 {
		for _, p := range b.profiles {
			r, err := s.run(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", p.name, i, err)
			}
			fmt.Fprintf(b.stderr, "%s %d/%d: %v\n", p.name, i, b.runs, r)
			if i > 0 {
				results[p.name] = append(results[p.name], r)
			}
		}
	}
	return results, nil
}

// binaryLines tells of the binary itself: how soon it answers, how large it is.
func (b *bench) binaryLines() (string, error) {
	const starts = 11
	var ms []float64
	for range starts {
		d, err := firstByte(b.binary, filepath.Join(b.dir, "starts"))
		if err != nil {
			return "", err
		}
		ms = append(ms, d.Seconds()*1000)
	}
	info, err := os.Stat(b.binary)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("- first byte after start: %s ms\n- binary: %.1f MB\n", summary(ms[1:]), float64(info.Size())/1e6), nil
}

// table is the Markdown table of all results.
func table(o options, results map[string][]result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| median [least–most] of %d |", o.runs)
	for _, p := range o.profiles {
		fmt.Fprintf(&b, " %s |", p.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(o.profiles)) + "\n")
	for _, row := range rows() {
		fmt.Fprintf(&b, "| %s |", row[1])
		for _, p := range o.profiles {
			var values []float64
			for _, r := range results[p.name] {
				values = append(values, r[row[0]])
			}
			fmt.Fprintf(&b, " %s |", summary(values))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// summary is the median of values, of which there is at least one, and their
// bounds.
func summary(values []float64) string {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return fmt.Sprintf("%s [%s–%s]", figure((v[(n-1)/2]+v[n/2])/2), figure(v[0]), figure(v[n-1]))
}

// figure has one decimal when it is small.
func figure(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// times are the processor's, from Linux's /proc/stat: zero elsewhere.
type times struct{ idle, all float64 }

func cpu() (t times) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return times{}
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	for i, word := range strings.Fields(line) {
		var v float64
		if _, err := fmt.Sscan(word, &v); err != nil || i > 8 {
			continue // the name; guests are counted in user already
		}
		t.all += v
		if i == 4 || i == 5 {
			t.idle += v
		}
	}
	return t
}

// until returns which part of the time since then the processor was in use.
func (t times) until(now times) float64 {
	return 1 - (now.idle-t.idle)/cmp.Or(now.all-t.all, 1)
}
