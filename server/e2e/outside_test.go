package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestJourneyOutside walks through the front door on a user pool outside the
// program: the one at TEST_COGNITO_ENDPOINT or, without it, `porchlight pool`
// in a process of its own.
func TestJourneyOutside(t *testing.T) {
	t.Parallel()
	pool := outsidePool(t)
	s := start(t, pool.env...)
	s.mails = pool.mails
	p := open(t, s)
	p.needProgram()
	p.screen(1280, 800, "light")
	walk(t, p, s.person(t, "ann"))
}

// An outside is a user pool that is not in the program.
type outside struct {
	endpoint                 string
	poolID, clientID, secret string
	env                      []string // what the program has to know of it
}

// outsidePool makes a user pool and an app client at the endpoint.
func outsidePool(t *testing.T) *outside {
	t.Helper()
	o := &outside{endpoint: os.Getenv("TEST_COGNITO_ENDPOINT")}
	if o.endpoint == "" {
		o.endpoint = servePool(t)
	}
	var pool struct {
		UserPool struct{ Id string }
	}
	o.call(t, "CreateUserPool", map[string]any{
		"PoolName": "journey", "UsernameAttributes": []string{"email"}, "AutoVerifiedAttributes": []string{"email"},
		"UsernameConfiguration": map[string]any{"CaseSensitive": false},
	}, &pool)
	var client struct {
		UserPoolClient struct{ ClientId, ClientSecret string }
	}
	o.call(t, "CreateUserPoolClient", map[string]any{
		"UserPoolId": pool.UserPool.Id, "ClientName": "journey", "GenerateSecret": true, "PreventUserExistenceErrors": "ENABLED",
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &client)
	o.poolID, o.clientID, o.secret = pool.UserPool.Id, client.UserPoolClient.ClientId, client.UserPoolClient.ClientSecret
	o.env = []string{
		"AWS_REGION=us-east-1", "AWS_COGNITO_USER_POOL_ID=" + o.poolID,
		"AWS_COGNITO_USER_POOL_CLIENT_ID=" + o.clientID, "AWS_COGNITO_USER_POOL_CLIENT_SECRET=" + o.secret,
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=" + o.endpoint,
	}
	if strings.HasPrefix(o.poolID, "local_") { // cognito-local's issuer, wherever it listens
		o.env = append(o.env, "PORCHLIGHT_ISSUER=http://localhost:9229/"+o.poolID)
	}
	return o
}

// servePool runs `porchlight pool` on a free port and returns its address.
func servePool(t *testing.T) (endpoint string) {
	t.Helper()
	cmd := command(t)
	cmd.Args = append(cmd.Args, "pool", "-listen", "127.0.0.1:0", "-data", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if at, ok := strings.CutPrefix(lines.Text(), "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER="); ok {
			go io.Copy(io.Discard, out)
			return at
		}
	}
	t.Fatal("`porchlight pool` does not say where it is")
	return ""
}

// call calls an operation of the pool as an administrator.
func (o *outside) call(t *testing.T, operation string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	// The form of a signature: pools on loopback look at no more.
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		t.Fatalf("%s: %v: %.300s", operation, err, text)
	}
}

// mails returns the pool's: those of its inbox or, where TEST_COGNITO_CODE is
// the code of every mail, that one as just sent.
func (o *outside) mails(t *testing.T, to string) []mail {
	t.Helper()
	if code := os.Getenv("TEST_COGNITO_CODE"); code != "" {
		return []mail{{To: to, Code: code, Sent: time.Now()}}
	}
	answer, err := http.Get(o.endpoint + "/inbox")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var mails []mail
	if err := json.NewDecoder(answer.Body).Decode(&mails); err != nil {
		t.Fatalf("set TEST_COGNITO_CODE: the pool has no inbox: %v", err)
	}
	return mails
}
