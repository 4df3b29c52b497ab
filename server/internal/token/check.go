package token

import (
	"slices"
	"strings"
	"time"

	"porchlight/shared/claims"
)

// checkAccess applies the rules for access tokens.
func (v *Verifier) checkAccess(c *claimSet, now time.Time) error {
	if err := v.checkCommon(c, now, claims.UseAccess, c.clientID); err != nil {
		return err
	}
	if len(v.c.Scopes) > 0 && !overlap(v.c.Scopes, strings.Fields(c.scope)) {
		return ErrScope
	}
	if len(v.c.Groups) > 0 && !overlap(v.c.Groups, c.groups) {
		return ErrGroup
	}
	return nil
}

// checkID applies the rules for ID tokens.
func (v *Verifier) checkID(c *claimSet, now time.Time) error {
	return v.checkCommon(c, now, claims.UseID, c.aud)
}

func (v *Verifier) checkCommon(c *claimSet, now time.Time, use, client string) error {
	if err := v.checkTimes(c, now.Unix()); err != nil {
		return err
	}
	switch {
	case !slices.Contains(v.c.Issuers, c.iss):
		return ErrIssuer
	case c.use != use:
		return ErrUse
	case !slices.Contains(v.c.ClientIDs, client):
		return ErrClient
	case c.sub == "" || strings.ContainsFunc(c.sub, isControl):
		return ErrSubject
	}
	return nil
}

// checkTimes compares whole seconds: a token is good from the second of nbf
// until the second before exp. No sum overflows: all claims are below maxTime.
func (v *Verifier) checkTimes(c *claimSet, now int64) error {
	leeway := int64(v.c.Leeway / time.Second)
	switch {
	case !c.hasExp || !c.hasIat:
		return ErrClaims
	case now >= c.exp+leeway:
		return ErrExpired
	case c.iat > now+int64(maxAhead/time.Second), c.nbf > now+leeway:
		return ErrNotYet
	case c.exp < c.iat || c.exp-c.iat > int64(MaxLife/time.Second):
		return ErrLife
	}
	return nil
}

func overlap(want, have []string) bool {
	return slices.ContainsFunc(want, func(w string) bool { return slices.Contains(have, w) })
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
