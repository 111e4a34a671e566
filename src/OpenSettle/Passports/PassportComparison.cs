namespace OpenSettle.Passports;

/// <summary>A figure of two models, side by side.</summary>
/// <param name="A">Null where the first passport has none of that name and scope.</param>
public sealed record ComparedFigure(string Id, string Scope, Figure? A, Figure? B);

/// <summary>A domain of two models, side by side.</summary>
public sealed record ComparedDomain(string Text, DomainStanding? A, DomainStanding? B);

/// <summary>Two passports, figure by figure.</summary>
/// <param name="Differ">In words, what has to be known before the figures are held against each other; empty: nothing.</param>
public sealed record PassportComparison(Passport A, Passport B, IReadOnlyList<ComparedFigure> Figures, IReadOnlyList<ComparedDomain> Domains, IReadOnlyList<string> Differ)
{
    /// <exception cref="ArgumentException">The passports were made by different rules.</exception>
    public static PassportComparison Of(Passport a, Passport b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.CodeVersion != b.CodeVersion)
            throw new ArgumentException($"Passports of code versions {a.CodeVersion} and {b.CodeVersion} have figures by different rules, and are not compared.", nameof(b));
        var (ofA, ofB) = (a.Figures.ToDictionary(Key), b.Figures.ToDictionary(Key));
        var figures = ofA.Keys.Union(ofB.Keys)
            .OrderBy(key => key.Id, StringComparer.Ordinal).ThenBy(key => key.Scope, StringComparer.Ordinal)
            .Select(key => new ComparedFigure(key.Id, key.Scope, ofA.GetValueOrDefault(key), ofB.GetValueOrDefault(key)));
        var (domainsA, domainsB) = (a.Domains.ToDictionary(domain => domain.Domain), b.Domains.ToDictionary(domain => domain.Domain));
        var domains = domainsA.Keys.Union(domainsB.Keys).Order()
            .Select(word => (A: domainsA.GetValueOrDefault(word), B: domainsB.GetValueOrDefault(word)))
            .Select(pair => new ComparedDomain((pair.A ?? pair.B)?.Text ?? string.Empty, pair.A, pair.B));
        return new PassportComparison(a, b, [.. figures], [.. domains], [.. Words(a, b)]);
    }

    private static (string Id, string Scope) Key(Figure figure) => (figure.Id, figure.Scope);

    private static IEnumerable<string> Words(Passport a, Passport b)
    {
        if (a.ChainId != b.ChainId) yield return $"They are on chains {a.ChainId} and {b.ChainId}: a token of one is not the token of the other, whatever its address.";
        if (a.AsOf.Number != b.AsOf.Number && a.ChainId == b.ChainId) yield return $"They are as of blocks {a.AsOf.Number} and {b.AsOf.Number}.";
        if (a.LastEpoch != b.LastEpoch && a.ChainId == b.ChainId) yield return $"Their last epochs are {a.LastEpoch} and {b.LastEpoch}.";
    }
}
