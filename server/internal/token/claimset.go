package token

import "porchlight/shared/claims"

// claimSet is what is read of the claims of either kind of token. Members that
// are not named in member may have any value.
type claimSet struct {
	sub, iss, use, jti, origin, event string
	clientID, username, scope         string // access
	aud, cognitoUsername              string // ID
	email, name, preferred            string // ID
	emailVerified                     bool   // ID
	groups                            []string
	version                           int64
	authTime, iat, exp, nbf           int64
	hasIat, hasExp                    bool
}

// parseClaims reads claims. A known one of the wrong type, null included, is
// ErrClaims; so is an array in aud, which RFC 7519 would allow and the pool
// never sends.
func parseClaims(payload string) (*claimSet, error) {
	c := new(claimSet)
	if err := scanObject(payload, c.member); err != nil {
		return nil, ErrClaims
	}
	return c, nil
}

func (c *claimSet) member(s *scanner, name string) (err error) {
	if p := c.textClaim(name); p != nil {
		*p, err = s.text()
		return err
	}
	switch name {
	case "cognito:groups":
		c.groups, err = s.texts()
	case "email_verified":
		c.emailVerified, err = s.looseBoolean()
	case "version":
		c.version, err = s.whole()
	case "auth_time":
		c.authTime, err = s.whole()
	case "nbf":
		c.nbf, err = s.whole()
	case "iat":
		c.hasIat = true
		c.iat, err = s.whole()
	case "exp":
		c.hasExp = true
		c.exp, err = s.whole()
	default:
		err = s.skip()
	}
	return err
}

// textClaim returns where a claim that is a string goes, or nil.
func (c *claimSet) textClaim(name string) *string {
	switch name {
	case "sub":
		return &c.sub
	case "iss":
		return &c.iss
	case "token_use":
		return &c.use
	case "jti":
		return &c.jti
	case "origin_jti":
		return &c.origin
	case "event_id":
		return &c.event
	case "client_id":
		return &c.clientID
	case "username":
		return &c.username
	case "scope":
		return &c.scope
	case "aud":
		return &c.aud
	case "cognito:username":
		return &c.cognitoUsername
	case "email":
		return &c.email
	case "name":
		return &c.name
	case "preferred_username":
		return &c.preferred
	}
	return nil
}

// looseBoolean reads true or false, or either as a string, which is how user
// pools keep attributes and some emulators copy them.
func (s *scanner) looseBoolean() (bool, error) {
	if s.peek() != '"' {
		return s.boolean()
	}
	t, err := s.text()
	if err == nil && t != "true" && t != "false" {
		err = errSyntax
	}
	return t == "true", err
}

func (c *claimSet) access() claims.Access {
	return claims.Access{
		Subject: c.sub, Issuer: c.iss, ClientID: c.clientID, Username: c.username,
		TokenUse: c.use, Scope: c.scope, Groups: c.groups,
		ID: c.jti, OriginID: c.origin, EventID: c.event, Version: int(c.version),
		AuthTime: c.authTime, IssuedAt: c.iat, Expires: c.exp, NotBefore: c.nbf,
	}
}

func (c *claimSet) id() claims.ID {
	return claims.ID{
		Subject: c.sub, Issuer: c.iss, Audience: c.aud, Username: c.cognitoUsername,
		TokenUse: c.use, Groups: c.groups,
		Email: c.email, EmailVerified: c.emailVerified, Name: c.name, PreferredUsername: c.preferred,
		TokenID: c.jti, OriginID: c.origin, EventID: c.event,
		AuthTime: c.authTime, IssuedAt: c.iat, Expires: c.exp, NotBefore: c.nbf,
	}
}
