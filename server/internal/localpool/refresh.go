package localpool

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// refreshAuth is REFRESH_TOKEN_AUTH. It names no user, so the hash is over the
// canonical username.
func (p *Pool) refreshAuth(ctx context.Context, c client, in initiateAuthInput) (any, error) {
	token, err := in.parameter(paramRefresh)
	if err != nil {
		return nil, err
	}
	if err := checkMembers([]member{tokenMember("refreshToken", token)}); err != nil {
		return nil, err
	}
	return p.refresh(ctx, c, token, func(u user) error {
		want := "SecretHash does not match for the client: " + c.id
		return c.checkSecret(in.AuthParameters[paramSecretHash], want, func(secret string) string {
			return secretHash(c.id, secret, u.sub)
		})
	})
}

type refreshInput struct {
	ClientID     string `json:"ClientId"`
	ClientSecret string
	RefreshToken string
}

func (in refreshInput) members() []member {
	return []member{clientIDMember(in.ClientID), tokenMember("refreshToken", in.RefreshToken),
		clientSecretMember(in.ClientSecret)}
}

// getTokensFromRefreshToken refreshes, for clients with rotation and without.
func (p *Pool) getTokensFromRefreshToken(ctx context.Context, in refreshInput) (any, error) {
	c, err := p.readClient(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	return p.refresh(ctx, c, in.RefreshToken, func(user) error { return c.checkPlain(in.ClientSecret) })
}

// refresh issues new tokens for a refresh token of the client. With rotation a
// new refresh token takes its place, for the rest of its life.
func (p *Pool) refresh(ctx context.Context, c client, token string, prove func(user) error) (any, error) {
	transact, next := p.db.Read, ""
	if c.rotate {
		transact, next = p.db.Write, randomToken()
	}
	var s signIn
	err := transact(ctx, func(tx *sqlitedb.Tx) (err error) {
		now := p.now()
		if s, err = p.redeem(tx, c, token, now); err != nil {
			return err
		}
		if err := prove(s.user); err != nil {
			return err
		}
		if s.profile, err = readProfile(tx, s.user); err != nil || !c.rotate {
			return err
		}
		return rotate(tx, token, next, s.origin, now)
	})
	if err != nil {
		return nil, err
	}
	return p.issue(s, next)
}

// redeem returns the sign-in of a refresh token that is in force for the client.
func (p *Pool) redeem(tx *sqlitedb.Tx, c client, token string, now time.Time) (signIn, error) {
	s := signIn{client: c}
	var sub string
	var revoked bool
	var replaced time.Time
	err := tx.Query(`SELECT s.origin, s.sub, s.auth_time, s.expires, s.revoked IS NOT NULL, t.replaced
		FROM refresh_token t JOIN sign_in s USING (origin) WHERE t.hash = ? AND s.client = ?`,
		[]any{hashToken(token), c.id}, func(r sqlitedb.Row) error {
			s.origin, sub, s.authTime, s.expires = r.Text(0), r.Text(1), r.Time(2), r.Time(3)
			revoked, replaced = r.Bool(4), r.Time(5)
			return nil
		})
	switch {
	case err != nil:
		return signIn{}, err
	case s.origin == "":
		return signIn{}, notAuthorized("Invalid Refresh Token")
	case revoked:
		return signIn{}, notAuthorized("Refresh Token has been revoked")
	case !now.Before(s.expires):
		return signIn{}, notAuthorized("Refresh Token has expired")
	case !replaced.IsZero() && !now.Before(replaced.Add(c.grace)):
		return signIn{}, &fault{kindReuse, "Refresh token has been invalidated by rotation"}
	}
	if s.user, err = p.findUser(tx, c.pool, sub); err != nil {
		return signIn{}, err
	}
	if refusal := s.user.refusal(); refusal != nil {
		return signIn{}, refusal
	}
	return s, nil
}

// rotate adds the next token of the sign-in, and starts the grace of the one
// that was used unless it runs already: each use in it gets a token of its own,
// since the answer before may not have arrived.
func rotate(tx *sqlitedb.Tx, token, next, origin string, now time.Time) error {
	const replace = "UPDATE refresh_token SET replaced = ? WHERE hash = ? AND replaced IS NULL"
	if _, err := tx.Exec(replace, now, hashToken(token)); err != nil {
		return err
	}
	return insertRefreshToken(tx, next, origin)
}

func insertRefreshToken(tx *sqlitedb.Tx, token, origin string) error {
	_, err := tx.Exec("INSERT INTO refresh_token (hash, origin) VALUES (?, ?)", hashToken(token), origin)
	return err
}

// hashToken is how a refresh token is stored: it has 256 random bits, so a
// plain hash cannot be searched.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

type revokeInput struct {
	ClientID     string `json:"ClientId"`
	ClientSecret string
	Token        string
}

func (in revokeInput) members() []member {
	return []member{clientIDMember(in.ClientID), tokenMember("token", in.Token), clientSecretMember(in.ClientSecret)}
}

// revokeToken ends the sign-in of a refresh token: it, those it was rotated
// into, and the access tokens. Unknown tokens are answered as revoked ones
// (RFC 7009 section 2.2); a token of another client is UnauthorizedException.
func (p *Pool) revokeToken(ctx context.Context, in revokeInput) (any, error) {
	if strings.Count(in.Token, ".") == 2 { // a JWS: an access or ID token
		return nil, &fault{kindUnsupported, "Only refresh tokens can be revoked"}
	}
	c, err := p.readClient(ctx, in.ClientID)
	if err == nil {
		err = c.checkPlain(in.ClientSecret)
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return nil, &fault{kindUnauthorized, f.message} // the one refusal that this operation has
	}
	if err != nil {
		return nil, err
	}
	if !c.revocable {
		return nil, &fault{kindUnsupportedOp, "Revocation is not enabled for the client"}
	}
	return struct{}{}, p.revoke(ctx, c, in.Token)
}

// revoke revokes the sign-in of a refresh token.
func (p *Pool) revoke(ctx context.Context, c client, token string) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		var origin, owner string
		err := tx.Query("SELECT s.origin, s.client FROM refresh_token t JOIN sign_in s USING (origin) WHERE t.hash = ?",
			[]any{hashToken(token)}, func(r sqlitedb.Row) error { origin, owner = r.Text(0), r.Text(1); return nil })
		if err != nil || origin == "" {
			return err
		}
		if owner != c.id {
			return &fault{kindUnauthorized, "The token was not issued to this client"}
		}
		_, err = tx.Exec("UPDATE sign_in SET revoked = ? WHERE origin = ? AND revoked IS NULL", p.now(), origin)
		return err
	})
}
