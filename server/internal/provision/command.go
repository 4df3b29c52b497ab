package provision

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// Options are the flags of the command.
type Options struct {
	// Name is of the pool and of its app client.
	Name string
	// Region is where; "" is what the SDK's chain says.
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

Credentials come from where the AWS SDK finds them: AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY, AWS_PROFILE, SSO, or the machine's role.
AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER or --endpoint names an emulator; one
on this machine needs no credentials.

`

var (
	namePattern   = regexp.MustCompile(`^[\w\s+=,.@-]{1,128}$`)
	domainPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
)

// Command is `porchlight provision`. args are the arguments after the name.
// The environment lines go to stdout, everything else to stderr. flag.ErrHelp
// is returned after printing the help.
func Command(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	o, err := parse(args, getenv, stderr)
	if err != nil {
		return err
	}
	api, region, err := connect(ctx, o)
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
	case o.Name != "" && !namePattern.MatchString(o.Name):
		return errors.New("provision: a --name has 1 to 128 letters, digits, spaces and +=,.@-_")
	case o.Domain != "" && !domainPattern.MatchString(o.Domain):
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

// connect makes the API's client by the SDK's usual chain of configuration.
func connect(ctx context.Context, o Options) (*cip.Client, string, error) {
	options := []func(*awsconfig.LoadOptions) error{}
	if o.Region != "" {
		options = append(options, awsconfig.WithRegion(o.Region))
	}
	if loopback(o.Endpoint) {
		made := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "emulator", SecretAccessKey: "emulator", Source: "made up for an emulator"}, nil
		})
		options = append(options, awsconfig.WithCredentialsProvider(made), awsconfig.WithDefaultRegion("us-east-1"))
	}
	c, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, "", fmt.Errorf("provision: read the AWS configuration: %w", err)
	}
	if c.Region == "" {
		return nil, "", errors.New("provision: no region; give --region, or set AWS_REGION")
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return nil, "", fmt.Errorf("provision: no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: %w", err)
	}
	return cip.NewFromConfig(c, func(co *cip.Options) {
		if o.Endpoint != "" {
			co.BaseEndpoint = new(strings.TrimRight(o.Endpoint, "/"))
		}
	}), c.Region, nil
}
