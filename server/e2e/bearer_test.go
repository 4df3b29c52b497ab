package e2e

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// TestBearer shows tokens to the feed. The pool's own access token opens the
// members' posts; every other one is refused, also those that are signed with
// the pool's own key but are not an access token for this site.
func TestBearer(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	ann.post(t, "Members may read this.", api.AudienceMembers)
	s.stop(t)
	pool := s.openPool(t)
	tokens := pool.signIn(t, ann)
	s.restart(t)

	good := decode(t, tokens.Access)
	key, stranger := pool.accessKey(t), strangerKey(t)
	now := time.Now().Unix()
	with := func(change map[string]any) map[string]any {
		c := maps.Clone(good.claims)
		for name, value := range change {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
		return c
	}
	header := func(change map[string]any) map[string]any {
		h := maps.Clone(good.header)
		maps.Copy(h, change)
		return h
	}
	parts := strings.Split(tokens.Access, ".")
	tests := []struct{ name, token string }{
		{"garbage", "garbage"},
		{"empty parts", ".."},
		{"two parts", parts[0] + "." + parts[1]},
		{"four parts", tokens.Access + "." + parts[2]},
		{"padded", tokens.Access + "=="},
		{"too long", tokens.Access + strings.Repeat("A", 9<<10)},
		{"alg none without signature", segment(header(map[string]any{"alg": "none"})) + "." + parts[1] + "."},
		{"alg none with signature", segment(header(map[string]any{"alg": "none"})) + "." + parts[1] + "." + parts[2]},
		{"alg HS256 keyed with the public key", hs256(header(map[string]any{"alg": "HS256"}), good.claims, key)},
		{"alg RS384 in the header", sign(t, key, header(map[string]any{"alg": "RS384"}), good.claims)},
		{"no kid", sign(t, key, header(map[string]any{"kid": nil}), good.claims)},
		{"unknown kid", sign(t, key, header(map[string]any{"kid": "bm90aGluZw"}), good.claims)},
		{"critical extension", sign(t, key, header(map[string]any{"crit": []string{"exp"}}), good.claims)},
		{"key in the header", sign(t, stranger, header(map[string]any{"jwk": jwk(stranger)}), good.claims)},
		{"stranger's key under our kid", sign(t, stranger, good.header, good.claims)},
		{"changed payload", parts[0] + "." + segment(with(map[string]any{"cognito:groups": []string{claims.GroupModerators}})) + "." + parts[2]},
		{"changed signature", parts[0] + "." + parts[1] + "." + flip(parts[2])},
		{"ID token", tokens.ID},
		{"refresh token", tokens.Refresh},
		{"ID token's use, signed with the access key", sign(t, key, good.header, with(map[string]any{"token_use": claims.UseID}))},
		{"another pool", sign(t, key, good.header, with(map[string]any{"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Stranger1"}))},
		{"issuer with a tail", sign(t, key, good.header, with(map[string]any{"iss": good.claims["iss"].(string) + "/"}))},
		{"another client", sign(t, key, good.header, with(map[string]any{"client_id": "0000000000000000000000000"}))},
		{"aud for client_id", sign(t, key, good.header, with(map[string]any{"client_id": nil, "aud": good.claims["client_id"]}))},
		{"expired", sign(t, key, good.header, with(map[string]any{"exp": now - 120, "iat": now - 1000}))},
		{"no exp", sign(t, key, good.header, with(map[string]any{"exp": nil}))},
		{"exp as text", sign(t, key, good.header, with(map[string]any{"exp": "9999999999"}))},
		{"issued in the future", sign(t, key, good.header, with(map[string]any{"iat": now + 3600, "exp": now + 7200}))},
		{"not valid yet", sign(t, key, good.header, with(map[string]any{"nbf": now + 3600}))},
		{"no subject", sign(t, key, good.header, with(map[string]any{"sub": ""}))},
		{"two subjects", signText(t, key, good.header, strings.Replace(text(good.claims), "{", `{"sub":"0192f0c1-2345-7abc-8def-0123456789ab",`, 1))},
	}

	if got := s.show(t, tokens.Access); got.status != http.StatusOK || !strings.Contains(got.body, "Members may read this.") {
		t.Fatalf("GET %s with the pool's access token: status %d, %s", api.PathFeed, got.status, got.body)
	}
	if got := s.show(t, sign(t, key, good.header, with(map[string]any{"jti": "again"}))); got.status != http.StatusOK {
		t.Fatalf("a token made here as the pool makes it is refused with %d: the rows below prove nothing", got.status)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.show(t, tt.token)
			var p api.Problem
			if err := json.Unmarshal([]byte(got.body), &p); err != nil {
				t.Fatalf("answer %q: %v", got.body, err)
			}
			if got.status != http.StatusUnauthorized || !p.OfKind(api.ProblemInvalidToken) {
				t.Errorf("refused with %d, %s, want 401, %s", got.status, p.Type, api.ProblemInvalidToken)
			}
			if challenge := got.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(challenge, `error="invalid_`) {
				t.Errorf("WWW-Authenticate = %q, want a Bearer challenge with an error", challenge)
			}
			if strings.Contains(got.body, "Members may read this.") || strings.Contains(got.body, tt.token) {
				t.Errorf("the refusal shows too much: %s", got.body)
			}
			got.hardened(t)
		})
	}
}

// TestBearerTwice shows two tokens at once, and none in the right place.
func TestBearerTwice(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, values := range [][]string{{"Bearer a.b.c", "Bearer a.b.c"}, {"Bearer"}, {"Bearer "}, {"Basic YTpi"}, {"Bearer a.b.c, Bearer a.b.c"}, {"Bearer  a.b.c"}, {""}} {
		got := s.send(t, exchange{method: "GET", path: api.PathFeed, header: http.Header{"Authorization": values}})
		if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("Authorization %q: status %d, WWW-Authenticate %q, want 401 with a challenge", values, got.status, got.header.Get("WWW-Authenticate"))
		}
	}
}

// TestBearerAfterSignOut signs out everywhere: tokens that were issued before
// do not open anything any more, though they have not expired.
func TestBearerAfterSignOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	s.stop(t)
	tokens := s.openPool(t).signIn(t, ann)
	s.restart(t)
	if got := s.show(t, tokens.Access); got.status != http.StatusOK {
		t.Fatalf("GET %s with a fresh token: status %d", api.PathFeed, got.status)
	}
	if err := ann.api.EndSessions(t.Context()); err != nil {
		t.Fatalf("EndSessions: %v", err)
	}
	if got := s.show(t, tokens.Access); got.status != http.StatusUnauthorized {
		t.Errorf("GET %s with a token of before: status %d, want 401", api.PathFeed, got.status)
	}
}

// show asks for the feed with a token.
func (s *server) show(t *testing.T, token string) answer {
	t.Helper()
	if len(token) > 20 {
		s.log.secret("a token", token)
	}
	return s.send(t, exchange{method: "GET", path: api.PathFeed, header: http.Header{"Authorization": {"Bearer " + token}}})
}

// A jwt is a token taken apart.
type jwt struct{ header, claims map[string]any }

func decode(t *testing.T, token string) jwt {
	t.Helper()
	parts := strings.Split(token, ".")
	var j jwt
	for i, into := range []*map[string]any{&j.header, &j.claims} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.UseNumber() // times stay whole numbers
		if err := d.Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return j
}
