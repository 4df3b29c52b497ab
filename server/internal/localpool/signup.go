package localpool

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"porchlight/server/internal/sqlitedb"
)

type signUpInput struct {
	ClientID       string `json:"ClientId"`
	Username       string
	Password       string
	SecretHash     string
	UserAttributes []attribute
}

func (in signUpInput) members() []member {
	return []member{clientIDMember(in.ClientID), usernameMember(in.Username),
		passwordMember("password", in.Password), secretHashMember(in.SecretHash)}
}

type signUpOutput struct {
	UserConfirmed       bool
	UserSub             string
	CodeDeliveryDetails delivery
}

// signUp makes an unconfirmed user and mails the code that confirms it. A
// taken address is UsernameExistsException after the same work.
func (p *Pool) signUp(ctx context.Context, in signUpInput) (any, error) {
	c, _, err := p.identify(ctx, in.ClientID, in.Username, in.SecretHash)
	if err != nil {
		return nil, err
	}
	settings, err := p.settings(ctx, c.pool)
	switch {
	case err != nil:
		return nil, err
	case settings.AdminCreateUserConfig.AllowAdminCreateUserOnly:
		return nil, notAuthorized("SignUp is not permitted for this user pool")
	case !isEmail(in.Username):
		return nil, invalid("Username should be an email.")
	}
	attributes, err := newAttributes(in.Username, in.UserAttributes)
	if err != nil {
		return nil, err
	}
	if err := settings.Policies.PasswordPolicy.accepts(in.Password); err != nil {
		return nil, err
	}
	phc, err := p.hasher.hashInTurn(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	u := user{pool: c.pool, sub: uuid.NewString(), email: strings.ToLower(in.Username),
		password: phc, status: statusUnconfirmed, enabled: true}
	if err := p.addUser(ctx, u, attributes); err != nil {
		return nil, err
	}
	return signUpOutput{UserSub: u.sub, CodeDeliveryDetails: u.delivery()}, nil
}

// addUser stores a user and mails a code, or answers UsernameExistsException.
// Either way it writes and commits.
func (p *Pool) addUser(ctx context.Context, u user, attributes []attribute) error {
	var refusal *fault
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		there, err := p.findUser(tx, u.pool, u.email)
		if err != nil {
			return err
		}
		now := p.now()
		if !there.ghost {
			refusal = &fault{kindUserExists, "User already exists"}
			_, err := take(tx, there, actionSignUp, now)
			return err
		}
		if err := insertUser(tx, u, attributes, now); err != nil {
			return err
		}
		return p.sendCode(tx, u, purposeConfirm, now)
	})
	return outcome(refusal, err)
}

type confirmSignUpInput struct {
	ClientID         string `json:"ClientId"`
	Username         string
	ConfirmationCode string
	SecretHash       string
}

func (in confirmSignUpInput) members() []member {
	return []member{clientIDMember(in.ClientID), usernameMember(in.Username),
		codeMember(in.ConfirmationCode), secretHashMember(in.SecretHash)}
}

// confirmSignUp confirms a user with the code that was mailed.
func (p *Pool) confirmSignUp(ctx context.Context, in confirmSignUpInput) (any, error) {
	c, u, err := p.identify(ctx, in.ClientID, in.Username, in.SecretHash)
	if err != nil {
		return nil, err
	}
	if u.ghost && c.legacyErrors {
		return nil, errNoCombination()
	}
	var refusal *fault
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		now := p.now()
		if u, err = p.findUser(tx, c.pool, in.Username); err != nil {
			return err
		}
		if refusal, err = take(tx, u, actionConfirm, now); err != nil || refusal != nil {
			return err
		}
		refusal, err = p.confirm(tx, u, in.ConfirmationCode)
		return err
	})
	return struct{}{}, outcome(refusal, err)
}

// confirm spends the code and confirms the user. A ghost without a code gets
// one first, since every user was given one at sign-up.
func (p *Pool) confirm(tx *sqlitedb.Tx, u user, code string) (refusal *fault, err error) {
	now := p.now()
	if u.status != statusUnconfirmed {
		return notAuthorized("User cannot be confirmed. Current status is %s", u.status), nil
	}
	if u.ghost {
		if err := pretendOnce(tx, u, purposeConfirm, now); err != nil {
			return nil, err
		}
	}
	if refusal, err = p.tryCode(tx, u, purposeConfirm, code, now); err != nil || refusal != nil {
		return refusal, err
	}
	if err := useCode(tx, u, purposeConfirm); err != nil {
		return nil, err
	}
	return nil, confirmUser(tx, u, now)
}

type resendInput struct {
	ClientID   string `json:"ClientId"`
	Username   string
	SecretHash string
}

func (in resendInput) members() []member {
	return []member{clientIDMember(in.ClientID), usernameMember(in.Username), secretHashMember(in.SecretHash)}
}

// resendConfirmationCode mails a new code to an unconfirmed user. Who is
// confirmed, or not there, is answered as if it had.
func (p *Pool) resendConfirmationCode(ctx context.Context, in resendInput) (any, error) {
	c, u, err := p.identify(ctx, in.ClientID, in.Username, in.SecretHash)
	switch {
	case err != nil:
		return nil, err
	case c.legacyErrors && u.ghost:
		return nil, errNoCombination()
	case c.legacyErrors && u.status == statusConfirmed:
		return nil, invalid("User is already confirmed.")
	}
	err = p.send(ctx, c, codeRequest{in.Username, purposeConfirm, actionResend})
	return deliveryOutput{u.delivery()}, err
}

// A codeRequest asks for a code for the name.
type codeRequest struct {
	username string
	why      purpose
	counts   action
}

// send mails a new code to a user who can use it. For others it writes as much
// and mails nothing.
func (p *Pool) send(ctx context.Context, c client, q codeRequest) error {
	var refusal *fault
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		now := p.now()
		u, err := p.findUser(tx, c.pool, q.username)
		if err != nil {
			return err
		}
		if refusal, err = take(tx, u, q.counts, now); err != nil || refusal != nil {
			return err
		}
		useful := u.status == statusUnconfirmed
		if q.why == purposeRecover {
			useful = u.recoverable()
		}
		if u.ghost || !u.enabled || !useful {
			return pretendCode(tx, u, q.why, now)
		}
		return p.sendCode(tx, u, q.why, now)
	})
	return outcome(refusal, err)
}

// outcome returns the error of a transaction, or the refusal that it found.
func outcome(refusal *fault, err error) error {
	if err != nil {
		return err
	}
	if refusal != nil {
		return refusal
	}
	return nil
}

// errNoCombination is what clients with LEGACY errors are told of unknown names.
func errNoCombination() *fault {
	return &fault{kindUserNotFound, "Username/client id combination not found."}
}
