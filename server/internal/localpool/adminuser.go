package localpool

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/sqlitedb"
)

// An adminUserInput names a user to an administrator's operation.
type adminUserInput struct {
	UserPoolID string `json:"UserPoolId"`
	Username   string
}

func (in adminUserInput) members() []member {
	return []member{poolIDMember(in.UserPoolID), usernameMember(in.Username)}
}

// findMember returns a user who is there, or UserNotFoundException: an
// administrator may know. A pool that is not there is ResourceNotFoundException.
func (p *Pool) findMember(tx *sqlitedb.Tx, pool, name string) (user, error) {
	if _, err := readSettings(tx, pool); err != nil {
		return user{}, err
	}
	u, err := p.findUser(tx, pool, name)
	if err == nil && u.ghost {
		err = errNoUser()
	}
	return u, err
}

// A userDescription is UserType of the API; AdminGetUser calls the attributes
// by another name.
type userDescription struct {
	Username             string
	Attributes           []attribute `json:",omitempty"`
	UserAttributes       []attribute `json:",omitempty"`
	UserCreateDate       stamp
	UserLastModifiedDate stamp
	Enabled              bool
	UserStatus           string
}

// describe returns the user with its attributes, sub first.
func (u user) describe(tx *sqlitedb.Tx) (userDescription, error) {
	pr, err := readProfile(tx, u)
	return userDescription{
		Username: u.sub, Attributes: append([]attribute{{"sub", u.sub}}, pr.attributes...), Enabled: u.enabled,
		UserCreateDate: stamp(u.created), UserLastModifiedDate: stamp(u.modified), UserStatus: u.shownStatus(),
	}, err
}

type createUserInput struct {
	adminUserInput
	UserAttributes    []attribute
	TemporaryPassword string
	MessageAction     string
}

func (in createUserInput) members() []member {
	password := passwordMember("temporaryPassword", in.TemporaryPassword)
	password.optional = true
	return append(in.adminUserInput.members(), password)
}

// Values of MessageAction.
const (
	actionSuppress = "SUPPRESS" // send nothing
	actionAgain    = "RESEND"   // a new temporary password for a user who is there
)

// adminCreateUser makes a user with a temporary password, the pool's own when
// none is given, and mails it unless told not to.
func (p *Pool) adminCreateUser(ctx context.Context, in createUserInput) (any, error) {
	if !slices.Contains([]string{"", actionSuppress, actionAgain}, in.MessageAction) {
		return nil, invalid("MessageAction is RESEND or SUPPRESS")
	}
	settings, err := p.settings(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if !isEmail(in.Username) {
		return nil, invalid("Username should be an email.")
	}
	attributes, err := adminAttributes(in.Username, in.UserAttributes)
	if err != nil {
		return nil, err
	}
	password := in.TemporaryPassword
	if password == "" {
		password = randomPassword()
	}
	policy := settings.Policies.PasswordPolicy
	if err := policy.accepts(password); err != nil {
		return nil, err
	}
	phc, err := p.hasher.hashInTurn(ctx, password)
	if err != nil {
		return nil, err
	}
	now := p.now()
	return p.storeInvited(ctx, in, invitation{
		user: user{pool: in.UserPoolID, sub: uuid.NewString(), email: strings.ToLower(in.Username), password: phc,
			status: statusConfirmed, enabled: true, temporary: now.Add(policy.temporaryLife())},
		attributes: attributes, password: password,
	})
}

// An invitation is a user as an administrator makes one.
type invitation struct {
	user       user
	attributes []attribute
	password   string
}

// storeInvited stores the user, or gives the one who is there another temporary
// password when the request says so.
func (p *Pool) storeInvited(ctx context.Context, in createUserInput, i invitation) (any, error) {
	var d userDescription
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		there, err := p.findUser(tx, i.user.pool, i.user.email)
		if err != nil {
			return err
		}
		now := p.now()
		switch again := in.MessageAction == actionAgain; {
		case again && there.ghost:
			return errNoUser()
		case again && there.temporary.IsZero():
			return &fault{kindUnsupportedState, "Resend not possible. " + there.sub + " status is not FORCE_CHANGE_PASSWORD"}
		case again:
			err = setTemporary(tx, there, i.user, now)
			i.user.sub = there.sub
		case !there.ghost:
			return &fault{kindUserExists, "User account already exists"}
		default:
			err = insertUser(tx, i.user, i.attributes, now)
		}
		if err != nil {
			return err
		}
		if in.MessageAction != actionSuppress {
			m := Mail{To: i.user.email, Kind: mailInvite, Code: i.password, Sent: now}
			if err := sendMail(tx, m, i.user.temporary); err != nil {
				return err
			}
		}
		u, err := p.findUser(tx, i.user.pool, i.user.sub)
		if err == nil {
			d, err = u.describe(tx)
		}
		return err
	})
	return map[string]userDescription{"User": d}, err
}

// setTemporary gives u the password of given, and its end.
func setTemporary(tx *sqlitedb.Tx, u, given user, now time.Time) error {
	_, err := tx.Exec("UPDATE user SET status = ?, password = ?, temporary = ?, modified = ? WHERE pool = ? AND sub = ?",
		statusConfirmed, given.password, given.temporary, now, u.pool, u.sub)
	return err
}

// adminAttributes are newAttributes of a request that may also say what has
// been verified.
func adminAttributes(email string, requested []attribute) ([]attribute, error) {
	verified := map[string]string{}
	rest := slices.DeleteFunc(slices.Clone(requested), func(a attribute) bool {
		if a.Name == attrEmailVerified || a.Name == attrPhoneVerified {
			verified[a.Name] = strings.ToLower(a.Value)
			return true
		}
		return false
	})
	attributes, err := newAttributes(email, rest)
	for name, v := range verified {
		if v != "true" && v != "false" {
			return nil, invalid("Invalid value for attribute %s: true or false", name)
		}
		attributes = append(attributes, attribute{name, v})
	}
	return attributes, err
}

// randomPassword satisfies every policy of up to 24 characters.
func randomPassword() string {
	return randomString(digits, 4) + randomString(lowerDigits, 16) + "aA1-"
}

type setPasswordInput struct {
	adminUserInput
	Password  string
	Permanent bool
}

func (in setPasswordInput) members() []member {
	return append(in.adminUserInput.members(), passwordMember("password", in.Password))
}

// adminSetUserPassword replaces a password, and confirms the user. One that is
// not permanent has to be changed at the next sign-in. Tokens that are out stay
// good, as the service's do.
func (p *Pool) adminSetUserPassword(ctx context.Context, in setPasswordInput) (any, error) {
	settings, err := p.settings(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	policy := settings.Policies.PasswordPolicy
	if err := policy.accepts(in.Password); err != nil {
		return nil, err
	}
	phc, err := p.hasher.hashInTurn(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	return struct{}{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findMember(tx, in.UserPoolID, in.Username)
		if err != nil {
			return err
		}
		now := p.now()
		given := user{password: phc}
		if !in.Permanent {
			given.temporary = now.Add(policy.temporaryLife())
		}
		if err := forgive(tx, u); err != nil {
			return err
		}
		return setTemporary(tx, u, given, now)
	})
}

// adminConfirmSignUp confirms a user without a code. The address stays
// unverified.
func (p *Pool) adminConfirmSignUp(ctx context.Context, in adminUserInput) (any, error) {
	return struct{}{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findMember(tx, in.UserPoolID, in.Username)
		if err != nil {
			return err
		}
		if u.status != statusUnconfirmed {
			return notAuthorized("User cannot be confirmed. Current status is %s", u.shownStatus())
		}
		if err := useCode(tx, u, purposeConfirm); err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE user SET status = ?, modified = ? WHERE pool = ? AND sub = ?", statusConfirmed, p.now(), u.pool, u.sub)
		return err
	})
}

func (p *Pool) adminGetUser(ctx context.Context, in adminUserInput) (any, error) {
	var d userDescription
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findMember(tx, in.UserPoolID, in.Username)
		if err == nil {
			d, err = u.describe(tx)
		}
		return err
	})
	d.Attributes, d.UserAttributes = nil, d.Attributes
	return d, err
}

// adminUserGlobalSignOut ends every sign-in of the user.
func (p *Pool) adminUserGlobalSignOut(ctx context.Context, in adminUserInput) (any, error) {
	return struct{}{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findMember(tx, in.UserPoolID, in.Username)
		if err != nil {
			return err
		}
		return revokeAll(tx, u, p.now())
	})
}
