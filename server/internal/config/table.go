package config

// A Variable is a row of the table: an environment variable and what it is.
type Variable struct {
	Name string
	// Default is used when the variable is not set; "" is none.
	Default string
	// Unit is the form of the value, in a word or two: "host:port", "duration".
	Unit string
	// Secret values are never shown, and may come from the file that the
	// variable Name+"_FILE" names.
	Secret bool
	// Help says what it does, in a sentence or two.
	Help string

	// set checks a value that is not "" and stores it. Its error says what is
	// wrong and what to do, and does not repeat a secret.
	set func(c *Config, value string) error
}

// Names that errors of more than one variable mention.
const (
	nameListen     = "PORCHLIGHT_LISTEN"
	nameDataDir    = "PORCHLIGHT_DATA_DIR"
	nameDatabase   = "PORCHLIGHT_DATABASE_URL"
	nameRegion     = "AWS_REGION"
	namePool       = "AWS_COGNITO_USER_POOL_ID"
	nameClient     = "AWS_COGNITO_USER_POOL_CLIENT_ID"
	nameAPIClients = "PORCHLIGHT_API_CLIENT_IDS"
	nameSecret     = "AWS_COGNITO_USER_POOL_CLIENT_SECRET"
	nameEndpoint   = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"
	nameIssuer     = "PORCHLIGHT_ISSUER"
	nameSessionKey = "PORCHLIGHT_SESSION_KEY"
	nameIdle       = "PORCHLIGHT_SESSION_IDLE"
	nameAbsolute   = "PORCHLIGHT_SESSION_ABSOLUTE"
	namePublicURL  = "PORCHLIGHT_PUBLIC_URL"
	nameCert       = "PORCHLIGHT_TLS_CERT_FILE"
	nameKey        = "PORCHLIGHT_TLS_KEY_FILE"
	nameACMEHosts  = "PORCHLIGHT_ACME_HOSTS"
	nameACMEEmail  = "PORCHLIGHT_ACME_EMAIL"
	nameProxies    = "PORCHLIGHT_TRUSTED_PROXIES"
	nameRedirect   = "PORCHLIGHT_REDIRECT_LISTEN"
	nameLogLevel   = "PORCHLIGHT_LOG_LEVEL"
)

// Variables returns the table, in the order in which it is read and shown.
func Variables() []Variable {
	return []Variable{
		{
			Name: nameListen, Default: "127.0.0.1:8000", Unit: "host:port",
			Help: "Where to serve. Port 0 is any free port.",
			set:  func(c *Config, v string) (err error) { c.Listen, err = parseListen(v); return err },
		},
		{
			Name: nameDataDir, Default: "./data", Unit: "folder",
			Help: "Where the databases, generated keys and the browser programs of the last releases are kept.",
			set:  func(c *Config, v string) error { c.DataDir = v; return nil },
		},
		{
			Name: nameDatabase, Unit: "URL", Secret: true,
			Help: "The PostgreSQL, postgres://user:password@host/name, that keeps posts, sessions and limits for any number of servers; add ?sslmode=verify-full where the network is not yours. Without it they are in SQLite in the data folder. The local pool always is.",
			set:  func(c *Config, v string) (err error) { c.DatabaseURL, err = parseDatabase(v); return err },
		},
		{
			Name: nameRegion, Unit: "region",
			Help: "The user pool's region. With the pool and client ids it turns local mode off.",
			set:  func(c *Config, v string) (err error) { c.Region, err = parseRegion(v); return err },
		},
		{
			Name: "AWS_DEFAULT_REGION", Unit: "region",
			Help: "The region when " + nameRegion + " is not set.",
			set:  setDefaultRegion,
		},
		{
			Name: namePool, Unit: "id",
			Help: "The user pool. Without one the server runs in local mode, with a pool of its own.",
			set:  func(c *Config, v string) (err error) { c.UserPoolID, err = parsePool(v); return err },
		},
		{
			Name: nameClient, Unit: "id",
			Help: "The pool's app client. It must allow ALLOW_USER_PASSWORD_AUTH.",
			set:  func(c *Config, v string) (err error) { c.ClientID, err = parseClient(v); return err },
		},
		{
			Name: nameAPIClients, Unit: "ids",
			Help: "More app clients of the pool, comma separated, whose access tokens the API takes.",
			set:  func(c *Config, v string) (err error) { c.APIClientIDs, err = parseClients(v); return err },
		},
		{
			Name: nameSecret, Unit: "text", Secret: true,
			Help: "The app client's secret, when it has one.",
			set:  func(c *Config, v string) (err error) { c.ClientSecret, err = parseClientSecret(v); return err },
		},
		{
			Name: nameEndpoint, Unit: "URL",
			Help: "Where the pool answers when it is not AWS's own, such as an emulator. https, or http on loopback.",
			set:  func(c *Config, v string) (err error) { c.Endpoint, err = parseEndpoint(v); return err },
		},
		{
			Name: nameIssuer, Unit: "text",
			Help: "One more token issuer to accept, for an emulator that names itself unlike AWS and unlike its address.",
			set:  func(c *Config, v string) (err error) { c.Issuer, err = parseIssuer(v); return err },
		},
		{
			Name: nameSessionKey, Unit: "64 hex digits", Secret: true,
			Help: "Seals the sessions; the same on every server. To change it put the new one first: new,old. Generated in the data folder when the server is on loopback.",
			set:  func(c *Config, v string) (err error) { c.SessionKey, err = parseKeys(v); return err },
		},
		{
			Name: nameIdle, Default: "168h", Unit: "duration",
			Help: "A session ends after this long without a visit.",
			set:  func(c *Config, v string) (err error) { c.SessionIdle, err = parseLifetime(v); return err },
		},
		{
			Name: nameAbsolute, Default: "720h", Unit: "duration",
			Help: "A session ends this long after the sign-in. Not longer than the pool's refresh tokens live.",
			set:  func(c *Config, v string) (err error) { c.SessionAbsolute, err = parseLifetime(v); return err },
		},
		{
			Name: namePublicURL, Unit: "origin",
			Help: "The address that people use, such as https://feed.example.org. Needed off loopback; requests for other hosts are refused.",
			set:  func(c *Config, v string) (err error) { c.PublicURL, err = parseOrigin(v); return err },
		},
		{
			Name: nameCert, Unit: "file",
			Help: "Certificate chain in PEM. Read again when it changes.",
			set:  func(c *Config, v string) error { c.TLSCertFile = v; return nil },
		},
		{
			Name: nameKey, Unit: "file",
			Help: "The certificate's private key in PEM.",
			set:  func(c *Config, v string) error { c.TLSKeyFile = v; return nil },
		},
		{
			Name: nameACMEHosts, Unit: "hosts",
			Help: "Names, comma separated, to get certificates for from Let's Encrypt.",
			set:  func(c *Config, v string) (err error) { c.ACMEHosts, err = parseHosts(v); return err },
		},
		{
			Name: nameACMEEmail, Unit: "address",
			Help: "Where Let's Encrypt may write to about the certificates.",
			set:  func(c *Config, v string) (err error) { c.ACMEEmail, err = parseEmail(v); return err },
		},
		{
			Name: nameProxies, Unit: "addresses",
			Help: "Proxies in front, comma separated addresses or CIDR blocks, whose X-Forwarded-For is believed and who do the TLS.",
			set:  func(c *Config, v string) (err error) { c.TrustedProxies, err = parseProxies(v); return err },
		},
		{
			Name: nameRedirect, Unit: "host:port",
			Help: "Where plain HTTP is redirected to HTTPS: :80 by default when the server does TLS off loopback. none is nowhere.",
			set:  func(c *Config, v string) (err error) { c.RedirectListen, err = parseRedirect(v); return err },
		},
		{
			Name: nameLogLevel, Default: "info", Unit: "level",
			Help: "debug, info, warn or error.",
			set:  func(c *Config, v string) (err error) { c.LogLevel, err = parseLevel(v); return err },
		},
	}
}

func setDefaultRegion(c *Config, v string) (err error) {
	if c.Region == "" {
		c.Region, err = parseRegion(v)
	}
	return err
}
