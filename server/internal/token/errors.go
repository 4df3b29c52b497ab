package token

import (
	"errors"
	"fmt"
)

// ErrInvalid is what every refusal of a token wraps: answer 401 with
// Challenge, and say no more than "sign in again". The kinds below exist for
// logs and tests. No message holds any part of a token.
var ErrInvalid = errors.New("token not valid")

// Kinds of ErrInvalid, in the order of the checks.
var (
	// ErrAuthorization: more than one Authorization header, or one that is not
	// "Bearer" and a token. RFC 6750 section 3.1 calls it invalid_request.
	ErrAuthorization = refusal("authorization header malformed")
	// ErrTooLong: longer than MaxLen. Nothing was parsed.
	ErrTooLong = refusal("longer than 8192 bytes")
	// ErrFormat: not three non-empty parts of canonical base64url.
	ErrFormat = refusal("not a compact JWS")
	// ErrHeader: the header is not a JSON object in UTF-8 without repeated
	// members.
	ErrHeader = refusal("header malformed")
	// ErrHeaderParam: the header holds crit, b64, jwk, jku, x5u or x5c, which
	// would change how to verify or whom to believe.
	ErrHeaderParam = refusal("header parameter not allowed")
	// ErrAlgorithm: alg is missing or is not exactly RS256.
	ErrAlgorithm = refusal("algorithm not RS256")
	// ErrKeyID: kid is missing, empty, longer than 128 bytes or not a string.
	ErrKeyID = refusal("key id missing or malformed")
	// ErrKeyUnknown: the pool's key document was read and has no such key.
	ErrKeyUnknown = refusal("key id unknown")
	// ErrSignature: the signature is not that of the key over these bytes.
	ErrSignature = refusal("signature wrong")
	// ErrClaims: the claims are not a JSON object in UTF-8 without repeated
	// members, a claim has another type than its own, or one is missing that
	// must be there (exp, iat).
	ErrClaims = refusal("claims malformed")
	// ErrExpired: exp has come.
	ErrExpired = refusal("expired")
	// ErrNotYet: nbf has not come, or iat lies more than 60 s ahead.
	ErrNotYet = refusal("not valid yet")
	// ErrLife: exp lies more than MaxLife after iat, or before it.
	ErrLife = refusal("life too long")
	// ErrIssuer: iss is none of Config.Issuers.
	ErrIssuer = refusal("issuer not ours")
	// ErrUse: token_use is another: an ID token as a bearer, or the reverse.
	ErrUse = refusal("token for another use")
	// ErrClient: client_id or aud is none of Config.ClientIDs.
	ErrClient = refusal("client not ours")
	// ErrSubject: sub is missing, empty, or holds control characters.
	ErrSubject = refusal("subject missing or malformed")
	// ErrRevoked: the deny list has the token's origin_jti, or a moment for its
	// sub that is not before its auth_time.
	ErrRevoked = refusal("revoked")
)

// ErrInsufficient is what a genuine token gets that is not enough: answer 403.
// It does not wrap ErrInvalid.
var ErrInsufficient = errors.New("token not sufficient")

// Kinds of ErrInsufficient.
var (
	// ErrScope: none of Config.Scopes is in scope.
	ErrScope = fmt.Errorf("%w: scope missing", ErrInsufficient)
	// ErrGroup: none of Config.Groups is in cognito:groups.
	ErrGroup = fmt.Errorf("%w: group missing", ErrInsufficient)
)

// ErrKeysUnavailable is returned when the key of a token is not known and the
// pool's key document could not be read: nobody knows whether the token is
// good. Answer 503 with Retry-After, never 401: a client would sign out. It
// does not wrap ErrInvalid.
var ErrKeysUnavailable = errors.New("pool keys unavailable")

// ErrDenialsUnavailable is returned when the deny list could not be read. A
// token is then neither good nor bad: answer 503. It does not wrap ErrInvalid.
var ErrDenialsUnavailable = errors.New("deny list unavailable")

func refusal(kind string) error { return fmt.Errorf("%w: %s", ErrInvalid, kind) }
