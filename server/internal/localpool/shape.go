package localpool

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Patterns of the API model (botocore cognito-idp, 2016-04-18).
var (
	clientIDPattern   = pattern(`^[\w+]+$`)
	usernamePattern   = pattern(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)
	passwordPattern   = pattern(`(?s)^\S(.*\S)?$`)
	codePattern       = pattern(`^\S+$`)
	tokenPattern      = pattern(`^[A-Za-z0-9_=.-]+$`)
	poolIDPattern     = pattern(`^[\w-]+_[0-9a-zA-Z]+$`)
	poolNamePattern   = pattern(`^[\w\s+=,.@-]+$`)
	secretHashPattern = pattern(`^[\w+=/]+$`)
)

// pattern returns the compiled form, which it makes at the first call: all of
// them at every start of the program took half a millisecond.
func pattern(form string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(form) })
}

// Limits of the API model, in characters.
const (
	maxClientID = 128
	maxPoolID   = 55
	maxUsername = 128
	minPassword = 6
	maxPassword = 256
	maxCode     = 2048
	maxSecret   = 128
)

// A member is one string of a request with its constraints.
type member struct {
	name     string // as the messages of the service name it: "clientId"
	value    string
	optional bool // "" is absent, which is right
	min, max int  // characters; a max of 0 is no limit
	pattern  func() *regexp.Regexp
}

func clientIDMember(v string) member {
	return member{name: "clientId", value: v, max: maxClientID, pattern: clientIDPattern}
}

func poolIDMember(v string) member {
	return member{name: "userPoolId", value: v, max: maxPoolID, pattern: poolIDPattern}
}

func poolNameMember(v string) member {
	return member{name: "poolName", value: v, max: maxPoolName, pattern: poolNamePattern}
}

func usernameMember(v string) member {
	return member{name: "username", value: v, max: maxUsername, pattern: usernamePattern}
}

func passwordMember(name, v string) member {
	return member{name: name, value: v, min: minPassword, max: maxPassword, pattern: passwordPattern}
}

func codeMember(v string) member {
	return member{name: "confirmationCode", value: v, max: maxCode, pattern: codePattern}
}

func tokenMember(name, v string) member {
	return member{name: name, value: v, pattern: tokenPattern}
}

func secretHashMember(v string) member {
	return member{name: "secretHash", value: v, optional: true, max: maxSecret, pattern: secretHashPattern}
}

func clientSecretMember(v string) member {
	return member{name: "clientSecret", value: v, optional: true, max: maxSecret, pattern: clientIDPattern}
}

// broken returns the constraint that the value does not satisfy, or "".
func (m member) broken() string {
	n := utf8.RuneCountInString(m.value)
	switch {
	case n == 0 && m.optional:
		return ""
	case n == 0:
		return "Member must not be null"
	case n < m.min:
		return fmt.Sprintf("Member must have length greater than or equal to %d", m.min)
	case m.max > 0 && n > m.max:
		return fmt.Sprintf("Member must have length less than or equal to %d", m.max)
	case m.pattern != nil && !m.pattern().MatchString(m.value):
		return "Member must satisfy regular expression pattern: " + m.pattern().String()
	}
	return ""
}

// checkMembers refuses with InvalidParameterException, in the words of the
// service, what lies outside its model. Values are not repeated.
func checkMembers(members []member) error {
	var wrong []string
	for _, m := range members {
		if c := m.broken(); c != "" {
			wrong = append(wrong, fmt.Sprintf("Value at '%s' failed to satisfy constraint: %s", m.name, c))
		}
	}
	switch len(wrong) {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: %s", wrong[0])
	}
	return invalid("%d validation errors detected: %s", len(wrong), strings.Join(wrong, "; "))
}
