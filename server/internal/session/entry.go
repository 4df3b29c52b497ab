package session

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"porchlight/shared/claims"
)

// Limits of what a row takes, in bytes. Amazon Cognito's tokens are 1 to 2 kB;
// groups and custom attributes make them larger.
const (
	maxTokenBytes  = 8 << 10
	maxClaimsBytes = 8 << 10
	maxOwnerBytes  = 256
)

// Purposes of sealed values.
const (
	purposeTokens  = "tokens"
	purposeDisplay = "display"
	purposePending = "pending"
)

// tokens is what a row's Tokens hold, sealed.
type tokens struct {
	Access  string        `json:"access"`
	Refresh string        `json:"refresh"`
	Claims  claims.Access `json:"claims"`
}

// check reports what does not fit a row.
func (t tokens) check() error {
	if max(len(t.Access), len(t.Refresh)) > maxTokenBytes || len(t.Claims.Subject) > maxOwnerBytes {
		return ErrTooLarge
	}
	return nil
}

// entry is a row that has been opened. It is never changed after it was made.
type entry struct {
	row     Row // without its sealed values
	tokens  tokens
	display claims.Display
	read    time.Time // when the store was asked
}

// left is how long the access token is good for; negative after its end.
func (e *entry) left(now time.Time) time.Duration {
	return time.Unix(e.tokens.Claims.Expires, 0).Sub(now)
}

// open undoes the seals of a row. An error wraps errSealed.
func (k *Keyring) openRow(r Row, now time.Time) (*entry, error) {
	e := &entry{row: r, read: now}
	e.row.Tokens, e.row.Display = nil, nil
	if err := k.openJSON(place{purposeTokens, r.Key, r.Sub}, r.Tokens, &e.tokens); err != nil {
		return nil, fmt.Errorf("open tokens: %w", err)
	}
	if err := k.openJSON(place{purposeDisplay, r.Key, r.Sub}, r.Display, &e.display); err != nil {
		return nil, fmt.Errorf("open display: %w", err)
	}
	// The pool's newest word on groups is in the access token.
	e.display.Groups, e.display.Subject = e.tokens.Claims.Groups, r.Sub
	return e, nil
}

// sealRow returns the entry's row with its seals, for the key and times in row.
func (k *Keyring) sealRow(e *entry) (Row, error) {
	r := e.row
	var err error
	if r.Tokens, err = k.sealJSON(place{purposeTokens, r.Key, r.Sub}, e.tokens); err != nil {
		return Row{}, fmt.Errorf("seal tokens: %w", err)
	}
	if r.Display, err = k.sealJSON(place{purposeDisplay, r.Key, r.Sub}, e.display); err != nil {
		return Row{}, fmt.Errorf("seal display: %w", err)
	}
	return r, nil
}

func (k *Keyring) sealJSON(p place, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(plain) > 2*maxTokenBytes+maxClaimsBytes {
		return nil, ErrTooLarge
	}
	return k.seal(p, plain), nil
}

func (k *Keyring) openJSON(p place, sealed []byte, v any) error {
	plain, err := k.open(p, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("%w: %w", errSealed, err)
	}
	return nil
}

// session is what the entry shows to callers, who may change their copy.
func (e *entry) session() Session {
	s := publicPart(e.row)
	s.Display, s.Access = e.display, e.tokens.Claims
	s.Display.Groups = slices.Clone(s.Display.Groups)
	s.Access.Groups = slices.Clone(s.Access.Groups)
	s.AccessToken, s.RefreshToken = e.tokens.Access, e.tokens.Refresh
	return s
}

// publicPart is what a row says of a session without being opened.
func publicPart(r Row) Session {
	return Session{
		ID:            r.ID,
		Display:       claims.Display{Subject: r.Sub},
		Access:        claims.Access{Subject: r.Sub},
		Device:        r.Device,
		FirstSeen:     r.Created,
		LastSeen:      r.Seen,
		Authenticated: r.Authenticated,
		Expires:       r.Expires,
	}
}
