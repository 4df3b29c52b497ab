package localpool

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	reuse       = "Refresh token has been invalidated by rotation"
	unknown     = "Invalid Refresh Token"
	lateRefresh = "Refresh Token has expired"
)

func TestRefreshRotates(t *testing.T) {
	k := newKit(t) // 60 s of grace
	k.member(testEmail)
	first := k.signIn(testEmail)
	k.clock.advance(10 * time.Minute)
	second, err := k.refresh(first.RefreshToken)
	if err != nil {
		t.Fatalf("GetTokensFromRefreshToken = %v", err)
	}
	if second.RefreshToken == nil || *second.RefreshToken == *first.RefreshToken {
		t.Fatal("the refresh token was not rotated")
	}
	k.clock.advance(time.Minute - time.Microsecond)
	third, err := k.refresh(first.RefreshToken) // as if the answer had been lost
	if err != nil {
		t.Fatalf("GetTokensFromRefreshToken within the grace = %v", err)
	}
	k.clock.advance(time.Microsecond)
	_, err = k.refresh(first.RefreshToken)
	refused[*types.RefreshTokenReuseException](t, err, reuse)
	for _, r := range []*types.AuthenticationResultType{second, third} {
		if _, err := k.refresh(r.RefreshToken); err != nil {
			t.Errorf("GetTokensFromRefreshToken with a rotated token = %v", err)
		}
	}
	before, after := accessClaims(t, first), accessClaims(t, third)
	if before.OriginID != after.OriginID || before.AuthTime != after.AuthTime || before.ID == after.ID {
		t.Errorf("claims after rotation = %+v, before %+v", after, before)
	}
	if want := start.Add(10*time.Minute + time.Minute).Unix(); after.IssuedAt != want-1 {
		t.Errorf("iat after rotation = %d, want %d", after.IssuedAt, want-1)
	}
}

func TestRotationWithoutGrace(t *testing.T) {
	k := newKit(t).withClient(ClientConfig{Rotate: true})
	k.member(testEmail)
	r := k.signIn(testEmail)
	if _, err := k.refresh(r.RefreshToken); err != nil {
		t.Fatalf("GetTokensFromRefreshToken = %v", err)
	}
	_, err := k.refresh(r.RefreshToken)
	refused[*types.RefreshTokenReuseException](t, err, reuse)
}

// TestRotationKeepsExpiry: a rotated token lives for the rest of the first one's
// life.
func TestRotationKeepsExpiry(t *testing.T) {
	k := newKit(t).withClient(ClientConfig{Rotate: true, RefreshLife: time.Hour})
	k.member(testEmail)
	r := k.signIn(testEmail)
	k.clock.advance(time.Hour - time.Microsecond)
	r, err := k.refresh(r.RefreshToken)
	if err != nil {
		t.Fatalf("GetTokensFromRefreshToken = %v", err)
	}
	k.clock.advance(time.Microsecond)
	_, err = k.refresh(r.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, lateRefresh)
}

func TestRefreshWithoutRotation(t *testing.T) {
	k := newKit(t).withClient(ClientConfig{Flows: []string{FlowPassword, FlowRefresh}})
	k.member(testEmail)
	first := k.signIn(testEmail)
	for _, flow := range []types.AuthFlowType{"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"} {
		r, err := k.auth(flow, map[string]string{"REFRESH_TOKEN": *first.RefreshToken})
		if err != nil || r.RefreshToken != nil || r.ExpiresIn != 900 {
			t.Errorf("InitiateAuth(%s) = %+v, %v, want tokens but no refresh token", flow, r, err)
		}
	}
	if r, err := k.refresh(first.RefreshToken); err != nil || r.RefreshToken != nil {
		t.Errorf("GetTokensFromRefreshToken = %+v, %v, want tokens but no refresh token", r, err)
	}
	_, err := k.auth("REFRESH_TOKEN_AUTH", nil)
	refused[*types.InvalidParameterException](t, err, "Missing required parameter REFRESH_TOKEN")
	_, err = k.auth("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": "no good"})
	refused[*types.InvalidParameterException](t, err, "1 validation error detected: Value at 'refreshToken' "+
		"failed to satisfy constraint: Member must satisfy regular expression pattern: ^[A-Za-z0-9_=.-]+$")
	k.clock.advance(30 * 24 * time.Hour)
	_, err = k.refresh(first.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, lateRefresh)
}

func TestRefreshRefuses(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	r := k.signIn(testEmail)
	_, err := k.refresh(new(randomToken()))
	refused[*types.NotAuthorizedException](t, err, unknown)
	_, err = k.refresh(r.AccessToken)
	refused[*types.NotAuthorizedException](t, err, unknown)
	_, err = k.withClient(ClientConfig{}).refresh(r.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, unknown)
	k.client = "nobody"
	_, err = k.refresh(r.RefreshToken)
	refused[*types.ResourceNotFoundException](t, err, "User pool client nobody does not exist.")
}

func TestRevokeToken(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	first, other := k.signIn(testEmail), k.signIn(testEmail)
	next, err := k.refresh(first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []*string{first.AccessToken, first.IdToken} {
		refused[*types.UnsupportedTokenTypeException](t, k.revoke(token), "Only refresh tokens can be revoked")
	}
	stranger := k.withClient(ClientConfig{})
	refused[*types.UnauthorizedException](t, stranger.revoke(first.RefreshToken), "The token was not issued to this client")
	stranger.client = "nobody"
	refused[*types.UnauthorizedException](t, stranger.revoke(first.RefreshToken), "User pool client nobody does not exist.")
	for range 2 { // the second time changes nothing
		if err := k.revoke(first.RefreshToken); err != nil {
			t.Fatalf("RevokeToken = %v", err)
		}
	}
	if err := k.revoke(new(randomToken())); err != nil {
		t.Errorf("RevokeToken of an unknown token = %v", err)
	}
	for _, r := range []*types.AuthenticationResultType{first, next} {
		_, err := k.refresh(r.RefreshToken)
		refused[*types.NotAuthorizedException](t, err, "Refresh Token has been revoked")
		_, err = k.getUser(r.AccessToken)
		refused[*types.NotAuthorizedException](t, err, "Access Token has been revoked")
	}
	if _, err := k.getUser(other.AccessToken); err != nil {
		t.Errorf("GetUser of another sign-in = %v", err)
	}
}

func TestRefreshTokenShape(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	token := aws.ToString(k.signIn(testEmail).RefreshToken)
	if !tokenPattern().MatchString(token) || len(token) < 43 {
		t.Errorf("refresh token has %d characters, want 256 bits in %v", len(token), tokenPattern())
	}
}
