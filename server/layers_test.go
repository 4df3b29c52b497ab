package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "porchlight"

// layers lists, for every package, which packages of this module it may
// import, tests left out. Adding an edge is a design decision: say why in the
// commit. Paths are below the module; "internal/x" stands for
// "server/internal/x".
func layers() map[string][]string {
	return map[string][]string{
		"shared/claims": nil,
		"shared/api":    {"shared/claims"},
		"web":           nil,

		"app":        {"app/client", "app/device", "app/live", "app/outbox", "app/ui", "shared/api"},
		"app/ui":     {"app/client", "app/device", "app/live", "app/outbox", "shared/api", "shared/claims"},
		"app/client": {"app/fetch", "shared/api", "shared/claims"},
		"app/live":   {"app/client", "app/fetch", "shared/api"},
		"app/fetch":  {"shared/api"},
		"app/device": {"app/shelf", "shared/api", "shared/claims"},
		"app/outbox": {"app/shelf", "shared/api"},
		"app/shelf":  nil,

		"server":               {"internal/config", "internal/localpool", "internal/provision", "internal/pwa/bundle", "internal/serve", "web"},
		"server/bench/browser": {"app/client", "shared/api"},
		"internal/serve":       {"internal/cognito", "internal/config", "internal/feed", "internal/httpapi", "internal/hub", "internal/limit", "internal/localpool", "internal/postgres", "internal/pwa", "internal/session", "internal/sqlite", "internal/token", "web"},
		"internal/httpapi": {"internal/cognito", "internal/feed", "internal/hub", "internal/limit", "internal/pwa", "internal/session", "internal/token",
			"shared/api", "shared/claims"},
		"internal/pwa":        {"app/ui", "internal/pwa/bundle", "internal/pwa/delta", "shared/api"},
		"internal/config":     nil,
		"internal/cognito":    {"shared/api"},
		"internal/token":      {"shared/claims"},
		"internal/session":    {"shared/claims"},
		"internal/feed":       {"shared/api"},
		"internal/hub":        {"internal/feed", "shared/api"},
		"internal/limit":      nil,
		"internal/sqlitedb":   nil,
		"internal/sqlite":     {"internal/feed", "internal/limit", "internal/session", "internal/sqlitedb", "internal/token", "shared/api"},
		"internal/postgres":   {"internal/feed", "internal/limit", "internal/session", "internal/token", "shared/api"},
		"internal/provision":  nil,
		"internal/localpool":  {"internal/sqlitedb", "shared/api", "shared/claims"},
		"internal/pwa/bundle": nil,
		"internal/pwa/delta":  nil,
		"internal/wasmpack":   {"internal/pwa/bundle"},

		// Stand-ins of the browser build: nothing imports them.
		"internal/wasmpack/std/http":   nil,
		"internal/wasmpack/std/regexp": nil,

		// Test kits are imported by tests only.
		"internal/postgres/pgtest":     nil,
		"internal/feed/feedtest":       {"internal/feed", "shared/api"},
		"internal/limit/limittest":     {"internal/limit"},
		"internal/session/sessiontest": {"internal/session", "shared/claims"},
		"internal/token/tokentest":     {"internal/token", "shared/claims"},
		"internal/cognito/cognitotest": {"internal/cognito"},
	}
}

// owners lists the third-party modules that only some packages may import.
func owners() map[string][]string {
	return map[string][]string{
		"github.com/aws/aws-sdk-go-v2":        {"internal/cognito", "internal/provision"},
		"github.com/aws/smithy-go":            {"internal/cognito", "internal/provision"},
		"github.com/lestrrat-go/jwx":          {"internal/localpool", "internal/token"},
		"github.com/maxence-charriere/go-app": {"app", "app/ui"},
		"github.com/jackc/pgx":                {"internal/postgres", "internal/postgres/pgtest"},
		"zombiezen.com/go/sqlite":             {"internal/sqlitedb"},
		"modernc.org/libc":                    {"internal/sqlitedb"},
		"golang.org/x/crypto/argon2":          {"internal/localpool"},
		"golang.org/x/crypto/acme":            {"internal/serve"},
		"github.com/andybalholm/brotli":       {"internal/pwa", "internal/pwa/delta", "internal/wasmpack"},
		"github.com/klauspost/compress":       {"internal/pwa/delta"},
		"github.com/chromedp":                 {"server/bench/browser"},
		"github.com/google/go-cmp":            {"internal/feed/feedtest", "internal/limit/limittest", "internal/session/sessiontest"},
		"golang.org/x/net/html":               {},
	}
}

type listedPackage struct {
	ImportPath string
	Dir        string
	Imports    []string
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listedPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		// The test cache watches files that are looked at, not what go list reads.
		entries, err := os.ReadDir(p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if _, err := os.Stat(p.Dir + "/" + e.Name()); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, p)
	}
	return list
}

func shortName(path string) string {
	name := strings.TrimPrefix(path, module+"/")
	if rest, ok := strings.CutPrefix(name, "server/internal/"); ok {
		return "internal/" + rest
	}
	return name
}

func TestLayers(t *testing.T) {
	allowed := layers()
	for _, p := range listPackages(t) {
		name := shortName(p.ImportPath)
		may, known := allowed[name]
		if !known && len(p.Imports) > 0 {
			t.Errorf("%s is not in the table of layers", name)
			continue
		}
		for _, i := range p.Imports {
			if strings.HasPrefix(i, module+"/") && !slices.Contains(may, shortName(i)) {
				t.Errorf("%s imports %s, which the table of layers does not allow", name, shortName(i))
			}
		}
	}
}

func TestOwners(t *testing.T) {
	for _, p := range listPackages(t) {
		name := shortName(p.ImportPath)
		for _, i := range p.Imports {
			for dep, may := range owners() {
				if (i == dep || strings.HasPrefix(i, dep+"/")) && !slices.Contains(may, name) {
					t.Errorf("%s imports %s, which only %v may", name, i, may)
				}
			}
		}
	}
}
