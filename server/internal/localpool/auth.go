package localpool

import (
	"context"

	"github.com/google/uuid"

	"porchlight/server/internal/sqlitedb"
)

type initiateAuthInput struct {
	AuthFlow       string
	ClientID       string `json:"ClientId"`
	AuthParameters map[string]string
}

func (in initiateAuthInput) members() []member {
	return []member{clientIDMember(in.ClientID), {name: "authFlow", value: in.AuthFlow},
		secretHashMember(in.AuthParameters[paramSecretHash])}
}

// Names of AuthParameters.
const (
	paramUsername   = "USERNAME"
	paramPassword   = "PASSWORD"
	paramRefresh    = "REFRESH_TOKEN"
	paramSecretHash = "SECRET_HASH"
)

// parameter returns an AuthParameter that has to be there.
func (in initiateAuthInput) parameter(name string) (string, error) {
	if v := in.AuthParameters[name]; v != "" {
		return v, nil
	}
	return "", invalid("Missing required parameter %s", name)
}

// initiateAuth signs in or refreshes, as AuthFlow says. Flows that the service
// has and this pool has not are refused as ones that the client does not allow.
func (p *Pool) initiateAuth(ctx context.Context, in initiateAuthInput) (any, error) {
	flow := in.AuthFlow
	switch flow {
	case "REFRESH_TOKEN":
		flow = "REFRESH_TOKEN_AUTH"
	case "USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH",
		"ADMIN_NO_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH":
	default:
		return nil, invalid("1 validation error detected: Value at 'authFlow' failed to satisfy constraint: " +
			"Member must satisfy enum value set: [ADMIN_NO_SRP_AUTH, ADMIN_USER_PASSWORD_AUTH, CUSTOM_AUTH, " +
			"REFRESH_TOKEN, REFRESH_TOKEN_AUTH, USER_AUTH, USER_PASSWORD_AUTH, USER_SRP_AUTH]")
	}
	c, err := p.readClient(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := c.allows(flow); err != nil {
		return nil, err
	}
	if flow == "REFRESH_TOKEN_AUTH" {
		return p.refreshAuth(ctx, c, in)
	}
	return p.passwordAuth(ctx, in)
}

// passwordAuth is USER_PASSWORD_AUTH.
func (p *Pool) passwordAuth(ctx context.Context, in initiateAuthInput) (any, error) {
	username, err := in.parameter(paramUsername)
	if err != nil {
		return nil, err
	}
	password, err := in.parameter(paramPassword)
	if err != nil {
		return nil, err
	}
	presented := member{name: "password", value: password, max: maxPassword}
	if err := checkMembers([]member{usernameMember(username), presented}); err != nil {
		return nil, err
	}
	c, u, err := p.identify(ctx, in.ClientID, username, in.AuthParameters[paramSecretHash])
	if err != nil {
		return nil, err
	}
	if u.ghost && c.legacyErrors {
		return nil, errNoUser()
	}
	if err := p.hasher.run(ctx, func() error { return p.prove(ctx, u, password) }); err != nil {
		return nil, err
	}
	return p.begin(ctx, c, u)
}

// prove checks a password and counts a wrong one. It runs in the hasher's
// turn, so as many guesses at most as hashes run at once see the same count.
func (p *Pool) prove(ctx context.Context, u user, password string) error {
	var refuse bool
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		refuse, err = locked(tx, u, p.now())
		return err
	})
	if err != nil {
		return err
	}
	if refuse {
		return notAuthorized("Password attempts exceeded")
	}
	right, err := p.hasher.matches(u.password, password)
	if err != nil || right {
		return err
	}
	if err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return fail(tx, u, p.now()) }); err != nil {
		return err
	}
	return errPassword()
}

// begin starts a sign-in for a user who has proved to be it. What the user's
// state forbids is said only here, after the right password.
func (p *Pool) begin(ctx context.Context, c client, proved user) (any, error) {
	now, refresh := p.now(), randomToken()
	s := signIn{origin: uuid.NewString(), client: c, authTime: now, expires: now.Add(c.refreshLife)}
	var refusal *fault
	var step string
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		if s.user, err = p.findUser(tx, c.pool, proved.sub); err != nil {
			return err
		}
		// A password that was replaced while this one was hashed counts no more.
		if s.user.password != proved.password {
			refusal = errPassword()
			return nil
		}
		if err := forgive(tx, s.user); err != nil {
			return err
		}
		if refusal = s.user.refusal(); refusal != nil {
			return nil
		}
		if s.profile, err = readProfile(tx, s.user); err != nil {
			return err
		}
		if step, refusal, err = nextStep(tx, s.user, now); err != nil || refusal != nil || step != "" {
			return err
		}
		return insertSignIn(tx, s, refresh)
	})
	if err := outcome(refusal, err); err != nil {
		return nil, err
	}
	if step != "" {
		return challengeFor(step, s)
	}
	return p.issue(s, refresh)
}

// refusal says why the user may not sign in, or is nil.
func (u user) refusal() *fault {
	switch {
	case u.ghost:
		return errPassword()
	case !u.enabled:
		return notAuthorized("User is disabled.")
	case u.status == statusUnconfirmed:
		return &fault{kindUnconfirmed, "User is not confirmed."}
	}
	return nil
}

func insertSignIn(tx *sqlitedb.Tx, s signIn, refresh string) error {
	_, err := tx.Exec(`INSERT INTO sign_in (origin, pool, sub, client, auth_time, expires) VALUES (?, ?, ?, ?, ?, ?)`,
		s.origin, s.user.pool, s.user.sub, s.client.id, s.authTime, s.expires)
	if err != nil {
		return err
	}
	return insertRefreshToken(tx, refresh, s.origin)
}
