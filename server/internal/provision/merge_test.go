package provision

import (
	"bytes"
	"errors"
	"flag"
	"reflect"
	"slices"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// TestNothingIsLost holds that every member of an update is in the description
// under the same name: what the description lacks, the update would reset. A
// new SDK with a new member fails here first.
func TestNothingIsLost(t *testing.T) {
	for _, tt := range []struct {
		name          string
		update, shown any
		others        []string // set by hand
	}{
		{"pool", cip.UpdateUserPoolInput{}, types.UserPoolType{}, []string{"UserPoolId", "PoolName"}},
		{"client", cip.UpdateUserPoolClientInput{}, types.UserPoolClientType{}, nil},
	} {
		shown := reflect.TypeOf(tt.shown)
		for _, f := range reflect.VisibleFields(reflect.TypeOf(tt.update)) {
			if !f.IsExported() || slices.Contains(tt.others, f.Name) {
				continue
			}
			if _, ok := shown.FieldByName(f.Name); !ok {
				t.Errorf("%s: the description has no %s", tt.name, f.Name)
			}
		}
	}
}

// TestRoundTrip sends a description with every member set through the merge.
func TestRoundTrip(t *testing.T) {
	shown := types.UserPoolClientType{}
	fill(reflect.ValueOf(&shown).Elem())
	d, err := describe(shown)
	if err != nil {
		t.Fatal(err)
	}
	in := new(cip.UpdateUserPoolClientInput)
	if err := d.request(in); err != nil {
		t.Fatal(err)
	}
	got, want := reflect.ValueOf(*in), reflect.ValueOf(shown)
	for _, f := range reflect.VisibleFields(got.Type()) {
		if !f.IsExported() {
			continue
		}
		g, w := reflect.Indirect(got.FieldByIndex(f.Index)), reflect.Indirect(want.FieldByName(f.Name))
		if !reflect.DeepEqual(g.Interface(), w.Interface()) {
			t.Errorf("%s = %v, want %v", f.Name, g, w)
		}
	}
}

// fill sets every exported field to something that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if v.Type().Elem().Name() != "Time" {
			fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32:
		v.SetInt(7)
	}
}

func TestHolds(t *testing.T) {
	d := document{"Yes": true, "Ten": 10.0, "List": []any{"a"}, "Deep": map[string]any{"Name": "x"}, "Tier": "PLUS"}
	for _, tt := range []struct {
		name   string
		path   string
		value  any
		accept Accept
		want   bool
	}{
		{"true", "Yes", true, Exactly, true},
		{"not there is false", "No", false, Exactly, true},
		{"not there is not true", "No", true, Exactly, false},
		{"number", "Ten", 10.0, Exactly, true},
		{"larger", "Ten", 9.0, Exactly, false},
		{"larger is good", "Ten", 9.0, AtLeast, true},
		{"smaller is bad", "Ten", 11.0, AtLeast, false},
		{"smaller is good", "Ten", 11.0, AtMost, true},
		{"number that is not there", "No", 0.0, AtMost, false},
		{"list", "List", []any{"a"}, Exactly, true},
		{"longer list", "List", []any{"a", "b"}, Exactly, false},
		{"deep", "Deep.Name", "x", Exactly, true},
		{"through a value", "Ten.Name", "x", Exactly, false},
		{"plus", "Tier", "ESSENTIALS", OrPlus, true},
		{"no plus", "Tier", "ESSENTIALS", Exactly, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Setting{Path: tt.path, Value: tt.value, Accept: tt.accept}).holds(d); got != tt.want {
				t.Errorf("holds = %t, want %t", got, tt.want)
			}
		})
	}
}

// TestUnits: the same length in another unit is the same.
func TestUnits(t *testing.T) {
	good := document{}
	for _, s := range of(UserClient) {
		good.set(s.Path, s.Value)
	}
	for _, tt := range []struct {
		name    string
		changes map[string]any
		want    []string
	}{
		{"as the table", nil, nil},
		{"seconds", map[string]any{"AccessTokenValidity": 900.0, "TokenValidityUnits.AccessToken": "seconds"}, nil},
		{"hours of refresh", map[string]any{"RefreshTokenValidity": 720.0, "TokenValidityUnits.RefreshToken": "hours"}, nil},
		{"shorter access", map[string]any{"AccessTokenValidity": 5.0}, nil},
		{"an hour", map[string]any{"AccessTokenValidity": 1.0, "TokenValidityUnits.AccessToken": "hours"}, []string{"AccessTokenValidity"}},
		{"nothing said", map[string]any{"AccessTokenValidity": nil, "TokenValidityUnits": nil}, []string{"AccessTokenValidity", "IdTokenValidity"}},
		{"a day of refresh", map[string]any{"RefreshTokenValidity": 1.0}, []string{"RefreshTokenValidity"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := describe(good)
			if err != nil {
				t.Fatal(err)
			}
			for path, v := range tt.changes {
				d.set(path, v)
			}
			prune(d)
			var got []string
			for _, c := range compare(UserClient, d) {
				got = append(got, c.Path)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("compare (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"nothing", "", "--name is missing"},
		{"name", "--name a<b", "a --name has"},
		{"longest name", "--name " + strings.Repeat("a", 128), ""},
		{"name too long", "--name " + strings.Repeat("a", 129), "a --name has"},
		{"name of other letters", "--name für", "a --name has"},
		{"domain", "--name a --domain A_b", "--domain prefix"},
		{"domain with an inner hyphen", "--name a --domain a-b", ""},
		{"domain before a hyphen", "--name a --domain a-", "--domain prefix"},
		{"domain too long", "--name a --domain " + strings.Repeat("a", 64), "--domain prefix"},
		{"mfa", "--name a --mfa maybe", "--mfa is"},
		{"check and change", "--check --mfa on", "--check changes nothing"},
		{"argument", "--name a b", "unknown arguments"},
		{"plain http", "--name a --endpoint http://pool.example", "the endpoint"},
		{"user name", "--name a --endpoint https://me@pool.example", "the endpoint"},
		{"not a URL", "--name a --endpoint %", "the endpoint"},
		{"fine", "--name a --endpoint https://pool.example", ""},
		{"emulator", "--name a --endpoint http://[::1]:9229", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(strings.Fields(tt.args), getenv(nil), &bytes.Buffer{})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("parse(%s) = %v, want %q", tt.args, err, tt.want)
			}
		})
	}
	var help bytes.Buffer
	if _, err := parse([]string{"-h"}, getenv(nil), &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "--check") {
		t.Errorf("parse(-h) = %v, %s", err, help.String())
	}
}
