using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>The tables of what a passport needs beside the money: a step of <see cref="Schema"/>.</summary>
internal static class PassportSchema
{
    public const string Step =
        $"""
        -- What a passport needs beside the money. What the registry says; kind: 1 status, 2 permission, 3 metadata, 4 frozen.
        CREATE TABLE notices (
            block INTEGER NOT NULL,
            log_index INTEGER NOT NULL,
            timestamp INTEGER NOT NULL,
            model BLOB NOT NULL CHECK (length(model) = 32),
            kind INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (block, log_index)
        ) WITHOUT ROWID;
        CREATE INDEX notices_of ON notices (model, block, log_index);

        -- Every word of an account on whether it is an evaluator.
        CREATE TABLE evaluators (
            account BLOB NOT NULL CHECK (length(account) = 20),
            block INTEGER NOT NULL,
            log_index INTEGER NOT NULL,
            registered INTEGER NOT NULL,
            uri TEXT NOT NULL,
            PRIMARY KEY (account, block, log_index)
        ) WITHOUT ROWID;

        -- Attestations by the resolver's schemas, as their logs say; revoked: the block, and its time.
        CREATE TABLE attestations (
            uid BLOB PRIMARY KEY CHECK (length(uid) = 32),
            block INTEGER NOT NULL,
            log_index INTEGER NOT NULL,
            timestamp INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            schema BLOB NOT NULL CHECK (length(schema) = 32),
            attester BLOB NOT NULL CHECK (length(attester) = 20),
            recipient BLOB NOT NULL CHECK (length(recipient) = 20),
            revoked_block INTEGER,
            revoked_time INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX attestations_in_order ON attestations (block, log_index);

        -- Models' records that stand on EAS by themselves.
        CREATE TABLE attested_records (
            epoch INTEGER NOT NULL,
            model BLOB NOT NULL CHECK (length(model) = 32),
            uid BLOB NOT NULL CHECK (length(uid) = 32),
            block INTEGER NOT NULL,
            PRIMARY KEY (epoch, model)
        ) WITHOUT ROWID;

        -- What they say: asked for, and proven by the uid. seq: in the order in which it came.
        CREATE TABLE attestation_contents (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            uid BLOB NOT NULL UNIQUE CHECK (length(uid) = 32),
            model BLOB CHECK (model IS NULL OR length(model) = 32),
            ref_uid BLOB NOT NULL CHECK (length(ref_uid) = 32),
            time INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            data BLOB NOT NULL
        );
        CREATE INDEX attestation_contents_of ON attestation_contents (model);

        -- Attestations that the chain does not have, as their files.
        CREATE TABLE offchain_attestations (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            uid BLOB NOT NULL CHECK (length(uid) = 32),
            model BLOB NOT NULL CHECK (length(model) = 32),
            attester BLOB NOT NULL CHECK (length(attester) = 20),
            time INTEGER NOT NULL,
            revoked INTEGER NOT NULL DEFAULT 0,
            file BLOB NOT NULL,
            -- The uid of a file does not say who signed it: two may sign the same words.
            UNIQUE (uid, attester)
        );
        CREATE INDEX offchain_attestations_of ON offchain_attestations (model, attester);

        -- What payments were settled with, by model and epoch: see SettledRevenueStore for the rows in it.
        CREATE TABLE settled_revenue (
            model BLOB NOT NULL CHECK (length(model) = 32),
            epoch INTEGER NOT NULL,
            paid BLOB NOT NULL,
            rows BLOB NOT NULL,
            PRIMARY KEY (model, epoch)
        );
        CREATE INDEX settled_revenue_epoch ON settled_revenue (epoch, model);
        CREATE INDEX payments_of_model ON payments (model) WHERE epoch IS NULL;

        -- What models' money gave to accounts and to parents.
        CREATE INDEX ledger_entries_given ON ledger_entries (from_id, seq) WHERE to_kind IN (4, 6);

        ALTER TABLE epochs ADD COLUMN activated_block INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE epochs ADD COLUMN activated_time INTEGER NOT NULL DEFAULT 0;

        -- Documents that say more of models, by their keccak-256.
        CREATE TABLE documents (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            body BLOB NOT NULL
        );

        -- Transfers of listed tokens to accounts that matter to some passport, summed by day; and how far each was read.
        CREATE TABLE token_flows (
            receiver BLOB NOT NULL CHECK (length(receiver) = 20),
            token BLOB NOT NULL CHECK (length(token) = 20),
            sender BLOB NOT NULL CHECK (length(sender) = 20),
            day INTEGER NOT NULL,
            amount BLOB NOT NULL CHECK (length(amount) = 32),
            PRIMARY KEY (receiver, token, sender, day)
        ) WITHOUT ROWID;
        CREATE TABLE flow_accounts (
            account BLOB PRIMARY KEY CHECK (length(account) = 20),
            next_block INTEGER NOT NULL,
            read_time INTEGER NOT NULL,
            steps INTEGER NOT NULL,
            logs INTEGER NOT NULL,
            state INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX flow_accounts_due ON flow_accounts (state, read_time);

        -- How models do in domains, for those who look for one; low: millionths. A passport says the same.
        CREATE TABLE domain_standings (
            model BLOB NOT NULL CHECK (length(model) = 32),
            domain TEXT NOT NULL,
            number INTEGER NOT NULL,
            basis INTEGER NOT NULL,
            successes INTEGER NOT NULL,
            trials INTEGER NOT NULL,
            low INTEGER NOT NULL,
            high INTEGER NOT NULL,
            status INTEGER NOT NULL,
            PRIMARY KEY (model, domain)
        ) WITHOUT ROWID;
        CREATE INDEX domain_standings_ranked ON domain_standings (domain, low DESC, number, trials, basis, status, model);
        CREATE TABLE standing_models (
            model BLOB PRIMARY KEY CHECK (length(model) = 32),
            time INTEGER NOT NULL,
            name TEXT,
            flags TEXT NOT NULL,
            whole INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX standing_models_part ON standing_models (model) WHERE whole = 0;
        CREATE INDEX standing_models_time ON standing_models (time);
        CREATE TABLE model_prices (
            model BLOB NOT NULL CHECK (length(model) = 32),
            token BLOB NOT NULL CHECK (length(token) = 20),
            price BLOB NOT NULL CHECK (length(price) = 32),
            PRIMARY KEY (model, token)
        ) WITHOUT ROWID;

        -- Books of before have none of it yet.
        INSERT INTO meta (key, value) SELECT '{PassportFill.Key}', x'00' WHERE EXISTS (SELECT 1 FROM chain_cursor) OR EXISTS (SELECT 1 FROM journal_blocks);
        """;
}
