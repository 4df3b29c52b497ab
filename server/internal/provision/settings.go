package provision

// Resource is what a setting belongs to.
type Resource string

// The resources of a user pool, by the last part of their CloudFormation type.
const (
	UserPool   Resource = "UserPool"
	UserClient Resource = "UserPoolClient"
	UserGroup  Resource = "UserPoolGroup"
)

// A Kind is how bad it is when a setting is otherwise.
type Kind string

// Kinds, in the words of the check.
const (
	// Missing: the server does not work without it.
	Missing Kind = "missing"
	// Unsafe: the server works, and the people who use it are worse protected.
	Unsafe Kind = "unsafe"
	// Fixed: as Missing, and it can't be changed any more.
	Fixed Kind = "can't be changed"
)

// Accept says which values beside its own a setting is content with.
type Accept int

// Values of Accept.
const (
	Exactly Accept = iota
	AtLeast        // a larger number
	AtMost         // a smaller number
	OrPlus         // the feature plan above
)

// A Setting is one choice. Path and Value are in the words of the Cognito API,
// which CloudFormation uses too.
type Setting struct {
	Resource Resource
	// Path leads to the member: "Policies.PasswordPolicy.MinimumLength".
	Path string
	// Value is a string, bool, float64 (the numbers of JSON), or a list of these
	// or of maps.
	Value any
	Kind  Kind
	// Accept lets other values be as good.
	Accept Accept
	// Why says what the choice is for, as the end of a sentence.
	Why string
}

// Group is the group whose members may hide posts.
const Group = "moderators"

// Settings is the table of all choices but --name, --domain and --mfa.
func Settings() []Setting {
	email := []any{"email"}
	recovery := []any{map[string]any{"Name": "verified_email", "Priority": 1.0}}
	policy := "Policies.PasswordPolicy."
	return []Setting{
		{UserPool, "UsernameAttributes", email, Fixed, Exactly, "people sign in by email address"},
		{UserPool, "UsernameConfiguration.CaseSensitive", false, Fixed, Exactly, "Ann@example.com and ann@example.com are one person"},
		{UserPool, "AutoVerifiedAttributes", email, Missing, Exactly, "the code of a sign-up is mailed"},
		{UserPool, "AdminCreateUserConfig.AllowAdminCreateUserOnly", false, Missing, Exactly, "people may sign up"},
		{UserPool, "AccountRecoverySetting.RecoveryMechanisms", recovery, Unsafe, Exactly, "only a verified address gets a code for a new password"},
		{UserPool, "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate", email, Unsafe, Exactly, "a new address counts once it is verified, so a typing mistake locks nobody out"},
		{UserPool, policy + "MinimumLength", 8.0, Unsafe, AtLeast, "passwords are as long as the sign-up page says"},
		{UserPool, policy + "RequireLowercase", true, Unsafe, Exactly, "passwords are as the sign-up page says"},
		{UserPool, policy + "RequireUppercase", true, Unsafe, Exactly, "passwords are as the sign-up page says"},
		{UserPool, policy + "RequireNumbers", true, Unsafe, Exactly, "passwords are as the sign-up page says"},
		{UserPool, policy + "RequireSymbols", true, Unsafe, Exactly, "passwords are as the sign-up page says"},
		{UserPool, "DeletionProtection", "ACTIVE", Unsafe, Exactly, "one command can't delete every account"},
		{UserPool, "UserPoolTier", "ESSENTIALS", Missing, OrPlus, "refresh tokens can be rotated"},

		{UserClient, "ExplicitAuthFlows", []any{"ALLOW_USER_PASSWORD_AUTH"}, Missing, Exactly, "the server signs in with this flow, and no other is open"},
		{UserClient, "RefreshTokenRotation.Feature", "ENABLED", Unsafe, Exactly, "a stolen refresh token stops working"},
		{UserClient, "RefreshTokenRotation.RetryGracePeriodSeconds", 60.0, Unsafe, Exactly, "a lost answer signs nobody out"},
		{UserClient, "AccessTokenValidity", 15.0, Unsafe, AtMost, "who is disabled is out within 15 minutes"},
		{UserClient, "IdTokenValidity", 15.0, Unsafe, AtMost, "as access tokens"},
		{UserClient, "RefreshTokenValidity", 30.0, Unsafe, AtLeast, "a session lasts as long as PORCHLIGHT_SESSION_ABSOLUTE, 30 days, lets it"},
		{UserClient, "TokenValidityUnits.AccessToken", "minutes", Unsafe, Exactly, "the unit of AccessTokenValidity"},
		{UserClient, "TokenValidityUnits.IdToken", "minutes", Unsafe, Exactly, "the unit of IdTokenValidity"},
		{UserClient, "TokenValidityUnits.RefreshToken", "days", Unsafe, Exactly, "the unit of RefreshTokenValidity"},
		{UserClient, "PreventUserExistenceErrors", "ENABLED", Unsafe, Exactly, "answers don't tell who has an account"},
		{UserClient, "EnableTokenRevocation", true, Unsafe, Exactly, "signing out ends the refresh token"},

		{UserGroup, "GroupName", Group, Missing, Exactly, "its members may hide posts"},
	}
}

// of returns the settings of one resource.
func of(r Resource) []Setting {
	var list []Setting
	for _, s := range Settings() {
		if s.Resource == r {
			list = append(list, s)
		}
	}
	return list
}
