package localpool

import (
	"encoding/json"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// Challenges that a right password can be answered with. The pool asks them as
// the service does, and has no operation that takes an answer: a client that
// cannot go on has to say so.
const (
	stepNewPassword = "NEW_PASSWORD_REQUIRED"
	stepSetUpMFA    = "MFA_SETUP"
)

// nextStep returns what stands between the right password and the tokens, or "".
func nextStep(tx *sqlitedb.Tx, u user, now time.Time) (step string, refusal *fault, err error) {
	if !u.temporary.IsZero() {
		if now.After(u.temporary) {
			return "", notAuthorized("Temporary password has expired and must be reset by an administrator."), nil
		}
		return stepNewPassword, nil, nil
	}
	s, err := readSettings(tx, u.pool)
	if err == nil && s.MfaConfiguration == mfaOn {
		step = stepSetUpMFA
	}
	return step, nil, err
}

type challengeOutput struct {
	ChallengeName       string
	Session             string
	ChallengeParameters map[string]string
}

// challengeFor asks the challenge with the parameters that the service sends.
func challengeFor(step string, s signIn) (any, error) {
	parameters := map[string]string{"USER_ID_FOR_SRP": s.user.sub}
	switch step {
	case stepSetUpMFA:
		parameters["MFAS_CAN_SETUP"] = `["SOFTWARE_TOKEN_MFA"]`
	case stepNewPassword:
		attributes := map[string]string{}
		for _, a := range s.profile.attributes {
			attributes[a.Name] = a.Value
		}
		text, err := json.Marshal(attributes)
		if err != nil {
			return nil, err
		}
		parameters["requiredAttributes"], parameters["userAttributes"] = "[]", string(text)
	}
	return challengeOutput{step, randomToken(), parameters}, nil
}
