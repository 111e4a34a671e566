using System.Globalization;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Passports;

/// <summary>
/// Keeps what is looked for among all models: of a model whose epochs, attestations or registry changed the passport is computed anew, and of
/// the others once a day, because time alone changes some figures.
/// </summary>
internal sealed class StandingKeeper(SqliteBooks books, PassportService passports, NodeOptions options)
{
    private const string Key = "standings";
    private const int AtOnce = 200;
    private const ulong DaySeconds = 86_400;

    /// <summary>What is due, at most so many models. Whether there is more.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        if (passports.Now() is not { } now) return false;
        var (due, reached, rest) = books.Read(session => Due(session, now));
        var standings = new List<ModelStanding>(due.Count);
        var wanted = new List<RelatedAccounts>();
        foreach (var model in due)
        {
            cancellation.ThrowIfCancellationRequested();
            if (passports.Compute(model, now) is not var (facts, passport)) continue;
            standings.Add(StandingOf(facts, passport, now));
            if (options.PassportFlows && facts.Epochs.Count > 0) wanted.Add(books.Read(session => RelatedAccounts.Of(session, facts, facts.Registry.Get(model))));
        }

        if (standings.Count == 0 && reached is null) return false;
        await books.WriteAsync(
            session =>
            {
                foreach (var standing in standings) session.Standings.Replace(standing);
                foreach (var related in wanted) FlowReader.Want(session, related, options.Deployment.Watched.FirstBlock);
                if (reached is not null) session.Meta.SetText(Key, reached);
            },
            cancellation);
        return rest;
    }

    /// <summary>Models whose passports may be others than those that were looked at, and up to where that is then known; null: no further than before.</summary>
    private static (IReadOnlyList<ModelId> Models, string? Reached, bool Rest) Due(BooksSession session, BlockPoint now)
    {
        var seen = Mark.Parse(session.Meta.GetText(Key));
        var newest = session.Attestations.Newest();
        var epoch = session.Epochs.ActivatedBefore(now.Number) is [.., var last] ? last.Epoch.Number : 0;
        var next = new Mark(now.Number, epoch, newest.Contents, newest.Files, 0);
        var changed = new SortedSet<ModelId>();
        if (next with { Done = 0 } != seen with { Done = 0 })
        {
            changed.UnionWith(session.Settled.Models(seen.Epoch, epoch));
            changed.UnionWith(session.Chain.ChangedModels(seen.Block, now.Number));
            changed.UnionWith(session.Notices.Models(seen.Block, now.Number));
            changed.UnionWith(session.Attestations.Revoked(seen.Block, now.Number));
            changed.UnionWith(session.Attestations.Models((seen.Contents, seen.Files), newest));
        }

        // Far behind, as at the first start, it goes on where it was: in order of id.
        if (changed.Count > AtOnce) return ([.. changed.Skip(seen.Done).Take(AtOnce)], Progress(seen, changed.Count, next), true);
        if (changed.Count > 0) return ([.. changed], next.ToString(), false);
        var old = now.Timestamp > DaySeconds ? session.Standings.OlderThan(now.Timestamp - DaySeconds, AtOnce) : [];
        return (old, next == seen ? null : next.ToString(), old.Count == AtOnce);
    }

    private static string Progress(Mark seen, int all, Mark next) => seen.Done + AtOnce >= all ? next.ToString() : (seen with { Done = seen.Done + AtOnce }).ToString();

    private static ModelStanding StandingOf(PassportFacts facts, Passport passport, BlockPoint now)
    {
        var name = facts.Metadata is { } bytes && ModelDocument.TryParse(bytes, out _) is { Name.Length: > 0 } document ? document.Name : null;
        var prices = new SortedDictionary<Address, UInt256>();
        foreach (var figure in passport.Figures.Where(figure => figure is { Id: "price.perUse", State: FigureState.Known, Value: not null }))
        {
            if (Address.TryParse(figure.Scope, out var token) && Millionths.TryParse(figure.Value, out var price)) prices[token] = price;
        }

        return new ModelStanding(
            facts.Model, facts.Registry.Get(facts.Model).Number, now.Timestamp, name, passport.Status, string.Join(',', passport.Flags.Select(flag => flag.Id).Distinct(StringComparer.Ordinal)),
            [.. passport.Domains.GroupBy(domain => domain.Text, StringComparer.Ordinal).Select(domains => RowOf(domains.First()))], [.. prices.Select(pair => (pair.Key, pair.Value))]);
    }

    private static StandingRow RowOf(DomainStanding domain) =>
        new(domain.Text, domain.Basis, domain.Successes, domain.Trials, Millionths.OfShare(domain.Low), Millionths.OfShare(domain.High));

    /// <summary>Up to where changes were looked at.</summary>
    /// <param name="Done">Of the changes since, how many models were gone through.</param>
    private readonly record struct Mark(ulong Block, ulong Epoch, long Contents, long Files, int Done)
    {
        public static Mark Parse(string? text)
        {
            if (text is null) return default;
            var parts = text.Split(' ').Select(part => long.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
            return new Mark((ulong)parts[0], (ulong)parts[1], parts[2], parts[3], (int)parts[4]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Block} {Epoch} {Contents} {Files} {Done}");
    }
}

/// <summary>Decimal texts as whole millionths.</summary>
internal static class Millionths
{
    private const int Digits = 6;
    private const uint One = 1_000_000;

    /// <summary>False where it is no plain decimal with at most six decimals.</summary>
    public static bool TryParse(string? text, out UInt256 millionths)
    {
        millionths = UInt256.Zero;
        if (string.IsNullOrEmpty(text)) return false;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var (whole, decimals) = point < 0 ? (text, string.Empty) : (text[..point], text[(point + 1)..]);
        if (whole.Length == 0 || decimals.Length > Digits || (point >= 0 && decimals.Length == 0)) return false;
        return (whole + decimals).All(char.IsAsciiDigit) && UInt256.TryParse(whole.TrimStart('0') + decimals.PadRight(Digits, '0') is { } digits && digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0", out millionths);
    }

    /// <summary>A share from 0 to 1; anything else is none.</summary>
    public static uint OfShare(string text) => TryParse(text, out var millionths) && millionths <= One ? (uint)(ulong)millionths : 0;

    public static string Text(UInt256 millionths) => $"{millionths / One}.{((ulong)(millionths - millionths / One * One)).ToString("D6", CultureInfo.InvariantCulture)}";
}
