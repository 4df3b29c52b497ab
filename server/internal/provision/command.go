package provision

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// Options are the flags of the command.
type Options struct {
	// Name is of the pool and of its app client.
	Name string
	// Region is where; "" is what the environment or the profile says.
	Region string
	// Domain is the prefix of a domain to make; "" makes none and leaves the one
	// that is there.
	Domain string
	// MFA is off, optional or on; "" is off for a new pool and leaves one that is
	// there as it is.
	MFA string
	// DryRun says what would be done and does nothing.
	DryRun bool
	// Check compares and changes nothing.
	Check bool
	// Endpoint is the URL of a pool that is not AWS's own.
	Endpoint string
}

const help = `usage: porchlight provision --name NAME [--region R] [--domain PREFIX] [--mfa off|optional|on] [--dry-run]
       porchlight provision --check [--name NAME] [--region R]

Makes or adopts the user pool and the app client of the name, safely configured,
and prints the environment that points the server at them (the client's secret
too: keep it). A second run changes nothing. --check says what is missing,
unsafe or can't be changed any more, of the pool of the name or of the one in
AWS_COGNITO_USER_POOL_ID and AWS_COGNITO_USER_POOL_CLIENT_ID.

Credentials are the first of: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY with
AWS_SESSION_TOKEN; the profile (AWS_PROFILE, or default) with its keys or its
credential_process; the container's; the EC2 instance's. For a profile with SSO,
another sign-in in the browser or a role, and for a web identity, the AWS command
line, version 2, is asked by "aws configure export-credentials".
AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER or --endpoint names an emulator; one
on this machine needs no credentials.

`

// What a name and a domain's prefix are made of (CreateUserPool and
// CreateUserPoolDomain in the API reference), and how many bytes they may have.
const (
	small     = "abcdefghijklmnopqrstuvwxyz0123456789"
	nameBytes = small + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_ +=,.@-"

	maxName   = 128
	maxDomain = 63
)

// madeOf reports whether a text has from 1 to most bytes, all of the set.
func madeOf(text, set string, most int) bool {
	return text != "" && len(text) <= most && strings.Trim(text, set) == ""
}

// validDomain reports whether the text can be the prefix of a host name.
func validDomain(prefix string) bool {
	return madeOf(prefix, small+"-", maxDomain) && strings.Trim(prefix, "-") == prefix
}

// Command is `porchlight provision`. args are the arguments after the name.
// The environment lines go to stdout, everything else to stderr. flag.ErrHelp
// is returned after printing the help.
func Command(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	o, err := parse(args, getenv, stderr)
	if err != nil {
		return err
	}
	api, region, err := connect(ctx, o, getenv, stderr)
	if err != nil {
		return err
	}
	p := &provisioner{Options: o, api: api, region: region, out: stdout, log: stderr}
	if o.Check {
		return p.check(ctx, getenv("AWS_COGNITO_USER_POOL_ID"), getenv("AWS_COGNITO_USER_POOL_CLIENT_ID"))
	}
	return p.provision(ctx)
}

func parse(args []string, getenv func(string) string, stderr io.Writer) (Options, error) {
	var o Options
	flags := flag.NewFlagSet("porchlight provision", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.Name, "name", "", "`name` of the user pool and its app client")
	flags.StringVar(&o.Region, "region", "", "AWS `region` (default: AWS_REGION, or the profile's)")
	flags.StringVar(&o.Domain, "domain", "", "`prefix` of the pool's own domain, for sign-in through other providers")
	flags.StringVar(&o.MFA, "mfa", "", "second factor by authenticator app: off, optional or on")
	flags.BoolVar(&o.DryRun, "dry-run", false, "say what would be done, and do nothing")
	flags.BoolVar(&o.Check, "check", false, "compare a pool with what the server needs")
	flags.StringVar(&o.Endpoint, "endpoint", getenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"), "`URL` of a pool that is not AWS's own")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("provision: unknown arguments %q; see porchlight provision -h", flags.Args())
	}
	return o, o.valid()
}

func (o Options) valid() error {
	switch {
	case o.Name == "" && !o.Check:
		return errors.New("provision: --name is missing; see porchlight provision -h")
	case o.Name != "" && !madeOf(o.Name, nameBytes, maxName):
		return errors.New("provision: a --name has 1 to 128 letters, digits, spaces and +=,.@-_")
	case o.Domain != "" && !validDomain(o.Domain):
		return errors.New("provision: a --domain prefix has 1 to 63 small letters, digits and inner hyphens")
	case o.MFA != "" && mfaValue(o.MFA) == "":
		return errors.New("provision: --mfa is off, optional or on")
	case o.Check && (o.DryRun || o.MFA != "" || o.Domain != ""):
		return errors.New("provision: --check changes nothing and takes neither --dry-run nor --mfa nor --domain")
	}
	if o.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(o.Endpoint)) {
		return errors.New("provision: the endpoint is not an https URL, or http on this machine, without a user name")
	}
	return nil
}

// loopback reports whether the URL is of this machine.
func loopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsLoopback()
}

// connect makes the API's client with the credentials that come first.
func connect(ctx context.Context, o Options, getenv func(string) string, stderr io.Writer) (*cip.Client, string, error) {
	p, err := readProfile(getenv)
	if err != nil {
		return nil, "", err
	}
	keys := keychain{getenv: getenv, profile: p, stderr: stderr}
	region := keys.region(o.Region)
	made := aws.Credentials{AccessKeyID: "emulator", SecretAccessKey: "emulator", Source: "made up for an emulator"}
	if !loopback(o.Endpoint) {
		if region == "" {
			return nil, "", errors.New("provision: no region; give --region, or set AWS_REGION")
		}
		if made, err = keys.find(ctx); err != nil {
			return nil, "", fmt.Errorf("provision: no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: %w", err)
		}
	}
	region = cmp.Or(region, "us-east-1")
	options := cip.Options{Region: region, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return made, nil })}
	if o.Endpoint != "" {
		options.BaseEndpoint = new(strings.TrimRight(o.Endpoint, "/"))
	}
	return cip.New(options), region, nil
}
