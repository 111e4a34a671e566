namespace OpenSettle.Storage.Postgres;

/// <summary>What the tables and the stores' SQL need of the server beside its own functions: the first step.</summary>
internal static class PostgresFunctions
{
    public const string Step =
        """
        -- Sums of amounts of 32 bytes, exact; eight digits of 32 bits, from the last.
        CREATE FUNCTION add_amounts(a bytea, b bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        DECLARE
            total bytea := '';
            carry bigint := 0;
        BEGIN
            FOR i IN REVERSE 7..0 LOOP
                carry := carry + ('x' || encode(substr(a, i * 4 + 1, 4), 'hex'))::bit(32)::bigint + ('x' || encode(substr(b, i * 4 + 1, 4), 'hex'))::bit(32)::bigint;
                total := substr(int8send(carry), 5, 4) || total;
                carry := carry >> 32;
            END LOOP;
            IF carry <> 0 THEN RAISE EXCEPTION 'A sum of amounts has more than 256 bits.'; END IF;
            RETURN total;
        END $$;

        CREATE FUNCTION instr(whole text, part text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT strpos(whole, part)';

        -- Makes the partition of a table by arrival that a value falls into, where there is none. Attached, and not made in place: readers are not in the way.
        CREATE FUNCTION arrive(parent text, value bigint, width bigint) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            number bigint := value / width;
            part text := parent || '_' || number;
        BEGIN
            IF to_regclass(quote_ident(part)) IS NOT NULL THEN RETURN; END IF;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, part, number * width, (number + 1) * width);
        END $$;

        -- Which node does what, by this server's clock.
        CREATE TABLE leases (
            name text COLLATE "C" PRIMARY KEY,
            holder text COLLATE "C" NOT NULL,
            token bigint NOT NULL,
            until timestamptz NOT NULL
        );
        """;
}
