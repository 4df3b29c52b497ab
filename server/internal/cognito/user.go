package cognito

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// A User is what the pool knows of a person.
type User struct {
	// Username is the pool's own name for the account, and the one that a
	// refresh needs. In a pool that signs in by address it is the Sub.
	Username string
	// Sub never changes and is never used again: data belongs to it.
	Sub string
	// Email, Name and Handle are the attributes email, name and
	// preferred_username; "" when the client may not read them.
	Email, Name, Handle string
}

// GetUser returns the person whose access token this is, which the pool checks
// for revocation too.
//
// Errors: ErrNotAuthorized, ErrUserNotFound, ErrUserNotConfirmed,
// ErrPasswordResetRequired.
func (c *Client) GetUser(ctx context.Context, accessToken string) (User, error) {
	out, err := call(ctx, c, "GetUser", c.api.GetUser, &cip.GetUserInput{AccessToken: &accessToken})
	if err != nil {
		return User{}, err
	}
	u := User{Username: text(out.Username)}
	for _, a := range out.UserAttributes {
		switch text(a.Name) {
		case "sub":
			u.Sub = text(a.Value)
		case "email":
			u.Email = text(a.Value)
		case "name":
			u.Name = text(a.Value)
		case "preferred_username":
			u.Handle = text(a.Value)
		}
	}
	if u.Username == "" || u.Sub == "" {
		return User{}, garbage("GetUser")
	}
	return u, nil
}

// ChangePassword replaces the password of the person whose access token this
// is. Other sessions and tokens stay: the caller ends them.
//
// Errors: ErrNotAuthorized when the previous password or the token is wrong,
// ErrInvalidPassword, ErrLimitExceeded.
func (c *Client) ChangePassword(ctx context.Context, accessToken, previous, proposed string) error {
	_, err := call(ctx, c, "ChangePassword", c.api.ChangePassword, &cip.ChangePasswordInput{
		AccessToken:      &accessToken,
		PreviousPassword: &previous,
		ProposedPassword: &proposed,
	})
	return err
}
