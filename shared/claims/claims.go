// Package claims describes the claims of the two JWTs that an Amazon Cognito
// user pool issues, and what of them a page may show. It is data only: nothing
// here decides whether a token is genuine. The server's token package does;
// in the browser these values are for display.
//
// Names and types are those of "Understanding user pool JSON web tokens" in
// the Amazon Cognito developer guide. Times are NumericDate (RFC 7519 section
// 2): whole seconds since 1970-01-01T00:00:00Z.
package claims

import "slices"

// Values of the token_use claim.
const (
	UseAccess = "access"
	UseID     = "id"
)

// GroupModerators is the user-pool group whose members may hide posts.
const GroupModerators = "moderators"

// Access holds the claims of an access token.
type Access struct {
	Subject   string   `json:"sub"`
	Issuer    string   `json:"iss"`
	ClientID  string   `json:"client_id"`
	Username  string   `json:"username"`
	TokenUse  string   `json:"token_use"`
	Scope     string   `json:"scope"`
	Groups    []string `json:"cognito:groups,omitempty"`
	ID        string   `json:"jti"`
	OriginID  string   `json:"origin_jti,omitempty"`
	EventID   string   `json:"event_id,omitempty"`
	Version   int      `json:"version,omitempty"`
	AuthTime  int64    `json:"auth_time"`
	IssuedAt  int64    `json:"iat"`
	Expires   int64    `json:"exp"`
	NotBefore int64    `json:"nbf,omitempty"`
}

// ID holds the claims of an ID token that Porchlight reads.
type ID struct {
	Subject           string   `json:"sub"`
	Issuer            string   `json:"iss"`
	Audience          string   `json:"aud"`
	Username          string   `json:"cognito:username"`
	TokenUse          string   `json:"token_use"`
	Groups            []string `json:"cognito:groups,omitempty"`
	Email             string   `json:"email,omitempty"`
	EmailVerified     bool     `json:"email_verified,omitempty"`
	Name              string   `json:"name,omitempty"`
	PreferredUsername string   `json:"preferred_username,omitempty"`
	TokenID           string   `json:"jti"`
	OriginID          string   `json:"origin_jti,omitempty"`
	EventID           string   `json:"event_id,omitempty"`
	AuthTime          int64    `json:"auth_time"`
	IssuedAt          int64    `json:"iat"`
	Expires           int64    `json:"exp"`
	NotBefore         int64    `json:"nbf,omitempty"`
}

// Display is what a page may know of the person who is signed in. It carries
// no token and proves nothing.
type Display struct {
	Subject string   `json:"sub"`
	Handle  string   `json:"handle"`
	Name    string   `json:"name"`
	Email   string   `json:"email,omitempty"`
	Groups  []string `json:"groups,omitempty"`
}

// Moderator reports whether the person is in GroupModerators.
func (d Display) Moderator() bool { return slices.Contains(d.Groups, GroupModerators) }
