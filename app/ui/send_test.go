//go:build !js

package ui

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"porchlight/app/client"
	"porchlight/shared/api"
)

// TestUnsent shows what web/js/send.js leaves in a page whose form did not come
// through: the program says it too, with the form, in the script's own words.
func TestUnsent(t *testing.T) {
	script, err := os.ReadFile("../../web/js/send.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range []error{client.ErrOffline, client.ErrAnswer} {
		told := New(Config{}).told(failure)
		if !strings.Contains(string(script), strconv.Quote(told.Detail)) || !strings.Contains(string(script), strconv.Quote(told.Title)) {
			t.Errorf("web/js/send.js does not say %q: %q", told.Title, told.Detail)
		}
		for _, path := range []string{api.PathSignIn, api.PathSignUp, api.PathConfirm, api.PathRecover, api.PathRecoverConfirm} {
			root := parse(t, HTML(api.Page{Path: path, Now: evening(), Problem: &api.Problem{Title: told.Title, Detail: told.Detail}}))
			if byRole(root, "alert", told.Detail) == nil || attr(all(root, "form")[0], "action") != path {
				t.Errorf("%s does not say %q above its form", path, told.Detail)
			}
		}
	}
}
