package localpool

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// clientSettings are the members that CreateUserPoolClient and
// UpdateUserPoolClient share with the description of an app client. It is
// stored as JSON; what the pool acts on is also in columns.
type clientSettings struct {
	ClientName                               string              `json:",omitempty"`
	ExplicitAuthFlows                        []string            `json:",omitempty"`
	AccessTokenValidity                      int64               `json:",omitempty"`
	IDTokenValidity                          int64               `json:"IdTokenValidity,omitempty"`
	RefreshTokenValidity                     int64               `json:",omitempty"`
	TokenValidityUnits                       *tokenValidityUnits `json:",omitempty"`
	RefreshTokenRotation                     *refreshRotation    `json:",omitempty"`
	PreventUserExistenceErrors               string              `json:",omitempty"`
	EnableTokenRevocation                    *bool               `json:",omitempty"`
	EnablePropagateAdditionalUserContextData bool
	AuthSessionValidity                      int64    `json:",omitempty"` // minutes
	ReadAttributes                           []string `json:",omitempty"`
	WriteAttributes                          []string `json:",omitempty"`
	SupportedIdentityProviders               []string `json:",omitempty"`
	CallbackURLs                             []string `json:",omitempty"`
	LogoutURLs                               []string `json:",omitempty"`
	DefaultRedirectURI                       string   `json:",omitempty"`
	AllowedOAuthFlows                        []string `json:",omitempty"`
	AllowedOAuthScopes                       []string `json:",omitempty"`
	AllowedOAuthFlowsUserPoolClient          bool
	AnalyticsConfiguration                   setting `json:",omitempty"`
}

type tokenValidityUnits struct {
	AccessToken  string `json:",omitempty"`
	IDToken      string `json:"IdToken,omitempty"`
	RefreshToken string `json:",omitempty"`
}

type refreshRotation struct {
	Feature                 string // ENABLED or DISABLED
	RetryGracePeriodSeconds int64
}

// Values of members that have few.
const (
	enabled = "ENABLED"
	legacy  = "LEGACY"
	seconds = "seconds"
)

// knownFlows are the values of ExplicitAuthFlows. The pool serves FlowPassword
// and FlowRefresh; the others may be allowed and are refused when they are used.
func knownFlows() []string {
	return []string{FlowPassword, FlowRefresh, "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH",
		"ALLOW_USER_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"}
}

// withDefaults fills in what the service uses and describes when it was not
// given (CreateUserPoolClient in the API reference).
func (s clientSettings) withDefaults() clientSettings {
	if s.ExplicitAuthFlows == nil {
		s.ExplicitAuthFlows = []string{FlowRefresh, "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"}
	}
	if s.EnableTokenRevocation == nil {
		s.EnableTokenRevocation = new(true)
	}
	s.PreventUserExistenceErrors = cmp.Or(s.PreventUserExistenceErrors, legacy)
	s.AuthSessionValidity = cmp.Or(s.AuthSessionValidity, 3)
	s.RefreshTokenValidity = cmp.Or(s.RefreshTokenValidity, 30)
	return s
}

// config returns what the pool acts on. Settings outside the limits are
// InvalidParameterException.
func (s clientSettings) config(pool string) (ClientConfig, error) {
	if err := s.check(); err != nil {
		return ClientConfig{}, err
	}
	u := tokenValidityUnits{}
	if s.TokenValidityUnits != nil {
		u = *s.TokenValidityUnits
	}
	access, err1 := life(s.AccessTokenValidity, cmp.Or(u.AccessToken, "hours"))
	id, err2 := life(s.IDTokenValidity, cmp.Or(u.IDToken, "hours"))
	refresh, err3 := life(s.RefreshTokenValidity, cmp.Or(u.RefreshToken, "days"))
	if err := cmp.Or(err1, err2, err3); err != nil {
		return ClientConfig{}, err
	}
	c := ClientConfig{
		Pool: pool, Name: s.ClientName, Flows: s.ExplicitAuthFlows,
		AccessLife: cmp.Or(access, time.Hour), IDLife: cmp.Or(id, time.Hour), RefreshLife: refresh,
		LegacyErrors: s.PreventUserExistenceErrors == legacy,
	}
	if r := s.RefreshTokenRotation; r != nil && r.Feature == enabled {
		c.Rotate, c.Grace = true, time.Duration(r.RetryGracePeriodSeconds)*time.Second
	}
	return c, c.check()
}

func (s clientSettings) check() error {
	switch {
	case s.PreventUserExistenceErrors != enabled && s.PreventUserExistenceErrors != legacy:
		return invalid("PreventUserExistenceErrors is ENABLED or LEGACY")
	case s.AuthSessionValidity < 3 || s.AuthSessionValidity > 15:
		return invalid("AuthSessionValidity is 3 to 15 minutes")
	case s.RefreshTokenRotation != nil && s.RefreshTokenRotation.Feature != enabled && s.RefreshTokenRotation.Feature != "DISABLED":
		return invalid("RefreshTokenRotation.Feature is ENABLED or DISABLED")
	case strings.TrimSpace(s.ClientName) == "":
		return invalid("1 validation error detected: Value at 'clientName' failed to satisfy constraint: Member must not be null")
	}
	return nil
}

// life returns the duration of n units; 0 is for n = 0.
func life(n int64, unit string) (time.Duration, error) {
	const most = 10 * 365 * 24 * 3600 // ten years of seconds, so that nothing overflows
	units := map[string]time.Duration{seconds: time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}
	d, ok := units[unit]
	if !ok || n < 0 || n > most || time.Duration(n) > maxRefresh/d {
		return 0, invalid("Invalid range for token validity.")
	}
	return time.Duration(n) * d, nil
}

// settings returns the configuration as the API has it.
func (c ClientConfig) settings() clientSettings {
	in := func(d time.Duration) int64 { return int64(d / time.Second) }
	s := clientSettings{
		ClientName: c.Name, ExplicitAuthFlows: slices.Clone(c.Flows),
		AccessTokenValidity: in(c.AccessLife), IDTokenValidity: in(c.IDLife), RefreshTokenValidity: in(c.RefreshLife),
		TokenValidityUnits:         &tokenValidityUnits{seconds, seconds, seconds},
		PreventUserExistenceErrors: enabled,
	}
	if c.LegacyErrors {
		s.PreventUserExistenceErrors = legacy
	}
	if c.Rotate {
		s.RefreshTokenRotation = &refreshRotation{enabled, in(c.Grace)}
	}
	return s.withDefaults()
}
