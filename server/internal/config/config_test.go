package config_test

import (
	"log/slog"
	"maps"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/config"
)

const (
	key1 = "0101010101010101010101010101010101010101010101010101010101010101"
	key2 = "abababababababababababababababababababababababababababababababab"
)

// env makes a getenv of pairs over base.
func env(base map[string]string, pairs ...string) func(string) string {
	all := map[string]string{}
	maps.Copy(all, base)
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return all[name] }
}

func cloud() map[string]string {
	return map[string]string{
		"AWS_REGION":                      "eu-central-1",
		"AWS_COGNITO_USER_POOL_ID":        "eu-central-1_Ab3dEfGh1",
		"AWS_COGNITO_USER_POOL_CLIENT_ID": "5k2example3clientid4abcdef",
	}
}

// outside is a deployment that others can reach, with certificates of its own.
func outside() map[string]string {
	e := cloud()
	e["PORCHLIGHT_LISTEN"] = ":443"
	e["PORCHLIGHT_PUBLIC_URL"] = "https://feed.example.org"
	e["PORCHLIGHT_TLS_CERT_FILE"] = "/etc/tls/cert.pem"
	e["PORCHLIGHT_TLS_KEY_FILE"] = "/etc/tls/key.pem"
	e["PORCHLIGHT_SESSION_KEY"] = key1
	return e
}

func defaults() config.Config {
	return config.Config{
		Listen:          "127.0.0.1:8000",
		DataDir:         "./data",
		SessionIdle:     168 * time.Hour,
		SessionAbsolute: 720 * time.Hour,
	}
}

func cloudDefaults() config.Config {
	c := defaults()
	c.Region, c.UserPoolID, c.ClientID = "eu-central-1", "eu-central-1_Ab3dEfGh1", "5k2example3clientid4abcdef"
	return c
}

func outsideDefaults() config.Config {
	c := cloudDefaults()
	c.Listen, c.PublicURL = ":443", "https://feed.example.org"
	c.TLSCertFile, c.TLSKeyFile = "/etc/tls/cert.pem", "/etc/tls/key.pem"
	c.SessionKey = config.NewSecret(key1)
	c.RedirectListen = ":80"
	return c
}

func with(c config.Config, change func(*config.Config)) config.Config {
	change(&c)
	return c
}

func TestLoad(t *testing.T) {
	tests := []struct {
		name string
		base map[string]string
		set  []string
		want config.Config
	}{
		{"nothing is local mode", nil, nil, defaults()},
		{"white space is nothing", nil, []string{"PORCHLIGHT_LISTEN", " ", "AWS_COGNITO_USER_POOL_ID", "\t"}, defaults()},
		{"a region alone is local mode", nil, []string{"AWS_REGION", "us-east-1"},
			with(defaults(), func(c *config.Config) { c.Region = "us-east-1" })},
		{"moved", nil, []string{"PORCHLIGHT_LISTEN", "[::1]:0", "PORCHLIGHT_DATA_DIR", "/var/lib/porchlight"},
			with(defaults(), func(c *config.Config) { c.Listen, c.DataDir = "[::1]:0", "/var/lib/porchlight" })},
		{"cloud", cloud(), nil, cloudDefaults()},
		{"cloud with spaces around", cloud(), []string{"AWS_REGION", " eu-central-1\n"}, cloudDefaults()},
		{"default region", cloud(), []string{"AWS_REGION", "", "AWS_DEFAULT_REGION", "eu-central-1"}, cloudDefaults()},
		{"AWS_REGION wins", cloud(), []string{"AWS_DEFAULT_REGION", "us-west-2"}, cloudDefaults()},
		{"government region", nil, []string{"AWS_REGION", "us-gov-west-1", "AWS_COGNITO_USER_POOL_ID", "us-gov-west-1_a", "AWS_COGNITO_USER_POOL_CLIENT_ID", "c"},
			with(defaults(), func(c *config.Config) { c.Region, c.UserPoolID, c.ClientID = "us-gov-west-1", "us-gov-west-1_a", "c" })},
		{"emulator", cloud(), []string{"AWS_COGNITO_USER_POOL_ID", "local_2p0Mj", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:9229/", "PORCHLIGHT_ISSUER", "localhost"},
			with(cloudDefaults(), func(c *config.Config) {
				c.UserPoolID, c.Endpoint, c.Issuer = "local_2p0Mj", "http://127.0.0.1:9229", "localhost"
			})},
		{"client secret", cloud(), []string{"AWS_COGNITO_USER_POOL_CLIENT_SECRET", "s3cret"},
			with(cloudDefaults(), func(c *config.Config) { c.ClientSecret = config.NewSecret("s3cret") })},
		{"sessions", cloud(), []string{"PORCHLIGHT_SESSION_KEY", "ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB, " + key1, "PORCHLIGHT_SESSION_IDLE", "90m", "PORCHLIGHT_SESSION_ABSOLUTE", "24h"},
			with(cloudDefaults(), func(c *config.Config) {
				c.SessionKey, c.SessionIdle, c.SessionAbsolute = config.NewSecret(key2+","+key1), 90*time.Minute, 24*time.Hour
			})},
		{"database in local mode", nil, []string{"PORCHLIGHT_DATABASE_URL", "postgres://me:s3cret@db:5432/feed?sslmode=verify-full"},
			with(defaults(), func(c *config.Config) {
				c.DatabaseURL = config.NewSecret("postgres://me:s3cret@db:5432/feed?sslmode=verify-full")
			})},
		{"database behind a socket", cloud(), []string{"PORCHLIGHT_DATABASE_URL", "postgresql:///feed?host=/run/postgresql", "PORCHLIGHT_SESSION_KEY", key1},
			with(cloudDefaults(), func(c *config.Config) {
				c.DatabaseURL, c.SessionKey = config.NewSecret("postgresql:///feed?host=/run/postgresql"), config.NewSecret(key1)
			})},
		{"log level", nil, []string{"PORCHLIGHT_LOG_LEVEL", "WARN"},
			with(defaults(), func(c *config.Config) { c.LogLevel = slog.LevelWarn })},
		{"outside with certificates", outside(), nil, outsideDefaults()},
		{"public URL is brought to one form", outside(), []string{"PORCHLIGHT_PUBLIC_URL", "HTTPS://Feed.Example.ORG:443/"}, outsideDefaults()},
		{"public URL keeps its port", outside(), []string{"PORCHLIGHT_PUBLIC_URL", "https://feed.example.org:8443"},
			with(outsideDefaults(), func(c *config.Config) { c.PublicURL = "https://feed.example.org:8443" })},
		{"redirect elsewhere", outside(), []string{"PORCHLIGHT_REDIRECT_LISTEN", "10.0.0.5:8080"},
			with(outsideDefaults(), func(c *config.Config) { c.RedirectListen = "10.0.0.5:8080" })},
		{"redirect nowhere", outside(), []string{"PORCHLIGHT_REDIRECT_LISTEN", "none"},
			with(outsideDefaults(), func(c *config.Config) { c.RedirectListen = "" })},
		{"outside with ACME", outside(), []string{"PORCHLIGHT_TLS_CERT_FILE", "", "PORCHLIGHT_TLS_KEY_FILE", "", "PORCHLIGHT_ACME_HOSTS", "Feed.example.org, www.example.org,feed.example.org", "PORCHLIGHT_ACME_EMAIL", "admin@example.org"},
			with(outsideDefaults(), func(c *config.Config) {
				c.TLSCertFile, c.TLSKeyFile, c.ACMEEmail = "", "", "admin@example.org"
				c.ACMEHosts = []string{"feed.example.org", "www.example.org"}
			})},
		{"outside behind a proxy", outside(), []string{"PORCHLIGHT_TLS_CERT_FILE", "", "PORCHLIGHT_TLS_KEY_FILE", "", "PORCHLIGHT_LISTEN", "0.0.0.0:8000", "PORCHLIGHT_TRUSTED_PROXIES", "10.0.0.7, 192.168.9.9/16,::ffff:10.0.0.8,fd00::/8"},
			with(outsideDefaults(), func(c *config.Config) {
				c.TLSCertFile, c.TLSKeyFile, c.Listen, c.RedirectListen = "", "", "0.0.0.0:8000", ""
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32"), netip.MustParsePrefix("192.168.0.0/16"),
					netip.MustParsePrefix("10.0.0.8/32"), netip.MustParsePrefix("fd00::/8")}
			})},
		{"a proxy on this machine needs no key", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "https://feed.example.org", "PORCHLIGHT_TRUSTED_PROXIES", "127.0.0.1"},
			with(cloudDefaults(), func(c *config.Config) {
				c.PublicURL = "https://feed.example.org"
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
			})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := config.Load(env(tt.base, tt.set...))
			if err != nil {
				t.Fatalf("Load = %v, want no error", err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(sameSecret), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("Load differs (-want +got):\n%s", diff)
			}
		})
	}
}

func sameSecret(a, b config.Secret) bool { return a.Reveal() == b.Reveal() }

func TestConfigMethods(t *testing.T) {
	tests := []struct {
		name                         string
		base                         map[string]string
		set                          []string
		local, loopback, tls, secure bool
		hosts                        []string
	}{
		{"local", nil, nil, true, true, false, false, []string{"127.0.0.1", "::1", "localhost"}},
		{"local under another loopback name", nil, []string{"PORCHLIGHT_LISTEN", "127.9.9.9:0"}, true, true, false, false,
			[]string{"127.0.0.1", "127.9.9.9", "::1", "localhost"}},
		{"local with TLS", nil, []string{"PORCHLIGHT_TLS_CERT_FILE", "c", "PORCHLIGHT_TLS_KEY_FILE", "k", "PORCHLIGHT_LISTEN", "localhost:8443"},
			true, true, true, true, []string{"127.0.0.1", "::1", "localhost"}},
		{"proxy on this machine", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "https://feed.example.org"}, false, true, false, true,
			[]string{"127.0.0.1", "::1", "feed.example.org", "localhost"}},
		{"outside", outside(), nil, false, false, true, true, []string{"feed.example.org"}},
		{"outside on IPv6", outside(), []string{"PORCHLIGHT_PUBLIC_URL", "https://[2001:DB8::1]"}, false, false, true, true, []string{"2001:db8::1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := config.Load(env(tt.base, tt.set...))
			if err != nil {
				t.Fatalf("Load = %v, want no error", err)
			}
			got := []bool{c.Local(), c.Loopback(), c.TLS(), c.Secure()}
			if diff := cmp.Diff([]bool{tt.local, tt.loopback, tt.tls, tt.secure}, got); diff != "" {
				t.Errorf("Local, Loopback, TLS, Secure differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.hosts, c.Hosts()); diff != "" {
				t.Errorf("Hosts differs (-want +got):\n%s", diff)
			}
		})
	}
}
