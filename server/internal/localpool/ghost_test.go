package localpool

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/sqlitedb"
)

// answers plays a script of raw requests about the address and returns what was
// answered, status, type and body.
func answers(k *kit, email string) []string {
	k.t.Helper()
	script := []struct {
		op, body string
		times    int
	}{
		{"InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":%q,"AuthParameters":{"USERNAME":%q,"PASSWORD":"Wrong 1!"}}`, 8},
		{"ConfirmForgotPassword", `{"ClientId":%q,"Username":%q,"ConfirmationCode":"no","Password":"Another horse 8"}`, 2},
		{"ForgotPassword", `{"ClientId":%q,"Username":%q}`, 2},
		{"ConfirmForgotPassword", `{"ClientId":%q,"Username":%q,"ConfirmationCode":"no","Password":"Another horse 8"}`, 7},
		{"ForgotPassword", `{"ClientId":%q,"Username":%q}`, 4},
		{"ConfirmForgotPassword", `{"ClientId":%q,"Username":%q,"ConfirmationCode":"no","Password":"Another horse 8"}`, 7},
		{"ResendConfirmationCode", `{"ClientId":%q,"Username":%q}`, 6},
	}
	var got []string
	for _, s := range script {
		for range s.times {
			w := post(k.t.Context(), k.pool, s.op, fmt.Sprintf(s.body, k.client, email))
			got = append(got, fmt.Sprint(s.op, w.Code, w.Header().Get("X-Amzn-ErrorType"), w.Body))
		}
	}
	return got
}

// TestGhosts: nobody can tell from the answers whether an address has an
// account, confirmed or not, however it was written at sign-up.
func TestGhosts(t *testing.T) {
	k := newKit(t)
	k.member("Ann@Example.com")
	k.signUp("Abe@Example.com")
	k.clock.advance(2 * time.Hour)
	want := answers(k, "ada@example.com")
	for name, email := range map[string]string{"confirmed": "ann@example.com", "unconfirmed": "abe@example.com"} {
		if diff := cmp.Diff(want, answers(k, email)); diff != "" {
			t.Errorf("%s (-nobody +somebody)\n%s", name, diff)
		}
	}
	script := strings.Join(want, "\n")
	for _, kind := range []string{"NotAuthorized", "ExpiredCode", "CodeMismatch", "LimitExceeded"} {
		if !strings.Contains(script, kind) {
			t.Errorf("the script does not reach %sException", kind)
		}
	}
	if mails, err := k.pool.Inbox(t.Context(), 0); err != nil || len(mails) != 2+5+5 {
		t.Errorf("Inbox = %d mails, %v, want 2 of sign-up, 5 of recovery, 5 of resend", len(mails), err)
	}
}

// TestGhostsConfirm: a code for nobody is as wrong as for an unconfirmed user.
func TestGhostsConfirm(t *testing.T) {
	k := newKit(t)
	k.signUp("abe@example.com")
	for i := range 7 {
		nobody, somebody := k.confirm("ada@example.com", "no"), k.confirm("abe@example.com", "no")
		if i < codeTries {
			refused[*types.CodeMismatchException](t, nobody, mismatch)
			refused[*types.CodeMismatchException](t, somebody, mismatch)
			continue
		}
		refused[*types.ExpiredCodeException](t, nobody, expired)
		refused[*types.ExpiredCodeException](t, somebody, expired)
	}
}

// TestGhostsCostAsMuch: with the hasher taken, a name without a user waits for
// it like any other, and so does a sign-up of a taken address.
func TestGhostsCostAsMuch(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	k.pool.hasher.patience = time.Millisecond
	k.pool.hasher.slots <- struct{}{}
	for name, call := range map[string]func() error{
		"user":           func() error { _, err := k.trySignIn(testEmail, testPassword); return err },
		"wrong password": func() error { _, err := k.trySignIn(testEmail, "Wrong horse 1"); return err },
		"nobody":         func() error { _, err := k.trySignIn("eve@example.com", testPassword); return err },
		"new address":    func() error { _, err := k.trySignUp("eve@example.com", testPassword); return err },
		"taken address":  func() error { _, err := k.trySignUp(testEmail, testPassword); return err },
	} {
		t.Run(name, func(t *testing.T) {
			refused[*types.TooManyRequestsException](t, call(), "Too many requests")
		})
	}
	<-k.pool.hasher.slots
	k.signIn(testEmail)
}

// TestGhostIsStable: a ghost is the same each time, and looks like a user.
func TestGhostIsStable(t *testing.T) {
	p := newKit(t).pool
	find := func(pool, name string) (u user) {
		t.Helper()
		err := p.db.Read(t.Context(), func(tx *sqlitedb.Tx) (err error) {
			u, err = p.findUser(tx, pool, name)
			return err
		})
		if err != nil || !u.ghost {
			t.Fatalf("findUser(%s) = %+v, %v, want a ghost", name, u, err)
		}
		return u
	}
	ann := find(p.ID(), "ann@example.com")
	if got := find(p.ID(), "ANN@example.com"); got != ann {
		t.Errorf("ghost of the same name = %+v, want %+v", got, ann)
	}
	if ann.sub[14] != '4' || !strings.ContainsRune("89ab", rune(ann.sub[19])) {
		t.Errorf("sub of a ghost = %s, want a random UUID", ann.sub)
	}
	for _, other := range []user{find(p.ID(), "bob@example.com"), find("us-east-1_other", "ann@example.com")} {
		if other.sub == ann.sub {
			t.Errorf("ghosts %+v and %+v have the same sub", other, ann)
		}
	}
	named := find(p.ID(), "bob")
	if got := named.delivery().Destination; len(got) != len("a***@b***") {
		t.Errorf("delivery of a ghost without an address = %q", got)
	}
}

// TestLegacyErrors: a client may ask for the older behaviour.
func TestLegacyErrors(t *testing.T) {
	k := newKit(t).withClient(ClientConfig{LegacyErrors: true})
	k.member("confirmed@example.com")
	k.signUp("unconfirmed@example.com")
	const nobody, combination = "nobody@example.com", "Username/client id combination not found."
	_, err := k.trySignIn(nobody, testPassword)
	refused[*types.UserNotFoundException](t, err, "User does not exist.")
	_, err = k.forgot(nobody)
	refused[*types.UserNotFoundException](t, err, combination)
	_, err = k.resend(nobody)
	refused[*types.UserNotFoundException](t, err, combination)
	refused[*types.UserNotFoundException](t, k.confirm(nobody, "123456"), combination)
	refused[*types.UserNotFoundException](t, k.recover(nobody, "123456", testPassword), combination)
	_, err = k.resend("confirmed@example.com")
	refused[*types.InvalidParameterException](t, err, "User is already confirmed.")
	_, err = k.forgot("unconfirmed@example.com")
	refused[*types.InvalidParameterException](t, err,
		"Cannot reset password for the user as there is no registered/verified email or phone_number")
}

// TestRecoveryOfUnconfirmed: nobody can confirm an address by recovering.
func TestRecoveryOfUnconfirmed(t *testing.T) {
	k := newKit(t)
	k.signUp(testEmail)
	signUpCode := k.code()
	if _, err := k.forgot(testEmail); err != nil {
		t.Fatalf("ForgotPassword = %v", err)
	}
	if k.code() != signUpCode {
		t.Error("a code was mailed to an address that is not verified")
	}
	refused[*types.CodeMismatchException](t, k.recover(testEmail, signUpCode, testPassword), mismatch)
}

func TestRecovery(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	const next = "Another horse 8"
	refused[*types.ExpiredCodeException](t, k.recover(testEmail, "123456", next), expired)
	if _, err := k.forgot(testEmail); err != nil {
		t.Fatal(err)
	}
	code := k.code()
	err := k.recover(testEmail, code, "Abcdefg1")
	refused[*types.InvalidPasswordException](t, err, "Password did not conform with policy: Password must have symbol characters")
	for range freeFailures { // lock the account
		if _, err := k.trySignIn(testEmail, "Wrong horse 1"); err == nil {
			t.Fatal("a wrong password worked")
		}
	}
	if err := k.recover(testEmail, code, next); err != nil {
		t.Fatalf("ConfirmForgotPassword = %v", err)
	}
	if _, err := k.trySignIn(testEmail, next); err != nil {
		t.Errorf("InitiateAuth after recovery = %v", err)
	}
	refused[*types.ExpiredCodeException](t, k.recover(testEmail, code, next), expired)
	if _, err := k.forgot(testEmail); err != nil {
		t.Fatal(err)
	}
	k.clock.advance(time.Hour)
	err = k.recover(testEmail, k.lastCode(), next)
	refused[*types.ExpiredCodeException](t, err, expired)
}

// lastCode returns the newest code, expired or not.
func (k *kit) lastCode() (code string) {
	k.t.Helper()
	err := k.pool.db.Read(k.t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.Query("SELECT code FROM mail ORDER BY id DESC LIMIT 1", nil,
			func(r sqlitedb.Row) error { code = r.Text(0); return nil })
	})
	if err != nil || code == "" {
		k.t.Fatal(errors.Join(err, errors.New("no mail")))
	}
	return code
}
