package provision

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// template is the CloudFormation template beside the other files for operators.
type template struct {
	Parameters map[string]struct {
		Default        string
		AllowedPattern string
		AllowedValues  []string
	}
	Resources map[string]struct {
		Type       string
		Properties map[string]any
	}
	Outputs map[string]struct{ Description string }
}

func readTemplate(t *testing.T) template {
	t.Helper()
	data, err := os.ReadFile("../../deploy/userpool.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	var got template
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

// wiring are the properties of the template that are no choices of the table:
// names, references, and what the flags of the command are for.
func wiring() map[string]string {
	return map[string]string{
		"UserPool UserPoolName": "--name", "UserPool MfaConfiguration": "--mfa", "UserPool EnabledMfas": "--mfa",
		"UserPoolClient UserPoolId": "the pool", "UserPoolClient ClientName": "--name",
		"UserPoolClient GenerateSecret": "makeClient", "UserPoolGroup UserPoolId": "the pool",
		"UserPoolDomain UserPoolId": "the pool", "UserPoolDomain Domain": "--domain",
	}
}

// TestTemplate: the template has every setting of the table, as it is there,
// and no other.
func TestTemplate(t *testing.T) {
	got := readTemplate(t)
	known := wiring()
	for _, s := range Settings() {
		r, ok := got.Resources[string(s.Resource)]
		if !ok || r.Type != "AWS::Cognito::"+string(s.Resource) {
			t.Fatalf("the template has no %s", s.Resource)
		}
		s.Accept = Exactly
		if _, isBool := s.Value.(bool); isBool && document(r.Properties).at(s.Path) == nil || !s.holds(r.Properties) {
			t.Errorf("%s %s is %v in the template, %v in the table", s.Resource, s.Path, document(r.Properties).at(s.Path), s.Value)
		}
		known[string(s.Resource)+" "+s.Path] = "the table"
	}
	for name, r := range got.Resources {
		for path := range leaves("", r.Properties) {
			if known[name+" "+path] == "" {
				t.Errorf("%s %s is in the template and not in the table", name, path)
			}
		}
	}
	if got.Resources["UserPoolClient"].Properties["GenerateSecret"] != true {
		t.Error("the template's client has no secret")
	}
}

// leaves returns the paths of a resource's members: maps of the API are entered,
// functions of CloudFormation are values.
func leaves(prefix string, m map[string]any) map[string]bool {
	paths := map[string]bool{}
	for name, v := range m {
		inner, ok := v.(map[string]any)
		if !ok || isFunction(inner) {
			paths[prefix+name] = true
			continue
		}
		for path := range leaves(prefix+name+".", inner) {
			paths[path] = true
		}
	}
	return paths
}

func isFunction(m map[string]any) bool {
	for name := range m {
		return name == "Ref" || strings.HasPrefix(name, "Fn::")
	}
	return false
}

// TestTemplateParameters: the template takes what the command's flags take.
func TestTemplateParameters(t *testing.T) {
	got := readTemplate(t)
	for parameter, values := range map[string]map[string]bool{
		"Name":   {"porch light": true, "a<b": false, "": false},
		"Domain": {"porch-door": true, "": true, "Porch": false, "-a": false},
	} {
		pattern, err := regexp.Compile("^(?:" + got.Parameters[parameter].AllowedPattern + ")$")
		if err != nil {
			t.Fatal(err)
		}
		for v, want := range values {
			o := Options{Name: "n", Domain: "d"}
			if parameter == "Name" {
				o.Name = v
			} else {
				o.Domain = v
			}
			if pattern.MatchString(v) != want || (o.valid() == nil) != want {
				t.Errorf("%s %q: template %t, command %v, want %t", parameter, v, pattern.MatchString(v), o.valid(), want)
			}
		}
	}
	for _, v := range got.Parameters["Mfa"].AllowedValues {
		if string(mfaValue(strings.ToLower(v))) != v {
			t.Errorf("--mfa does not know %s", v)
		}
	}
	for _, name := range []string{"AWS_REGION", "AWS_COGNITO_USER_POOL_ID", "AWS_COGNITO_USER_POOL_CLIENT_ID"} {
		found := false
		for _, o := range got.Outputs {
			found = found || strings.HasPrefix(o.Description, name)
		}
		if !found {
			t.Errorf("no output for %s", name)
		}
	}
}
