package localpool

import (
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// TestJourney is the life of an account, through the SDK, for every kind of
// client.
func TestJourney(t *testing.T) {
	for _, tt := range []struct {
		name   string
		client *ClientConfig // nil: the pool's own
	}{
		{"own client", nil},
		{"secret", &ClientConfig{Secret: true}},
		{"secret and rotation", &ClientConfig{Secret: true, Rotate: true, Grace: 10 * time.Second}},
		{"no rotation", &ClientConfig{Flows: []string{FlowPassword, FlowRefresh}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKit(t)
			if tt.client != nil {
				k = k.withClient(*tt.client)
			}
			journey(t, k)
		})
	}
}

func journey(t *testing.T, k *kit) {
	sub := k.member(testEmail, sdkAttribute("name", "Ann"), sdkAttribute("preferred_username", "ann_"),
		sdkAttribute("email", testEmail), sdkAttribute("custom:shoe", "38"))
	first := k.signIn("ann@example.COM")
	wantUser := map[string]string{"username": sub, "sub": sub, "name": "Ann", "preferred_username": "ann_",
		"email": testEmail, "email_verified": "true", "custom:shoe": "38"}
	got, err := k.getUser(first.AccessToken)
	if diff := cmp.Diff(wantUser, got); err != nil || diff != "" {
		t.Fatalf("GetUser: %v (-want +got)\n%s", err, diff)
	}

	const changed, recovered = "Changed horse 8", "Recovered horse 9"
	if err := k.change(first.AccessToken, testPassword, changed); err != nil {
		t.Fatalf("ChangePassword = %v", err)
	}
	_, err = k.trySignIn(testEmail, testPassword)
	refused[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
	if _, err := k.trySignIn(testEmail, changed); err != nil {
		t.Fatalf("InitiateAuth with the changed password = %v", err)
	}

	out, err := k.forgot(testEmail)
	if err != nil {
		t.Fatalf("ForgotPassword = %v", err)
	}
	wantDelivery := delivery{AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "a***@e***"}
	if got := deliveryOf(out.CodeDeliveryDetails); got != wantDelivery {
		t.Errorf("ForgotPassword = %v, want %v", got, wantDelivery)
	}
	if err := k.recover(testEmail, k.code(), recovered); err != nil {
		t.Fatalf("ConfirmForgotPassword = %v", err)
	}
	last, err := k.trySignIn(testEmail, recovered)
	if err != nil {
		t.Fatalf("InitiateAuth with the recovered password = %v", err)
	}
	signOuts(t, k, first, last)
}

// signOuts ends the first sign-in by RevokeToken and the last by GlobalSignOut.
func signOuts(t *testing.T, k *kit, first, last *types.AuthenticationResultType) {
	const revoked = "Access Token has been revoked"
	if err := k.revoke(first.RefreshToken); err != nil {
		t.Fatalf("RevokeToken = %v", err)
	}
	_, err := k.getUser(first.AccessToken)
	refused[*types.NotAuthorizedException](t, err, revoked)
	if _, err := k.getUser(last.AccessToken); err != nil {
		t.Errorf("GetUser of another sign-in = %v", err)
	}
	next, err := k.refresh(last.RefreshToken)
	if err != nil {
		t.Fatalf("GetTokensFromRefreshToken = %v", err)
	}
	if _, err := k.sdk.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: next.AccessToken}); err != nil {
		t.Fatalf("GlobalSignOut = %v", err)
	}
	for _, r := range []*types.AuthenticationResultType{last, next} {
		_, err = k.getUser(r.AccessToken)
		refused[*types.NotAuthorizedException](t, err, revoked)
		if err := k.change(r.AccessToken, "x", testPassword); err == nil {
			t.Error("ChangePassword with a revoked token worked")
		}
	}
	_, err = k.refresh(last.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, "Refresh Token has been revoked")
}
