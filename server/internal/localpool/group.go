package localpool

import (
	"context"

	"porchlight/server/internal/sqlitedb"
)

// maxGroupName is the longest name of a group, in characters.
const maxGroupName = 128

// AddUserToGroup puts a user of the pool into a group, which it makes when it
// is not there. The name is an email address or the canonical username; an
// unknown one is UserNotFoundException. Tokens name the group from the next
// sign-in or refresh on.
func (p *Pool) AddUserToGroup(ctx context.Context, username, group string) error {
	named := member{name: "groupName", value: group, max: maxGroupName, pattern: usernamePattern}
	if err := checkMembers([]member{usernameMember(username), named}); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := p.findUser(tx, p.id, username)
		if err != nil {
			return err
		}
		if u.ghost {
			return errNoUser()
		}
		const create = "INSERT INTO user_group (pool, name, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
		if _, err := tx.Exec(create, p.id, group, p.now()); err != nil {
			return err
		}
		const add = "INSERT INTO member (pool, sub, group_name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
		_, err = tx.Exec(add, p.id, u.sub, group)
		return err
	})
}
