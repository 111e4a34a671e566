namespace OpenSettle.Storage.Postgres;

/// <summary>What attestors said, what this node found, and the batches that it pulled: see CandidateStore, VerdictStore and HeldBatchStore.</summary>
internal static class PostgresWitnessSchema
{
    public const string Step =
        """
        CREATE TABLE attestor_words (
            digest bytea NOT NULL CHECK (length(digest) = 32),
            attestor bytea NOT NULL CHECK (length(attestor) = 20),
            why text COLLATE "C",
            signature bytea NOT NULL,
            time bigint NOT NULL,
            PRIMARY KEY (digest, attestor)
        );
        CREATE TABLE verdicts (
            content bytea PRIMARY KEY CHECK (length(content) = 32),
            epoch bigint NOT NULL,
            attempt bigint NOT NULL,
            root bytea NOT NULL CHECK (length(root) = 32),
            bundle_hash bytea NOT NULL CHECK (length(bundle_hash) = 32),
            difference text COLLATE "C",
            time bigint NOT NULL
        );
        CREATE INDEX verdicts_epoch ON verdicts (epoch, attempt);
        CREATE TABLE bundle_batches (
            bundle_hash bytea NOT NULL CHECK (length(bundle_hash) = 32),
            gateway bytea NOT NULL CHECK (length(gateway) = 20),
            last bigint NOT NULL,
            PRIMARY KEY (bundle_hash, gateway)
        );
        CREATE TABLE held_batches (
            gateway bytea NOT NULL CHECK (length(gateway) = 20),
            number bigint NOT NULL,
            digest bytea NOT NULL CHECK (length(digest) = 32),
            root bytea NOT NULL CHECK (length(root) = 32),
            events bigint NOT NULL,
            seen bigint NOT NULL,
            body bytea NOT NULL,
            PRIMARY KEY (gateway, number)
        );
        """;
}
