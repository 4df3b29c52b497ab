package localpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// Flows that a client may allow (ExplicitAuthFlows in the API).
const (
	FlowPassword = "ALLOW_USER_PASSWORD_AUTH"
	FlowRefresh  = "ALLOW_REFRESH_TOKEN_AUTH"
)

// Limits of an app client: "Amazon Cognito user pools quotas" and "Refresh
// token rotation" in the developer guide.
const (
	minAccessLife = 5 * time.Minute
	maxAccessLife = 24 * time.Hour
	minRefresh    = time.Hour
	maxRefresh    = 10 * 365 * 24 * time.Hour
	maxGrace      = time.Minute
	maxClientName = 128
)

// ClientConfig describes an app client. Durations are whole seconds.
type ClientConfig struct {
	// Pool is the client's pool; "" is the pool that Open opened.
	Pool string
	// Name is for people; "" is "client".
	Name string
	// Secret asks for a client secret. Requests then need a SECRET_HASH.
	Secret bool
	// Flows are the sign-in flows that the client may use; nil is FlowPassword
	// alone.
	Flows []string
	// AccessLife and IDLife are the lives of these tokens, 5 minutes to 24 hours;
	// 0 is 15 minutes.
	AccessLife, IDLife time.Duration
	// RefreshLife is the life of a refresh token, 1 hour to 10 years; 0 is 30 days.
	RefreshLife time.Duration
	// Rotate replaces the refresh token each time it is used. It excludes
	// FlowRefresh.
	Rotate bool
	// Grace is for how long a rotated refresh token still works, at most 60 s.
	Grace time.Duration
	// LegacyErrors tells who asks whether a user exists
	// (PreventUserExistenceErrors: LEGACY).
	LegacyErrors bool
}

// withDefaults fills in zero values.
func (c ClientConfig) withDefaults(pool string) ClientConfig {
	set := func(d *time.Duration, life time.Duration) {
		if *d == 0 {
			*d = life
		}
	}
	set(&c.AccessLife, 15*time.Minute)
	set(&c.IDLife, 15*time.Minute)
	set(&c.RefreshLife, 30*24*time.Hour)
	if c.Pool == "" {
		c.Pool = pool
	}
	if c.Name == "" {
		c.Name = "client"
	}
	if c.Flows == nil {
		c.Flows = []string{FlowPassword}
	}
	return c
}

func (c ClientConfig) check() error {
	for _, f := range c.Flows {
		if !isFlow(f) {
			return invalid("%.64q is not a flow of this pool", f)
		}
	}
	within := func(d, from, to time.Duration) bool { return from <= d && d <= to && d%time.Second == 0 }
	switch {
	case len(c.Name) > maxClientName:
		return invalid("ClientName has at most %d characters", maxClientName)
	case !within(c.AccessLife, minAccessLife, maxAccessLife), !within(c.IDLife, minAccessLife, maxAccessLife):
		return invalid("Access and ID tokens live for 5 minutes to 24 hours")
	case !within(c.RefreshLife, minRefresh, maxRefresh):
		return invalid("Refresh tokens live for 1 hour to 10 years")
	case c.RefreshLife < max(c.AccessLife, c.IDLife):
		return invalid("A refresh token lives at least as long as the others")
	case !within(c.Grace, 0, maxGrace):
		return invalid("RetryGracePeriodSeconds is 0 to 60")
	case c.Rotate && slices.Contains(c.Flows, FlowRefresh):
		return invalid("Refresh token rotation excludes %s", FlowRefresh)
	}
	return nil
}

// CreateClient adds an app client and returns its id and, when it has one, its
// secret. A configuration outside the limits is InvalidParameterException, an
// unknown pool ResourceNotFoundException; both read "Type: message".
func (p *Pool) CreateClient(ctx context.Context, c ClientConfig) (id, secret string, err error) {
	c = c.withDefaults(p.id)
	if err := c.check(); err != nil {
		return "", "", err
	}
	if _, err := p.keysOf(c.Pool); err != nil {
		return "", "", err
	}
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		id, secret, err = insertClient(tx, c, c.settings(), p.now())
		return err
	})
	return id, secret, err
}

// A client is an app client as it is stored.
type client struct {
	id, pool                        string
	flows                           []string
	secrets                         []string // none, one, or two while one is being replaced
	accessLife, idLife, refreshLife time.Duration
	rotate, legacyErrors, revocable bool
	grace                           time.Duration
}

// findClient returns the client, or ResourceNotFoundException.
func findClient(tx *sqlitedb.Tx, id string) (client, error) {
	c := client{id: id}
	err := tx.Query(`SELECT pool, flows, access_seconds, id_seconds, refresh_seconds, rotate, grace_seconds,
		legacy_errors, revocable FROM client WHERE id = ?`, []any{id}, func(r sqlitedb.Row) error {
		life := func(i int) time.Duration { return time.Duration(r.Int(i)) * time.Second }
		c.pool, c.flows = r.Text(0), strings.Fields(r.Text(1))
		c.accessLife, c.idLife, c.refreshLife = life(2), life(3), life(4)
		c.rotate, c.grace, c.legacyErrors, c.revocable = r.Bool(5), life(6), r.Bool(7), r.Bool(8)
		return nil
	})
	if err != nil {
		return client{}, err
	}
	if c.pool == "" {
		return client{}, errNoClient(id)
	}
	err = tx.Query("SELECT secret FROM client_secret WHERE client = ?", []any{id}, func(r sqlitedb.Row) error {
		c.secrets = append(c.secrets, r.Text(0))
		return nil
	})
	return c, err
}

// checkHash verifies a SECRET_HASH over the username: the name that the same
// request carries, or at a refresh, which carries none, the canonical username
// ("Computing secret hash values" in the developer guide).
func (c client) checkHash(username, hash string) error {
	return c.checkSecret(hash, "Unable to verify secret hash for client "+c.id, func(secret string) string {
		return secretHash(c.id, secret, username)
	})
}

// checkPlain verifies a client secret that is sent as it is.
func (c client) checkPlain(secret string) error {
	return c.checkSecret(secret, "Client secret does not match for the client: "+c.id, func(s string) string { return s })
}

// checkSecret compares in constant time what was presented with what is wanted
// for each secret of the client.
func (c client) checkSecret(presented, refusal string, want func(secret string) string) error {
	switch {
	case len(c.secrets) == 0 && presented == "":
		return nil
	case len(c.secrets) == 0:
		return notAuthorized("Client %s is not configured for secret but secret was received", c.id)
	case presented == "":
		return notAuthorized("Client %s is configured for secret but secret was not received", c.id)
	}
	ok := 0
	for _, s := range c.secrets {
		ok |= subtle.ConstantTimeCompare([]byte(presented), []byte(want(s)))
	}
	if ok == 0 {
		return notAuthorized("%s", refusal)
	}
	return nil
}

func secretHash(clientID, secret, username string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(username + clientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// allows reports whether the client may use the flow of InitiateAuth.
func (c client) allows(flow string) error {
	if slices.Contains(c.flows, "ALLOW_"+flow) {
		return nil
	}
	return invalid("%s flow not enabled for this client", flow)
}
