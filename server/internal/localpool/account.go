package localpool

import (
	"context"
	"time"

	"porchlight/server/internal/sqlitedb"
)

type accessInput struct{ AccessToken string }

func (in accessInput) members() []member { return []member{tokenMember("accessToken", in.AccessToken)} }

type getUserOutput struct {
	Username       string
	UserAttributes []attribute
}

// getUser answers who the access token speaks for.
func (p *Pool) getUser(ctx context.Context, in accessInput) (any, error) {
	u, _, err := p.authorize(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	var pr profile
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		pr, err = readProfile(tx, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return getUserOutput{u.sub, append([]attribute{{"sub", u.sub}}, pr.attributes...)}, nil
}

type changePasswordInput struct {
	AccessToken      string
	PreviousPassword string
	ProposedPassword string
}

func (in changePasswordInput) members() []member {
	return []member{tokenMember("accessToken", in.AccessToken),
		{name: "previousPassword", value: in.PreviousPassword, max: maxPassword},
		passwordMember("proposedPassword", in.ProposedPassword)}
}

// changePassword replaces the password of a user who proves the previous one.
// It guesses under the same lockout as sign-in, and five times an hour at most.
func (p *Pool) changePassword(ctx context.Context, in changePasswordInput) (any, error) {
	u, _, err := p.authorize(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := p.checkPolicy(ctx, u.pool, in.ProposedPassword); err != nil {
		return nil, err
	}
	var refusal *fault
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		refusal, err = take(tx, u, actionChangePassword, p.now())
		return err
	})
	if err := outcome(refusal, err); err != nil {
		return nil, err
	}
	var phc string
	err = p.hasher.run(ctx, func() error {
		if err := p.prove(ctx, u, in.PreviousPassword); err != nil {
			return err
		}
		phc = p.hasher.hash(in.ProposedPassword)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct{}{}, p.replacePassword(ctx, u, phc)
}

// replacePassword stores a new password unless the one that was proved has been
// replaced meanwhile, by a recovery for one.
func (p *Pool) replacePassword(ctx context.Context, proved user, phc string) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findUser(tx, proved.pool, proved.sub)
		if err != nil {
			return err
		}
		if u.password != proved.password {
			return errPassword()
		}
		if err := forgive(tx, u); err != nil {
			return err
		}
		return setPassword(tx, u, phc, p.now())
	})
}

// globalSignOut ends every sign-in of the user, the access tokens included.
func (p *Pool) globalSignOut(ctx context.Context, in accessInput) (any, error) {
	u, _, err := p.authorize(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return struct{}{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return revokeAll(tx, u, p.now()) })
}

// revokeAll ends every sign-in of the user.
func revokeAll(tx *sqlitedb.Tx, u user, now time.Time) error {
	_, err := tx.Exec("UPDATE sign_in SET revoked = ? WHERE pool = ? AND sub = ? AND revoked IS NULL", now, u.pool, u.sub)
	return err
}
