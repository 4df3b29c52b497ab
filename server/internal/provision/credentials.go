package provision

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// Bounds of the search: how long it may take, with a person who types a second
// factor into the program that is asked, and how many bytes that one may print.
const (
	findTimeout   = 2 * time.Minute
	maxProcessOut = 64 << 10
)

// containerHost is where Amazon ECS answers for AWS_CONTAINER_CREDENTIALS_RELATIVE_URI.
const containerHost = "http://169.254.170.2"

// A keychain finds AWS credentials, in the order of the AWS SDKs.
type keychain struct {
	getenv  func(string) string
	profile profile
	stderr  io.Writer // where programs that are asked say their own
}

// find returns the credentials that come first.
func (k keychain) find(ctx context.Context) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	id, secret := k.getenv("AWS_ACCESS_KEY_ID"), k.getenv("AWS_SECRET_ACCESS_KEY")
	p := k.profile.values
	switch {
	case id != "" || secret != "":
		return static("the environment", id, secret, k.getenv("AWS_SESSION_TOKEN"))
	case k.getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "":
		return k.fromCLI(ctx, "a web identity")
	case p["role_arn"] != "":
		return k.fromCLI(ctx, "a role")
	case p["aws_access_key_id"] != "" || p["aws_secret_access_key"] != "":
		return static(fmt.Sprintf("the profile %q", k.profile.name), p["aws_access_key_id"], p["aws_secret_access_key"], p["aws_session_token"])
	case p["sso_session"] != "" || p["sso_start_url"] != "" || p["login_session"] != "":
		return k.fromCLI(ctx, "a sign-in in the browser")
	case p["credential_process"] != "":
		return k.fromProcess(ctx)
	}
	return k.fromMachine(ctx)
}

// static returns credentials that stand somewhere in plain.
func static(where, id, secret, session string) (aws.Credentials, error) {
	if id == "" || secret == "" {
		return aws.Credentials{}, fmt.Errorf("%s has only one of the access key's id and its secret", where)
	}
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: session, Source: where}, nil
}

// fromCLI has the AWS command line do what takes more services than this one:
// roles, web identities, sign-in in the browser.
func (k keychain) fromCLI(ctx context.Context, what string) (aws.Credentials, error) {
	args := []string{"configure", "export-credentials", "--format", "process"}
	if k.profile.given {
		args = append(args, "--profile", k.profile.name)
	}
	c, err := k.ask(exec.CommandContext(ctx, "aws", args...), "aws configure export-credentials")
	if errors.Is(err, exec.ErrNotFound) {
		return c, fmt.Errorf("%s needs the AWS command line, version 2, which is not installed; or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN", what)
	}
	if err != nil {
		return c, fmt.Errorf("%s needs the AWS command line, version 2: %w", what, err)
	}
	return c, nil
}

// fromProcess runs the profile's credential_process, in a shell as the SDKs do.
func (k keychain) fromProcess(ctx context.Context) (aws.Credentials, error) {
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/C"}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1], k.profile.values["credential_process"])
	return k.ask(cmd, fmt.Sprintf("the credential_process of the profile %q", k.profile.name))
}

// ask runs a program that prints credentials as the AWS SDKs' guide says under
// "Process credential provider". Neither what it prints nor its arguments are in
// an error, for both may be secret: what says which program it is.
func (k keychain) ask(cmd *exec.Cmd, what string) (aws.Credentials, error) {
	var out bounded
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, &out, k.stderr
	cmd.WaitDelay = time.Second // a child may hold the pipe open
	if err := cmd.Run(); err != nil {
		return aws.Credentials{}, fmt.Errorf("run %s: %w", what, err)
	}
	var said struct {
		Version                                    int
		AccessKeyID, SecretAccessKey, SessionToken string
	}
	if json.Unmarshal(out, &said) != nil || said.Version != 1 {
		return aws.Credentials{}, fmt.Errorf("%s printed no credentials of version 1", what)
	}
	return static("the output of "+what, said.AccessKeyID, said.SecretAccessKey, said.SessionToken)
}

// bounded keeps the first maxProcessOut bytes; what is cut there is not JSON.
type bounded []byte

func (b *bounded) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), maxProcessOut-len(*b))]...)
	return len(p), nil
}

// fromMachine asks the container or the EC2 instance that this runs on.
func (k keychain) fromMachine(ctx context.Context) (aws.Credentials, error) {
	if endpoint := k.container(); endpoint != "" {
		if err := checkContainer(endpoint); err != nil {
			return aws.Credentials{}, err
		}
		token, err := k.containerToken()
		if err != nil {
			return aws.Credentials{}, err
		}
		return endpointcreds.New(endpoint, func(o *endpointcreds.Options) { o.AuthorizationToken = token }).Retrieve(ctx)
	}
	if strings.EqualFold(k.getenv("AWS_EC2_METADATA_DISABLED"), "true") {
		return aws.Credentials{}, errors.New("none in the environment, the profile or the container")
	}
	return ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{Endpoint: k.getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT")})
	}).Retrieve(ctx)
}

// container returns where the container's credentials are, "" outside of one.
func (k keychain) container() string {
	if path := k.getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
		return containerHost + path
	}
	return k.getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
}

func (k keychain) containerToken() (string, error) {
	name := k.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
	if name == "" {
		return k.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"), nil
	}
	token, err := os.ReadFile(name)
	return string(token), err
}

// checkContainer refuses an address that would take the token over an open
// network: it is https, this machine, or one of the two that AWS gives.
func checkContainer(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && trusted(u.Hostname())) {
		return nil
	}
	return errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this machine")
}

func trusted(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	switch ip.Unmap().String() {
	case "169.254.170.2", "169.254.170.23", "fd00:ec2::23":
		return true
	}
	return ip.Unmap().IsLoopback()
}

// region returns where the pool is: what the flag says, the environment or the
// profile.
func (k keychain) region(flag string) string {
	return cmp.Or(flag, k.getenv("AWS_REGION"), k.getenv("AWS_DEFAULT_REGION"), k.profile.values["region"])
}
