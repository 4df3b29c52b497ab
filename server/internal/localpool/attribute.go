package localpool

import (
	"strings"
	"unicode/utf8"

	"porchlight/server/internal/sqlitedb"
)

// Attributes with a meaning of their own.
const (
	attrEmail         = "email"
	attrEmailVerified = "email_verified"
	attrPhone         = "phone_number"
	attrPhoneVerified = "phone_number_verified"
	customPrefix      = "custom:"
)

// Limits of attributes.
const (
	maxAttributes     = 100 // in one request; the service has 50 custom ones
	maxAttributeName  = 32
	maxCustomName     = 20 // without the prefix
	maxAttributeBytes = 2048
)

var (
	phonePattern  = pattern(`^\+[0-9]{1,15}$`)
	customPattern = pattern(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)
)

// An attribute is a name and a value of a user; the value is always a string.
type attribute struct{ Name, Value string }

// claim returns the attribute's value as an ID token has it.
func (a attribute) claim() any {
	switch a.Name {
	case attrEmailVerified, attrPhoneVerified:
		return a.Value == "true"
	case "address":
		return map[string]string{"formatted": a.Value}
	}
	return a.Value
}

// isStandard reports whether a client may write the standard attribute of
// OpenID Connect (OpenID Connect Core 1.0 section 5.1). updated_at is a number
// there and not kept here.
func isStandard(name string) bool {
	switch name {
	case "address", "birthdate", attrEmail, "family_name", "gender", "given_name", "locale", "middle_name", "name",
		"nickname", attrPhone, "picture", "preferred_username", "profile", "website", "zoneinfo":
		return true
	}
	return false
}

// newAttributes returns the attributes of a new user with the address: what
// the request says, and what follows from it. Custom attributes need no schema
// here and are strings.
func newAttributes(email string, requested []attribute) ([]attribute, error) {
	if len(requested) > maxAttributes {
		return nil, invalid("1 validation error detected: Value at 'userAttributes' failed to satisfy constraint: "+
			"Member must have length less than or equal to %d", maxAttributes)
	}
	attributes := []attribute{{attrEmail, email}, {attrEmailVerified, "false"}}
	seen := map[string]bool{}
	for _, a := range requested {
		if err := a.check(email); err != nil {
			return nil, err
		}
		if seen[a.Name] {
			return nil, invalid("Attributes did not conform to the schema: %s: The attribute is given twice", a.Name)
		}
		seen[a.Name] = true
		switch a.Name {
		case attrEmail: // it is there, written as the username
			continue
		case attrPhone:
			attributes = append(attributes, attribute{attrPhoneVerified, "false"})
		}
		attributes = append(attributes, a)
	}
	return attributes, nil
}

func (a attribute) check(email string) error {
	custom, isCustom := strings.CutPrefix(a.Name, customPrefix)
	switch {
	case a.Name == "" || utf8.RuneCountInString(a.Name) > maxAttributeName:
		return invalid("1 validation error detected: Value at 'userAttributes' failed to satisfy constraint: "+
			"Attribute names have 1 to %d characters", maxAttributeName)
	case len(a.Value) > maxAttributeBytes:
		return invalid("Attributes did not conform to the schema: String attributes cannot have a length of more than %d",
			maxAttributeBytes)
	case a.Name == "sub" || a.Name == attrEmailVerified || a.Name == attrPhoneVerified:
		return notAuthorized("A client attempted to write unauthorized attribute")
	case isCustom && utf8.RuneCountInString(custom) <= maxCustomName && customPattern().MatchString(custom):
		return nil
	case !isStandard(a.Name):
		return invalid("Attributes did not conform to the schema: Type for attribute {%s} could not be determined", a.Name)
	case a.Name == attrEmail && !strings.EqualFold(a.Value, email):
		return invalid("The email attribute and the username are not the same address.")
	case a.Name == attrPhone && !phonePattern().MatchString(a.Value):
		return invalid("Invalid phone number format.")
	}
	return nil
}

func setAttribute(tx *sqlitedb.Tx, u user, a attribute) error {
	_, err := tx.Exec(`INSERT INTO attribute (pool, sub, name, value) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET value = excluded.value`, u.pool, u.sub, a.Name, a.Value)
	return err
}

// A profile is what tokens say of a user beyond who it is.
type profile struct {
	attributes []attribute // by name
	groups     []string    // by name; nil when none
}

func readProfile(tx *sqlitedb.Tx, u user) (profile, error) {
	var pr profile
	err := tx.Query("SELECT name, value FROM attribute WHERE pool = ? AND sub = ? ORDER BY name",
		[]any{u.pool, u.sub}, func(r sqlitedb.Row) error {
			pr.attributes = append(pr.attributes, attribute{r.Text(0), r.Text(1)})
			return nil
		})
	if err != nil {
		return profile{}, err
	}
	err = tx.Query("SELECT group_name FROM member WHERE pool = ? AND sub = ? ORDER BY group_name",
		[]any{u.pool, u.sub}, func(r sqlitedb.Row) error {
			pr.groups = append(pr.groups, r.Text(0))
			return nil
		})
	return pr, err
}
