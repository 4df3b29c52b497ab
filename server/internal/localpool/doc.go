// Package localpool is an embedded user pool that speaks the wire protocol of
// Amazon Cognito user pools (AWS JSON 1.1) over http.Handler and keeps
// everything in one folder. In local mode the server reaches it in-process
// through the real AWS SDK client; nothing outside this package and the wiring
// can tell it from a real pool.
//
// It is for development on one machine. Its codes can be read in an inbox
// instead of being mailed, so whoever reaches the inbox can take any account:
// the pool and the inbox belong on a loopback listener only, and localpool
// leaves it to the server to hold that. One process at a time uses a folder.
//
// # What it answers
//
// SignUp, ConfirmSignUp, ResendConfirmationCode, InitiateAuth
// (USER_PASSWORD_AUTH, REFRESH_TOKEN_AUTH), GetTokensFromRefreshToken,
// ForgotPassword, ConfirmForgotPassword, ChangePassword, GetUser, RevokeToken
// and GlobalSignOut; the JWKS and openid-configuration documents of each pool.
//
// With Config.Admin also what an administrator does, for anybody and without
// looking at credentials: Create-, Describe-, Update-, Delete- and
// ListUserPools, the same of UserPoolClients and (but for the list) of
// UserPoolDomains, Set- and GetUserPoolMfaConfig, CreateGroup, ListGroups,
// ListUsers, and AdminCreateUser, -GetUser, -SetUserPassword, -ConfirmSignUp,
// -AddUserToGroup and -UserGlobalSignOut. Without it these are
// MissingAuthenticationTokenException. Updates replace everything, as the
// reference says. Settings that this pool does not act on (messages, functions,
// devices, tiers, schema, OAuth, attribute permissions, password history) are
// kept and described. A pool that asks for a new password or for MFA_SETUP
// asks the challenge and has no operation that takes an answer.
//
// Everything else gets HTTP 400 and a typed error, never 500: a 500 is a bug or
// a broken disk, and it is logged. Unknown members of a request are ignored, as
// AWS services do.
//
// Users sign up with an email address (UsernameAttributes: email, without
// regard to case); the canonical username is the sub. Messages are those that
// Cognito is known to send, but clients must match on the type alone.
//
// # Why
//
// A name without a user is treated as a ghost: a user with a sub computed from
// the name, a password that nothing matches and codes that nobody knows.
// Limits, lockouts and codes are counted for ghosts by the same statements, and
// a password costs the same hash, so that answers and times do not tell who has
// an account ("Managing user existence error responses" in the Amazon Cognito
// developer guide; clients with PreventUserExistenceErrors LEGACY are told).
// Two things do tell, because Cognito tells them too: SignUp of a taken address
// and ConfirmSignUp of a confirmed one. An unconfirmed user is a ghost to
// ForgotPassword and a confirmed one to ResendConfirmationCode: both answer as
// if a code had been sent, and send none.
//
// Passwords are hashed with argon2id (9 MiB, four passes, one lane: by the OWASP
// password storage cheat sheet as good a defence as 19 MiB and two passes, and
// faster where memory is first asked for: 23 instead of 33 ms), one at a time, so
// that a flood of sign-ins takes one core and 9 MiB and leaves the feed alone. Who waits for longer
// than five seconds gets TooManyRequestsException. The lockout is read and
// written by whoever holds the hasher, so parallel guesses cannot slip past it.
//
// Codes and refresh tokens are stored as hashes. Codes have six digits, so
// their hash is keyed, and the key lies beside the database, not in it; the
// inbox plays the mail server and keeps its own copy in plain. Signing keys are
// files of mode 0600 as well. A lost key file is made anew: tokens and codes
// that were out then are void, accounts are not.
//
// Access tokens are checked by their signature and against the sign-in they
// come from, so RevokeToken and GlobalSignOut act at once for the operations of
// the pool itself. For everyone else an access token is good until it expires,
// as Cognito's are.
package localpool
