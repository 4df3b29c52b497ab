package localpool

import (
	"context"
	"errors"

	"porchlight/server/internal/sqlitedb"
)

// domainPattern is the form of a prefix domain (DomainType in the API model).
var domainPattern = pattern(`^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`)

func domainMember(v string) member {
	return member{name: "domain", value: v, max: 63, pattern: domainPattern}
}

type createDomainInput struct {
	UserPoolID          string `json:"UserPoolId"`
	Domain              string
	ManagedLoginVersion int64
}

func (in createDomainInput) members() []member {
	return []member{poolIDMember(in.UserPoolID), domainMember(in.Domain)}
}

// createUserPoolDomain keeps the prefix for the pool. Nothing is served there:
// the pool has no sign-in pages of its own.
func (p *Pool) createUserPoolDomain(ctx context.Context, in createDomainInput) (any, error) {
	if in.ManagedLoginVersion < 0 || in.ManagedLoginVersion > 2 {
		return nil, invalid("ManagedLoginVersion is 1 or 2")
	}
	version := max(in.ManagedLoginVersion, 1)
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := readSettings(tx, in.UserPoolID); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO domain (name, pool, version) VALUES (?, ?, ?)", in.Domain, in.UserPoolID, version)
		if errors.Is(err, sqlitedb.ErrConstraint) {
			return invalid("Domain already associated with another user pool, or the user pool already has a domain.")
		}
		return err
	})
	return map[string]int64{"ManagedLoginVersion": version}, err
}

type domainInput struct{ Domain string }

func (in domainInput) members() []member { return []member{domainMember(in.Domain)} }

// A domainDescription is DomainDescriptionType of the API, empty for a domain
// that nobody has.
type domainDescription struct {
	Domain              string `json:",omitempty"`
	UserPoolID          string `json:"UserPoolId,omitempty"`
	Status              string `json:",omitempty"`
	ManagedLoginVersion int64  `json:",omitempty"`
}

func (p *Pool) describeUserPoolDomain(ctx context.Context, in domainInput) (any, error) {
	var d domainDescription
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query("SELECT pool, version FROM domain WHERE name = ?", []any{in.Domain}, func(r sqlitedb.Row) error {
			d = domainDescription{in.Domain, r.Text(0), active, r.Int(1)}
			return nil
		})
	})
	return map[string]domainDescription{"DomainDescription": d}, err
}

type deleteDomainInput struct {
	UserPoolID string `json:"UserPoolId"`
	Domain     string
}

func (in deleteDomainInput) members() []member {
	return []member{poolIDMember(in.UserPoolID), domainMember(in.Domain)}
}

func (p *Pool) deleteUserPoolDomain(ctx context.Context, in deleteDomainInput) (any, error) {
	return struct{}{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec("DELETE FROM domain WHERE name = ? AND pool = ?", in.Domain, in.UserPoolID)
		if err == nil && n == 0 {
			err = invalid("No such domain or user pool exists.")
		}
		return err
	})
}
