package localpool

import (
	"context"
	"slices"
	"strings"

	"porchlight/server/internal/sqlitedb"
)

type listUsersInput struct {
	UserPoolID      string `json:"UserPoolId"`
	AttributesToGet []string
	Filter          string
	Limit           int64
	PaginationToken string
}

func (in listUsersInput) members() []member {
	return []member{poolIDMember(in.UserPoolID), {name: "filter", value: in.Filter, optional: true, max: 256}}
}

type listUsersOutput struct {
	Users           []userDescription
	PaginationToken string `json:",omitempty"`
}

// listUsers answers users in the order of their subs. With a filter it reads on
// until the page is full.
func (p *Pool) listUsers(ctx context.Context, in listUsersInput) (any, error) {
	limit, err := page{Limit: in.Limit}.size(false)
	if err != nil {
		return nil, err
	}
	keep, err := parseFilter(in.Filter)
	if err != nil {
		return nil, err
	}
	out := listUsersOutput{Users: []userDescription{}}
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		for after := in.PaginationToken; ; {
			users, err := readUsers(tx, in.UserPoolID, after, maxPage)
			if err != nil {
				return err
			}
			for _, u := range users {
				if len(out.Users) == limit {
					out.PaginationToken = after
					return nil
				}
				d, err := u.describe(tx)
				if err != nil {
					return err
				}
				if after = u.sub; keep(d) {
					d.Attributes = chosen(d.Attributes, in.AttributesToGet)
					out.Users = append(out.Users, d)
				}
			}
			if len(users) < maxPage {
				return nil
			}
		}
	})
	return out, err
}

// readUsers reads users in the order of their subs.
func readUsers(tx *sqlitedb.Tx, pool, after string, limit int) ([]user, error) {
	if _, err := readSettings(tx, pool); err != nil {
		return nil, err
	}
	var users []user
	err := tx.Query(userColumns+"WHERE pool = ? AND sub > ? ORDER BY sub LIMIT ?", []any{pool, after, limit},
		func(r sqlitedb.Row) error {
			users = append(users, scanUser(pool, r))
			return nil
		})
	return users, err
}

func chosen(attributes []attribute, names []string) []attribute {
	if names == nil {
		return attributes
	}
	return slices.DeleteFunc(attributes, func(a attribute) bool { return !slices.Contains(names, a.Name) })
}

// filterPattern is the form of a filter: attribute = "value", or ^= for the
// beginning of a value.
var filterPattern = pattern(`^\s*"?([a-z_:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$`)

// searchable are the attributes of a filter ("Searching user attributes" in the
// developer guide). Those of addresses and states are compared without regard
// to case.
func searchable() []string {
	return []string{"username", attrEmail, attrPhone, "name", "given_name", "family_name", "preferred_username",
		"sub", "cognito:user_status", "status"}
}

// parseFilter returns whether a user passes the filter; "" lets all pass.
func parseFilter(filter string) (func(userDescription) bool, error) {
	if filter == "" {
		return func(userDescription) bool { return true }, nil
	}
	m := filterPattern().FindStringSubmatch(filter)
	if m == nil || !slices.Contains(searchable(), m[1]) {
		return nil, invalid("The filter is not of the form attribute = \"value\" for an attribute that can be searched")
	}
	value := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[3])
	return func(d userDescription) bool {
		got := d.value(m[1])
		if m[2] == "^=" {
			return len(got) >= len(value) && strings.EqualFold(got[:len(value)], value)
		}
		return strings.EqualFold(got, value)
	}, nil
}

// value returns what a filter compares.
func (d userDescription) value(name string) string {
	switch name {
	case "username":
		return d.Username
	case "cognito:user_status":
		return d.UserStatus
	case "status":
		if d.Enabled {
			return "Enabled"
		}
		return "Disabled"
	}
	i := slices.IndexFunc(d.Attributes, func(a attribute) bool { return a.Name == name })
	if i < 0 {
		return ""
	}
	return d.Attributes[i].Value
}
