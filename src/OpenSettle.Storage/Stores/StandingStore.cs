using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>How a model does in a domain. Bounds are in millionths.</summary>
public sealed record StandingRow(string Domain, DomainBasis Basis, ulong Successes, ulong Trials, uint Low, uint High);

/// <summary>What is shown of a model to those who look for one.</summary>
/// <param name="Time">The block time at which it was so.</param>
/// <param name="Flags">The kinds of its flags, with commas between.</param>
/// <param name="Prices">By token, in millionths of its smallest unit for a use.</param>
/// <param name="IsWhole">Whether all that was to be read for it was.</param>
public sealed record ModelStanding(
    ModelId Model, ulong Number, ulong Time, string? Name, byte Status, string Flags, IReadOnlyList<StandingRow> Domains, IReadOnlyList<(Address Token, UInt256 Price)> Prices, bool IsWhole);

/// <summary>What is looked for.</summary>
/// <param name="After">Behind this place in the order: the lower bound and number of the last one that was given.</param>
/// <param name="Price">At most so much, in millionths of the token's smallest unit for a use.</param>
public sealed record StandingQuery(
    string Domain, ulong MinTrials, uint MinLow, DomainBasis? Basis, byte? Status, (Address Token, UInt256 Most)? Price, Address? Token, (uint Low, ulong Number)? After, int Limit);

/// <summary>A model that was found.</summary>
/// <param name="Prices">All that it has.</param>
public sealed record FoundStanding(
    ModelId Model, ulong Number, string? Name, StandingRow Standing, byte Status, string Flags, IReadOnlyList<(Address Token, UInt256 Price)> Prices);

/// <summary>How models do in domains: what passports say, in an order that one can look in. Lost without harm.</summary>
public sealed class StandingStore(BooksSession session)
{
    public void Replace(ModelStanding standing)
    {
        Remove(standing.Model);
        session.Execute("INSERT INTO standing_models (model, time, name, flags, whole) VALUES (?1, ?2, ?3, ?4, ?5)", standing.Model, standing.Time, standing.Name, standing.Flags, standing.IsWhole ? 1 : 0);
        foreach (var row in standing.Domains)
        {
            session.Execute(
                "INSERT INTO domain_standings (model, domain, number, basis, successes, trials, low, high, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                standing.Model, row.Domain, standing.Number, row.Basis, row.Successes, row.Trials, (long)row.Low, (long)row.High, (long)standing.Status);
        }

        foreach (var (token, price) in standing.Prices) session.Execute("INSERT INTO model_prices (model, token, price) VALUES (?1, ?2, ?3)", standing.Model, token, price);
    }

    /// <summary>Models that were looked at last before a time, the oldest first.</summary>
    public IReadOnlyList<ModelId> OlderThan(ulong time, int most) =>
        session.Query("SELECT model FROM standing_models WHERE time < ?1 ORDER BY time LIMIT ?2", row => row.Model(0), time, most);

    /// <summary>Models for which not all was read that was to be, after one.</summary>
    public IReadOnlyList<ModelId> NotWhole(ModelId? after, int most) => session.Query(
        "SELECT model FROM standing_models WHERE whole = 0 AND (model > ?1 OR ?1 IS NULL) ORDER BY model LIMIT ?2", row => row.Model(0), after is { } model ? model : null, most);

    /// <summary>Models that have a name, in no order.</summary>
    public IReadOnlyList<(ModelId Model, string Name)> Names() => session.Query("SELECT model, name FROM standing_models WHERE name IS NOT NULL", row => (row.Model(0), row.GetString(1)));

    /// <summary>Gives a model its name, where it was looked at; where it was not, it is soon.</summary>
    public void SetName(ModelId model, string? name) => session.Execute("UPDATE standing_models SET name = ?2 WHERE model = ?1", model, name);

    public IReadOnlySet<ModelId> Models() => session.Query("SELECT model FROM standing_models", row => row.Model(0)).ToHashSet();

    /// <summary>Ranked models of a domain, the surest first: by the lower bound, then by number.</summary>
    public IReadOnlyList<FoundStanding> Find(StandingQuery query)
    {
        var token = query.Price?.Token ?? query.Token;
        var (low, number) = query.After is { } after ? ((long)after.Low, after.Number) : (long.MaxValue, 0UL);
        var found = session.Query(
            // With a price that is looked for the prices are looked at row by row: an index by price would order by it.
            $"""
            SELECT s.model, s.number, s.basis, s.trials, s.low, s.status FROM domain_standings s INDEXED BY domain_standings_ranked
            WHERE s.domain = ?1 AND s.low >= ?2 AND s.trials >= ?3 AND s.basis <> 0 AND (s.basis = ?4 OR ?4 IS NULL) AND (s.status = ?5 OR ?5 IS NULL)
            AND s.low <= ?6 AND (s.low < ?6 OR s.number > ?7)
            AND (EXISTS (SELECT 1 FROM model_prices p WHERE p.model = s.model AND p.token = ?8 AND (p.price <= ?9 OR ?9 IS NULL)) OR ?8 IS NULL)
            ORDER BY s.low DESC, s.number LIMIT ?10
            """,
            row => (Model: row.Model(0), Number: row.Number(1), Status: (byte)row.GetInt32(5)),
            query.Domain, (long)query.MinLow, query.MinTrials, query.Basis is { } basis ? basis : null, query.Status is { } status ? (long)status : null, low, number,
            token is { } wanted ? wanted : null, query.Price is { } price ? price.Most : null, query.Limit);
        return [.. found.Select(row => Show(row.Model, row.Number, row.Status, query.Domain))];
    }

    public long Count() => session.Single("SELECT count(*) FROM standing_models", row => row.GetInt64(0));

    private FoundStanding Show(ModelId model, ulong number, byte status, string domain)
    {
        var standing = session.Single(
            "SELECT basis, successes, trials, low, high FROM domain_standings WHERE model = ?1 AND domain = ?2",
            row => new StandingRow(domain, (DomainBasis)row.GetInt32(0), row.Number(1), row.Number(2), checked((uint)row.GetInt64(3)), checked((uint)row.GetInt64(4))), model, domain)
            ?? throw new StorageException(StorageErrorKind.Inconsistent, $"Model {model} was found in domain {domain}, and has no standing there.");
        var (name, flags) = session.Single("SELECT name, flags FROM standing_models WHERE model = ?1", row => (row.IsDBNull(0) ? null : row.GetString(0), row.GetString(1)), model);
        var prices = session.Query("SELECT token, price FROM model_prices WHERE model = ?1 ORDER BY token", row => (row.Account(0), row.Amount(1)), model);
        return new FoundStanding(model, number, name, standing, status, flags ?? string.Empty, prices);
    }

    private void Remove(ModelId model)
    {
        session.Execute("DELETE FROM standing_models WHERE model = ?1", model);
        session.Execute("DELETE FROM domain_standings WHERE model = ?1", model);
        session.Execute("DELETE FROM model_prices WHERE model = ?1", model);
    }
}
