package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/config"
)

func TestSecretStaysHidden(t *testing.T) {
	const canary = "hunter2canary"
	s := config.NewSecret(canary)
	inside := struct {
		S config.Secret
		P *config.Secret
		L []config.Secret
		u config.Secret
	}{s, &s, []config.Secret{s}, s}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, inside))
	}
	shown = append(shown, fmt.Sprint(s), fmt.Sprintln(inside), fmt.Errorf("x: %v", s).Error())
	for _, handler := range []func(*bytes.Buffer) slog.Handler{
		func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("x", "secret", s, "inside", inside, "list", []any{s})
		shown = append(shown, b.String())
	}
	text, err := json.Marshal(map[string]any{"secret": s, "inside": inside})
	if err != nil {
		t.Fatalf("Marshal = %v", err)
	}
	shown = append(shown, string(text))
	hexed := fmt.Sprintf("%x", canary)
	for _, line := range shown {
		if strings.Contains(line, canary) || strings.Contains(strings.ToLower(line), hexed) || !strings.Contains(line, "[secret]") && !strings.Contains(line, "0x") {
			t.Errorf("a secret shows itself as %q, want [secret]", line)
		}
	}
	if got := s.Reveal(); got != canary {
		t.Errorf("Reveal = %q, want %q", got, canary)
	}
	if !(config.Secret{}).IsZero() || s.IsZero() || fmt.Sprint(config.Secret{}) != "[secret]" {
		t.Error("IsZero or the zero secret's text is wrong")
	}
}

func TestVariablesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range config.Variables() {
		if seen[v.Name] {
			t.Errorf("%s is in the table twice", v.Name)
		}
		seen[v.Name] = true
		if v.Unit == "" || v.Help == "" || !strings.HasSuffix(v.Help, ".") {
			t.Errorf("%s has no unit, or no help that is a sentence", v.Name)
		}
		if v.Secret && v.Default != "" {
			t.Errorf("%s is a secret with a default", v.Name)
		}
		if !strings.Contains(config.Help(), "\n"+v.Name+" (") {
			t.Errorf("Help lacks %s", v.Name)
		}
		if strings.Count(config.Markdown(), "\n| `"+v.Name+"` (") != 1 {
			t.Errorf("Markdown lacks a row for %s", v.Name)
		}
	}
}

func TestTablesAreWellFormed(t *testing.T) {
	for line := range strings.Lines(config.Help()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("Help has a line of %d characters: %q", n, line)
		}
	}
	for line := range strings.Lines(config.Markdown()) {
		if strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 4 || !strings.HasSuffix(line, "|\n") {
			t.Errorf("Markdown has a row that is not of three cells: %q", line)
		}
	}
}

func TestUnknown(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    []string
	}{
		{"nothing", nil, nil},
		{"known", []string{"PORCHLIGHT_LISTEN=x", "PORCHLIGHT_SESSION_KEY_FILE=x", "PORCHLIGHT_TLS_KEY_FILE=x", "PATH=x", "AWS_COGNITO_DOMAIN=x"}, nil},
		{"letter wrong", []string{"PORCHLIGHT_LISTN=hunter2"}, []string{"PORCHLIGHT_LISTN is not a variable of this program; did you mean PORCHLIGHT_LISTEN?"}},
		{"case wrong", []string{"porchlight_data_dir=hunter2"}, []string{"porchlight_data_dir is not a variable of this program; did you mean PORCHLIGHT_DATA_DIR?"}},
		{"file of what is no secret", []string{"PORCHLIGHT_LISTEN_FILE=x"}, []string{"PORCHLIGHT_LISTEN_FILE is not a variable of this program"}},
		{"far off", []string{"PORCHLIGHT_FAVOURITE_COLOUR=x"}, []string{"PORCHLIGHT_FAVOURITE_COLOUR is not a variable of this program"}},
		{"sorted, once, no value", []string{"PORCHLIGHT_ZZZZZZ=1", "PORCHLIGHT_AAAAAA=2", "PORCHLIGHT_ZZZZZZ=3"},
			[]string{"PORCHLIGHT_AAAAAA is not a variable of this program", "PORCHLIGHT_ZZZZZZ is not a variable of this program"}},
		{"no equals sign", []string{"PORCHLIGHT_X\n"}, []string{`"PORCHLIGHT_X\n" is not a variable of this program`}},
		{"huge", []string{"PORCHLIGHT_" + strings.Repeat("A", 1<<20)}, []string{`"PORCHLIGHT_` + strings.Repeat("A", 49) + `"… is not a variable of this program`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, config.Unknown(tt.environ)); diff != "" {
				t.Errorf("Unknown differs (-want +got):\n%s", diff)
			}
		})
	}
}
