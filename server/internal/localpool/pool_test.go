package localpool

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/sqlitedb"
)

func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	p := openPool(t, quickConfig(t, dir, &clock{}))
	if !regexp.MustCompile(`^us-east-1_[0-9A-Za-z]{9}$`).MatchString(p.ID()) {
		t.Errorf("ID = %q", p.ID())
	}
	if !regexp.MustCompile(`^[0-9a-z]{26}$`).MatchString(p.ClientID()) {
		t.Errorf("ClientID = %q", p.ClientID())
	}
	if want := "https://cognito-idp.us-east-1.amazonaws.com/" + p.ID(); p.Issuer() != want {
		t.Errorf("Issuer = %q, want %q", p.Issuer(), want)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("mode of %s = %o, want 600", e.Name(), got)
		}
	}
	for _, name := range []string{"pool.db", "pool.key", p.ID() + ".access.pem", p.ID() + ".id.pem"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestReopen: accounts, tokens, codes and ids outlive the process, and file
// modes are put right.
func TestReopen(t *testing.T) {
	dir, c := t.TempDir(), &clock{}
	first := openPool(t, quickConfig(t, dir, c))
	k := &kit{t: t, pool: first, clock: c, sdk: sdkClient(first), client: first.ClientID()}
	k.member(testEmail)
	k.signUp("bob@example.com")
	r, code := k.signIn(testEmail), k.code()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, first.ID()+".id.pem")
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	config := quickConfig(t, dir, c)
	config.Region, config.newKey = "eu-west-1", nil // neither is used: both are there
	second := openPool(t, config)
	if second.ID() != first.ID() || second.ClientID() != first.ClientID() || second.Issuer() != first.Issuer() {
		t.Errorf("ids after reopening = %s %s, want %s %s", second.ID(), second.ClientID(), first.ID(), first.ClientID())
	}
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode of the key after reopening = %v, %v", info.Mode(), err)
	}
	k.pool, k.sdk = second, sdkClient(second)
	if _, err := k.getUser(r.AccessToken); err != nil {
		t.Errorf("GetUser after reopening = %v", err)
	}
	if _, err := k.refresh(r.RefreshToken); err != nil {
		t.Errorf("GetTokensFromRefreshToken after reopening = %v", err)
	}
	if err := k.confirm("bob@example.com", code); err != nil {
		t.Errorf("ConfirmSignUp after reopening = %v", err)
	}
	k.signIn("bob@example.com")
}

// TestRealKeys makes keys as at a real first start.
func TestRealKeys(t *testing.T) {
	config := quickConfig(t, t.TempDir(), &clock{})
	config.newKey = nil
	p := openPool(t, config)
	keys := p.keys[p.ID()]
	if keys.access.kid == keys.id.kid || len(keys.id.kid) != 44 {
		t.Errorf("kids = %q, %q, want two of 32 bytes in base64", keys.access.kid, keys.id.kid)
	}
	if got := keys.access.private.N.BitLen(); got != 2048 {
		t.Errorf("key has %d bits, want 2048", got)
	}
}

func TestLostKey(t *testing.T) {
	dir, c := t.TempDir(), &clock{}
	first := openPool(t, quickConfig(t, dir, c))
	k := &kit{t: t, pool: first, clock: c, sdk: sdkClient(first), client: first.ClientID()}
	k.member(testEmail)
	r := k.signIn(testEmail)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, first.ID()+".access.pem")); err != nil {
		t.Fatal(err)
	}
	config := quickConfig(t, dir, c)
	config.newKey = nil
	k.pool = openPool(t, config)
	k.sdk = sdkClient(k.pool)
	_, err := k.getUser(r.AccessToken)
	refused[*types.NotAuthorizedException](t, err, "Invalid Access Token")
	k.signIn(testEmail)
}

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, dir, region, file, content, want string
	}{
		{"no folder", "", "", "", "", "no folder given"},
		{"folder is a file", file, "", "", "", "open database"},
		{"bad region", t.TempDir(), "../x", "", "", `"../x" is not the name of a region`},
		{"short secret", t.TempDir(), "", "pool.key", "short", "open key pool.key: 5 bytes, want 32"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.file != "" {
				if err := os.WriteFile(filepath.Join(tt.dir, tt.file), []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			config := quickConfig(t, tt.dir, &clock{})
			config.Region = tt.region
			p, err := Open(t.Context(), config)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open = %v, %v, want an error with %q", p, err, tt.want)
			}
		})
	}
}

func TestOpenRefusesKeys(t *testing.T) {
	const ec = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----
`
	for name, content := range map[string]string{
		"empty": "", "no PEM": "key", "no key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "EC": ec,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p := openPool(t, quickConfig(t, dir, &clock{}))
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			file := p.ID() + ".access.pem"
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), quickConfig(t, dir, &clock{}))
			if err == nil || !strings.HasPrefix(err.Error(), "open user pool: open key "+file+": ") {
				t.Errorf("Open = %v, want an error that names the file", err)
			}
		})
	}
}

func TestInbox(t *testing.T) {
	k := newKit(t)
	if mails, err := k.pool.Inbox(t.Context(), 0); err != nil || mails == nil || len(mails) != 0 {
		t.Errorf("Inbox = %#v, %v, want an empty list", mails, err)
	}
	k.member(testEmail)
	confirmCode := k.code()
	k.clock.advance(time.Minute)
	if _, err := k.forgot(testEmail); err != nil {
		t.Fatal(err)
	}
	mails, err := k.pool.Inbox(t.Context(), 0)
	want := []Mail{
		{To: "ann@example.com", Kind: "recover", Code: k.code(), Sent: start.Add(time.Minute)},
		{To: "ann@example.com", Kind: "confirm", Code: confirmCode, Sent: start},
	}
	if diff := cmp.Diff(want, mails); err != nil || diff != "" {
		t.Errorf("Inbox: %v (-want +got)\n%s", err, diff)
	}
	if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(k.code()) {
		t.Errorf("code = %q, want six digits", k.code())
	}
	if mails, err := k.pool.Inbox(t.Context(), 1); err != nil || len(mails) != 1 || mails[0] != want[0] {
		t.Errorf("Inbox(1) = %v, %v, want the newest", mails, err)
	}
	k.clock.advance(time.Hour)
	if mails, err := k.pool.Inbox(t.Context(), 0); err != nil || len(mails) != 1 || mails[0] != want[1] {
		t.Errorf("Inbox after an hour = %v, %v, want the sign-up", mails, err)
	}
}

func TestInboxIsBounded(t *testing.T) {
	p := newKit(t).pool
	err := p.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		for i := range maxMails + 10 {
			m := Mail{To: "ann@example.com", Kind: "confirm", Code: fmt.Sprint(i), Sent: start}
			if err := sendMail(tx, m, start.Add(time.Hour)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mails, err := p.Inbox(t.Context(), maxMails+10)
	if err != nil || len(mails) != maxMails || mails[0].Code != "209" || mails[maxMails-1].Code != "10" {
		t.Errorf("Inbox = %d mails, %v, want the last %d", len(mails), err, maxMails)
	}
}

// TestSweep: requests make the pool forget what has expired, and nothing else.
func TestSweep(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	k.signUp("bob@example.com")
	r := k.signIn(testEmail)
	if _, err := k.forgot(testEmail); err != nil {
		t.Fatal(err)
	}
	if _, err := k.trySignIn(testEmail, "Wrong horse 1"); err == nil {
		t.Fatal("a wrong password worked")
	}
	want := map[string]int64{"code": 2, "mail": 3, "quota": 2, "lockout": 1, "sign_in": 1, "refresh_token": 1, "user": 2}
	if diff := cmp.Diff(want, k.rows(want)); diff != "" {
		t.Fatalf("rows before (-want +got)\n%s", diff)
	}
	k.clock.advance(2 * time.Hour)
	if _, err := k.refresh(r.RefreshToken); err != nil {
		t.Fatal(err)
	}
	want = map[string]int64{"code": 1, "mail": 2, "quota": 0, "lockout": 0, "sign_in": 1, "refresh_token": 2, "user": 2}
	if diff := cmp.Diff(want, k.rows(want)); diff != "" {
		t.Errorf("rows after two hours (-want +got)\n%s", diff)
	}
	k.clock.advance(31 * 24 * time.Hour)
	k.signIn(testEmail)
	want = map[string]int64{"code": 0, "mail": 0, "quota": 0, "lockout": 0, "sign_in": 1, "refresh_token": 1, "user": 2}
	if diff := cmp.Diff(want, k.rows(want)); diff != "" {
		t.Errorf("rows after a month (-want +got)\n%s", diff)
	}
}

// rows counts the rows of the tables.
func (k *kit) rows(tables map[string]int64) map[string]int64 {
	k.t.Helper()
	got := map[string]int64{}
	err := k.pool.db.Read(k.t.Context(), func(tx *sqlitedb.Tx) error {
		for name := range tables {
			err := tx.Query("SELECT count(*) FROM "+name, nil, func(r sqlitedb.Row) error { got[name] = r.Int(0); return nil })
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return got
}

func TestRandomString(t *testing.T) {
	seen := map[rune]int{}
	for range 2000 {
		s := randomString(digits, codeDigits)
		if len(s) != codeDigits {
			t.Fatalf("randomString = %q", s)
		}
		for _, r := range s {
			seen[r]++
		}
	}
	for _, r := range digits { // 1200 each; ten standard deviations are 330
		if n := seen[r]; n < 870 || n > 1530 {
			t.Errorf("digit %c came %d times in 12000", r, n)
		}
	}
}
