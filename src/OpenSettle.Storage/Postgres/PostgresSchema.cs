namespace OpenSettle.Storage.Postgres;

/// <summary>
/// The tables in PostgreSQL, as numbered steps. A step that was released is never changed; a new one is added below. The columns are those of the
/// files, in their order: digests are taken over whole rows.
/// </summary>
internal static class PostgresSchema
{
    public static IReadOnlyList<string> Steps { get; } =
    [
        PostgresFunctions.Step,
        """
        CREATE TABLE meta (
            key text COLLATE "C" PRIMARY KEY,
            value bytea NOT NULL
        );
        CREATE TABLE chain_cursor (
            id bigint PRIMARY KEY CHECK (id = 1),
            block bigint NOT NULL,
            hash bytea NOT NULL CHECK (length(hash) = 32),
            timestamp bigint NOT NULL
        );
        CREATE TABLE listed_tokens (
            token bytea PRIMARY KEY CHECK (length(token) = 20),
            smallest_leaf bytea NOT NULL CHECK (length(smallest_leaf) = 32),
            block bigint NOT NULL
        );
        CREATE TABLE registry_facts (
            block bigint NOT NULL,
            log_index bigint NOT NULL,
            timestamp bigint NOT NULL,
            model bytea NOT NULL CHECK (length(model) = 32),
            kind bigint NOT NULL,
            body text COLLATE "C" NOT NULL,
            PRIMARY KEY (block, log_index)
        );
        CREATE TABLE payments (
            block bigint NOT NULL,
            log_index bigint NOT NULL,
            timestamp bigint NOT NULL,
            tx bytea NOT NULL CHECK (length(tx) = 32),
            model bytea NOT NULL CHECK (length(model) = 32),
            token bytea NOT NULL CHECK (length(token) = 20),
            amount bytea NOT NULL CHECK (length(amount) = 32),
            payer bytea NOT NULL CHECK (length(payer) = 20),
            usage_ref bytea NOT NULL CHECK (length(usage_ref) = 32),
            route bigint NOT NULL,
            settled bytea CHECK (settled IS NULL OR length(settled) = 32),
            settled_block bigint,
            epoch bigint,
            PRIMARY KEY (model, block, log_index)
        ) PARTITION BY RANGE (block);
        CREATE INDEX payments_in_order ON payments (block, log_index);
        CREATE INDEX payments_waiting ON payments (model, token, block, log_index) WHERE settled IS NULL;
        CREATE INDEX payments_undivided ON payments (settled_block, block, log_index) WHERE epoch IS NULL AND settled IS NOT NULL;
        CREATE SEQUENCE ledger_entries_seq;
        CREATE TABLE ledger_entries (
            seq bigint NOT NULL DEFAULT nextval('ledger_entries_seq') PRIMARY KEY,
            cause text COLLATE "C" NOT NULL,
            token bytea NOT NULL CHECK (length(token) = 20),
            from_kind bigint NOT NULL,
            from_id bytea NOT NULL CHECK (length(from_id) = 32),
            to_kind bigint NOT NULL,
            to_id bytea NOT NULL CHECK (length(to_id) = 32),
            amount bytea NOT NULL CHECK (length(amount) = 32)
        ) PARTITION BY RANGE (seq);
        CREATE INDEX ledger_entries_to ON ledger_entries (to_id, to_kind, token);
        CREATE TABLE ledger_accounts (
            kind bigint NOT NULL,
            id bytea NOT NULL CHECK (length(id) = 32),
            token bytea NOT NULL CHECK (length(token) = 20),
            total_out bytea NOT NULL CHECK (length(total_out) = 32),
            total_in bytea NOT NULL CHECK (length(total_in) = 32),
            PRIMARY KEY (kind, id, token)
        );
        CREATE TABLE ledger_totals (
            token bytea NOT NULL CHECK (length(token) = 20),
            kind bigint NOT NULL,
            total_out bytea NOT NULL CHECK (length(total_out) = 32),
            total_in bytea NOT NULL CHECK (length(total_in) = 32),
            PRIMARY KEY (token, kind)
        );
        CREATE TABLE epochs (
            number bigint PRIMARY KEY,
            attempt bigint NOT NULL,
            state bigint NOT NULL,
            first_block bigint NOT NULL,
            last_block bigint NOT NULL,
            last_hash bytea NOT NULL CHECK (length(last_hash) = 32),
            last_time bigint NOT NULL,
            previous_root bytea NOT NULL CHECK (length(previous_root) = 32),
            root bytea NOT NULL CHECK (length(root) = 32),
            bundle_hash bytea NOT NULL CHECK (length(bundle_hash) = 32),
            bundle_uri text COLLATE "C" NOT NULL,
            payments bigint NOT NULL,
            usage_events bigint NOT NULL,
            ready_at bigint NOT NULL DEFAULT 0,
            proposal bytea,
            usage_position bigint NOT NULL DEFAULT 0,
            usage_chain bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(usage_chain) = 32),
            posted bigint NOT NULL DEFAULT 1,
            push_root bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(push_root) = 32),
            activated_block bigint NOT NULL DEFAULT 0,
            activated_time bigint NOT NULL DEFAULT 0,
            record_root bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(record_root) = 32)
        );
        CREATE TABLE outbox (
            id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            purpose text COLLATE "C" NOT NULL UNIQUE,
            state bigint NOT NULL,
            target bytea NOT NULL CHECK (length(target) = 20),
            data bytea NOT NULL,
            nonce bigint UNIQUE,
            epoch bigint
        );
        CREATE INDEX outbox_open ON outbox (id) WHERE state < 3;
        CREATE TABLE journal_blocks (
            number bigint PRIMARY KEY,
            hash bytea NOT NULL CHECK (length(hash) = 32),
            parent bytea NOT NULL CHECK (length(parent) = 32),
            timestamp bigint NOT NULL
        );
        CREATE TABLE journal_logs (
            position bigint PRIMARY KEY,
            address bytea NOT NULL CHECK (length(address) = 20),
            tx bytea NOT NULL CHECK (length(tx) = 32),
            topics bytea NOT NULL,
            data bytea NOT NULL
        ) PARTITION BY RANGE (position);
        CREATE TABLE journal_cursor (
            id bigint PRIMARY KEY CHECK (id = 1),
            final_block bigint NOT NULL
        );
        CREATE TABLE published_tables (
            hash bytea PRIMARY KEY CHECK (length(hash) = 32),
            text bytea NOT NULL
        );
        CREATE TABLE outbox_versions (
            nonce bigint NOT NULL,
            version bigint NOT NULL,
            outbox bigint NOT NULL REFERENCES outbox (id),
            raw bytea NOT NULL,
            hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
            fills bigint NOT NULL,
            data_fee bytea NOT NULL CHECK (length(data_fee) = 32),
            signed_at bigint NOT NULL,
            first_sent bigint,
            last_sent bigint,
            gas_used bigint,
            gas_price bytea,
            data_paid bytea,
            PRIMARY KEY (nonce, version)
        );
        CREATE INDEX outbox_versions_of ON outbox_versions (outbox, nonce, version);
        CREATE INDEX outbox_epoch ON outbox (epoch);
        CREATE TABLE revenue (
            model bytea NOT NULL CHECK (length(model) = 32),
            day bigint NOT NULL,
            payer bytea NOT NULL CHECK (length(payer) = 20),
            token bytea NOT NULL CHECK (length(token) = 20),
            payments bigint NOT NULL,
            paid bytea NOT NULL CHECK (length(paid) = 32),
            PRIMARY KEY (model, day, payer, token)
        );
        CREATE TABLE epoch_attempts (
            number bigint NOT NULL,
            attempt bigint NOT NULL,
            last_block bigint NOT NULL,
            root bytea NOT NULL CHECK (length(root) = 32),
            bundle_hash bytea NOT NULL CHECK (length(bundle_hash) = 32),
            bundle_uri text COLLATE "C" NOT NULL,
            time bigint NOT NULL,
            record_root bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(record_root) = 32),
            PRIMARY KEY (number, attempt)
        );
        CREATE TABLE push_entries (
            epoch bigint NOT NULL,
            entry bigint NOT NULL,
            account bytea NOT NULL CHECK (length(account) = 20),
            recipient bytea NOT NULL CHECK (length(recipient) = 20),
            token bytea NOT NULL CHECK (length(token) = 20),
            amount bytea NOT NULL CHECK (length(amount) = 32),
            state bigint NOT NULL,
            PRIMARY KEY (epoch, entry)
        );
        CREATE INDEX push_entries_open ON push_entries (epoch, entry) WHERE state = 1;
        CREATE INDEX push_entries_refused ON push_entries (account) WHERE state = 3;
        CREATE TABLE recipients (
            account bytea NOT NULL CHECK (length(account) = 20),
            block bigint NOT NULL,
            log_index bigint NOT NULL,
            recipient bytea NOT NULL CHECK (length(recipient) = 20),
            PRIMARY KEY (account, block, log_index)
        );
        CREATE TABLE revoked_roots (
            key bytea PRIMARY KEY CHECK (length(key) = 32),
            epoch bigint NOT NULL
        );
        CREATE INDEX ledger_entries_paid ON ledger_entries (from_id, token) WHERE to_kind = 5;
        CREATE INDEX payments_open ON payments (block, log_index) WHERE epoch IS NULL AND settled IS NOT NULL;
        CREATE TABLE notices (
            block bigint NOT NULL,
            log_index bigint NOT NULL,
            timestamp bigint NOT NULL,
            model bytea NOT NULL CHECK (length(model) = 32),
            kind bigint NOT NULL,
            body text COLLATE "C" NOT NULL,
            PRIMARY KEY (block, log_index)
        );
        CREATE INDEX notices_of ON notices (model, block, log_index);
        CREATE TABLE evaluators (
            account bytea NOT NULL CHECK (length(account) = 20),
            block bigint NOT NULL,
            log_index bigint NOT NULL,
            registered bigint NOT NULL,
            uri text COLLATE "C" NOT NULL,
            PRIMARY KEY (account, block, log_index)
        );
        CREATE TABLE attestations (
            uid bytea PRIMARY KEY CHECK (length(uid) = 32),
            block bigint NOT NULL,
            log_index bigint NOT NULL,
            timestamp bigint NOT NULL,
            kind bigint NOT NULL,
            schema bytea NOT NULL CHECK (length(schema) = 32),
            attester bytea NOT NULL CHECK (length(attester) = 20),
            recipient bytea NOT NULL CHECK (length(recipient) = 20),
            revoked_block bigint,
            revoked_time bigint
        );
        CREATE INDEX attestations_in_order ON attestations (block, log_index);
        CREATE TABLE attested_records (
            epoch bigint NOT NULL,
            model bytea NOT NULL CHECK (length(model) = 32),
            uid bytea NOT NULL CHECK (length(uid) = 32),
            block bigint NOT NULL,
            PRIMARY KEY (epoch, model)
        );
        CREATE TABLE attestation_contents (
            seq bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            uid bytea NOT NULL UNIQUE CHECK (length(uid) = 32),
            model bytea CHECK (model IS NULL OR length(model) = 32),
            ref_uid bytea NOT NULL CHECK (length(ref_uid) = 32),
            time bigint NOT NULL,
            expires bigint NOT NULL,
            data bytea NOT NULL
        );
        CREATE INDEX attestation_contents_of ON attestation_contents (model);
        CREATE TABLE offchain_attestations (
            seq bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            uid bytea NOT NULL CHECK (length(uid) = 32),
            model bytea NOT NULL CHECK (length(model) = 32),
            attester bytea NOT NULL CHECK (length(attester) = 20),
            time bigint NOT NULL,
            revoked bigint NOT NULL DEFAULT 0,
            file bytea NOT NULL,
            UNIQUE (uid, attester)
        );
        CREATE INDEX offchain_attestations_of ON offchain_attestations (model, attester);
        CREATE TABLE settled_revenue (
            model bytea NOT NULL CHECK (length(model) = 32),
            epoch bigint NOT NULL,
            paid bytea NOT NULL,
            rows bytea NOT NULL,
            PRIMARY KEY (model, epoch)
        );
        CREATE INDEX settled_revenue_epoch ON settled_revenue (epoch, model);
        CREATE INDEX payments_of_model ON payments (model) WHERE epoch IS NULL;
        CREATE INDEX ledger_entries_given ON ledger_entries (from_id, seq) WHERE to_kind IN (4, 6);
        CREATE TABLE documents (
            hash bytea PRIMARY KEY CHECK (length(hash) = 32),
            body bytea NOT NULL
        );
        CREATE TABLE token_flows (
            receiver bytea NOT NULL CHECK (length(receiver) = 20),
            token bytea NOT NULL CHECK (length(token) = 20),
            sender bytea NOT NULL CHECK (length(sender) = 20),
            day bigint NOT NULL,
            amount bytea NOT NULL CHECK (length(amount) = 32),
            PRIMARY KEY (receiver, token, sender, day)
        );
        CREATE TABLE flow_accounts (
            account bytea PRIMARY KEY CHECK (length(account) = 20),
            next_block bigint NOT NULL,
            read_time bigint NOT NULL,
            steps bigint NOT NULL,
            logs bigint NOT NULL,
            state bigint NOT NULL
        );
        CREATE INDEX flow_accounts_due ON flow_accounts (state, read_time);
        CREATE TABLE domain_standings (
            model bytea NOT NULL CHECK (length(model) = 32),
            domain text COLLATE "C" NOT NULL,
            number bigint NOT NULL,
            basis bigint NOT NULL,
            successes bigint NOT NULL,
            trials bigint NOT NULL,
            low bigint NOT NULL,
            high bigint NOT NULL,
            status bigint NOT NULL,
            PRIMARY KEY (model, domain)
        );
        CREATE INDEX domain_standings_ranked ON domain_standings (domain, low DESC, number, trials, basis, status, model);
        CREATE TABLE standing_models (
            model bytea PRIMARY KEY CHECK (length(model) = 32),
            time bigint NOT NULL,
            name text COLLATE "C",
            flags text COLLATE "C" NOT NULL,
            whole bigint NOT NULL
        );
        CREATE INDEX standing_models_part ON standing_models (model) WHERE whole = 0;
        CREATE INDEX standing_models_time ON standing_models (time);
        CREATE TABLE model_prices (
            model bytea NOT NULL CHECK (length(model) = 32),
            token bytea NOT NULL CHECK (length(token) = 20),
            price bytea NOT NULL CHECK (length(price) = 32),
            PRIMARY KEY (model, token)
        );
        CREATE TABLE model_records (
            model bytea NOT NULL CHECK (length(model) = 32),
            epoch bigint NOT NULL,
            body bytea NOT NULL,
            PRIMARY KEY (model, epoch)
        );
        CREATE INDEX model_records_epoch ON model_records (epoch, model);
        CREATE TABLE webhook_deliveries (
            target text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            created bigint NOT NULL,
            body bytea NOT NULL,
            attempts bigint NOT NULL,
            due bigint NOT NULL,
            PRIMARY KEY (target, id)
        );
        CREATE INDEX webhook_deliveries_due ON webhook_deliveries (target, due);
        CREATE TABLE relay_claims (
            id bytea PRIMARY KEY CHECK (length(id) = 32),
            accepted bigint NOT NULL,
            account bytea NOT NULL CHECK (length(account) = 20),
            token bytea NOT NULL CHECK (length(token) = 20),
            target bytea NOT NULL CHECK (length(target) = 20),
            cumulative bytea NOT NULL CHECK (length(cumulative) = 32),
            deadline bigint NOT NULL,
            signature bytea NOT NULL,
            proof bytea NOT NULL CHECK (length(proof) % 32 = 0),
            gas bigint NOT NULL,
            state bigint NOT NULL,
            batch bigint,
            tries bigint NOT NULL DEFAULT 0,
            amount bytea CHECK (amount IS NULL OR length(amount) = 32),
            block bigint,
            tx bytea CHECK (tx IS NULL OR length(tx) = 32),
            code text COLLATE "C",
            words text COLLATE "C"
        );
        CREATE INDEX relay_claims_queued ON relay_claims (accepted, id) WHERE state = 1;
        CREATE INDEX relay_claims_batch ON relay_claims (batch) WHERE state = 2;
        CREATE INDEX relay_claims_account ON relay_claims (account, token, accepted);
        CREATE TABLE relay_batches (
            number bigint PRIMARY KEY,
            planned bigint NOT NULL,
            reserve bytea NOT NULL CHECK (length(reserve) = 32)
        );
        CREATE INDEX relay_batches_planned ON relay_batches (planned);

        CREATE FUNCTION signed_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'What was signed never changes, and is kept.';
        END $$;
        CREATE TRIGGER outbox_versions_fixed BEFORE UPDATE OF nonce, version, outbox, raw, hash, fills ON outbox_versions FOR EACH ROW EXECUTE FUNCTION signed_is_kept();
        CREATE TRIGGER outbox_versions_kept BEFORE DELETE ON outbox_versions FOR EACH ROW EXECUTE FUNCTION signed_is_kept();
        """,
    ];
}
