using OpenSettle.Ethereum.Attestations;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Verification;

/// <summary>How something that a passport says ended.</summary>
public enum PassportVerdict
{
    Unknown = 0,

    /// <summary>It follows from the chain and the bundles.</summary>
    Holds,

    /// <summary>It does not.</summary>
    Differs,

    /// <summary>Somebody says so, and nothing on the chain can say whether it is true.</summary>
    Claimed,

    /// <summary>What it follows from could not be had.</summary>
    NotChecked,
}

/// <summary>One thing that a passport says, and what was found.</summary>
/// <param name="What">A figure's id, an attestation's uid, or what else it is of.</param>
/// <param name="Scope">Of which token or domain; empty: of none.</param>
/// <param name="Said">What the passport says; null where it says nothing.</param>
/// <param name="Found">What recomputing gives; null where it gives nothing.</param>
/// <param name="Why">In words, where it does not plainly hold.</param>
public sealed record PassportRow(string What, string Scope, FigureLevel Level, PassportVerdict Verdict, string? Said, string? Found, string? Why);

/// <summary>What a verification could look at: figures are only as sure as what they follow from.</summary>
/// <param name="Money">Why payments, divisions and epochs are not sure; null: they are.</param>
/// <param name="Usage">Why the records' usage is not sure; null: it is.</param>
/// <param name="Flows">Why transfers between accounts are not known; null: they are.</param>
public sealed record EvidenceLimits(string? Money, string? Usage, string? Flows);

/// <summary>Holds a passport that somebody shows against the one that was recomputed.</summary>
internal static class PassportCheck
{
    public static IReadOnlyList<PassportRow> Compare(Passport said, Passport found, EvidenceLimits limits) =>
    [
        .. Head(said, found, limits),
        .. Figures(said, found, limits),
        .. Domains(said, found, limits),
        .. Attestations(said, found, limits),
        .. Permissions(said, found),
        .. said.PublicSources.Select(static source => new PassportRow(
            "public source", source.ToChecksumString(), FigureLevel.SelfReported, PassportVerdict.Claimed, "funds anybody", null, "clusters are formed without it, because whoever shows the passport says so")),
        .. Set("parent", said.Ancestors, found.Ancestors, static item => $"{item.Model} at depth {item.Depth}, {item.ShareMillionths} millionths", Sums, limits.Money),
        .. Set("contributor", said.Contributors, found.Contributors, static item => item.Account.ToChecksumString(), static item => $"{string.Join('/', item.Roles)} {Money(item.Earned)}", limits.Money),
        .. Set("flag", said.Flags, found.Flags, static item => $"{item.Id} {item.Scope}", static item => item.Message, limits.Money ?? limits.Flows),
    ];

    private static IEnumerable<PassportRow> Head(Passport said, Passport found, EvidenceLimits limits)
    {
        yield return Fact("model", said.Model.ToString(), found.Model.ToString());
        yield return Fact("chain", Text(said.ChainId), Text(found.ChainId));
        yield return Fact("code version", said.CodeVersion, found.CodeVersion);
        yield return Fact("block's time", Text(said.AsOf.Timestamp), Text(found.AsOf.Timestamp));
        var last = Fact("last epoch", Text(said.LastEpoch), Text(found.LastEpoch));
        yield return limits.Money is { } why ? last with { Verdict = PassportVerdict.NotChecked, Why = why } : last;
        yield return Fact("owner", said.Owner.ToChecksumString(), found.Owner.ToChecksumString());
        yield return Fact("pay address", said.PayAddress.ToChecksumString(), found.PayAddress.ToChecksumString());
        yield return Fact("identity hash", said.IdentityHash.ToString(), found.IdentityHash.ToString());
        yield return Fact("status", Text(said.Status), Text(found.Status));
        yield return Fact("frozen", Text(said.IsFrozen ? 1UL : 0), Text(found.IsFrozen ? 1UL : 0));
        yield return Fact("metadata hash", said.MetadataHash.ToString(), found.MetadataHash.ToString());
        yield return Fact("metadata address", said.MetadataUri, found.MetadataUri);
    }

    private static IEnumerable<PassportRow> Figures(Passport said, Passport found, EvidenceLimits limits)
    {
        var recomputed = found.Figures.ToDictionary(figure => (figure.Id, figure.Scope));
        foreach (var figure in said.Figures)
        {
            recomputed.Remove((figure.Id, figure.Scope), out var mine);
            yield return Figure(figure, mine, limits);
        }

        foreach (var ((id, scope), mine) in recomputed.OrderBy(pair => pair.Key.Id, StringComparer.Ordinal).ThenBy(pair => pair.Key.Scope, StringComparer.Ordinal))
        {
            if (mine.Level != FigureLevel.SelfReported && LimitOf(id, limits) is null) yield return new PassportRow(id, scope, mine.Level, PassportVerdict.Differs, null, Text(mine), "the passport leaves it out");
        }
    }

    private static PassportRow Figure(Figure said, Figure? found, EvidenceLimits limits)
    {
        var row = new PassportRow(said.Id, said.Scope, said.Level, PassportVerdict.Holds, Text(said), found is null ? null : Text(found), null);
        if (found is null)
        {
            if (said.Level != FigureLevel.SelfReported && LimitOf(said.Id, limits) is { } unknown) return row with { Verdict = PassportVerdict.NotChecked, Why = unknown };
            return said.Level == FigureLevel.SelfReported
                ? row with { Verdict = PassportVerdict.Claimed, Why = "only the node that says so has seen it" }
                : row with { Verdict = PassportVerdict.Differs, Why = "nothing on the chain gives it" };
        }

        // Who calls its own word the chain's is not believed.
        if (found.Level != said.Level) return row with { Verdict = PassportVerdict.Differs, Why = $"the passport calls it {Text(said.Level)}, and it is {Text(found.Level)}" };
        if (said.Level == FigureLevel.SelfReported) return row with { Verdict = PassportVerdict.Claimed, Why = "only the node that says so has seen it" };
        if (LimitOf(said.Id, limits) is { } why) return row with { Verdict = PassportVerdict.NotChecked, Why = why };
        // Whoever shows it says that it does not know yet: that is no lie.
        if (said.State == FigureState.NotRead) return row with { Verdict = PassportVerdict.Claimed, Why = "the passport does not know it" };
        return Difference(said, found) is { } difference ? row with { Verdict = PassportVerdict.Differs, Why = difference } : row;
    }

    private static string? Difference(Figure said, Figure found)
    {
        if (said.State != found.State) return $"it is {Text(found.State)}, not {Text(said.State)}";
        if (said.Value != found.Value) return "another value";
        if (said.Low != found.Low || said.High != found.High) return $"the interval is {found.Low} to {found.High}, not {said.Low} to {said.High}";
        if (said.N != found.N || said.LeastN != found.LeastN) return $"it has {found.N} of at least {found.LeastN} observations, not {said.N} of {said.LeastN}";
        if (said.FirstBlock != found.FirstBlock || said.LastBlock != found.LastBlock) return $"it is of blocks {found.FirstBlock} to {found.LastBlock}, not {said.FirstBlock} to {said.LastBlock}";
        if (said.Points.Count != found.Points.Count) return $"its series has {found.Points.Count} points, not {said.Points.Count}";
        for (var i = 0; i < said.Points.Count; i++)
        {
            if (said.Points[i] != found.Points[i]) return $"its series has {found.Points[i].Value} at {found.Points[i].At}, not {said.Points[i].Value} at {said.Points[i].At}";
        }

        return null;
    }

    private static IEnumerable<PassportRow> Domains(Passport said, Passport found, EvidenceLimits limits) => Set(
        "domain", said.Domains, found.Domains, static item => item.Text,
        static item => $"{item.Successes} of {item.Trials} by {item.Basis}, {item.Low} to {item.High}", limits.Usage);

    private static IEnumerable<PassportRow> Attestations(Passport said, Passport found, EvidenceLimits limits)
    {
        var mine = found.Attestations.ToDictionary(item => item.Entry.Uid);
        foreach (var item in said.Attestations)
        {
            mine.Remove(item.Entry.Uid, out var own);
            var row = new PassportRow("attestation", item.Entry.Uid.ToString(), FigureLevel.Attested, PassportVerdict.Holds, Text(item), own is null ? null : Text(own), null);
            if (own is null)
            {
                yield return item.Entry.OnChain
                    ? row with { Verdict = PassportVerdict.Differs, Why = "the chain does not have it" }
                    : row with { Verdict = PassportVerdict.Claimed, Why = "it is off chain: import its file and look at its signature" };
            }
            else if (Text(item) != Text(own) && SameContent(item.Entry, own.Entry) && (limits.Money ?? limits.Flows) is { } limit)
            {
                yield return row with { Verdict = PassportVerdict.NotChecked, Why = $"the chain has it; what it is worth is not known: {limit}" };
            }
            else if (Text(item) != Text(own) || !SameContent(item.Entry, own.Entry))
            {
                yield return row with { Verdict = PassportVerdict.Differs, Why = "the chain says something else" };
            }
            else
            {
                // That it was said holds; whether it is true is the attester's word.
                yield return row;
            }
        }

        foreach (var own in found.Attestations.Where(item => mine.ContainsKey(item.Entry.Uid) && item.Entry.OnChain))
            yield return new PassportRow("attestation", own.Entry.Uid.ToString(), FigureLevel.Attested, PassportVerdict.Differs, null, Text(own), "the passport leaves it out");
    }

    private static bool SameContent(AttestationEntry said, AttestationEntry found) =>
        said with { Statement = null, At = null } == found with { Statement = null, At = null } && Bytes(said.Statement).AsSpan().SequenceEqual(Bytes(found.Statement));

    private static byte[] Bytes(Statement? statement) => statement is null ? [] : StatementCodec.Encode(statement);

    private static IEnumerable<PassportRow> Permissions(Passport said, Passport found) => Set(
        "permission", said.Permissions, found.Permissions, static item => $"{item.Account} {item.Use} {item.Attestation}",
        static item => $"{item.Permission}, expires {item.Expires}, terms {item.TermsHash} {item.Uri}", null);

    private static IEnumerable<PassportRow> Set<T>(string what, IReadOnlyList<T> said, IReadOnlyList<T> found, Func<T, string> key, Func<T, string> text, string? limit)
    {
        var mine = found.GroupBy(key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => string.Join("; ", group.Select(text)), StringComparer.Ordinal);
        foreach (var group in said.GroupBy(key, StringComparer.Ordinal))
        {
            var value = string.Join("; ", group.Select(text));
            mine.Remove(group.Key, out var own);
            var row = new PassportRow(what, group.Key, FigureLevel.OnChain, PassportVerdict.Holds, value, own, null);
            if (limit is not null) yield return row with { Verdict = PassportVerdict.NotChecked, Why = limit };
            else if (own is null) yield return row with { Verdict = PassportVerdict.Differs, Why = "recomputing gives none" };
            else yield return value == own ? row : row with { Verdict = PassportVerdict.Differs, Why = "another value" };
        }

        foreach (var (name, own) in mine.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            yield return new PassportRow(
                what, name, FigureLevel.OnChain, limit is null ? PassportVerdict.Differs : PassportVerdict.NotChecked, null, own, limit ?? "the passport leaves it out");
        }
    }

    private static PassportRow Fact(string what, string said, string found) => new(
        what, string.Empty, FigureLevel.OnChain, said == found ? PassportVerdict.Holds : PassportVerdict.Differs, said, found, said == found ? null : "the chain says something else");

    /// <summary>What the figure follows from that could not be looked at.</summary>
    private static string? LimitOf(string id, EvidenceLimits limits)
    {
        if (limits.Money is { } money) return money;
        if (id.StartsWith("usage.", StringComparison.Ordinal) || id.StartsWith("domain.", StringComparison.Ordinal) || id.StartsWith("price.", StringComparison.Ordinal)) return limits.Usage;
        return FlowFigures.Any(prefix => id.StartsWith(prefix, StringComparison.Ordinal)) ? limits.Flows : null;
    }

    // Those that ask who funded whom.
    private static readonly string[] FlowFigures =
        ["wash.", "buyers.clusters", "concentration.hhiClustered", "concentration.effectiveBuyersClustered", "retention.", "dependency.", "revenue.washAdjusted"];

    private static string Sums(Ancestor ancestor) => Money(ancestor.Flowed);

    private static string Money(IReadOnlyList<(Address Token, UInt256 Amount)> amounts) => string.Join(", ", amounts.Select(item => $"{item.Amount} of {item.Token}"));

    private static string Text(ulong number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(Figure figure) => figure.Value is not { } value ? Text(figure.State) : figure.Low is null && figure.High is null ? value : $"{value} ({figure.Low} to {figure.High})";

    private static string Text(JudgedAttestation item) => $"{item.Entry.Kind} by {item.Entry.Attester.ToChecksumString()}: {item.Standing}{(item.Benefits ? ", benefits" : string.Empty)}";

    private static string Text(FigureState state) => state switch
    {
        FigureState.Known => "known",
        FigureState.Insufficient => "insufficient data",
        FigureState.NotFound => "not found",
        _ => "not read",
    };

    private static string Text(FigureLevel level) => level switch
    {
        FigureLevel.OnChain => "on chain",
        FigureLevel.Attested => "attested",
        FigureLevel.SelfReported => "self-reported",
        _ => "of no level",
    };
}
