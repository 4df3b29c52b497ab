package localpool

import (
	"crypto/hmac"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// A purpose is what a code is for. It is the kind of its mail too.
type purpose string

const (
	purposeConfirm purpose = "confirm"
	purposeRecover purpose = "recover"
)

// life is how long a code is good.
func (p purpose) life() time.Duration {
	if p == purposeConfirm {
		return 24 * time.Hour
	}
	return time.Hour
}

const (
	codeDigits = 6
	// codeTries is how many wrong codes make the right one void.
	codeTries = 5
)

// sendCode makes a new code for the user, which voids the one before, and mails
// it.
func (p *Pool) sendCode(tx *sqlitedb.Tx, u user, why purpose, now time.Time) error {
	code := randomString(digits, codeDigits)
	if err := storeCode(tx, u, why, p.hashCode(u, why, code), now); err != nil {
		return err
	}
	return sendMail(tx, Mail{To: u.email, Kind: string(why), Code: code, Sent: now}, now.Add(why.life()))
}

// pretendCode does for someone who gets no code what sendCode does: from then
// on a code is wrong, not missing. Nobody knows the right one.
func pretendCode(tx *sqlitedb.Tx, u user, why purpose, now time.Time) error {
	return storeCode(tx, u, why, randomBytes(32), now)
}

func storeCode(tx *sqlitedb.Tx, u user, why purpose, hash []byte, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO code (pool, sub, purpose, hash, expires, failures) VALUES (?, ?, ?, ?, ?, 0)
		ON CONFLICT DO UPDATE SET hash = excluded.hash, expires = excluded.expires, failures = 0`,
		u.pool, u.sub, string(why), hash, now.Add(why.life()))
	return err
}

func (p *Pool) hashCode(u user, why purpose, code string) []byte {
	return p.mac("code", u.pool, u.sub, string(why), code)
}

// tryCode compares a code with the user's and counts a wrong one. It answers
// CodeMismatchException for that, and ExpiredCodeException when there is none,
// it is too old, or it was guessed at too often; then too the transaction should
// be committed. A right code stays good until useCode.
func (p *Pool) tryCode(tx *sqlitedb.Tx, u user, why purpose, code string, now time.Time) (refusal *fault, err error) {
	var hash []byte
	err = tx.Query("SELECT hash FROM code WHERE pool = ? AND sub = ? AND purpose = ? AND expires > ? AND failures < ?",
		[]any{u.pool, u.sub, string(why), now, codeTries},
		func(r sqlitedb.Row) error { hash = r.Blob(0); return nil })
	if err != nil {
		return nil, err
	}
	if hash == nil {
		return errCodeExpired(), nil
	}
	if hmac.Equal(hash, p.hashCode(u, why, code)) {
		return nil, nil
	}
	_, err = tx.Exec("UPDATE code SET failures = failures + 1 WHERE pool = ? AND sub = ? AND purpose = ?",
		u.pool, u.sub, string(why))
	return errCode(), err
}

// pretendOnce is pretendCode for a user who never had a code.
func pretendOnce(tx *sqlitedb.Tx, u user, why purpose, now time.Time) error {
	had := false
	err := tx.Query("SELECT 1 FROM code WHERE pool = ? AND sub = ? AND purpose = ?",
		[]any{u.pool, u.sub, string(why)}, func(sqlitedb.Row) error { had = true; return nil })
	if err != nil || had {
		return err
	}
	return pretendCode(tx, u, why, now)
}

// useCode makes the user's code void.
func useCode(tx *sqlitedb.Tx, u user, why purpose) error {
	_, err := tx.Exec("DELETE FROM code WHERE pool = ? AND sub = ? AND purpose = ?", u.pool, u.sub, string(why))
	return err
}
