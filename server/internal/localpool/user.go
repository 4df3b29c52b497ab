package localpool

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/sqlitedb"
	"porchlight/shared/api"
)

// Statuses of a user.
const (
	statusUnconfirmed = "UNCONFIRMED"
	statusConfirmed   = "CONFIRMED"
	statusForced      = "FORCE_CHANGE_PASSWORD" // shown, not stored: see user.temporary
)

// A user is a user, or the ghost that stands in for one who does not exist.
type user struct {
	pool, sub string
	email     string // in lower case; for a ghost the name that was asked for
	password  string // PHC string; "" matches nothing
	status    string
	enabled   bool
	verified  bool      // the address
	temporary time.Time // until when a password from an administrator works; zero: it is the user's own
	ghost     bool

	created, modified time.Time
}

// recoverable reports whether the user can get a code for a new password.
func (u user) recoverable() bool {
	return u.status == statusConfirmed && u.verified && u.temporary.IsZero()
}

// shownStatus is the user's state as the service names it.
func (u user) shownStatus() string {
	if !u.temporary.IsZero() {
		return statusForced
	}
	return u.status
}

// findUser returns the user with the sign-in name or canonical username, or
// its ghost. Names are compared without regard to case.
func (p *Pool) findUser(tx *sqlitedb.Tx, pool, name string) (user, error) {
	name = strings.ToLower(name)
	query := userColumns + "WHERE pool = ? AND sub = ?"
	if strings.Contains(name, "@") {
		query = userColumns + "WHERE pool = ? AND email = ?"
	}
	u := p.ghost(pool, name)
	err := tx.Query(query, []any{pool, name}, func(r sqlitedb.Row) error {
		u = scanUser(pool, r)
		return nil
	})
	return u, err
}

const userColumns = `SELECT sub, email, password, status, enabled, temporary, created, modified, EXISTS (SELECT 1
	FROM attribute a WHERE a.pool = user.pool AND a.sub = user.sub AND a.name = 'email_verified' AND a.value = 'true')
	FROM user `

// scanUser reads a row of userColumns.
func scanUser(pool string, r sqlitedb.Row) user {
	return user{
		pool: pool, sub: r.Text(0), email: r.Text(1), password: r.Text(2), status: r.Text(3), enabled: r.Bool(4),
		temporary: r.Time(5), created: r.Time(6), modified: r.Time(7), verified: r.Bool(8),
	}
}

// ghost returns the user who is not there: the same one for the same name
// each time, with a sub that cannot be told from a real one.
func (p *Pool) ghost(pool, name string) user {
	mac := p.mac("ghost", pool, name)
	sub, _ := uuid.FromBytes(mac[:16]) // 16 bytes always fit
	sub[6], sub[8] = sub[6]&0x0f|0x40, sub[8]&0x3f|0x80
	return user{pool: pool, sub: sub.String(), email: name, enabled: true, ghost: true, status: statusUnconfirmed}
}

// mac binds the parts to the pool's own secret.
func (p *Pool) mac(parts ...string) []byte {
	mac := hmac.New(sha256.New, p.secret)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// isEmail reports whether the name has the form of an address that can sign up.
func isEmail(name string) bool { return api.Resend{Email: name}.Check() == nil }

// delivery is where a code went (CodeDeliveryDetails in the API).
type delivery struct {
	AttributeName, DeliveryMedium, Destination string
}

type deliveryOutput struct{ CodeDeliveryDetails delivery }

// delivery says, masked, where codes for the user go. It is made from the name
// in lower case, so that it does not betray how an address was first written.
// A ghost that was asked for by a username gets letters of its sub.
func (u user) delivery() delivery {
	to := u.email
	if !strings.Contains(to, "@") {
		to = u.sub[:1] + "@" + u.sub[1:2]
	}
	return delivery{AttributeName: "email", DeliveryMedium: "EMAIL", Destination: api.MaskEmail(to)}
}

// insertUser stores a new user with its attributes.
func insertUser(tx *sqlitedb.Tx, u user, attributes []attribute, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO user (pool, sub, email, password, status, enabled, temporary, created, modified)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, u.pool, u.sub, u.email, u.password, u.status, u.enabled, u.temporary, now, now)
	if err != nil {
		return err
	}
	for _, a := range attributes {
		if err := setAttribute(tx, u, a); err != nil {
			return err
		}
	}
	return nil
}

// setPassword gives the user a password of its own.
func setPassword(tx *sqlitedb.Tx, u user, phc string, now time.Time) error {
	_, err := tx.Exec("UPDATE user SET password = ?, temporary = NULL, modified = ? WHERE pool = ? AND sub = ?", phc, now, u.pool, u.sub)
	return err
}

// confirmUser makes the user CONFIRMED with a verified address.
func confirmUser(tx *sqlitedb.Tx, u user, now time.Time) error {
	_, err := tx.Exec("UPDATE user SET status = ?, modified = ? WHERE pool = ? AND sub = ?",
		statusConfirmed, now, u.pool, u.sub)
	if err != nil {
		return err
	}
	return setAttribute(tx, u, attribute{attrEmailVerified, "true"})
}
