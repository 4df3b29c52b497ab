package localpool

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"porchlight/shared/claims"
)

// adminScope is the one scope of tokens from API sign-ins; the operations that
// take an access token demand it.
const adminScope = "aws.cognito.signin.user.admin"

// A signIn is what the tokens of one sign-in have in common.
type signIn struct {
	origin   string // origin_jti
	client   client
	user     user
	profile  profile
	authTime time.Time
	expires  time.Time // of the refresh token
}

// authResult answers a sign-in and a refresh. RefreshToken is empty at a
// refresh without rotation.
type authResult struct {
	AccessToken  string
	IDToken      string `json:"IdToken"`
	RefreshToken string `json:",omitempty"`
	ExpiresIn    int64
	TokenType    string
}

// authOutput is the reply that carries an authResult.
type authOutput struct {
	AuthenticationResult authResult
	ChallengeParameters  map[string]string
}

// issue signs an access token and an ID token for the sign-in. The claims are
// those of "Understanding user pool JSON web tokens" in the developer guide.
func (p *Pool) issue(s signIn, refreshToken string) (authOutput, error) {
	keys, err := p.keysOf(s.user.pool)
	if err != nil {
		return authOutput{}, err
	}
	now, event := p.now(), uuid.NewString()
	access, err := keys.access.sign(s.accessClaims(now, event))
	if err != nil {
		return authOutput{}, fmt.Errorf("sign access token: %w", err)
	}
	id, err := keys.id.sign(s.idClaims(now, event))
	if err != nil {
		return authOutput{}, fmt.Errorf("sign ID token: %w", err)
	}
	return authOutput{
		AuthenticationResult: authResult{
			AccessToken:  access,
			IDToken:      id,
			RefreshToken: refreshToken,
			ExpiresIn:    int64(s.client.accessLife / time.Second),
			TokenType:    "Bearer",
		},
		ChallengeParameters: map[string]string{},
	}, nil
}

func (s signIn) accessClaims(now time.Time, event string) claims.Access {
	return claims.Access{
		Subject:  s.user.sub,
		Issuer:   issuer(s.user.pool),
		ClientID: s.client.id,
		Username: s.user.sub,
		TokenUse: claims.UseAccess,
		Scope:    adminScope,
		Groups:   s.profile.groups,
		ID:       uuid.NewString(),
		OriginID: s.origin,
		EventID:  event,
		AuthTime: s.authTime.Unix(),
		IssuedAt: now.Unix(),
		Expires:  now.Add(s.client.accessLife).Unix(),
	}
}

// idClaims is a map because attributes become claims by their names. None can
// displace a claim of the pool: their names are checked at the way in.
func (s signIn) idClaims(now time.Time, event string) map[string]any {
	c := map[string]any{}
	for _, a := range s.profile.attributes {
		c[a.Name] = a.claim()
	}
	c["sub"] = s.user.sub
	c["iss"] = issuer(s.user.pool)
	c["aud"] = s.client.id
	c["cognito:username"] = s.user.sub
	c["token_use"] = claims.UseID
	c["jti"] = uuid.NewString()
	c["origin_jti"] = s.origin
	c["event_id"] = event
	c["auth_time"] = s.authTime.Unix()
	c["iat"] = now.Unix()
	c["exp"] = now.Add(s.client.idLife).Unix()
	if len(s.profile.groups) > 0 {
		c["cognito:groups"] = s.profile.groups
	}
	return c
}

// sign returns a compact JWS of the content. Its header has kid and alg, and
// nothing else, as Cognito's.
func (k signingKey) sign(content any) (string, error) {
	payload, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	header := jws.NewHeaders()
	if err := header.Set(jws.KeyIDKey, k.kid); err != nil {
		return "", err
	}
	token, err := jws.Sign(payload, jws.WithKey(jwa.RS256, k.private, jws.WithProtectedHeaders(header)))
	return string(token), err
}

// issuer returns the iss of the pool's tokens, in the original form. The
// region is the part of the pool's id before the underscore.
func issuer(pool string) string {
	region, _, _ := strings.Cut(pool, "_")
	return "https://cognito-idp." + region + ".amazonaws.com/" + pool
}
