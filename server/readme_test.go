package main

import (
	"os"
	"strings"
	"testing"

	"porchlight/server/internal/config"
)

// The README's table is the one that the program prints.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), config.Markdown()) {
		t.Errorf("README.md lacks the present table of variables:\n%s", config.Markdown())
	}
	if n := strings.Count(string(text), "\n"); n >= 150 {
		t.Errorf("README.md has %d lines, want under 150", n)
	}
}
