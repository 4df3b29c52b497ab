package localpool

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// maxClientSecret bounds a secret that the caller chooses (the API model's
// ClientSecretType); the shortest has minClientSecret characters.
const (
	minClientSecret = 24
	maxClientSecret = 64
)

type createClientInput struct {
	UserPoolID     string `json:"UserPoolId"`
	GenerateSecret bool
	ClientSecret   string
	clientSettings
}

func (in createClientInput) members() []member {
	secret := clientSecretMember(in.ClientSecret)
	secret.min, secret.max = minClientSecret, maxClientSecret
	return []member{poolIDMember(in.UserPoolID), secret}
}

// A clientDescription is UserPoolClientType of the API.
type clientDescription struct {
	UserPoolID       string `json:"UserPoolId"`
	ClientID         string `json:"ClientId"`
	ClientSecret     string `json:",omitempty"`
	CreationDate     stamp
	LastModifiedDate stamp
	clientSettings
}

type clientOutput struct{ UserPoolClient clientDescription }

func (p *Pool) createUserPoolClient(ctx context.Context, in createClientInput) (any, error) {
	if in.GenerateSecret && in.ClientSecret != "" {
		return nil, invalid("GenerateSecret and ClientSecret exclude each other")
	}
	s := in.clientSettings.withDefaults()
	c, err := s.config(in.UserPoolID)
	if err != nil {
		return nil, err
	}
	c.Secret = in.GenerateSecret
	return p.describedClient(ctx, func(tx *sqlitedb.Tx) (pool, id string, err error) {
		if _, err := readSettings(tx, in.UserPoolID); err != nil {
			return "", "", err
		}
		now := p.now()
		id, _, err = insertClient(tx, c, s, now)
		if err == nil && in.ClientSecret != "" {
			err = insertSecret(tx, id, in.ClientSecret, now)
		}
		return in.UserPoolID, id, err
	})
}

type clientInput struct {
	UserPoolID string `json:"UserPoolId"`
	ClientID   string `json:"ClientId"`
}

func (in clientInput) members() []member {
	return []member{poolIDMember(in.UserPoolID), clientIDMember(in.ClientID)}
}

func (p *Pool) describeUserPoolClient(ctx context.Context, in clientInput) (any, error) {
	var d clientDescription
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		d, err = describeClient(tx, in.UserPoolID, in.ClientID)
		return err
	})
	return clientOutput{d}, err
}

type updateClientInput struct {
	UserPoolID string `json:"UserPoolId"`
	ClientID   string `json:"ClientId"`
	clientSettings
}

func (in updateClientInput) members() []member {
	return clientInput{in.UserPoolID, in.ClientID}.members()
}

// updateUserPoolClient replaces every setting: what the request leaves out is
// the default from then on, as the service's reference warns. Only the name
// stays when none is given. Tokens that are out keep their lives.
func (p *Pool) updateUserPoolClient(ctx context.Context, in updateClientInput) (any, error) {
	return p.describedClient(ctx, func(tx *sqlitedb.Tx) (pool, id string, err error) {
		d, err := describeClient(tx, in.UserPoolID, in.ClientID)
		if err != nil {
			return "", "", err
		}
		s := in.clientSettings
		if s.ClientName == "" {
			s.ClientName = d.ClientName
		}
		s = s.withDefaults()
		c, err := s.config(in.UserPoolID)
		if err != nil {
			return "", "", err
		}
		return in.UserPoolID, in.ClientID, updateClient(tx, in.ClientID, c, s, p.now())
	})
}

// describedClient writes and answers the client as it is then.
func (p *Pool) describedClient(ctx context.Context, write func(tx *sqlitedb.Tx) (pool, id string, err error)) (any, error) {
	var d clientDescription
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		pool, id, err := write(tx)
		if err == nil {
			d, err = describeClient(tx, pool, id)
		}
		return err
	})
	return clientOutput{d}, err
}

// deleteUserPoolClient ends every sign-in that was made with the client.
func (p *Pool) deleteUserPoolClient(ctx context.Context, in clientInput) (any, error) {
	if in.ClientID == p.clientID {
		return nil, invalid("The app client %s is the local pool's own and stays", p.clientID)
	}
	return struct{}{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec("DELETE FROM client WHERE pool = ? AND id = ?", in.UserPoolID, in.ClientID)
		if err == nil && n == 0 {
			err = errNoClient(in.ClientID)
		}
		return err
	})
}

type listClientsInput struct {
	UserPoolID string `json:"UserPoolId"`
	page
}

func (in listClientsInput) members() []member { return []member{poolIDMember(in.UserPoolID)} }

type listClientsOutput struct {
	UserPoolClients []clientSummary
	NextToken       string `json:",omitempty"`
}

type clientSummary struct {
	ClientID   string `json:"ClientId"`
	ClientName string
	UserPoolID string `json:"UserPoolId"`
}

func (p *Pool) listUserPoolClients(ctx context.Context, in listClientsInput) (any, error) {
	limit, err := in.size(false)
	if err != nil {
		return nil, err
	}
	out := listClientsOutput{UserPoolClients: []clientSummary{}}
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := readSettings(tx, in.UserPoolID); err != nil {
			return err
		}
		return tx.Query("SELECT id, name FROM client WHERE pool = ? AND id > ? ORDER BY id LIMIT ?",
			[]any{in.UserPoolID, in.NextToken, limit + 1}, func(r sqlitedb.Row) error {
				out.UserPoolClients = append(out.UserPoolClients, clientSummary{r.Text(0), r.Text(1), in.UserPoolID})
				return nil
			})
	})
	if n := len(out.UserPoolClients); n > limit {
		out.UserPoolClients, out.NextToken = out.UserPoolClients[:limit], out.UserPoolClients[limit-1].ClientID
	}
	return out, err
}

// describeClient returns a client of the pool, or ResourceNotFoundException.
func describeClient(tx *sqlitedb.Tx, pool, id string) (clientDescription, error) {
	d := clientDescription{UserPoolID: pool}
	err := tx.Query("SELECT settings, created, modified FROM client WHERE pool = ? AND id = ?", []any{pool, id},
		func(r sqlitedb.Row) error {
			d.ClientID, d.CreationDate, d.LastModifiedDate = id, stamp(r.Time(1)), stamp(r.Time(2))
			return json.Unmarshal([]byte(r.Text(0)), &d.clientSettings)
		})
	if err != nil {
		return d, err
	}
	if d.ClientID == "" {
		return d, errNoClient(id)
	}
	err = tx.Query("SELECT secret FROM client_secret WHERE client = ? ORDER BY created LIMIT 1", []any{id},
		func(r sqlitedb.Row) error { d.ClientSecret = r.Text(0); return nil })
	return d, err
}

// insertClient stores a new client, with a secret of the pool's making when it
// is to have one.
func insertClient(tx *sqlitedb.Tx, c ClientConfig, s clientSettings, now time.Time) (id, secret string, err error) {
	id = randomString(lowerDigits, 26)
	_, err = tx.Exec(`INSERT INTO client (id, pool, name, flows, access_seconds, id_seconds, refresh_seconds,
		rotate, grace_seconds, legacy_errors, created) VALUES (?, ?, '', '', 0, 0, 0, 0, 0, 0, ?)`, id, c.Pool, now)
	if err == nil {
		err = updateClient(tx, id, c, s, now)
	}
	if err != nil || !c.Secret {
		return id, "", err
	}
	secret = randomString(lowerDigits, 52)
	return id, secret, insertSecret(tx, id, secret, now)
}

func insertSecret(tx *sqlitedb.Tx, id, secret string, now time.Time) error {
	_, err := tx.Exec("INSERT INTO client_secret (client, secret, created) VALUES (?, ?, ?)", id, secret, now)
	return err
}

func updateClient(tx *sqlitedb.Tx, id string, c ClientConfig, s clientSettings, now time.Time) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	in := func(d time.Duration) int64 { return int64(d / time.Second) }
	_, err = tx.Exec(`UPDATE client SET name = ?, flows = ?, access_seconds = ?, id_seconds = ?, refresh_seconds = ?,
		rotate = ?, grace_seconds = ?, legacy_errors = ?, revocable = ?, settings = ?, modified = ? WHERE id = ?`,
		c.Name, strings.Join(c.Flows, " "), in(c.AccessLife), in(c.IDLife), in(c.RefreshLife),
		c.Rotate, in(c.Grace), c.LegacyErrors, *s.EnableTokenRevocation, string(text), now, id)
	return err
}

func errNoClient(id string) *fault {
	return faultf(kindNotFound, "User pool client %s does not exist.", id)
}

// isFlow reports whether a client may be given the flow.
func isFlow(name string) bool { return slices.Contains(knownFlows(), name) }
