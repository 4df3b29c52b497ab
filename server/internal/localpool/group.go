package localpool

import (
	"context"
	"errors"

	"porchlight/server/internal/sqlitedb"
)

// Limits of a group, in characters.
const (
	maxGroupName        = 128
	maxGroupDescription = 2048
	maxRole             = 2048
)

func groupMember(v string) member {
	return member{name: "groupName", value: v, max: maxGroupName, pattern: usernamePattern}
}

// AddUserToGroup puts a user of the pool into a group, which it makes when it
// is not there. The name is an email address or the canonical username; an
// unknown one is UserNotFoundException. Tokens name the group from the next
// sign-in or refresh on.
func (p *Pool) AddUserToGroup(ctx context.Context, username, group string) error {
	if err := checkMembers([]member{usernameMember(username), groupMember(group)}); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findMember(tx, p.id, username)
		if err != nil {
			return err
		}
		const create = "INSERT INTO user_group (pool, name, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
		if _, err := tx.Exec(create, p.id, group, p.now()); err != nil {
			return err
		}
		return addMember(tx, u, group)
	})
}

func addMember(tx *sqlitedb.Tx, u user, group string) error {
	const add = "INSERT INTO member (pool, sub, group_name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
	_, err := tx.Exec(add, u.pool, u.sub, group)
	return err
}

type createGroupInput struct {
	UserPoolID  string `json:"UserPoolId"`
	GroupName   string
	Description string
	RoleArn     string
	Precedence  *int64
}

func (in createGroupInput) members() []member {
	return []member{poolIDMember(in.UserPoolID), groupMember(in.GroupName),
		{name: "description", value: in.Description, optional: true, max: maxGroupDescription},
		{name: "roleArn", value: in.RoleArn, optional: true, max: maxRole}}
}

// A groupDescription is GroupType of the API.
type groupDescription struct {
	GroupName        string
	UserPoolID       string `json:"UserPoolId"`
	Description      string `json:",omitempty"`
	RoleArn          string `json:",omitempty"`
	Precedence       *int64 `json:",omitempty"`
	CreationDate     stamp
	LastModifiedDate stamp
}

func (p *Pool) createGroup(ctx context.Context, in createGroupInput) (any, error) {
	if in.Precedence != nil && *in.Precedence < 0 {
		return nil, invalid("Precedence is not negative")
	}
	now := p.now()
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := readSettings(tx, in.UserPoolID); err != nil {
			return err
		}
		var precedence any
		if in.Precedence != nil {
			precedence = *in.Precedence
		}
		_, err := tx.Exec("INSERT INTO user_group (pool, name, description, role, precedence, created) VALUES (?, ?, ?, ?, ?, ?)",
			in.UserPoolID, in.GroupName, in.Description, in.RoleArn, precedence, now)
		if errors.Is(err, sqlitedb.ErrConstraint) {
			return &fault{kindGroupExists, "A group with the name already exists."}
		}
		return err
	})
	return map[string]groupDescription{"Group": {in.GroupName, in.UserPoolID, in.Description, in.RoleArn, in.Precedence, stamp(now), stamp(now)}}, err
}

type listGroupsInput struct {
	UserPoolID string `json:"UserPoolId"`
	page
}

func (in listGroupsInput) members() []member { return []member{poolIDMember(in.UserPoolID)} }

type listGroupsOutput struct {
	Groups    []groupDescription
	NextToken string `json:",omitempty"`
}

func (p *Pool) listGroups(ctx context.Context, in listGroupsInput) (any, error) {
	limit, err := in.size(false)
	if err != nil {
		return nil, err
	}
	out := listGroupsOutput{Groups: []groupDescription{}}
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := readSettings(tx, in.UserPoolID); err != nil {
			return err
		}
		return tx.Query(`SELECT name, description, role, precedence, created FROM user_group
			WHERE pool = ? AND name > ? ORDER BY name LIMIT ?`,
			[]any{in.UserPoolID, in.NextToken, limit + 1}, func(r sqlitedb.Row) error {
				g := groupDescription{r.Text(0), in.UserPoolID, r.Text(1), r.Text(2), nil, stamp(r.Time(4)), stamp(r.Time(4))}
				if !r.Null(3) {
					g.Precedence = new(r.Int(3))
				}
				out.Groups = append(out.Groups, g)
				return nil
			})
	})
	if len(out.Groups) > limit {
		out.Groups, out.NextToken = out.Groups[:limit], out.Groups[limit-1].GroupName
	}
	return out, err
}

type addToGroupInput struct {
	UserPoolID string `json:"UserPoolId"`
	Username   string
	GroupName  string
}

func (in addToGroupInput) members() []member {
	return []member{poolIDMember(in.UserPoolID), usernameMember(in.Username), groupMember(in.GroupName)}
}

func (p *Pool) adminAddUserToGroup(ctx context.Context, in addToGroupInput) (any, error) {
	return struct{}{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findMember(tx, in.UserPoolID, in.Username)
		if err != nil {
			return err
		}
		err = addMember(tx, u, in.GroupName)
		if errors.Is(err, sqlitedb.ErrConstraint) {
			return &fault{kindNotFound, "Group not found."}
		}
		return err
	})
}
