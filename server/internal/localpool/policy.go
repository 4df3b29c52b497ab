package localpool

import (
	"context"
	"time"
	"unicode/utf8"

	"porchlight/server/internal/sqlitedb"
	"porchlight/shared/api"
)

// A passwordPolicy is what a pool demands of a new password. PasswordHistorySize
// is kept and described; this pool keeps no old passwords.
type passwordPolicy struct {
	MinimumLength                 int64
	RequireUppercase              bool
	RequireLowercase              bool
	RequireNumbers                bool
	RequireSymbols                bool
	PasswordHistorySize           int64 `json:",omitempty"`
	TemporaryPasswordValidityDays int64 `json:",omitempty"`
}

// Limits of a policy, from the API model.
const (
	minPolicyLength  = 6
	maxPolicyLength  = 99
	maxTemporaryDays = 365
)

// defaultPolicy is the service's for a pool that gives none.
func defaultPolicy() passwordPolicy {
	return passwordPolicy{api.MinPasswordRunes, true, true, true, true, 0, 7}
}

func (p passwordPolicy) check() error {
	if p.MinimumLength < minPolicyLength || p.MinimumLength > maxPolicyLength {
		return invalid("MinimumLength is %d to %d", minPolicyLength, maxPolicyLength)
	}
	if p.TemporaryPasswordValidityDays < 0 || p.TemporaryPasswordValidityDays > maxTemporaryDays {
		return invalid("TemporaryPasswordValidityDays is 0 to %d", maxTemporaryDays)
	}
	return nil
}

// temporaryLife is for how long a password that an administrator gives works.
func (p passwordPolicy) temporaryLife() time.Duration {
	days := p.TemporaryPasswordValidityDays
	if days == 0 {
		days = defaultPolicy().TemporaryPasswordValidityDays
	}
	return time.Duration(days) * 24 * time.Hour
}

// demands reports whether the policy has the rule of api.PasswordRules.
func (p passwordPolicy) demands(rule string) bool {
	switch rule {
	case "lower":
		return p.RequireLowercase
	case "upper":
		return p.RequireUppercase
	case "number":
		return p.RequireNumbers
	case "symbol":
		return p.RequireSymbols
	}
	return false // length is compared with MinimumLength
}

// accepts holds a new password against the policy. The texts are Cognito's.
func (p passwordPolicy) accepts(password string) error {
	refuse := func(text string) error {
		return &fault{kindInvalidPassword, "Password did not conform with policy: " + text}
	}
	if int64(utf8.RuneCountInString(password)) < p.MinimumLength {
		return refuse("Password not long enough")
	}
	for _, rule := range api.PasswordRules() {
		if !p.demands(rule.ID) || rule.Holds(password) {
			continue
		}
		switch rule.ID {
		case "lower", "upper":
			return refuse("Password must have " + rule.ID + "case characters")
		case "number":
			return refuse("Password must have numeric characters")
		}
		return refuse("Password must have " + rule.ID + " characters")
	}
	return nil
}

// settings returns the settings of a pool, or ResourceNotFoundException.
func (p *Pool) settings(ctx context.Context, pool string) (s poolSettings, err error) {
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		s, err = readSettings(tx, pool)
		return err
	})
	return s, err
}

// checkPolicy holds a new password against the policy of the pool.
func (p *Pool) checkPolicy(ctx context.Context, pool, password string) error {
	s, err := p.settings(ctx, pool)
	if err != nil {
		return err
	}
	return s.Policies.PasswordPolicy.accepts(password)
}
