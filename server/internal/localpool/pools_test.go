package localpool

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"porchlight/server/internal/sqlitedb"
)

// inOtherPool adds a pool, opens the folder again, and returns a kit for a
// client of the new pool. Both kits use the pool that is open then.
func (k *kit) inOtherPool(id string) *kit {
	k.t.Helper()
	err := k.pool.db.Write(k.t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO pool (id, name, created) VALUES (?, 'other', ?)", id, start)
		return err
	})
	if err == nil {
		err = k.pool.Close()
	}
	if err != nil {
		k.t.Fatal(err)
	}
	config := quickConfig(k.t, k.dir, k.clock)
	config.newKey = keyMaker(2)
	k.pool = openPool(k.t, config)
	k.sdk = sdkClient(k.pool)
	return k.withClient(ClientConfig{Pool: id})
}

// TestTwoPools: pools in one folder have nothing in common but the file.
func TestTwoPools(t *testing.T) {
	k := newKit(t)
	other := k.inOtherPool("eu-west-1_Other0001")
	mine, theirs := k.member(testEmail), other.member(testEmail)
	if mine == theirs {
		t.Error("the same sub in two pools")
	}
	a, b := k.signIn(testEmail), other.signIn(testEmail)
	if got, want := accessClaims(t, b).Issuer, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other0001"; got != want {
		t.Errorf("iss = %q, want %q", got, want)
	}
	for _, c := range []struct {
		r   *types.AuthenticationResultType
		sub string
	}{{a, mine}, {b, theirs}} {
		if got, err := k.getUser(c.r.AccessToken); err != nil || got["sub"] != c.sub {
			t.Errorf("GetUser = %v, %v, want %s", got, err, c.sub)
		}
	}
	_, err := k.refresh(b.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, unknown)
	if err := k.pool.AddUserToGroup(t.Context(), theirs, "moderators"); err == nil {
		t.Error("AddUserToGroup reached into another pool")
	}
}
