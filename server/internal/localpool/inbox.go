package localpool

import (
	"context"
	"fmt"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// mailInvite is the kind of an invitation; those of codes are purposes.
const mailInvite = "invite"

// maxMails is how many mails the inbox keeps.
const maxMails = 200

// A Mail is a message that the pool would have sent.
type Mail struct {
	To string `json:"to"`
	// Kind is "confirm" or "recover", or "invite" for a user that an
	// administrator made.
	Kind string `json:"kind"`
	// Code is in plain: whoever reads the inbox can use it. In an invitation it
	// is the temporary password.
	Code string    `json:"code"`
	Sent time.Time `json:"sent"`
}

// Inbox returns the latest mails of every pool in the folder, newest first, at
// most limit of them; 0 or less is all. The inbox keeps the last 200, and none
// whose code has expired. Codes that were used stay, as in a mailbox.
func (p *Pool) Inbox(ctx context.Context, limit int) ([]Mail, error) {
	if limit <= 0 || limit > maxMails {
		limit = maxMails
	}
	mails := []Mail{}
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query("SELECT recipient, kind, code, sent FROM mail WHERE expires > ? ORDER BY id DESC LIMIT ?",
			[]any{p.now(), limit}, func(r sqlitedb.Row) error {
				mails = append(mails, Mail{To: r.Text(0), Kind: r.Text(1), Code: r.Text(2), Sent: r.Time(3)})
				return nil
			})
	})
	if err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	return mails, nil
}

func sendMail(tx *sqlitedb.Tx, m Mail, expires time.Time) error {
	_, err := tx.Exec("INSERT INTO mail (recipient, kind, code, sent, expires) VALUES (?, ?, ?, ?, ?)",
		m.To, m.Kind, m.Code, m.Sent, expires)
	if err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM mail WHERE id <= (SELECT max(id) FROM mail) - ?", maxMails)
	return err
}
