-- What the administrator's operations keep: the settings of pools and clients
-- as the API has them, temporary passwords, the particulars of groups, domains.

ALTER TABLE pool ADD COLUMN settings TEXT    NOT NULL DEFAULT '{}'; -- JSON: poolSettings
ALTER TABLE pool ADD COLUMN modified INTEGER NOT NULL DEFAULT 0;
UPDATE pool SET modified = created, settings = json_object(
	'UsernameAttributes', json('["email"]'),
	'UsernameConfiguration', json('{"CaseSensitive":false}'),
	'AutoVerifiedAttributes', json('["email"]'));

ALTER TABLE client ADD COLUMN settings  TEXT    NOT NULL DEFAULT '{}'; -- JSON: clientSettings
ALTER TABLE client ADD COLUMN revocable INTEGER NOT NULL DEFAULT 1;    -- EnableTokenRevocation
ALTER TABLE client ADD COLUMN modified  INTEGER NOT NULL DEFAULT 0;
UPDATE client SET modified = created, settings = json_object(
	'ClientName', name,
	'ExplicitAuthFlows', json('["' || replace(flows, ' ', '","') || '"]'),
	'AccessTokenValidity', access_seconds,
	'IdTokenValidity', id_seconds,
	'RefreshTokenValidity', refresh_seconds,
	'TokenValidityUnits', json('{"AccessToken":"seconds","IdToken":"seconds","RefreshToken":"seconds"}'),
	'PreventUserExistenceErrors', iif(legacy_errors, 'LEGACY', 'ENABLED'),
	'EnableTokenRevocation', json('true'),
	'AuthSessionValidity', 3,
	'RefreshTokenRotation', iif(rotate, json_object('Feature', 'ENABLED', 'RetryGracePeriodSeconds', grace_seconds), NULL));
CREATE INDEX client_by_pool ON client (pool, id);

-- Set while the user's password is one that an administrator gave: until when
-- it works. Such a user is in the state FORCE_CHANGE_PASSWORD.
ALTER TABLE user ADD COLUMN temporary INTEGER;

ALTER TABLE user_group ADD COLUMN description TEXT    NOT NULL DEFAULT '';
ALTER TABLE user_group ADD COLUMN role        TEXT    NOT NULL DEFAULT ''; -- an ARN, shown and not used
ALTER TABLE user_group ADD COLUMN precedence  INTEGER;

CREATE TABLE domain (
	name    TEXT    NOT NULL PRIMARY KEY,
	pool    TEXT    NOT NULL UNIQUE REFERENCES pool (id) ON DELETE CASCADE,
	version INTEGER NOT NULL -- ManagedLoginVersion
) STRICT, WITHOUT ROWID;
