package localpool

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"porchlight/server/internal/sqlitedb"
	"porchlight/shared/claims"
)

// maxTokenBytes bounds what is parsed as an access token.
const maxTokenBytes = 8 << 10

var compactJWS = pattern(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)

// authorize returns the user for whom an access token speaks. The token must
// be one of this program's: signed by a pool's access key with RS256, issued by
// that pool, not expired (no skew: it is the same clock), and its sign-in
// neither revoked nor forgotten. The user must still be there and enabled.
func (p *Pool) authorize(ctx context.Context, raw string) (user, claims.Access, error) {
	pool, c, err := p.verifyAccess(raw)
	if err != nil {
		return user{}, c, err
	}
	var u user
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		revoked := true
		err = tx.Query("SELECT revoked IS NOT NULL FROM sign_in WHERE origin = ? AND pool = ? AND sub = ?",
			[]any{c.OriginID, pool, c.Subject}, func(r sqlitedb.Row) error { revoked = r.Bool(0); return nil })
		if err != nil {
			return err
		}
		if revoked {
			return notAuthorized("Access Token has been revoked")
		}
		u, err = p.findUser(tx, pool, c.Username)
		return err
	})
	switch {
	case err != nil:
		return user{}, c, err
	case u.ghost:
		return user{}, c, errNoUser()
	case !u.enabled:
		return user{}, c, notAuthorized("User is disabled.")
	}
	return u, c, nil
}

// verifyAccess checks an access token by itself, without the database. The
// header is read before jwx sees the token, because jwx v2, given a
// key, checks neither alg nor crit.
func (p *Pool) verifyAccess(raw string) (pool string, c claims.Access, err error) {
	bad := notAuthorized("Invalid Access Token")
	if len(raw) > maxTokenBytes || !compactJWS().MatchString(raw) {
		return "", c, bad
	}
	var header map[string]string
	if !decodePart(raw, 0, &header) || len(header) != 2 || header["alg"] != "RS256" {
		return "", c, bad
	}
	pool, key, ok := p.accessKey(header["kid"])
	if !ok {
		return "", c, bad
	}
	payload, err := jws.Verify([]byte(raw), jws.WithKey(jwa.RS256, &key.private.PublicKey))
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return "", claims.Access{}, bad
	}
	if c.Issuer != issuer(pool) || c.TokenUse != claims.UseAccess {
		return "", claims.Access{}, bad
	}
	if p.now().Unix() >= c.Expires {
		return "", claims.Access{}, notAuthorized("Access Token has expired")
	}
	if c.Scope != adminScope {
		return "", claims.Access{}, notAuthorized("Access Token does not have required scopes")
	}
	return pool, c, nil
}

// decodePart decodes the i-th part of a compact JWS.
func decodePart(raw string, i int, v any) bool {
	data, err := base64.RawURLEncoding.Strict().DecodeString(strings.Split(raw, ".")[i])
	return err == nil && json.Unmarshal(data, v) == nil
}
