package provision

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

// getenv returns an environment that has the given variables, no shared file
// that they don't name, and no EC2 instance around it.
func getenv(set map[string]string) func(string) string {
	bare := map[string]string{"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true"}
	return func(name string) string {
		if v, ok := set[name]; ok {
			return v
		}
		return bare[name]
	}
}

// write writes a file of the test and returns its path.
func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// canarySecret is in what programs print, and must be in no error.
const canarySecret = "canary-of-the-secret"

const sharedConfig = `
# comment
ignored = before any section
[default]
region = eu-north-1
[profile keys]
aws_access_key_id = of-config
aws_secret_access_key = of-config
[profile  spaced] ; comment
AWS_Access_Key_ID: no equals sign
aws_access_key_id="quoted"
aws_secret_access_key = s # comment
s3 =
  aws_access_key_id = nested
  max_concurrent_requests = 20
region = eu-west-3
  aws_session_token = indented
[profile half]
aws_access_key_id = alone
[profile process]
credential_process = printf '{"Version":1,"AccessKeyId":"p","SecretAccessKey":"s","SessionToken":"t","Expiration":"2126-01-01T00:00:00Z"}'
[profile chatty]
credential_process = echo ` + canarySecret + `
[profile future]
credential_process = printf '{"Version":2,"AccessKeyId":"p","SecretAccessKey":"` + canarySecret + `"}'
[profile halfprocess]
credential_process = printf '{"Version":1,"SecretAccessKey":"` + canarySecret + `"}'
[profile huge]
credential_process = head -c 100000 /dev/zero | tr '\0' ' '; printf '{"Version":1,"AccessKeyId":"p","SecretAccessKey":"s"}'
[profile failing]
credential_process = echo ` + canarySecret + `; echo to the person >&2; exit 3
[profile sso]
sso_session = work
[profile oldsso]
sso_start_url = https://example.awsapps.com/start
[profile browser]
login_session = arn:aws:iam::1:user/x
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = keys
[sso-session work]
sso_region = us-east-1
`

const sharedCredentials = `
[keys]
aws_access_key_id = of-credentials
aws_secret_access_key = s
[default]
aws_access_key_id = d
aws_secret_access_key = ds
`

// fakeCLI stands for the AWS command line.
const fakeCLI = `#!/bin/sh
printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"s"}' "$*"
`

func TestCredentials(t *testing.T) {
	t.Setenv("PATH", filepath.Dir(write(t, "aws", fakeCLI, 0o700))+":"+os.Getenv("PATH"))
	files := map[string]string{
		"AWS_CONFIG_FILE":             write(t, "config", sharedConfig, 0o600),
		"AWS_SHARED_CREDENTIALS_FILE": write(t, "credentials", sharedCredentials, 0o600),
	}
	const export = "configure export-credentials --format process"
	keys := func(id, secret, session string) aws.Credentials {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: session}
	}
	for _, tt := range []struct {
		name string
		env  map[string]string
		want aws.Credentials
		err  string
	}{
		{"environment", map[string]string{"AWS_ACCESS_KEY_ID": "e", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}, keys("e", "s", "t"), ""},
		{"environment before profile", map[string]string{"AWS_ACCESS_KEY_ID": "e", "AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": "keys"}, keys("e", "s", ""), ""},
		{"half an environment", map[string]string{"AWS_SECRET_ACCESS_KEY": canarySecret}, keys("", "", ""), "the environment has only one"},
		{"web identity", map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, keys(export, "s", ""), ""},
		{"default profile", nil, keys("d", "ds", ""), ""},
		{"credentials file first", map[string]string{"AWS_PROFILE": "keys"}, keys("of-credentials", "s", ""), ""},
		{"old name of the variable", map[string]string{"AWS_DEFAULT_PROFILE": "keys"}, keys("of-credentials", "s", ""), ""},
		{"spaces, quotes, comments, nested and indented", map[string]string{"AWS_PROFILE": "spaced"}, keys("quoted", "s", "indented"), ""},
		{"half a profile", map[string]string{"AWS_PROFILE": "half"}, keys("", "", ""), `the profile "half" has only one`},
		{"unknown profile", map[string]string{"AWS_PROFILE": "nobody"}, keys("", "", ""), `"nobody" is in neither`},
		{"a session is no profile", map[string]string{"AWS_PROFILE": "sso-session work"}, keys("", "", ""), "is in neither"},
		{"process", map[string]string{"AWS_PROFILE": "process"}, keys("p", "s", "t"), ""},
		{"process that prints no JSON", map[string]string{"AWS_PROFILE": "chatty"}, keys("", "", ""), "no credentials of version 1"},
		{"process of another version", map[string]string{"AWS_PROFILE": "future"}, keys("", "", ""), "no credentials of version 1"},
		{"process without a key", map[string]string{"AWS_PROFILE": "halfprocess"}, keys("", "", ""), "has only one"},
		{"process that prints much", map[string]string{"AWS_PROFILE": "huge"}, keys("", "", ""), "no credentials of version 1"},
		{"process that fails", map[string]string{"AWS_PROFILE": "failing"}, keys("", "", ""), "exit status 3"},
		{"SSO", map[string]string{"AWS_PROFILE": "sso"}, keys(export+" --profile sso", "s", ""), ""},
		{"SSO as it was", map[string]string{"AWS_PROFILE": "oldsso"}, keys(export+" --profile oldsso", "s", ""), ""},
		{"sign-in in the browser", map[string]string{"AWS_PROFILE": "browser"}, keys(export+" --profile browser", "s", ""), ""},
		{"role", map[string]string{"AWS_PROFILE": "role"}, keys(export+" --profile role", "s", ""), ""},
		{"nothing", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": os.DevNull}, keys("", "", ""), "none in the environment"},
		{"files that are not there", map[string]string{"AWS_CONFIG_FILE": "/nowhere/a", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/b"}, keys("", "", ""), "none in the environment"},
		{"a folder for a file", map[string]string{"AWS_CONFIG_FILE": t.TempDir()}, keys("", "", ""), "read the AWS config file"},
		{"a huge file", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": write(t, "huge", strings.Repeat("#\n", maxProfileFile), 0o600)}, keys("", "", ""), "is longer than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := find(t, files, tt.env)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("find = %v, want %q", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), canarySecret) {
				t.Errorf("the error %q has a secret in it", err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("find (-want +got):\n%s", d)
			}
		})
	}
}

// find returns the credentials of an environment, without their source.
func find(t *testing.T, under, over map[string]string) (aws.Credentials, error) {
	t.Helper()
	env := map[string]string{}
	for _, variables := range []map[string]string{under, over} {
		maps.Copy(env, variables)
	}
	p, err := readProfile(getenv(env))
	if err != nil {
		return aws.Credentials{}, err
	}
	got, err := keychain{getenv: getenv(env), profile: p, stderr: t.Output()}.find(t.Context())
	return aws.Credentials{AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}, err
}

func TestWithoutCLI(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	env := map[string]string{"AWS_PROFILE": "sso", "AWS_CONFIG_FILE": write(t, "config", sharedConfig, 0o600)}
	if _, err := find(t, env, nil); err == nil || !strings.Contains(err.Error(), "version 2, which is not installed") {
		t.Errorf("find with SSO and no command line = %v, want what to do", err)
	}
	t.Setenv("PATH", filepath.Dir(write(t, "aws", "#!/bin/sh\nexit 252\n", 0o700)))
	if _, err := find(t, env, nil); err == nil || !strings.Contains(err.Error(), "version 2: run aws configure export-credentials") {
		t.Errorf("find with an old command line = %v, want which is needed", err)
	}
}

// TestMachine: a container's address and an EC2 instance's, both played by one
// server.
func TestMachine(t *testing.T) {
	const answer = `{"Code":"Success","AccessKeyId":"m","SecretAccessKey":"s","Token":"t","Expiration":"2126-01-01T00:00:00Z"}`
	machine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/container" && r.Header.Get("Authorization") == "pass":
			_, _ = w.Write([]byte(answer))
		case r.URL.Path == "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
			_, _ = w.Write([]byte("session"))
		case r.URL.Path == "/latest/meta-data/iam/security-credentials/":
			_, _ = w.Write([]byte("role"))
		case r.URL.Path == "/latest/meta-data/iam/security-credentials/role":
			_, _ = w.Write([]byte(answer))
		default:
			http.Error(w, `{"code":"NotFound","message":"no"}`, http.StatusNotFound)
		}
	}))
	defer machine.Close()
	pass := write(t, "token", "pass", 0o600)
	for _, tt := range []struct {
		name string
		env  map[string]string
		err  string
	}{
		{"container", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": machine.URL + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pass"}, ""},
		{"container, token in a file", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": machine.URL + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": pass}, ""},
		{"container, no token file", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": machine.URL + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nowhere"}, "no such file"},
		{"container, wrong token", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": machine.URL + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "none"}, "NotFound"},
		{"container in the open", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pass"}, "neither https nor"},
		{"container by a name", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://metadata.example/"}, "neither https nor"},
		{"container without a host", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "/path"}, "neither https nor"},
		{"container of another scheme", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "file:///etc/passwd"}, "neither https nor"},
		{"path that leads elsewhere", map[string]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ".example.org/"}, "neither https nor"},
		{"instance", map[string]string{"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": machine.URL}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := find(t, nil, tt.env)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("find = %v, want %q", err, tt.err)
				}
				return
			}
			if want := (aws.Credentials{AccessKeyID: "m", SecretAccessKey: "s", SessionToken: "t"}); err != nil || got != want {
				t.Errorf("find = %+v, %v, want the machine's", got, err)
			}
		})
	}
}

// TestAddressesOfContainers holds those that AWS gives, which no test can reach.
func TestAddressesOfContainers(t *testing.T) {
	for _, endpoint := range []string{containerHost + "/v2/x", "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1", "http://localhost:1/x", "https://example.org/x"} {
		if err := checkContainer(endpoint); err != nil {
			t.Errorf("checkContainer(%q) = %v, want none", endpoint, err)
		}
	}
}

func TestRegion(t *testing.T) {
	config := write(t, "config", sharedConfig, 0o600)
	for _, tt := range []struct {
		name, flag string
		env        map[string]string
		want       string
	}{
		{"flag", "a", map[string]string{"AWS_REGION": "b"}, "a"},
		{"variable", "", map[string]string{"AWS_REGION": "b", "AWS_DEFAULT_REGION": "c"}, "b"},
		{"old variable", "", map[string]string{"AWS_DEFAULT_REGION": "c", "AWS_CONFIG_FILE": config}, "c"},
		{"default profile", "", map[string]string{"AWS_CONFIG_FILE": config}, "eu-north-1"},
		{"profile, below what is nested", "", map[string]string{"AWS_CONFIG_FILE": config, "AWS_PROFILE": "spaced"}, "eu-west-3"},
		{"nowhere", "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := readProfile(getenv(tt.env))
			if err != nil {
				t.Fatal(err)
			}
			if got := (keychain{getenv: getenv(tt.env), profile: p}).region(tt.flag); got != tt.want {
				t.Errorf("region = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestConnectRefuses: without a region or credentials nothing is asked, and the
// error says what to set.
func TestConnectRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"no region", map[string]string{"AWS_ACCESS_KEY_ID": "e", "AWS_SECRET_ACCESS_KEY": "s"}, "no region; give --region"},
		{"no credentials", map[string]string{"AWS_REGION": "eu-west-1"}, "no AWS credentials; set AWS_PROFILE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := connect(t.Context(), Options{}, getenv(tt.env), t.Output()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("connect = %v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzProfiles: whatever is in a shared file, keys are in small letters and
// neither names nor values have line ends or outer space.
func FuzzProfiles(f *testing.F) {
	f.Add(sharedConfig)
	f.Add("[a]\nb=\n c=d\n[\n=")
	f.Fuzz(func(t *testing.T, text string) {
		for name, section := range parseProfiles(text) {
			for key, value := range section {
				if strings.ContainsAny(name+key+value, "\n") || key != strings.ToLower(strings.TrimSpace(key)) {
					t.Errorf("[%q] %q = %q", name, key, value)
				}
			}
		}
	})
}
