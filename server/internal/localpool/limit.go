package localpool

import (
	"time"

	"porchlight/server/internal/sqlitedb"
)

// An action is something that a user may do only so often an hour.
type action string

const (
	actionConfirm        action = "confirm"
	actionResend         action = "resend"
	actionForgot         action = "forgot"
	actionConfirmForgot  action = "confirm forgot"
	actionChangePassword action = "change password"
	actionSignUp         action = "sign up"
)

// quotaWindow is the time that the limits of an action are for.
const quotaWindow = time.Hour

// perHour returns the limit of the action ("Quotas in Amazon Cognito", per
// user). The service varies those of recovery with the risk, 5 to 20. There is
// none for sign-up.
func (a action) perHour() int64 {
	switch a {
	case actionConfirm, actionConfirmForgot:
		return 15
	case actionResend, actionForgot, actionChangePassword:
		return 5
	}
	return 1 << 62
}

// take counts one action of the user, within a window that begins with the
// first. It answers LimitExceededException when there were too many; the
// transaction should be committed nevertheless.
func take(tx *sqlitedb.Tx, u user, a action, now time.Time) (refusal *fault, err error) {
	var count int64
	err = tx.Query(`INSERT INTO quota (pool, sub, action, since, count) VALUES (?1, ?2, ?3, ?4, 1)
		ON CONFLICT DO UPDATE SET
			count = CASE WHEN since > ?5 THEN count + 1 ELSE 1 END,
			since = CASE WHEN since > ?5 THEN since ELSE excluded.since END
		RETURNING count`, []any{u.pool, u.sub, string(a), now, now.Add(-quotaWindow)},
		func(r sqlitedb.Row) error { count = r.Int(0); return nil })
	if err == nil && count > a.perHour() {
		refusal = errLimit()
	}
	return refusal, err
}

// Lockout after wrong passwords ("Lockout behavior for failed sign-in attempts"
// in the developer guide): from the fifth on, 1 s, doubled by each further one.
const (
	freeFailures = 5
	maxLockout   = 15 * time.Minute
	// lockoutMemory is how long without a failure makes the count begin anew.
	lockoutMemory = 15 * time.Minute
)

// lockoutFor returns how long the n-th failure in a row locks the user.
func lockoutFor(n int64) time.Duration {
	if n < freeFailures {
		return 0
	}
	return min(time.Second<<min(n-freeFailures, 10), maxLockout)
}

// locked reports whether sign-ins of the user are refused unseen.
func locked(tx *sqlitedb.Tx, u user, now time.Time) (yes bool, err error) {
	err = tx.Query("SELECT until FROM lockout WHERE pool = ? AND sub = ?", []any{u.pool, u.sub},
		func(r sqlitedb.Row) error { yes = now.Before(r.Time(0)); return nil })
	return yes, err
}

// fail counts a wrong password.
func fail(tx *sqlitedb.Tx, u user, now time.Time) error {
	var failures int64
	err := tx.Query("SELECT failures, until FROM lockout WHERE pool = ? AND sub = ?", []any{u.pool, u.sub},
		func(r sqlitedb.Row) error {
			if now.Before(r.Time(1).Add(lockoutMemory)) {
				failures = r.Int(0)
			}
			return nil
		})
	if err != nil {
		return err
	}
	failures++
	_, err = tx.Exec(`INSERT INTO lockout (pool, sub, failures, until) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET failures = excluded.failures, until = excluded.until`,
		u.pool, u.sub, failures, now.Add(lockoutFor(failures)))
	return err
}

// forgive forgets the wrong passwords of the user.
func forgive(tx *sqlitedb.Tx, u user) error {
	_, err := tx.Exec("DELETE FROM lockout WHERE pool = ? AND sub = ?", u.pool, u.sub)
	return err
}
