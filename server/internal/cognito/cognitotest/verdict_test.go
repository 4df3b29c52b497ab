package cognitotest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/cognito"
)

func TestVerdict(t *testing.T) {
	p := Pool{Differences: []Difference{
		{Case: "sign-out/global", Reason: "has no such operation"},
		{Case: "refresh/rotation", App: "old", Reason: "never rotates"},
	}}
	failure := errors.New("it failed")
	tests := []struct {
		name, inCase, app string
		err               error
		ok                bool
		says              string
	}{
		{"passes", "sign-in/right", "any", nil, true, ""},
		{"fails", "sign-in/right", "any", failure, false, "it failed"},
		{"known to fail", "sign-out/global", "any", failure, true, "has no such operation"},
		{"known to fail and passes", "sign-out/global", "any", nil, false, "remove the entry"},
		{"known for this app", "refresh/rotation", "old", failure, true, "never rotates"},
		{"known for another app", "refresh/rotation", "new", failure, false, "it failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ok, says := p.verdict(tt.inCase, tt.app, tt.err)
			if ok != tt.ok || !strings.Contains(says, tt.says) || tt.says == "" && says != "" {
				t.Errorf("verdict = %t, %q, want %t, %q", ok, says, tt.ok, tt.says)
			}
		})
	}
}

func TestStrayDifferences(t *testing.T) {
	p := Pool{
		Apps: []App{{Name: "app"}},
		Differences: []Difference{
			{Case: "sign-out/global", Reason: "r"},
			{Case: "sign-out/global", App: "app", Reason: "r"},
			{Case: "sign-out/global"},
			{Case: "none", Reason: "r"},
			{Case: "sign-out/global", App: "none", Reason: "r"},
		},
	}
	if got := p.strayDifferences(); !slices.Equal(got, p.Differences[2:]) {
		t.Errorf("strayDifferences = %+v, want %+v", got, p.Differences[2:])
	}
}

// TestCasesCanFail tries every case on pools that agree to everything and on
// one that refuses everything: a case that such a pool passes proves nothing.
func TestCasesCanFail(t *testing.T) {
	pools := map[string]http.HandlerFunc{
		"refuses": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"InvalidParameterException"}`)
		},
		"agrees": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"Username":"u","UserAttributes":[{"Name":"sub","Value":"s"}],
				"CodeDeliveryDetails":{"Destination":"a***@e***","DeliveryMedium":"EMAIL"},
				"AuthenticationResult":{"AccessToken":"a","IdToken":"i","RefreshToken":"r"}}`)
		},
	}
	// What a pool that agrees to everything rightly passes.
	passes := []string{"sign-up/delivers", "resend/confirmed account", "resend/unknown account", "sign-in/capitals", "sign-out/revoke again", "admin/confirm"}
	for name, handler := range pools {
		k := scripted(t, handler)
		for _, c := range cases() {
			err := c.run(t.Context(), k)
			if err == nil && !(name == "agrees" && slices.Contains(passes, c.name)) {
				t.Errorf("a pool that %s passes %q", name, c.name)
			}
		}
	}
}

func scripted(t *testing.T, h http.Handler) kit {
	t.Helper()
	app := func(id string) App {
		c, err := cognito.New(cognito.Config{
			Region: "us-east-1", UserPoolID: "us-east-1_a", ClientID: id,
			Endpoint: "http://pool.invalid", HTTPClient: cognito.InProcess(h),
		})
		if err != nil {
			t.Fatal(err)
		}
		return App{Name: id, Client: c, Rotates: true}
	}
	return kit{app: app("one"), other: app("two"), pool: Pool{
		Wait:  func(time.Duration) {},
		Admin: Admin{Endpoint: "http://pool.invalid", HTTP: cognito.InProcess(h), Pool: "us-east-1_a"},
		Code:  func(context.Context, string, string) (string, error) { return "123456", nil },
	}}
}
