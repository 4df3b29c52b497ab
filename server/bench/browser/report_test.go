package main

import (
	"io"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"one", []float64{5}, "5.0 [5.0–5.0]"},
		{"odd", []float64{300, 100, 201}, "201 [100–300]"},
		{"even", []float64{1, 4, 2, 3}, "2.5 [1.0–4.0]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := summary(test.values); got != test.want {
				t.Errorf("summary(%v) = %q, want %q", test.values, got, test.want)
			}
		})
	}
}

// Every row that the table has is one that a run fills, in each profile's column.
func TestTable(t *testing.T) {
	o := options{runs: 1, profiles: []profile{{name: "plain"}, {name: "slow"}}}
	r := result{}
	for i, row := range rows() {
		r[row[0]] = float64(i + 1)
	}
	got := table(o, map[string][]result{"plain": {r}, "slow": {r}})
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if len(lines) != 2+len(rows()) || lines[0] != "| median [least–most] of 1 | plain | slow |" || lines[1] != "|---|---:|---:|" {
		t.Fatalf("table =\n%s", got)
	}
	if want := "| form usable, ms | 3.0 [3.0–3.0] | 3.0 [3.0–3.0] |"; lines[4] != want {
		t.Errorf("row = %q, want %q", lines[4], want)
	}
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-runs", "3", "-profiles", "slow"}, io.Discard)
	if err != nil || o.runs != 3 || len(o.profiles) != 1 || o.profiles[0].cpu != 4 || o.binary != "bin/porchlight" {
		t.Errorf("parse = %+v, %v", o, err)
	}
	for name, args := range map[string][]string{
		"no runs": {"-runs", "0"}, "too many runs": {"-runs", "101"}, "profile": {"-profiles", "plain,fast"},
		"no profile": {"-profiles", ""}, "argument": {"more"}, "flag": {"-x"},
	} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%s: parse(%q) succeeded", name, args)
		}
	}
}

func TestBusy(t *testing.T) {
	if got := (times{idle: 100, all: 200}).until(times{idle: 150, all: 400}); got != 0.75 {
		t.Errorf("busy = %v, want 0.75", got)
	}
	if got := (times{}).until(times{}); got < 0 || got > 1 {
		t.Errorf("busy without figures = %v", got)
	}
}
