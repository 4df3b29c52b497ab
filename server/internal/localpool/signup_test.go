package localpool

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	mismatch = "Invalid verification code provided, please try again."
	expired  = "Invalid code provided, please request a code again."
	exceeded = "Attempt limit exceeded, please try after some time."
)

func TestSignUp(t *testing.T) {
	k := newKit(t)
	out, err := k.trySignUp(testEmail, testPassword, sdkAttribute("name", "Ann"))
	if err != nil {
		t.Fatalf("SignUp = %v", err)
	}
	if out.UserConfirmed || len(aws.ToString(out.UserSub)) != 36 {
		t.Errorf("SignUp = confirmed %v, sub %q, want false and a UUID", out.UserConfirmed, aws.ToString(out.UserSub))
	}
	want := delivery{AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "a***@e***"}
	if got := deliveryOf(out.CodeDeliveryDetails); got != want {
		t.Errorf("CodeDeliveryDetails = %v, want %v", got, want)
	}
	_, err = k.trySignIn(testEmail, testPassword)
	refused[*types.UserNotConfirmedException](t, err, "User is not confirmed.")
	_, err = k.trySignIn(testEmail, "Wrong horse 1")
	refused[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
	_, err = k.trySignUp(strings.ToUpper(testEmail), testPassword)
	refused[*types.UsernameExistsException](t, err, "User already exists")
}

func TestSignUpRefusesPasswords(t *testing.T) {
	k := newKit(t)
	const policy = "Password did not conform with policy: "
	for _, tt := range []struct{ name, password, want string }{
		{"short", "Ab1!567", policy + "Password not long enough"},
		{"no lower case", "ABCDEF1!", policy + "Password must have lowercase characters"},
		{"no upper case", "abcdef1!", policy + "Password must have uppercase characters"},
		{"no digit", "Abcdefg!", policy + "Password must have numeric characters"},
		{"no symbol", "Abcdefg1", policy + "Password must have symbol characters"},
		{"letters of other scripts", "ÄÖÜÄÖÜ1!", policy + "Password must have lowercase characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := k.trySignUp(testEmail, tt.password)
			refused[*types.InvalidPasswordException](t, err, tt.want)
		})
	}
	if _, err := k.trySignUp(testEmail, "Aa1 "+strings.Repeat("x", 252)); err != nil {
		t.Errorf("SignUp with 256 characters = %v", err)
	}
}

func TestSignUpRefusesInput(t *testing.T) {
	k := newKit(t)
	const schema = "Attributes did not conform to the schema: "
	const one = "1 validation error detected: "
	for _, tt := range []struct {
		name, email, password string
		attribute             types.AttributeType
		want                  string
	}{
		{"not an address", "ann", testPassword, sdkAttribute("name", "A"), "Username should be an email."},
		{"password of 5", testEmail, "Ab1!5", sdkAttribute("name", "A"),
			one + "Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 6"},
		{"password of 257", testEmail, strings.Repeat("Aa1!", 64) + "x", sdkAttribute("name", "A"),
			one + "Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{"password with an outer space", testEmail, testPassword + " ", sdkAttribute("name", "A"),
			one + `Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: (?s)^\S(.*\S)?$`},
		{"name with a space", "ann b@example.com", testPassword, sdkAttribute("name", "A"),
			one + `Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`},
		{"name of 129", strings.Repeat("a", 117) + "@example.com", testPassword, sdkAttribute("name", "A"),
			one + "Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"unknown attribute", testEmail, testPassword, sdkAttribute("role", "admin"),
			schema + "Type for attribute {role} could not be determined"},
		{"custom without a name", testEmail, testPassword, sdkAttribute("custom:", "x"),
			schema + "Type for attribute {custom:} could not be determined"},
		{"custom name of 21", testEmail, testPassword, sdkAttribute("custom:"+strings.Repeat("x", 21), "x"),
			schema + "Type for attribute {custom:" + strings.Repeat("x", 21) + "} could not be determined"},
		{"claim of the pool", testEmail, testPassword, sdkAttribute("cognito:groups", "moderators"),
			schema + "Type for attribute {cognito:groups} could not be determined"},
		{"long name of an attribute", testEmail, testPassword, sdkAttribute(strings.Repeat("x", 33), "x"),
			one + "Value at 'userAttributes' failed to satisfy constraint: Attribute names have 1 to 32 characters"},
		{"long value", testEmail, testPassword, sdkAttribute("name", strings.Repeat("x", 2049)),
			schema + "String attributes cannot have a length of more than 2048"},
		{"other address", testEmail, testPassword, sdkAttribute("email", "eve@example.com"),
			"The email attribute and the username are not the same address."},
		{"phone number", testEmail, testPassword, sdkAttribute("phone_number", "0123"), "Invalid phone number format."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := k.trySignUp(tt.email, tt.password, tt.attribute)
			refused[*types.InvalidParameterException](t, err, tt.want)
		})
	}
	for _, name := range []string{"sub", "email_verified", "phone_number_verified"} {
		_, err := k.trySignUp(testEmail, testPassword, sdkAttribute(name, "true"))
		refused[*types.NotAuthorizedException](t, err, "A client attempted to write unauthorized attribute")
	}
	_, err := k.trySignUp(testEmail, testPassword, sdkAttribute("name", "A"), sdkAttribute("name", "B"))
	refused[*types.InvalidParameterException](t, err, schema+"name: The attribute is given twice")
	if mails, err := k.pool.Inbox(t.Context(), 0); err != nil || len(mails) != 0 {
		t.Errorf("Inbox = %v, %v, want nothing", mails, err)
	}
}

func TestConfirmSignUp(t *testing.T) {
	k := newKit(t)
	k.signUp(testEmail)
	first := k.code()
	err := k.confirm(testEmail, wrongCode(first))
	refused[*types.CodeMismatchException](t, err, mismatch)
	if _, err := k.resend(testEmail); err != nil {
		t.Fatalf("ResendConfirmationCode = %v", err)
	}
	second := k.code()
	if first == second {
		t.Skip("the same code twice: one chance in a million")
	}
	refused[*types.CodeMismatchException](t, k.confirm(testEmail, first), mismatch)
	if err := k.confirm("ANN@EXAMPLE.COM", second); err != nil {
		t.Fatalf("ConfirmSignUp = %v", err)
	}
	err = k.confirm(testEmail, second)
	refused[*types.NotAuthorizedException](t, err, "User cannot be confirmed. Current status is CONFIRMED")
}

func TestCodesExpire(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration
		good  bool
	}{
		{"just in time", 24*time.Hour - time.Microsecond, true},
		{"too late", 24 * time.Hour, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKit(t)
			k.signUp(testEmail)
			code := k.code()
			k.clock.advance(tt.after)
			err := k.confirm(testEmail, code)
			if tt.good && err != nil {
				t.Errorf("ConfirmSignUp = %v", err)
			}
			if !tt.good {
				refused[*types.ExpiredCodeException](t, err, expired)
			}
		})
	}
}

func TestCodesAreVoidAfterFiveTries(t *testing.T) {
	k := newKit(t)
	k.signUp(testEmail)
	code := k.code()
	for range codeTries {
		refused[*types.CodeMismatchException](t, k.confirm(testEmail, wrongCode(code)), mismatch)
	}
	refused[*types.ExpiredCodeException](t, k.confirm(testEmail, code), expired)
	if _, err := k.resend(testEmail); err != nil {
		t.Fatalf("ResendConfirmationCode = %v", err)
	}
	if err := k.confirm(testEmail, k.code()); err != nil {
		t.Errorf("ConfirmSignUp with a new code = %v", err)
	}
}

func TestHourlyLimits(t *testing.T) {
	for _, tt := range []struct {
		name string
		max  int
		call func(k *kit) error
	}{
		{"resend", 5, func(k *kit) error { _, err := k.resend("ann@unconfirmed.com"); return err }},
		{"forgot", 5, func(k *kit) error { _, err := k.forgot("ann@confirmed.com"); return err }},
		{"confirm", 15, func(k *kit) error { return k.confirm("ann@unconfirmed.com", "000000") }},
		{"confirm forgot", 15, func(k *kit) error { return k.recover("ann@confirmed.com", "000000", testPassword) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKit(t)
			k.member("ann@confirmed.com")
			k.signUp("ann@unconfirmed.com")
			k.clock.advance(2 * time.Hour)
			for i := range tt.max {
				if err := tt.call(k); err != nil && strings.Contains(err.Error(), exceeded) {
					t.Fatalf("call %d = %v", i+1, err)
				}
			}
			refused[*types.LimitExceededException](t, tt.call(k), exceeded)
			k.clock.advance(time.Hour - 1)
			refused[*types.LimitExceededException](t, tt.call(k), exceeded)
			k.clock.advance(1)
			if err := tt.call(k); err != nil && strings.Contains(err.Error(), exceeded) {
				t.Errorf("call an hour later = %v", err)
			}
		})
	}
}

func TestResendToConfirmedSendsNothing(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	if _, err := k.resend(testEmail); err != nil {
		t.Errorf("ResendConfirmationCode = %v", err)
	}
	if mails, err := k.pool.Inbox(t.Context(), 0); err != nil || len(mails) != 1 {
		t.Errorf("Inbox = %d mails, %v, want the one of the sign-up", len(mails), err)
	}
}
