package localpool

import (
	"context"

	"porchlight/server/internal/sqlitedb"
)

type setMFAInput struct {
	UserPoolID       string `json:"UserPoolId"`
	MfaConfiguration string
	factors
}

func (in setMFAInput) members() []member { return []member{poolIDMember(in.UserPoolID)} }

type mfaOutput struct {
	MfaConfiguration string
	factors
}

// setUserPoolMfaConfig replaces the second factors of a pool. Nobody can set
// one up here: with ON a right password is answered by the challenge MFA_SETUP,
// with OPTIONAL by tokens.
func (p *Pool) setUserPoolMfaConfig(ctx context.Context, in setMFAInput) (any, error) {
	if in.MfaConfiguration == "" {
		in.MfaConfiguration = mfaOff
	}
	var out mfaOutput
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		s, err := readSettings(tx, in.UserPoolID)
		if err != nil {
			return err
		}
		switch {
		case in.MfaConfiguration == mfaOff && in.anyFactor():
			return invalid("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
		case in.MfaConfiguration != mfaOff && !in.anyFactor():
			return invalid("Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.")
		}
		s.MfaConfiguration, s.factors = in.MfaConfiguration, in.factors
		if err := s.check(); err != nil {
			return err
		}
		out = mfaOutput{s.MfaConfiguration, s.factors}
		return storeSettings(tx, in.UserPoolID, s, p.now())
	})
	return out, err
}

func (p *Pool) getUserPoolMfaConfig(ctx context.Context, in poolInput) (any, error) {
	s, err := p.settings(ctx, in.UserPoolID)
	return mfaOutput{s.MfaConfiguration, s.factors}, err
}
