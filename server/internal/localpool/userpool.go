package localpool

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// maxPools is how many pools a folder has ("Amazon Cognito user pools quotas").
const maxPools = 1000

const maxPoolName = 128

type createPoolInput struct {
	PoolName string
	Schema   setting
	poolSettings
}

func (in createPoolInput) members() []member { return []member{poolNameMember(in.PoolName)} }

// A poolDescription is UserPoolType of the API.
type poolDescription struct {
	ID                     string `json:"Id"`
	Name                   string
	Arn                    string
	Domain                 string `json:",omitempty"`
	CreationDate           stamp
	LastModifiedDate       stamp
	EstimatedNumberOfUsers int64
	poolSettings
}

type poolOutput struct{ UserPool poolDescription }

// createUserPool makes a pool with keys of its own, which takes about a second.
// A crash in between leaves key files that nothing refers to.
func (p *Pool) createUserPool(ctx context.Context, in createPoolInput) (any, error) {
	s := in.poolSettings
	s.SchemaAttributes, s.factors = in.Schema, factors{}
	s = s.withDefaults()
	if err := s.check(); err != nil {
		return nil, err
	}
	region, _, _ := strings.Cut(p.id, "_")
	id := region + "_" + randomString(alphanumeric, 9)
	if err := p.addKeys(id); err != nil {
		return nil, err
	}
	out, err := p.describedPool(ctx, id, func(tx *sqlitedb.Tx) error {
		n, err := countPools(tx)
		if err == nil && n >= maxPools {
			err = faultf(kindLimitExceeded, "A folder has at most %d user pools", maxPools)
		}
		if err != nil {
			return err
		}
		return insertPool(tx, id, in.PoolName, s, p.now())
	})
	if err != nil {
		return nil, errors.Join(err, p.dropKeys(id))
	}
	return out, nil
}

type poolInput struct {
	UserPoolID string `json:"UserPoolId"`
}

func (in poolInput) members() []member { return []member{poolIDMember(in.UserPoolID)} }

func (p *Pool) describeUserPool(ctx context.Context, in poolInput) (any, error) {
	var d poolDescription
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		d, err = describePool(tx, in.UserPoolID)
		return err
	})
	return poolOutput{d}, err
}

type updatePoolInput struct {
	UserPoolID string `json:"UserPoolId"`
	PoolName   string
	poolSettings
}

func (in updatePoolInput) members() []member {
	name := poolNameMember(in.PoolName)
	name.optional = true
	return []member{poolIDMember(in.UserPoolID), name}
}

// updateUserPool replaces every setting that can be changed: what the request
// leaves out is the default from then on. How people sign in, the schema and
// the second factors stay.
func (p *Pool) updateUserPool(ctx context.Context, in updatePoolInput) (any, error) {
	_, err := p.describedPool(ctx, in.UserPoolID, func(tx *sqlitedb.Tx) error {
		old, err := readSettings(tx, in.UserPoolID)
		if err != nil {
			return err
		}
		s := in.poolSettings
		s.UsernameAttributes, s.AliasAttributes, s.UsernameConfiguration = old.UsernameAttributes, old.AliasAttributes, old.UsernameConfiguration
		s.SchemaAttributes, s.factors = old.SchemaAttributes, old.factors
		s = s.withDefaults()
		if err := s.check(); err != nil {
			return err
		}
		if in.PoolName != "" {
			if _, err := tx.Exec("UPDATE pool SET name = ? WHERE id = ?", in.PoolName, in.UserPoolID); err != nil {
				return err
			}
		}
		return storeSettings(tx, in.UserPoolID, s, p.now())
	})
	return struct{}{}, err
}

// describedPool writes and answers the pool as it is then.
func (p *Pool) describedPool(ctx context.Context, id string, write func(*sqlitedb.Tx) error) (any, error) {
	var d poolDescription
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		err := write(tx)
		if err == nil {
			d, err = describePool(tx, id)
		}
		return err
	})
	return poolOutput{d}, err
}

// deleteUserPool deletes a pool with everything in it.
func (p *Pool) deleteUserPool(ctx context.Context, in poolInput) (any, error) {
	if in.UserPoolID == p.id {
		return nil, invalid("The user pool %s is the local pool's own and stays", p.id)
	}
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		d, err := describePool(tx, in.UserPoolID)
		switch {
		case err != nil:
			return err
		case d.DeletionProtection == active:
			return invalid("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
		case d.Domain != "":
			return invalid("User pool cannot be deleted. It has a domain configured that should be deleted first.")
		}
		for _, table := range []string{
			"DELETE FROM code WHERE pool = ?", "DELETE FROM lockout WHERE pool = ?", "DELETE FROM quota WHERE pool = ?",
			"DELETE FROM pool WHERE id = ?",
		} {
			if _, err := tx.Exec(table, in.UserPoolID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct{}{}, p.dropKeys(in.UserPoolID)
}

type listPoolsInput struct{ page }

func (in listPoolsInput) members() []member { return nil }

type listPoolsOutput struct {
	UserPools []poolSummary
	NextToken string `json:",omitempty"`
}

type poolSummary struct {
	ID               string `json:"Id"`
	Name             string
	CreationDate     stamp
	LastModifiedDate stamp
}

func (p *Pool) listUserPools(ctx context.Context, in listPoolsInput) (any, error) {
	limit, err := in.size(true)
	if err != nil {
		return nil, err
	}
	out := listPoolsOutput{UserPools: []poolSummary{}}
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query("SELECT id, name, created, modified FROM pool WHERE id > ? ORDER BY id LIMIT ?",
			[]any{in.NextToken, limit + 1}, func(r sqlitedb.Row) error {
				out.UserPools = append(out.UserPools, poolSummary{r.Text(0), r.Text(1), stamp(r.Time(2)), stamp(r.Time(3))})
				return nil
			})
	})
	if len(out.UserPools) > limit {
		out.UserPools, out.NextToken = out.UserPools[:limit], out.UserPools[limit-1].ID
	}
	return out, err
}

func countPools(tx *sqlitedb.Tx) (n int64, err error) {
	err = tx.Query("SELECT count(*) FROM pool", nil, func(r sqlitedb.Row) error { n = r.Int(0); return nil })
	return n, err
}

func insertPool(tx *sqlitedb.Tx, id, name string, s poolSettings, now time.Time) error {
	if _, err := tx.Exec("INSERT INTO pool (id, name, created) VALUES (?, ?, ?)", id, name, now); err != nil {
		return err
	}
	return storeSettings(tx, id, s, now)
}

func storeSettings(tx *sqlitedb.Tx, id string, s poolSettings, now time.Time) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE pool SET settings = ?, modified = ? WHERE id = ?", string(text), now, id)
	return err
}

// describePool returns a pool, or ResourceNotFoundException.
func describePool(tx *sqlitedb.Tx, id string) (poolDescription, error) {
	s, err := readSettings(tx, id)
	if err != nil {
		return poolDescription{}, err
	}
	s.factors = factors{} // GetUserPoolMfaConfig shows them
	region, _, _ := strings.Cut(id, "_")
	d := poolDescription{ID: id, poolSettings: s, Arn: "arn:aws:cognito-idp:" + region + ":000000000000:userpool/" + id}
	err = tx.Query(`SELECT name, created, modified, (SELECT count(*) FROM user WHERE pool = pool.id),
		coalesce((SELECT name FROM domain WHERE pool = pool.id), '') FROM pool WHERE id = ?`, []any{id},
		func(r sqlitedb.Row) error {
			d.Name, d.CreationDate, d.LastModifiedDate = r.Text(0), stamp(r.Time(1)), stamp(r.Time(2))
			d.EstimatedNumberOfUsers, d.Domain = r.Int(3), r.Text(4)
			return nil
		})
	return d, err
}

// addKeys makes the keys of a new pool.
func (p *Pool) addKeys(id string) (err error) {
	dir, err := os.OpenRoot(p.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	keys, err := openKeys(dir, id, p.newKey)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys[id] = keys
	return nil
}

// dropKeys forgets the keys of a pool, on disk too.
func (p *Pool) dropKeys(id string) (err error) {
	p.mu.Lock()
	delete(p.keys, id)
	p.mu.Unlock()
	dir, err := os.OpenRoot(p.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	for _, name := range []string{id + ".access.pem", id + ".id.pem"} {
		if e := dir.Remove(name); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}
