package cognito_test

import (
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/cognito"
)

// The SECRET_HASH of two usernames for clientID and canarySecret, made with:
// printf %s "$username$client" | openssl dgst -sha256 -hmac "$secret" -binary | base64
const (
	hashOfEmail     = "hm+AzXo75mBYy33rUphNAq+DpAo665ckmP3B8QxzcM4=" // canaryEmail
	hashOfCanonical = "o/XOSNirgQn0Gb9hUCjQKzF0WXh/fhM/VdNBMy8bBEE=" // "canonical"
)

// tokensAnswer is what a pool with rotation says.
const tokensAnswer = `{"AuthenticationResult":{"AccessToken":"a","IdToken":"i","RefreshToken":"r","ExpiresIn":900,"TokenType":"Bearer"},"ChallengeParameters":{}}`

func TestRequests(t *testing.T) {
	attribute := func(name, value string) any { return map[string]any{"Name": name, "Value": value} }
	tests := []struct {
		op     string // of operations
		target string
		want   map[string]any // without ClientId
		hash   string         // the member that a client with a secret adds
		value  string
	}{
		{"SignUp", "SignUp", map[string]any{"Username": canaryEmail, "Password": canaryPassword, "UserAttributes": []any{
			attribute("email", canaryEmail), attribute("name", "Canary"), attribute("preferred_username", "canary"),
		}}, "SecretHash", hashOfEmail},
		{"ConfirmSignUp", "ConfirmSignUp", map[string]any{"Username": canaryEmail, "ConfirmationCode": canaryCode}, "SecretHash", hashOfEmail},
		{"ResendConfirmationCode", "ResendConfirmationCode", map[string]any{"Username": canaryEmail}, "SecretHash", hashOfEmail},
		{"SignIn", "InitiateAuth", map[string]any{"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]any{"USERNAME": canaryEmail, "PASSWORD": canaryPassword}}, "SECRET_HASH", hashOfEmail},
		{"Refresh", "GetTokensFromRefreshToken", map[string]any{"RefreshToken": canaryRefresh}, "ClientSecret", canarySecret},
		{"ForgotPassword", "ForgotPassword", map[string]any{"Username": canaryEmail}, "SecretHash", hashOfEmail},
		{"ConfirmForgotPassword", "ConfirmForgotPassword", map[string]any{"Username": canaryEmail, "ConfirmationCode": canaryCode, "Password": canaryPassword}, "SecretHash", hashOfEmail},
		{"ChangePassword", "ChangePassword", map[string]any{"AccessToken": canaryToken, "PreviousPassword": canaryPassword, "ProposedPassword": canaryPassword + "2"}, "", ""},
		{"GetUser", "GetUser", map[string]any{"AccessToken": canaryToken}, "", ""},
		{"RevokeToken", "RevokeToken", map[string]any{"Token": canaryRefresh}, "ClientSecret", canarySecret},
		{"GlobalSignOut", "GlobalSignOut", map[string]any{"AccessToken": canaryToken}, "", ""},
	}
	for _, secret := range []string{"", canarySecret} {
		s, c := serve(t, secret, say(200, `{"Username":"u","UserAttributes":[{"Name":"sub","Value":"s"}],`+tokensAnswer[1:]))
		for _, tt := range tests {
			t.Run(tt.op+" secret "+secret, func(t *testing.T) {
				if err := operations()[tt.op](t.Context(), c); err != nil {
					t.Fatalf("%s = %v, want no error", tt.op, err)
				}
				got := s.last()
				if got.op != tt.target || got.head.Get("Content-Type") != "application/x-amz-json-1.1" || got.head.Get("Authorization") != "" {
					t.Errorf("%s sent %s with %v, want %s, AWS JSON, unsigned", tt.op, got.op, got.head, tt.target)
				}
				if diff := cmp.Diff(expected(tt.want, tt.hash, tt.value, secret), got.body); diff != "" {
					t.Errorf("%s sent (-want +got):\n%s", tt.op, diff)
				}
			})
		}
	}
}

// expected adds to a body what every request, and one with a secret, has.
func expected(body map[string]any, member, value, secret string) map[string]any {
	all := maps.Clone(body)
	if body["AccessToken"] == nil {
		all["ClientId"] = clientID
	}
	if secret == "" || member == "" {
		return all
	}
	if parameters, ok := body["AuthParameters"].(map[string]any); ok {
		all["AuthParameters"] = map[string]any{"USERNAME": parameters["USERNAME"], "PASSWORD": parameters["PASSWORD"], member: value}
		return all
	}
	all[member] = value
	return all
}

func TestTokens(t *testing.T) {
	tests := []struct {
		name, answer string
		refresh      bool
		want         cognito.Tokens
	}{
		{"all", tokensAnswer, false, cognito.Tokens{Access: "a", ID: "i", Refresh: "r", ExpiresIn: 15 * time.Minute}},
		{"no ExpiresIn, no TokenType", `{"AuthenticationResult":{"AccessToken":"a","IdToken":"i","RefreshToken":"r"}}`, false, cognito.Tokens{Access: "a", ID: "i", Refresh: "r"}},
		{"negative ExpiresIn", `{"AuthenticationResult":{"AccessToken":"a","IdToken":"i","RefreshToken":"r","ExpiresIn":-5}}`, false, cognito.Tokens{Access: "a", ID: "i", Refresh: "r"}},
		{"unknown members", `{"New":{},"AuthenticationResult":{"AccessToken":"a","IdToken":"i","RefreshToken":"r","New":1}}`, false, cognito.Tokens{Access: "a", ID: "i", Refresh: "r"}},
		{"refresh with rotation", tokensAnswer, true, cognito.Tokens{Access: "a", ID: "i", Refresh: "r", ExpiresIn: 15 * time.Minute}},
		{"refresh without rotation", `{"AuthenticationResult":{"AccessToken":"a","IdToken":"i"}}`, true, cognito.Tokens{Access: "a", ID: "i"}},
		{"refresh without ID token", `{"AuthenticationResult":{"AccessToken":"a"}}`, true, cognito.Tokens{Access: "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, c := serve(t, "", say(200, tt.answer))
			got, err := c.SignIn(t.Context(), canaryEmail, canaryPassword)
			if tt.refresh {
				got, err = c.Refresh(t.Context(), canaryRefresh, "canonical")
			}
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestDelivery(t *testing.T) {
	tests := []struct {
		name, answer string
		want         cognito.Delivery
	}{
		{"masked", `{"CodeDeliveryDetails":{"Destination":"c***@e***","DeliveryMedium":"EMAIL","AttributeName":"email"}}`, cognito.Delivery{Destination: "c***@e***", Medium: "EMAIL"}},
		{"telephone", `{"CodeDeliveryDetails":{"Destination":"+*******1234","DeliveryMedium":"SMS"}}`, cognito.Delivery{Destination: "+*******1234", Medium: "SMS"}},
		{"a pool that does not mask", `{"CodeDeliveryDetails":{"Destination":"` + canaryEmail + `","DeliveryMedium":"EMAIL"}}`, cognito.Delivery{Destination: "c***@e***", Medium: "EMAIL"}},
		{"not said", `{}`, cognito.Delivery{}},
		{"empty body", ``, cognito.Delivery{}},
		{"confirmed at once", `{"UserConfirmed":true,"UserSub":"s"}`, cognito.Delivery{Confirmed: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, c := serve(t, "", say(200, tt.answer))
			if got, err := c.SignUp(t.Context(), cognito.NewUser{Email: canaryEmail, Password: canaryPassword}); err != nil || got != tt.want {
				t.Errorf("SignUp = %+v, %v, want %+v", got, err, tt.want)
			}
			want := tt.want
			want.Confirmed = false
			if got, err := c.ResendConfirmationCode(t.Context(), canaryEmail); err != nil || got != want {
				t.Errorf("ResendConfirmationCode = %+v, %v, want %+v", got, err, want)
			}
			if got, err := c.ForgotPassword(t.Context(), canaryEmail); err != nil || got != want {
				t.Errorf("ForgotPassword = %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestGetUser(t *testing.T) {
	_, c := serve(t, "", say(200, `{"Username":"u","UserAttributes":[{"Name":"sub","Value":"s"},{"Name":"email","Value":"e"},
		{"Name":"name","Value":"n"},{"Name":"preferred_username","Value":"h"},{"Name":"custom:x","Value":"x"},{"Name":"email_verified"}]}`))
	want := cognito.User{Username: "u", Sub: "s", Email: "e", Name: "n", Handle: "h"}
	if got, err := c.GetUser(t.Context(), canaryToken); err != nil || got != want {
		t.Errorf("GetUser = %+v, %v, want %+v", got, err, want)
	}
}

func TestRefreshOfOldPools(t *testing.T) {
	unknown := map[string]func(http.ResponseWriter, string){
		"AWS's error":      failure("UnknownOperationException", ""),
		"cognito-local":    say(500, `{"__type":"CognitoLocal#Unsupported","message":"Cognito Local unsupported feature: x"}`),
		"404 in HTML":      say(404, "<html>"),
		"not implemented":  say(501, `{"__type":"InternalFailure"}`),
		"typed by an echo": failure("com.example#UnsupportedOperationException", ""),
	}
	for name, refuse := range unknown {
		t.Run(name, func(t *testing.T) {
			answer := say(200, tokensAnswer)
			s, c := serve(t, canarySecret, func(w http.ResponseWriter, op string) {
				if op == "GetTokensFromRefreshToken" {
					refuse(w, op)
					return
				}
				answer(w, op)
			})
			for range 2 {
				if got, err := c.Refresh(t.Context(), canaryRefresh, "canonical"); err != nil || got.Access != "a" {
					t.Fatalf("Refresh = %+v, %v, want tokens", got, err)
				}
			}
			if diff := cmp.Diff([]string{"GetTokensFromRefreshToken", "InitiateAuth", "InitiateAuth"}, s.ops()); diff != "" {
				t.Errorf("the pool was asked (-want +got):\n%s", diff)
			}
			want := map[string]any{"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": clientID,
				"AuthParameters": map[string]any{"REFRESH_TOKEN": canaryRefresh, "SECRET_HASH": hashOfCanonical}}
			if diff := cmp.Diff(want, s.last().body); diff != "" {
				t.Errorf("Refresh sent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefreshKeepsTheNewWay: an answer that only looks like that of an old pool
// must not make the client forget the operation that rotation needs.
func TestRefreshKeepsTheNewWay(t *testing.T) {
	var fail atomic.Bool
	fail.Store(true)
	s, c := serve(t, "", func(w http.ResponseWriter, op string) {
		switch {
		case op == "InitiateAuth":
			failure("InvalidParameterException", "REFRESH_TOKEN_AUTH flow not enabled for this client")(w, op)
		case fail.Load():
			say(404, "")(w, op)
		default:
			say(200, tokensAnswer)(w, op)
		}
	})
	_, err := c.Refresh(t.Context(), canaryRefresh, "canonical")
	checkKind(t, "Refresh", err, cognito.ErrInvalidParameter)
	fail.Store(false)
	if _, err := c.Refresh(t.Context(), canaryRefresh, "canonical"); err != nil {
		t.Errorf("Refresh afterwards = %v, want no error", err)
	}
	if diff := cmp.Diff([]string{"GetTokensFromRefreshToken", "InitiateAuth", "GetTokensFromRefreshToken"}, s.ops()); diff != "" {
		t.Errorf("the pool was asked (-want +got):\n%s", diff)
	}
}

// TestRefreshOnAWS: AWS's own endpoint knows the operation.
func TestRefreshOnAWS(t *testing.T) {
	s := &script{t: t, answer: say(404, "")}
	c := client(t, cognito.Config{HTTPClient: cognito.InProcess(s)})
	_, err := c.Refresh(t.Context(), canaryRefresh, "canonical")
	checkKind(t, "Refresh", err, cognito.ErrUnavailable)
	if diff := cmp.Diff([]string{"GetTokensFromRefreshToken"}, s.ops()); diff != "" {
		t.Errorf("the pool was asked (-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	good := cognito.Config{Region: "eu-central-1", UserPoolID: "eu-central-1_a", ClientID: "c"}
	tests := []struct {
		name   string
		change func(*cognito.Config)
	}{
		{"no region", func(c *cognito.Config) { c.Region = "" }},
		{"no pool", func(c *cognito.Config) { c.UserPoolID = "" }},
		{"no client", func(c *cognito.Config) { c.ClientID = "" }},
		{"negative timeout", func(c *cognito.Config) { c.Timeout = -1 }},
		{"endpoint without scheme", func(c *cognito.Config) { c.Endpoint = "127.0.0.1:1" }},
		{"endpoint without host", func(c *cognito.Config) { c.Endpoint = "http:///x" }},
		{"endpoint with a password", func(c *cognito.Config) { c.Endpoint = "http://u:" + canaryPassword + "@h" }},
	}
	if _, err := cognito.New(good); err != nil {
		t.Fatalf("New = %v, want no error", err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			_, err := cognito.New(c)
			if err == nil {
				t.Fatal("New = no error, want one")
			}
			checkQuiet(t, err)
		})
	}
}

func TestIssuers(t *testing.T) {
	for _, tt := range []struct {
		name, region, endpoint string
		want                   []string
		keys                   string
	}{
		{"AWS", "eu-central-1", "",
			[]string{"https://cognito-idp.eu-central-1.amazonaws.com/p", "https://issuer-cognito-idp.eu-central-1.amazonaws.com/p"},
			"https://cognito-idp.eu-central-1.amazonaws.com/p/.well-known/jwks.json"},
		{"AWS in China", "cn-north-1", "",
			[]string{"https://cognito-idp.cn-north-1.amazonaws.com.cn/p", "https://issuer-cognito-idp.cn-north-1.amazonaws.com.cn/p"},
			"https://cognito-idp.cn-north-1.amazonaws.com.cn/p/.well-known/jwks.json"},
		{"behind an endpoint", "eu-central-1", "http://127.0.0.1:9229/",
			[]string{"https://cognito-idp.eu-central-1.amazonaws.com/p", "https://issuer-cognito-idp.eu-central-1.amazonaws.com/p", "http://127.0.0.1:9229/p"},
			"http://127.0.0.1:9229/p/.well-known/jwks.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cognito.Config{Region: tt.region, UserPoolID: "p", Endpoint: tt.endpoint}
			if diff := cmp.Diff(tt.want, c.Issuers()); diff != "" {
				t.Errorf("Issuers (-want +got):\n%s", diff)
			}
			if got := c.KeysURL(); got != tt.keys {
				t.Errorf("KeysURL = %q, want %q", got, tt.keys)
			}
		})
	}
}

func TestSignUpLeavesEmptyAttributesOut(t *testing.T) {
	s, c := serve(t, "", say(200, `{}`))
	if _, err := c.SignUp(t.Context(), cognito.NewUser{Email: canaryEmail, Password: canaryPassword}); err != nil {
		t.Fatalf("SignUp = %v", err)
	}
	want := []any{map[string]any{"Name": "email", "Value": canaryEmail}}
	if diff := cmp.Diff(want, s.last().body["UserAttributes"]); diff != "" {
		t.Errorf("UserAttributes differs (-want +got):\n%s", diff)
	}
	if strings.Contains(s.last().head.Get("User-Agent"), canaryEmail) {
		t.Error("the User-Agent holds an address")
	}
}
