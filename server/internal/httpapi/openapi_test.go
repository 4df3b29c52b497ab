package httpapi

import (
	_ "embed"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"porchlight/shared/api"
	"porchlight/shared/claims"
)

//go:embed openapi.yaml
var description string

// keys returns the path of each block key of the description: "paths//feed/get".
// The file keeps to two spaces a level, one key a line, and lists that hold no
// block keys, so no YAML reader is needed to compare it with the program.
func keys(t *testing.T) []string {
	t.Helper()
	line := regexp.MustCompile(`^((?:  )*)("?[^\s"#-][^:]*"?):(?: |$)`)
	var all, stack []string
	text := false
	for l := range strings.SplitSeq(description, "\n") {
		m := line.FindStringSubmatch(l)
		depth := len(l) - len(strings.TrimLeft(l, " "))
		if text && (l == "" || depth/2 >= len(stack)) || m == nil {
			continue
		}
		stack = append(stack[:min(depth/2, len(stack))], strings.Trim(m[2], `"`))
		all = append(all, strings.Join(stack, "\x00"))
		text = strings.HasSuffix(l, ": |")
	}
	return all
}

// under returns the keys right below the given one.
func under(all []string, path ...string) []string {
	prefix := strings.Join(path, "\x00") + "\x00"
	var list []string
	for _, k := range all {
		if rest, ok := strings.CutPrefix(k, prefix); ok && !strings.Contains(rest, "\x00") {
			list = append(list, rest)
		}
	}
	return list
}

// TestDescribedRepeats: what is answered otherwise the second time has that
// answer in its description.
func TestDescribedRepeats(t *testing.T) {
	answers := under(keys(t), "paths", "/api/sessions/{id}", "delete", "responses")
	if !slices.Contains(answers, "404") {
		t.Errorf("the answers to the end of a session are %q, want 404 among them", answers)
	}
}

// TestDescribedRoutes: what the server answers in JSON is described, and what
// is described is answered.
func TestDescribedRoutes(t *testing.T) {
	s := &server{}
	routes := append(slices.Collect(maps.Keys(s.calls())), "POST "+api.PathPassword)
	for pattern := range s.forms() {
		if !strings.HasPrefix(pattern, "POST "+api.PathPost) { // plain forms only
			routes = append(routes, strings.TrimSuffix(pattern, "{$}"))
		}
	}
	all := keys(t)
	var described []string
	for _, path := range under(all, "paths") {
		for _, method := range under(all, "paths", path) {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	if diff := cmp.Diff(routes, described); diff != "" {
		t.Errorf("routes and openapi.yaml (-routes +described):\n%s", diff)
	}
}

// TestDescribedTypes: each schema has the members of the Go type of its name.
func TestDescribedTypes(t *testing.T) {
	types := []any{
		api.SignUp{}, api.Confirm{}, api.Resend{}, api.SignIn{}, api.Recover{}, api.RecoverConfirm{}, api.SignOut{},
		api.ChangePassword{}, api.EndSession{}, api.Done{}, api.Delivery{}, claims.Display{}, api.Sessions{}, api.Session{},
		api.NewPost{}, api.Post{}, api.Feed{}, api.Event{}, api.Counters{}, api.Thread{}, api.Person{}, api.UserPosts{}, api.Search{}, api.ProfileChange{},
		api.FieldError{}, api.Problem{},
	}
	all := keys(t)
	schemas := under(all, "components", "schemas")
	for _, v := range types {
		typ := reflect.TypeOf(v)
		if !slices.Contains(schemas, typ.Name()) {
			t.Errorf("no schema %s", typ.Name())
		}
		want, got := members(typ), under(all, "components", "schemas", typ.Name(), "properties")
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("members of %s (-type +schema):\n%s", typ.Name(), diff)
		}
	}
	if len(schemas) != len(types) {
		t.Errorf("%d schemas for %d types", len(schemas), len(types))
	}
}

func members(typ reflect.Type) []string {
	var names []string
	for _, f := range reflect.VisibleFields(typ) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// TestDescriptionHangsTogether: every reference leads somewhere, each operation
// has a name of its own, and the version is the program's.
func TestDescriptionHangsTogether(t *testing.T) {
	all := keys(t)
	for _, m := range regexp.MustCompile(`\$ref: "#/([^"]+)"`).FindAllStringSubmatch(description, -1) {
		if !slices.Contains(all, strings.ReplaceAll(m[1], "/", "\x00")) {
			t.Errorf("%s leads nowhere", m[1])
		}
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`operationId: (\S+)`).FindAllStringSubmatch(description, -1) {
		if seen[m[1]] {
			t.Errorf("two operations are named %s", m[1])
		}
		seen[m[1]] = true
	}
	if want := `version: "` + strconv.Itoa(api.Version) + `"`; !strings.Contains(description, want) {
		t.Errorf("openapi.yaml has not %s", want)
	}
}
