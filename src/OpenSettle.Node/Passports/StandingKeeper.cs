using OpenSettle.Storage;
using System.Globalization;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Passports;

/// <summary>
/// Keeps what is looked for among all models: of a model whose epochs, attestations or registry changed the passport is computed anew, and of
/// the others once a day, because time alone changes some figures.
/// </summary>
internal sealed class StandingKeeper(IBooks books, PassportService passports, NodeState state, NodeOptions options, ModelNames names)
{
    private const string Key = "standings";
    private const int AtOnce = 200;
    private const ulong DaySeconds = 86_400;

    private Progress? _progress;
    private long _flowsSeen;
    private ModelId? _after;

    /// <summary>What is due, at most so many models. Whether there is more.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        if (passports.Now() is not { } now) return false;
        var progress = _progress ??= Progress.Parse(books.Read(session => session.Meta.GetText(Key)));
        var (due, next, more) = books.Read(session => Due(session, progress, now));
        if (due.Count == 0) (due, more) = books.Read(NotWhole);
        var standings = new List<ModelStanding>(due.Count);
        var wanted = new List<RelatedAccounts>();
        foreach (var model in due)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Compute(model, now) is not var (facts, passport)) continue;
            standings.Add(StandingOf(facts, passport, now, isWhole: !options.PassportFlows || facts.FlowsKnown || facts.Epochs.Count == 0));
            // Where nothing is missing, nobody is wanted who is not known.
            if (options.PassportFlows && facts is { FlowsKnown: false, Epochs.Count: > 0 }) wanted.Add(books.Read(session => RelatedAccounts.Of(session.Flows, facts, facts.Registry.Get(model))));
        }

        // Where nothing changed, how far was looked need not be on disk: looking again finds nothing.
        if (standings.Count > 0 || due.Count > 0 || next.To is not null)
        {
            await books.WriteAsync(
                session =>
                {
                    foreach (var standing in standings) session.Standings.Replace(standing);
                    foreach (var related in wanted) FlowReader.Want(session, related, options.Deployment.Watched.FirstBlock);
                    session.Meta.SetText(Key, next.ToString());
                },
                cancellation);
            names.Set(standings.Select(standing => (standing.Model, standing.Name)));
        }

        _progress = next;
        return more;
    }

    /// <summary>Null where there is none; one that cannot be computed keeps no other from it.</summary>
    private (PassportFacts Facts, Passport Passport)? Compute(ModelId model, BlockPoint now)
    {
        var alert = $"passport {model}";
        try
        {
            var computed = passports.Compute(model, now);
            state.ClearAlert(alert);
            return computed;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OverflowException)
        {
            state.SetAlert(alert, $"The passport of model {model} cannot be computed: {e.Message}");
            return null;
        }
    }

    /// <summary>Models whose passports may be others than those that were looked at, and how far that goes.</summary>
    private static (IReadOnlyList<ModelId> Models, Progress Next, bool More) Due(BooksSession session, Progress progress, BlockPoint now)
    {
        var to = progress.To ?? MarkOf(session, now);
        var changed = to == progress.From ? [] : Changed(session, progress.From, to).Where(model => progress.After is not { } done || model > done).Take(AtOnce).ToList();
        // Far behind, as at the first start, it goes on in order of id, up to a fixed mark.
        if (changed.Count == AtOnce) return (changed, progress with { To = to, After = changed[^1] }, true);
        var done = new Progress(to, null, null);
        if (changed.Count > 0) return (changed, done, false);
        IReadOnlyList<ModelId> old = now.Timestamp > DaySeconds ? session.Standings.OlderThan(now.Timestamp - DaySeconds, AtOnce) : [];
        return (old, done, old.Count == AtOnce);
    }

    /// <summary>Models that wait for transfers, once for each time that these were read to the end.</summary>
    private (IReadOnlyList<ModelId> Models, bool More) NotWhole(BooksSession session)
    {
        if (_after is null && _flowsSeen == state.FlowsRead) return ([], false);
        if (_after is null) _flowsSeen = state.FlowsRead;
        var models = session.Standings.NotWhole(_after, AtOnce);
        _after = models.Count == AtOnce ? models[^1] : null;
        return (models, models.Count == AtOnce);
    }

    private static Mark MarkOf(BooksSession session, BlockPoint now)
    {
        var newest = session.Attestations.Newest();
        return new Mark(now.Number, session.Epochs.NewestActivatedBefore(now.Number), newest.Contents, newest.Files);
    }

    private static SortedSet<ModelId> Changed(BooksSession session, Mark from, Mark to) =>
    [
        .. session.Settled.Models(from.Epoch, to.Epoch),
        .. session.Records.Models(from.Epoch, to.Epoch),
        .. session.Chain.ChangedModels(from.Block, to.Block),
        .. session.Notices.Models(from.Block, to.Block),
        .. session.Attestations.Revoked(from.Block, to.Block),
        .. session.Attestations.Models((from.Contents, from.Files), (to.Contents, to.Files)),
    ];

    private static ModelStanding StandingOf(PassportFacts facts, Passport passport, BlockPoint now, bool isWhole)
    {
        var prices = new SortedDictionary<Address, UInt256>();
        foreach (var figure in passport.Figures.Where(figure => figure is { Id: "price.perUse", State: FigureState.Known, Value: not null }))
        {
            if (Address.TryParse(figure.Scope, out var token) && Millionths.TryParse(figure.Value, out var price)) prices[token] = price;
        }

        return new ModelStanding(
            facts.Model, facts.Registry.Get(facts.Model).Number, now.Timestamp, NameIn(facts.Metadata), passport.Status, string.Join(',', passport.Flags.Select(flag => flag.Id).Distinct(StringComparer.Ordinal)),
            [.. passport.Domains.GroupBy(domain => domain.Text, StringComparer.Ordinal).Select(domains => RowOf(domains.First()))], [.. prices.Select(pair => (pair.Key, pair.Value))], isWhole);
    }

    /// <summary>The name that a document gives; null where it is none, or gives none.</summary>
    public static string? NameIn(ReadOnlyMemory<byte>? document) =>
        document is { } bytes && ModelDocument.TryParse(bytes, out _) is { Name.Length: > 0 } read ? read.Name : null;

    private static StandingRow RowOf(DomainStanding domain) =>
        new(domain.Text, domain.Basis, domain.Successes, domain.Trials, Millionths.OfShare(domain.Low), Millionths.OfShare(domain.High));

    /// <summary>A state of the books.</summary>
    private readonly record struct Mark(ulong Block, ulong Epoch, long Contents, long Files)
    {
        public static Mark Parse(string text) => text.Split(' ').Select(part => long.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray() is [var block, var epoch, var contents, var files]
            ? new Mark((ulong)block, (ulong)epoch, contents, files)
            : throw new FormatException($"'{text}' is no mark.");

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Block} {Epoch} {Contents} {Files}");
    }

    /// <summary>Changes up to <paramref name="From"/> were looked at; of those up to <paramref name="To"/>, the models up to <paramref name="After"/>.</summary>
    private sealed record Progress(Mark From, Mark? To, ModelId? After)
    {
        public static Progress Parse(string? text) => text?.Split('|') switch
        {
            [var from] => new Progress(Mark.Parse(from), null, null),
            [var from, var to, var after] => new Progress(Mark.Parse(from), Mark.Parse(to), new ModelId(Hash32.Parse(after))),
            _ => new Progress(default, null, null),
        };

        public override string ToString() => To is { } to && After is { } after ? $"{From}|{to}|{after}" : $"{From}";
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
