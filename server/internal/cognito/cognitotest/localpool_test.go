package cognitotest_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/cognito/cognitotest"
	"porchlight/server/internal/localpool"
)

// embedded is the embedded pool with a clock that tests move.
type embedded struct {
	*localpool.Pool
	ahead atomic.Int64
}

func open(t *testing.T) *embedded {
	t.Helper()
	e := &embedded{}
	now := func() time.Time { return time.Now().Add(time.Duration(e.ahead.Load())) }
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir(), Now: now, Admin: true})
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	e.Pool = pool
	return e
}

// app makes an app client of the pool, reached through h.
func (e *embedded) app(t *testing.T, h http.Handler, c localpool.ClientConfig) cognitotest.App {
	t.Helper()
	id, secret, err := e.CreateClient(t.Context(), c)
	if err != nil {
		t.Fatalf("CreateClient = %v", err)
	}
	client, err := cognito.New(cognito.Config{
		Region: "us-east-1", UserPoolID: e.ID(), ClientID: id, ClientSecret: secret,
		Endpoint: "http://local-user-pool.invalid", HTTPClient: cognito.InProcess(h),
	})
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	return cognitotest.App{Name: c.Name, Client: client, Rotates: c.Rotate, Grace: c.Grace}
}

// code finds the newest code in the inbox.
func (e *embedded) code(ctx context.Context, email, purpose string) (string, error) {
	mails, err := e.Inbox(ctx, 0)
	if err != nil {
		return "", err
	}
	for _, m := range mails {
		if m.To == email && m.Kind == purpose {
			return m.Code, nil
		}
	}
	return "", errors.New("no such mail")
}

// withoutNewRefresh is a pool of the time before GetTokensFromRefreshToken.
func withoutNewRefresh(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "AWSCognitoIdentityProviderService.GetTokensFromRefreshToken" {
			w.Header().Set("X-Amzn-ErrorType", "UnknownOperationException")
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func TestLocalPool(t *testing.T) {
	e := open(t)
	both := []string{localpool.FlowPassword, localpool.FlowRefresh}
	cognitotest.TestPool(t, cognitotest.Pool{
		Apps: []cognitotest.App{
			e.app(t, e, localpool.ClientConfig{Name: "rotation", Rotate: true, Grace: time.Minute}),
			e.app(t, e, localpool.ClientConfig{Name: "secret and telling", Secret: true, LegacyErrors: true}),
			e.app(t, withoutNewRefresh(e), localpool.ClientConfig{Name: "secret and old refresh", Secret: true, Flows: both}),
		},
		Code:  e.code,
		Admin: cognitotest.Admin{Endpoint: "http://local-user-pool.invalid", HTTP: cognito.InProcess(e), Pool: e.ID()},
		Wait:  func(d time.Duration) { e.ahead.Add(int64(d)) },
	})
}
