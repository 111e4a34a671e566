using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>The tables, as numbered steps. A step that was released is never changed; a new one is added below.</summary>
internal static class Schema
{
    /// <summary>Step n brings a file from version n to n + 1. SQL of SQLite 3.35: no STRICT.</summary>
    public static IReadOnlyList<string> Steps { get; } =
    [
        """
        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE chain_cursor (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            block INTEGER NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            timestamp INTEGER NOT NULL
        );

        CREATE TABLE listed_tokens (
            token BLOB PRIMARY KEY CHECK (length(token) = 20),
            smallest_leaf BLOB NOT NULL CHECK (length(smallest_leaf) = 32),
            block INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE registry_facts (
            block INTEGER NOT NULL,
            log_index INTEGER NOT NULL,
            timestamp INTEGER NOT NULL,
            model BLOB NOT NULL CHECK (length(model) = 32),
            kind INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (block, log_index)
        ) WITHOUT ROWID;

        CREATE TABLE payments (
            block INTEGER NOT NULL,
            log_index INTEGER NOT NULL,
            timestamp INTEGER NOT NULL,
            tx BLOB NOT NULL CHECK (length(tx) = 32),
            model BLOB NOT NULL CHECK (length(model) = 32),
            token BLOB NOT NULL CHECK (length(token) = 20),
            amount BLOB NOT NULL CHECK (length(amount) = 32),
            payer BLOB NOT NULL CHECK (length(payer) = 20),
            usage_ref BLOB NOT NULL CHECK (length(usage_ref) = 32),
            route INTEGER NOT NULL,
            settled BLOB CHECK (settled IS NULL OR length(settled) = 32),
            settled_block INTEGER,
            epoch INTEGER,
            PRIMARY KEY (block, log_index)
        ) WITHOUT ROWID;
        CREATE INDEX payments_waiting ON payments (model, token, block, log_index) WHERE settled IS NULL;
        CREATE INDEX payments_undivided ON payments (settled_block, block, log_index) WHERE epoch IS NULL AND settled IS NOT NULL;

        CREATE TABLE ledger_entries (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            cause TEXT NOT NULL,
            token BLOB NOT NULL CHECK (length(token) = 20),
            from_kind INTEGER NOT NULL,
            from_id BLOB NOT NULL CHECK (length(from_id) = 32),
            to_kind INTEGER NOT NULL,
            to_id BLOB NOT NULL CHECK (length(to_id) = 32),
            amount BLOB NOT NULL CHECK (length(amount) = 32)
        );
        CREATE INDEX ledger_entries_to ON ledger_entries (to_id, to_kind, token);

        CREATE TABLE ledger_accounts (
            kind INTEGER NOT NULL,
            id BLOB NOT NULL CHECK (length(id) = 32),
            token BLOB NOT NULL CHECK (length(token) = 20),
            total_out BLOB NOT NULL CHECK (length(total_out) = 32),
            total_in BLOB NOT NULL CHECK (length(total_in) = 32),
            PRIMARY KEY (kind, id, token)
        ) WITHOUT ROWID;

        CREATE TABLE ledger_totals (
            token BLOB NOT NULL CHECK (length(token) = 20),
            kind INTEGER NOT NULL,
            total_out BLOB NOT NULL CHECK (length(total_out) = 32),
            total_in BLOB NOT NULL CHECK (length(total_in) = 32),
            PRIMARY KEY (token, kind)
        ) WITHOUT ROWID;

        CREATE TABLE epochs (
            number INTEGER PRIMARY KEY,
            attempt INTEGER NOT NULL,
            state INTEGER NOT NULL,
            first_block INTEGER NOT NULL,
            last_block INTEGER NOT NULL,
            last_hash BLOB NOT NULL CHECK (length(last_hash) = 32),
            last_time INTEGER NOT NULL,
            previous_root BLOB NOT NULL CHECK (length(previous_root) = 32),
            root BLOB NOT NULL CHECK (length(root) = 32),
            bundle_hash BLOB NOT NULL CHECK (length(bundle_hash) = 32),
            bundle_uri TEXT NOT NULL,
            payments INTEGER NOT NULL,
            usage_events INTEGER NOT NULL,
            ready_at INTEGER NOT NULL DEFAULT 0
        );

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            purpose TEXT NOT NULL UNIQUE,
            state INTEGER NOT NULL,
            target BLOB NOT NULL CHECK (length(target) = 20),
            data BLOB NOT NULL,
            nonce INTEGER UNIQUE,
            raw BLOB,
            hash BLOB CHECK (hash IS NULL OR length(hash) = 32),
            gas_used INTEGER NOT NULL DEFAULT 0,
            gas_price BLOB
        );
        CREATE INDEX outbox_open ON outbox (id) WHERE state < 3;

        CREATE TABLE usage_events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            identity BLOB NOT NULL UNIQUE CHECK (length(identity) = 32),
            content BLOB NOT NULL CHECK (length(content) = 32),
            source TEXT NOT NULL,
            event_id TEXT NOT NULL,
            type TEXT NOT NULL,
            gateway TEXT NOT NULL,
            model BLOB NOT NULL CHECK (length(model) = 32),
            domain TEXT NOT NULL,
            outcome TEXT NOT NULL,
            units BLOB NOT NULL CHECK (length(units) = 32),
            consumer BLOB NOT NULL CHECK (length(consumer) = 32),
            event_time TEXT NOT NULL,
            payment_tx BLOB NOT NULL CHECK (length(payment_tx) = 32),
            received INTEGER NOT NULL,
            epoch INTEGER
        );
        CREATE INDEX usage_events_model ON usage_events (model, seq);
        CREATE INDEX usage_events_open ON usage_events (model) WHERE epoch IS NULL;
        """,
        """
        ALTER TABLE epochs ADD COLUMN proposal BLOB;
        """,
        """
        -- Final blocks are kept where they hold logs; blocks that are not final, and the last final one, always.
        CREATE TABLE journal_blocks (
            number INTEGER PRIMARY KEY,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            parent BLOB NOT NULL CHECK (length(parent) = 32),
            timestamp INTEGER NOT NULL
        );

        -- position: the block's number times 2^24, and the log's index.
        CREATE TABLE journal_logs (
            position INTEGER PRIMARY KEY,
            address BLOB NOT NULL CHECK (length(address) = 20),
            tx BLOB NOT NULL CHECK (length(tx) = 32),
            topics BLOB NOT NULL,
            data BLOB NOT NULL
        );

        CREATE TABLE journal_cursor (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            final_block INTEGER NOT NULL
        );

        -- Tables that the chain commits to and does not carry, by the hash of their text.
        CREATE TABLE published_tables (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            text BLOB NOT NULL
        ) WITHOUT ROWID;
        """,
        """
        -- Every offer that was signed for an intent. What its bytes offer, the bytes say. Times are in milliseconds since 1970.
        -- A number under each nonce, so that no nonce is ever given to two intents.
        CREATE TABLE outbox_versions (
            nonce INTEGER NOT NULL,
            version INTEGER NOT NULL,
            outbox INTEGER NOT NULL REFERENCES outbox (id),
            raw BLOB NOT NULL,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            fills INTEGER NOT NULL,
            data_fee BLOB NOT NULL CHECK (length(data_fee) = 32),
            signed_at INTEGER NOT NULL,
            first_sent INTEGER,
            last_sent INTEGER,
            gas_used INTEGER,
            gas_price BLOB,
            data_paid BLOB,
            PRIMARY KEY (nonce, version)
        ) WITHOUT ROWID;
        CREATE INDEX outbox_versions_of ON outbox_versions (outbox, nonce, version);

        INSERT INTO outbox_versions (nonce, version, outbox, raw, hash, fills, data_fee, signed_at, gas_used, gas_price, data_paid)
        SELECT nonce, 1, id, raw, hash, 0, zeroblob(32), 0, CASE WHEN state < 3 THEN NULL ELSE gas_used END, CASE WHEN state < 3 THEN NULL ELSE coalesce(gas_price, zeroblob(32)) END,
            CASE WHEN state < 3 THEN NULL ELSE zeroblob(32) END
        FROM outbox WHERE raw IS NOT NULL;

        ALTER TABLE outbox DROP COLUMN raw;
        ALTER TABLE outbox DROP COLUMN hash;
        ALTER TABLE outbox DROP COLUMN gas_used;
        ALTER TABLE outbox DROP COLUMN gas_price;
        ALTER TABLE outbox ADD COLUMN epoch INTEGER;
        -- The purposes as they were written until now; a number's text ends at the first other letter.
        UPDATE outbox SET epoch = CAST(substr(purpose, instr(purpose, ' epoch ') + 7) AS INTEGER) WHERE instr(purpose, ' epoch ') > 0;
        CREATE INDEX outbox_epoch ON outbox (epoch);

        CREATE TRIGGER outbox_versions_fixed BEFORE UPDATE OF nonce, version, outbox, raw, hash, fills ON outbox_versions
        BEGIN SELECT RAISE(ABORT, 'What was signed never changes.'); END;
        CREATE TRIGGER outbox_versions_kept BEFORE DELETE ON outbox_versions
        BEGIN SELECT RAISE(ABORT, 'What was signed is kept.'); END;
        """,
        """
        -- Up to where an epoch took usage: a sealed position of the usage file, and the hash over it and all before it.
        ALTER TABLE epochs ADD COLUMN usage_position INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE epochs ADD COLUMN usage_chain BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(usage_chain) = 32);
        """,
        $"""
        -- Sums over the payments; day: days since 1970 by the block's time.
        CREATE TABLE revenue (
            model BLOB NOT NULL CHECK (length(model) = 32),
            day INTEGER NOT NULL,
            payer BLOB NOT NULL CHECK (length(payer) = 20),
            token BLOB NOT NULL CHECK (length(token) = 20),
            payments INTEGER NOT NULL,
            paid BLOB NOT NULL CHECK (length(paid) = 32),
            PRIMARY KEY (model, day, payer, token)
        ) WITHOUT ROWID;
        {RevenueStore.Fill};
        """,
        """
        -- An epoch's entries are posted when its activation is final; those of before were posted when they were built.
        ALTER TABLE epochs ADD COLUMN posted INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE epochs ADD COLUMN push_root BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(push_root) = 32);
        UPDATE epochs SET state = 7 WHERE state = 1;

        -- Proposals that the guardian deleted.
        CREATE TABLE epoch_attempts (
            number INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            last_block INTEGER NOT NULL,
            root BLOB NOT NULL CHECK (length(root) = 32),
            bundle_hash BLOB NOT NULL CHECK (length(bundle_hash) = 32),
            bundle_uri TEXT NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (number, attempt)
        ) WITHOUT ROWID;

        -- Entries of push roots; state: 1 open, 2 paid, 3 refused, 4 taken.
        CREATE TABLE push_entries (
            epoch INTEGER NOT NULL,
            entry INTEGER NOT NULL,
            account BLOB NOT NULL CHECK (length(account) = 20),
            recipient BLOB NOT NULL CHECK (length(recipient) = 20),
            token BLOB NOT NULL CHECK (length(token) = 20),
            amount BLOB NOT NULL CHECK (length(amount) = 32),
            state INTEGER NOT NULL,
            PRIMARY KEY (epoch, entry)
        ) WITHOUT ROWID;
        CREATE INDEX push_entries_open ON push_entries (epoch, entry) WHERE state = 1;
        CREATE INDEX push_entries_refused ON push_entries (account) WHERE state = 3;

        -- Every word on where an account wants its money; the zero address: at itself.
        CREATE TABLE recipients (
            account BLOB NOT NULL CHECK (length(account) = 20),
            block INTEGER NOT NULL,
            log_index INTEGER NOT NULL,
            recipient BLOB NOT NULL CHECK (length(recipient) = 20),
            PRIMARY KEY (account, block, log_index)
        ) WITHOUT ROWID;

        -- Roots, and keys of pushes, that pay nobody any more.
        CREATE TABLE revoked_roots (
            key BLOB PRIMARY KEY CHECK (length(key) = 32),
            epoch INTEGER NOT NULL
        ) WITHOUT ROWID;
        """,
        """
        -- What was paid to whom: the books are held against the vault account by account.
        CREATE INDEX ledger_entries_paid ON ledger_entries (from_id, token) WHERE to_kind = 5;
        """,
        """
        -- What no epoch has taken, in chain order: an epoch is read in it, and the payments of all epochs before are not looked at.
        CREATE INDEX payments_open ON payments (block, log_index) WHERE epoch IS NULL AND settled IS NOT NULL;
        """,
        PassportSchema.Step,
        """
        -- What models did in active epochs: see RecordStore for the bytes. A model's lie together.
        CREATE TABLE model_records (
            model BLOB NOT NULL CHECK (length(model) = 32),
            epoch INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (model, epoch)
        ) WITHOUT ROWID;
        CREATE INDEX model_records_epoch ON model_records (epoch, model);
        ALTER TABLE epochs ADD COLUMN record_root BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(record_root) = 32);
        ALTER TABLE epoch_attempts ADD COLUMN record_root BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(record_root) = 32);
        """,
        """
        -- What webhooks' targets were not told yet. target: a hash of the address, which may hold a password. Times are in milliseconds since 1970.
        CREATE TABLE webhook_deliveries (
            target TEXT NOT NULL,
            id TEXT NOT NULL,
            created INTEGER NOT NULL,
            body BLOB NOT NULL,
            attempts INTEGER NOT NULL,
            due INTEGER NOT NULL,
            PRIMARY KEY (target, id)
        ) WITHOUT ROWID;
        CREATE INDEX webhook_deliveries_due ON webhook_deliveries (target, due);
        """,
        RelayStore.Step,
        CandidateStore.Step + VerdictStore.Step,
    ];
}
