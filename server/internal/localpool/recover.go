package localpool

import (
	"context"

	"porchlight/server/internal/sqlitedb"
)

type forgotInput struct {
	ClientID   string `json:"ClientId"`
	Username   string
	SecretHash string
}

func (in forgotInput) members() []member { return resendInput(in).members() }

// forgotPassword mails a code that allows a new password. Who has no verified
// address, or is not there, is answered as if it had.
func (p *Pool) forgotPassword(ctx context.Context, in forgotInput) (any, error) {
	c, u, err := p.identify(ctx, in.ClientID, in.Username, in.SecretHash)
	switch {
	case err != nil:
		return nil, err
	case c.legacyErrors && u.ghost:
		return nil, errNoCombination()
	case c.legacyErrors && !u.temporary.IsZero():
		return nil, notAuthorized("User password cannot be reset in the current state.")
	case c.legacyErrors && !u.recoverable():
		return nil, invalid("Cannot reset password for the user as there is no registered/verified email or phone_number")
	}
	err = p.send(ctx, c, codeRequest{in.Username, purposeRecover, actionForgot})
	return deliveryOutput{u.delivery()}, err
}

type confirmForgotInput struct {
	ClientID         string `json:"ClientId"`
	Username         string
	ConfirmationCode string
	Password         string
	SecretHash       string
}

func (in confirmForgotInput) members() []member {
	return []member{clientIDMember(in.ClientID), usernameMember(in.Username), codeMember(in.ConfirmationCode),
		passwordMember("password", in.Password), secretHashMember(in.SecretHash)}
}

// confirmForgotPassword sets a new password with the code that was mailed. The
// code is tried before the password is hashed, so that guessing is cheap for
// the pool, and spent together with the change.
func (p *Pool) confirmForgotPassword(ctx context.Context, in confirmForgotInput) (any, error) {
	c, u, err := p.identify(ctx, in.ClientID, in.Username, in.SecretHash)
	if err != nil {
		return nil, err
	}
	if u.ghost && c.legacyErrors {
		return nil, errNoCombination()
	}
	if err := p.checkPolicy(ctx, c.pool, in.Password); err != nil {
		return nil, err
	}
	if err := p.tryRecovery(ctx, u, in.ConfirmationCode); err != nil {
		return nil, err
	}
	phc, err := p.hasher.hashInTurn(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	return struct{}{}, p.recover(ctx, u, in.ConfirmationCode, phc)
}

// tryRecovery counts an attempt and compares the code.
func (p *Pool) tryRecovery(ctx context.Context, u user, code string) error {
	var refusal *fault
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		now := p.now()
		if refusal, err = take(tx, u, actionConfirmForgot, now); err != nil || refusal != nil {
			return err
		}
		refusal, err = p.tryCode(tx, u, purposeRecover, code, now)
		return err
	})
	return outcome(refusal, err)
}

// recover spends the code for the new password. Wrong passwords are forgiven;
// tokens that are out stay good, as the service's do.
func (p *Pool) recover(ctx context.Context, u user, code, phc string) error {
	var refusal *fault
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		now := p.now()
		if refusal, err = p.tryCode(tx, u, purposeRecover, code, now); err != nil || refusal != nil {
			return err
		}
		if err := useCode(tx, u, purposeRecover); err != nil {
			return err
		}
		if err := forgive(tx, u); err != nil {
			return err
		}
		return setPassword(tx, u, phc, now)
	})
	return outcome(refusal, err)
}
