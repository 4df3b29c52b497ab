package cognito

import (
	"context"
	"strings"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"porchlight/shared/api"
)

// A NewUser is what an account is made of. The address is the sign-in name; the
// pool makes the username itself (UsernameAttributes = [email]). Name and
// Handle may be empty and become the attributes name and preferred_username.
type NewUser struct {
	Email, Password, Name, Handle string
}

// A Delivery says where the pool sent a code. The zero Delivery means that it
// did not say.
type Delivery struct {
	// Destination is masked: "j***@e***".
	Destination string
	// Medium is EMAIL or SMS.
	Medium string
	// Confirmed is set by SignUp alone, when the pool confirmed the account at
	// once and sent no code, as a pre-sign-up function can make it.
	Confirmed bool
}

// SignUp makes an account that waits for its confirmation code.
//
// Errors: ErrUsernameExists, ErrInvalidPassword, ErrInvalidParameter.
// ErrLimitExceeded means that the account was made and no code was sent: ask
// for one later.
func (c *Client) SignUp(ctx context.Context, u NewUser) (Delivery, error) {
	out, err := call(ctx, c, "SignUp", c.api.SignUp, &cip.SignUpInput{
		ClientId:       &c.clientID,
		Username:       &u.Email,
		Password:       &u.Password,
		SecretHash:     c.secretHash(u.Email),
		UserAttributes: u.attributes(),
	})
	if err != nil {
		return Delivery{}, err
	}
	d := delivery(out.CodeDeliveryDetails)
	d.Confirmed = out.UserConfirmed
	return d, nil
}

func (u NewUser) attributes() []types.AttributeType {
	attributes := []types.AttributeType{{Name: new("email"), Value: &u.Email}}
	if u.Name != "" {
		attributes = append(attributes, types.AttributeType{Name: new("name"), Value: &u.Name})
	}
	if u.Handle != "" {
		attributes = append(attributes, types.AttributeType{Name: new("preferred_username"), Value: &u.Handle})
	}
	return attributes
}

// ConfirmSignUp proves the address with the code that was sent last.
//
// Errors: ErrCodeMismatch, ErrExpiredCode, ErrAlreadyConfirmed,
// ErrUsernameExists (another account has confirmed the address),
// ErrLimitExceeded.
func (c *Client) ConfirmSignUp(ctx context.Context, email, code string) error {
	_, err := call(ctx, c, "ConfirmSignUp", c.api.ConfirmSignUp, &cip.ConfirmSignUpInput{
		ClientId:         &c.clientID,
		Username:         &email,
		ConfirmationCode: &code,
		SecretHash:       c.secretHash(email),
	})
	return err
}

// ResendConfirmationCode sends a new code, which voids the one before.
//
// Errors: ErrAlreadyConfirmed, ErrUserNotFound, ErrLimitExceeded. A pool that
// hides who has an account answers as if it had sent one.
func (c *Client) ResendConfirmationCode(ctx context.Context, email string) (Delivery, error) {
	out, err := call(ctx, c, "ResendConfirmationCode", c.api.ResendConfirmationCode, &cip.ResendConfirmationCodeInput{
		ClientId:   &c.clientID,
		Username:   &email,
		SecretHash: c.secretHash(email),
	})
	if err != nil {
		return Delivery{}, err
	}
	return delivery(out.CodeDeliveryDetails), nil
}

// ForgotPassword sends a code that allows a new password.
//
// Errors: ErrUserNotFound, ErrInvalidParameter (no confirmed address),
// ErrNotAuthorized (disabled, or waiting for its first password),
// ErrLimitExceeded. A person who asks must get the same answer to the first
// three as to success.
func (c *Client) ForgotPassword(ctx context.Context, email string) (Delivery, error) {
	out, err := call(ctx, c, "ForgotPassword", c.api.ForgotPassword, &cip.ForgotPasswordInput{
		ClientId:   &c.clientID,
		Username:   &email,
		SecretHash: c.secretHash(email),
	})
	if err != nil {
		return Delivery{}, err
	}
	return delivery(out.CodeDeliveryDetails), nil
}

// ConfirmForgotPassword sets a new password with the code. It ends no session
// and revokes no token: the caller does.
//
// Errors: ErrCodeMismatch, ErrExpiredCode, ErrInvalidPassword,
// ErrLimitExceeded.
func (c *Client) ConfirmForgotPassword(ctx context.Context, email, code, password string) error {
	_, err := call(ctx, c, "ConfirmForgotPassword", c.api.ConfirmForgotPassword, &cip.ConfirmForgotPasswordInput{
		ClientId:         &c.clientID,
		Username:         &email,
		ConfirmationCode: &code,
		Password:         &password,
		SecretHash:       c.secretHash(email),
	})
	return err
}

// delivery reads the pool's delivery details. AWS masks the destination;
// cognito-local does not, and the page would show an address to whoever asks.
func delivery(d *types.CodeDeliveryDetailsType) Delivery {
	if d == nil {
		return Delivery{}
	}
	destination := text(d.Destination)
	if strings.Contains(destination, "@") && !strings.Contains(destination, "*") {
		destination = api.MaskEmail(destination)
	}
	return Delivery{Destination: destination, Medium: string(d.DeliveryMedium)}
}

// text returns what p points to, "" when it is nil.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
