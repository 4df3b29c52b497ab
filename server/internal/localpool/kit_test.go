package localpool

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	testEmail    = "Ann@Example.com"
	testPassword = "Correct horse 7"
)

// start is when the tests' clocks begin.
var start = time.Date(2026, 11, 23, 9, 5, 7, 0, time.UTC)

// testKeys are made once, since RSA keys are slow to make.
var testKeys = sync.OnceValues(func() ([4]*rsa.PrivateKey, error) {
	var keys [4]*rsa.PrivateKey
	var errs [len(keys)]error
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() { keys[i], errs[i] = rsa.GenerateKey(rand.Reader, keyBits) })
	}
	wg.Wait()
	return keys, errors.Join(errs[:]...)
})

// A clock stands still until it is moved.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return start.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// A kit is a pool and the SDK's client of it.
type kit struct {
	t      *testing.T
	dir    string
	pool   *Pool
	clock  *clock
	sdk    *cip.Client
	client string // id
	secret string
}

// quickConfig is a Config that costs little.
func quickConfig(t testing.TB, dir string, c *clock) Config {
	return Config{
		Dir: dir, Now: c.now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		hashing: hashing{memory: 8, passes: 1, lanes: 1, atOnce: 1, patience: 5 * time.Second},
		newKey:  keyMaker(0),
	}
}

// keyMaker hands out two of the test keys, from the given one on.
func keyMaker(from int) func() (*rsa.PrivateKey, error) {
	var n atomic.Int32
	return func() (*rsa.PrivateKey, error) {
		keys, err := testKeys()
		return keys[from+int(n.Add(1))%2], err
	}
}

func openPool(t testing.TB, c Config) *Pool {
	t.Helper()
	p, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func newKit(t *testing.T) *kit {
	t.Helper()
	dir, c := t.TempDir(), &clock{}
	p := openPool(t, quickConfig(t, dir, c))
	return &kit{t: t, dir: dir, pool: p, clock: c, sdk: sdkClient(p), client: p.ClientID()}
}

// withClient returns a kit on the same pool with a client of its own.
func (k *kit) withClient(c ClientConfig) *kit {
	k.t.Helper()
	id, secret, err := k.pool.CreateClient(k.t.Context(), c)
	if err != nil {
		k.t.Fatal(err)
	}
	other := *k
	other.client, other.secret = id, secret
	return &other
}

// doer is the SDK's HTTP client: it calls the pool without a socket.
type doer struct{ handler http.Handler }

func (d doer) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func sdkClient(p *Pool) *cip.Client {
	return cip.New(cip.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("https://local-user-pool.invalid"),
		HTTPClient: doer{p}, RetryMaxAttempts: 1,
	})
}

// hash is the SECRET_HASH of the kit's client, nil when it has no secret.
func (k *kit) hash(username string) *string {
	if k.secret == "" {
		return nil
	}
	return new(secretHash(k.client, k.secret, username))
}

func (k *kit) trySignUp(email, password string, attributes ...types.AttributeType) (*cip.SignUpOutput, error) {
	return k.sdk.SignUp(k.t.Context(), &cip.SignUpInput{
		ClientId: &k.client, Username: &email, Password: &password,
		SecretHash: k.hash(email), UserAttributes: attributes,
	})
}

// signUp signs up an unconfirmed user and returns its sub.
func (k *kit) signUp(email string, attributes ...types.AttributeType) string {
	k.t.Helper()
	out, err := k.trySignUp(email, testPassword, attributes...)
	if err != nil {
		k.t.Fatalf("SignUp = %v", err)
	}
	return aws.ToString(out.UserSub)
}

func (k *kit) confirm(email, code string) error {
	_, err := k.sdk.ConfirmSignUp(k.t.Context(), &cip.ConfirmSignUpInput{
		ClientId: &k.client, Username: &email, ConfirmationCode: &code, SecretHash: k.hash(email),
	})
	return err
}

func (k *kit) resend(email string) (*cip.ResendConfirmationCodeOutput, error) {
	return k.sdk.ResendConfirmationCode(k.t.Context(), &cip.ResendConfirmationCodeInput{
		ClientId: &k.client, Username: &email, SecretHash: k.hash(email),
	})
}

// member signs up and confirms a user and returns its sub.
func (k *kit) member(email string, attributes ...types.AttributeType) string {
	k.t.Helper()
	sub := k.signUp(email, attributes...)
	if err := k.confirm(email, k.code()); err != nil {
		k.t.Fatalf("ConfirmSignUp = %v", err)
	}
	return sub
}

// code returns the code of the newest mail.
func (k *kit) code() string {
	k.t.Helper()
	mails, err := k.pool.Inbox(k.t.Context(), 1)
	if err != nil || len(mails) != 1 {
		k.t.Fatalf("Inbox(1) = %v, %v, want a mail", mails, err)
	}
	return mails[0].Code
}

func (k *kit) auth(flow types.AuthFlowType, parameters map[string]string) (*types.AuthenticationResultType, error) {
	out, err := k.sdk.InitiateAuth(k.t.Context(), &cip.InitiateAuthInput{
		ClientId: &k.client, AuthFlow: flow, AuthParameters: parameters,
	})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func (k *kit) trySignIn(email, password string) (*types.AuthenticationResultType, error) {
	parameters := map[string]string{"USERNAME": email, "PASSWORD": password}
	if h := k.hash(email); h != nil {
		parameters["SECRET_HASH"] = *h
	}
	return k.auth(types.AuthFlowTypeUserPasswordAuth, parameters)
}

func (k *kit) signIn(email string) *types.AuthenticationResultType {
	k.t.Helper()
	r, err := k.trySignIn(email, testPassword)
	if err != nil {
		k.t.Fatalf("InitiateAuth = %v", err)
	}
	return r
}

func (k *kit) refresh(token *string) (*types.AuthenticationResultType, error) {
	in := &cip.GetTokensFromRefreshTokenInput{ClientId: &k.client, RefreshToken: token}
	if k.secret != "" {
		in.ClientSecret = &k.secret
	}
	out, err := k.sdk.GetTokensFromRefreshToken(k.t.Context(), in)
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func (k *kit) revoke(token *string) error {
	in := &cip.RevokeTokenInput{ClientId: &k.client, Token: token}
	if k.secret != "" {
		in.ClientSecret = &k.secret
	}
	_, err := k.sdk.RevokeToken(k.t.Context(), in)
	return err
}

func (k *kit) forgot(email string) (*cip.ForgotPasswordOutput, error) {
	return k.sdk.ForgotPassword(k.t.Context(), &cip.ForgotPasswordInput{
		ClientId: &k.client, Username: &email, SecretHash: k.hash(email),
	})
}

func (k *kit) recover(email, code, password string) error {
	_, err := k.sdk.ConfirmForgotPassword(k.t.Context(), &cip.ConfirmForgotPasswordInput{
		ClientId: &k.client, Username: &email, ConfirmationCode: &code, Password: &password, SecretHash: k.hash(email),
	})
	return err
}

func (k *kit) change(access *string, previous, proposed string) error {
	_, err := k.sdk.ChangePassword(k.t.Context(), &cip.ChangePasswordInput{
		AccessToken: access, PreviousPassword: &previous, ProposedPassword: &proposed,
	})
	return err
}

// getUser returns the user's attributes with its username as "username".
func (k *kit) getUser(access *string) (map[string]string, error) {
	out, err := k.sdk.GetUser(k.t.Context(), &cip.GetUserInput{AccessToken: access})
	if err != nil {
		return nil, err
	}
	got := map[string]string{"username": aws.ToString(out.Username)}
	for _, a := range out.UserAttributes {
		got[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return got, nil
}

func deliveryOf(d *types.CodeDeliveryDetailsType) delivery {
	return delivery{aws.ToString(d.AttributeName), string(d.DeliveryMedium), aws.ToString(d.Destination)}
}

func sdkAttribute(name, value string) types.AttributeType {
	return types.AttributeType{Name: &name, Value: &value}
}

// An apiError is one of the SDK's typed errors.
type apiError interface {
	error
	ErrorMessage() string
}

// refused fails the test unless err is of type E with the message.
func refused[E apiError](t *testing.T, err error, message string) {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		var want E
		t.Errorf("error = %v, want %T", err, want)
		return
	}
	if e.ErrorMessage() != message {
		t.Errorf("message = %q, want %q", e.ErrorMessage(), message)
	}
}

// post sends a raw request for the operation.
func post(ctx context.Context, h http.Handler, op, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Amz-Target", targetPrefix+op)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// failingReader is a body that breaks off.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// wrongCode returns a code that is not the given one.
func wrongCode(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}
