package localpool

import (
	"bytes"
	"encoding/json"
	"slices"

	"porchlight/server/internal/sqlitedb"
)

// A setting is a part of a pool's configuration that is kept and described as
// it was given, and changes nothing here: this pool sends no messages, runs no
// functions and remembers no devices.
type setting = json.RawMessage

// poolSettings are the members that CreateUserPool and UpdateUserPool share
// with the description of a pool. It is stored as JSON.
type poolSettings struct {
	Policies                    poolPolicies           `json:",omitzero"`
	DeletionProtection          string                 `json:",omitempty"`
	AutoVerifiedAttributes      []string               `json:",omitempty"`
	AliasAttributes             []string               `json:",omitempty"`
	UsernameAttributes          []string               `json:",omitempty"`
	UsernameConfiguration       *usernameConfiguration `json:",omitempty"`
	MfaConfiguration            string                 `json:",omitempty"`
	AdminCreateUserConfig       adminCreateUserConfig
	UserPoolTier                string  `json:",omitempty"`
	SmsVerificationMessage      string  `json:",omitempty"`
	EmailVerificationMessage    string  `json:",omitempty"`
	EmailVerificationSubject    string  `json:",omitempty"`
	SmsAuthenticationMessage    string  `json:",omitempty"`
	AccountRecoverySetting      setting `json:",omitempty"`
	DeviceConfiguration         setting `json:",omitempty"`
	EmailConfiguration          setting `json:",omitempty"`
	IssuerConfiguration         setting `json:",omitempty"`
	KeyConfiguration            setting `json:",omitempty"`
	LambdaConfig                setting `json:",omitempty"`
	SmsConfiguration            setting `json:",omitempty"`
	UserAttributeUpdateSettings setting `json:",omitempty"`
	UserPoolAddOns              setting `json:",omitempty"`
	UserPoolTags                setting `json:",omitempty"`
	VerificationMessageTemplate setting `json:",omitempty"`
	// SchemaAttributes is called Schema where a pool is made.
	SchemaAttributes setting `json:",omitempty"`

	factors
}

// factors are the second factors of a pool, which SetUserPoolMfaConfig sets.
// They are stored with the settings and left out of their description.
type factors struct {
	EmailMfaConfiguration         setting        `json:",omitempty"`
	SmsMfaConfiguration           setting        `json:",omitempty"`
	SoftwareTokenMfaConfiguration *softwareToken `json:",omitempty"`
	WebAuthnConfiguration         setting        `json:",omitempty"`
}

type softwareToken struct{ Enabled bool }

type usernameConfiguration struct{ CaseSensitive bool }

type adminCreateUserConfig struct {
	AllowAdminCreateUserOnly  bool
	UnusedAccountValidityDays int64   `json:",omitempty"`
	InviteMessageTemplate     setting `json:",omitempty"`
}

type poolPolicies struct {
	PasswordPolicy *passwordPolicy `json:",omitempty"`
	SignInPolicy   setting         `json:",omitempty"`
}

// Values of members that have few.
const (
	mfaOff, mfaOn, mfaOptional = "OFF", "ON", "OPTIONAL"
	active, inactive           = "ACTIVE", "INACTIVE"
)

// ownSettings are those of the pool that the server uses.
func ownSettings() poolSettings {
	return poolSettings{
		UsernameAttributes:          []string{attrEmail},
		UsernameConfiguration:       &usernameConfiguration{},
		AutoVerifiedAttributes:      []string{attrEmail},
		UserAttributeUpdateSettings: setting(`{"AttributesRequireVerificationBeforeUpdate":["email"]}`),
		AccountRecoverySetting:      setting(`{"RecoveryMechanisms":[{"Name":"verified_email","Priority":1}]}`),
		DeletionProtection:          active,
	}.withDefaults()
}

// withDefaults fills in what the service describes when it was not given.
func (s poolSettings) withDefaults() poolSettings {
	set := func(v *string, def string) {
		if *v == "" {
			*v = def
		}
	}
	set(&s.MfaConfiguration, mfaOff)
	set(&s.DeletionProtection, inactive)
	set(&s.UserPoolTier, "ESSENTIALS")
	if s.UsernameConfiguration == nil {
		s.UsernameConfiguration = &usernameConfiguration{}
	}
	if s.Policies.PasswordPolicy == nil {
		s.Policies.PasswordPolicy = new(defaultPolicy())
	}
	return s
}

// check refuses what is not a configuration, and what this pool cannot be.
func (s poolSettings) check() error {
	for name, v := range s.objects() {
		if len(v) > 0 && v[0] != '{' && v[0] != '[' && !bytes.Equal(v, []byte("null")) {
			return invalid("1 validation error detected: Value at '%s' is not a structure", name)
		}
	}
	switch {
	case !slices.Equal(s.UsernameAttributes, []string{attrEmail}) || len(s.AliasAttributes) > 0:
		return invalid("Users of a local pool sign in by email address: UsernameAttributes has to be [email]")
	case s.UsernameConfiguration.CaseSensitive:
		return invalid("A local pool compares sign-in names without regard to case: UsernameConfiguration.CaseSensitive has to be false")
	case !slices.Contains([]string{mfaOff, mfaOn, mfaOptional}, s.MfaConfiguration):
		return invalid("MfaConfiguration is OFF, ON or OPTIONAL")
	case !slices.Contains([]string{active, inactive}, s.DeletionProtection):
		return invalid("DeletionProtection is ACTIVE or INACTIVE")
	case s.AdminCreateUserConfig.UnusedAccountValidityDays != 0 && s.Policies.PasswordPolicy.TemporaryPasswordValidityDays != 0:
		return invalid("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays")
	case s.MfaConfiguration != mfaOff && len(s.SmsConfiguration) == 0 && !s.anyFactor():
		return invalid("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
	}
	return s.Policies.PasswordPolicy.check()
}

func (s poolSettings) objects() map[string]setting {
	return map[string]setting{
		"accountRecoverySetting": s.AccountRecoverySetting, "deviceConfiguration": s.DeviceConfiguration,
		"emailConfiguration": s.EmailConfiguration, "issuerConfiguration": s.IssuerConfiguration,
		"keyConfiguration": s.KeyConfiguration, "lambdaConfig": s.LambdaConfig, "schema": s.SchemaAttributes,
		"smsConfiguration": s.SmsConfiguration, "userAttributeUpdateSettings": s.UserAttributeUpdateSettings,
		"userPoolAddOns": s.UserPoolAddOns, "userPoolTags": s.UserPoolTags,
		"verificationMessageTemplate": s.VerificationMessageTemplate, "signInPolicy": s.Policies.SignInPolicy,
		"inviteMessageTemplate": s.AdminCreateUserConfig.InviteMessageTemplate,
	}
}

func (f factors) anyFactor() bool {
	return len(f.EmailMfaConfiguration) > 0 || len(f.SmsMfaConfiguration) > 0 ||
		f.SoftwareTokenMfaConfiguration != nil && f.SoftwareTokenMfaConfiguration.Enabled
}

// readSettings returns the settings of a pool, or ResourceNotFoundException.
func readSettings(tx *sqlitedb.Tx, pool string) (poolSettings, error) {
	var s poolSettings
	found := false
	err := tx.Query("SELECT settings FROM pool WHERE id = ?", []any{pool}, func(r sqlitedb.Row) error {
		found = true
		return json.Unmarshal([]byte(r.Text(0)), &s)
	})
	if err == nil && !found {
		err = errNoPool(pool)
	}
	return s.withDefaults(), err
}

func errNoPool(pool string) *fault { return faultf(kindNotFound, "User pool %s does not exist.", pool) }
