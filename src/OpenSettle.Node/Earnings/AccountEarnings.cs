using System.Globalization;
using System.Text.Json;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Earnings;

/// <summary>As what an account earned: by influence or by rows, and in which role; null: as anything.</summary>
internal readonly record struct EarnedAs(bool? ByPool = null, string? Role = null)
{
    public bool Takes(bool byPool, IReadOnlyList<string> roles) => (ByPool ?? byPool) == byPool && (Role is null || roles.Contains(Role, StringComparer.Ordinal));
}

/// <summary>What an account earned, by which models and as what, and where the money is now: from the books alone.</summary>
internal sealed class AccountEarnings(NodeOptions options, IBooks books, NodeState state, OpenEpochBooks open, ModelNames names, ComingEarnings coming)
{
    /// <param name="before">Entries before that one; null: from the newest on.</param>
    public EarningsAnswer Of(Address account, EarningFilter filter, EarnedAs only, long? before, int most) => books.Read(session =>
    {
        var epochs = new EpochNames(session);
        var roles = new AccountRoles(state.Registry, state.Tables, account);
        var (byModel, byEpoch) = Sums(session, account, filter, only, epochs, roles);
        var undivided = coming.Find(session);
        var (entries, next) = Entries(session, account, filter, only, before, most, epochs, roles);
        return new EarningsAnswer(
            account.ToChecksumString(), session.Epochs.LatestActive()?.Number ?? 0, session.Chain.Cursor()?.Block, undivided.Payments, Tokens(session, account, filter, undivided),
            [.. byModel.OrderBy(pair => pair.Key.Number).ThenBy(pair => pair.Key.Token).ThenBy(pair => pair.Key.ByPool).ThenBy(pair => pair.Key.Roles, StringComparer.Ordinal).Select(pair => new ModelEarnings(
                pair.Key.Model.ToString(), pair.Key.Number, names.Of(pair.Key.Model), pair.Key.Token.ToChecksumString(), By(pair.Key.ByPool), pair.Value.Roles, pair.Value.Sum.ToString(), pair.Value.Epochs.Count, pair.Value.Epochs.Max))],
            [.. byEpoch.Select(pair => new EpochEarnings(pair.Key.Epoch, epochs.TimeOf(pair.Key.Epoch), pair.Key.Token.ToChecksumString(), pair.Value.ToString()))],
            entries, next);
    });

    /// <summary>The entries alone: no sums are made, which take all that the account ever earned.</summary>
    public (IReadOnlyList<EarningEntry> Entries, string? Next) Entries(Address account, EarningFilter filter, EarnedAs only, long? before, int most) =>
        books.Read(session => Entries(session, account, filter, only, before, most, new EpochNames(session), new AccountRoles(state.Registry, state.Tables, account)));

    public TokenText Describe(Address token)
    {
        var known = options.Deployment.Tokens.FirstOrDefault(one => one.Token == token);
        return new TokenText(token.ToChecksumString(), known?.Symbol ?? "?", known?.Decimals ?? 0);
    }

    private List<TokenEarnings> Tokens(BooksSession session, Address account, EarningFilter filter, Coming undivided)
    {
        var (active, next) = (state.Active, open.Find(session));
        var paid = session.Earned.PaidSums(account);
        var listed = session.Chain.ListedTokens().ToDictionary(token => token.Token, token => token.SmallestLeaf);
        var earned = session.Ledger.ByToken(LedgerAccount.Contributor(account)).ToDictionary(row => row.Token, row => row.Totals.In);
        var tokens = new List<TokenEarnings>();
        // What is only in an epoch to come belongs here too.
        foreach (var token in listed.Keys.Concat(earned.Keys).Distinct().Order())
        {
            if (filter.Token is { } wanted && wanted != token) continue;
            var now = active?.After.Find(account, token) ?? default;
            var then = next?.After.Find(account, token) ?? default;
            var (claimed, pushed) = paid.GetValueOrDefault(token);
            var later = undivided.Of(account, token);
            if (earned.GetValueOrDefault(token).IsZero && then.Earned.IsZero && later is null) continue;
            var described = Describe(token);
            tokens.Add(new TokenEarnings(
                described.Token, described.Symbol, described.Decimals, earned.GetValueOrDefault(token).ToString(), Less(now.Leaf, claimed).ToString(), Less(now.Earned, now.Promised).ToString(),
                listed.TryGetValue(token, out var smallest) ? smallest.ToString() : null, Less(now.Pushed, pushed).ToString(),
                new PaidSums((claimed + pushed).ToString(), claimed.ToString(), pushed.ToString()),
                next is null || (then.Earned == now.Earned && then.Promised == now.Promised) ? null : new WindowEarnings(
                    next.Epoch.Number, JsonNamingPolicy.CamelCase.ConvertName(next.Epoch.State.ToString()), Less(then.Earned, now.Earned).ToString(), Less(then.Promised, now.Promised).ToString(),
                    next.Epoch.ReadyAt > 0 ? next.Epoch.ReadyAt : null),
                later));
        }

        return tokens;
    }

    /// <summary>Roles are not in the ledger: what is asked for by role is read on until there is enough of it.</summary>
    private (IReadOnlyList<EarningEntry> Entries, string? Next) Entries(
        BooksSession session, Address account, EarningFilter filter, EarnedAs only, long? before, int most, EpochNames epochs, AccountRoles roles)
    {
        var found = new List<(AccountEarning Earning, IReadOnlyList<string> Roles)>();
        var end = before ?? long.MaxValue;
        for (var isMore = true; isMore && found.Count <= most;)
        {
            var batch = session.Earned.To(account, filter, end, most + 1);
            foreach (var earning in batch)
            {
                end = earning.Entry;
                var named = RolesOf(roles, epochs, earning);
                if (only.Takes(earning.ByPool, named)) found.Add((earning, named));
            }

            isMore = batch.Count > most;
        }

        return (
            [.. found.Take(most).Select(one => new EarningEntry(
                one.Earning.Epoch, epochs.TimeOf(one.Earning.Epoch), one.Earning.Model.ToString(), NumberOf(one.Earning.Model), one.Earning.Token.ToChecksumString(), By(one.Earning.ByPool), one.Roles, one.Earning.Amount.ToString()))],
            found.Count > most ? found[most - 1].Earning.Entry.ToString(CultureInfo.InvariantCulture) : null);
    }

    private (Dictionary<(ModelId Model, ulong? Number, Address Token, bool ByPool, string Roles), (UInt256 Sum, IReadOnlyList<string> Roles, SortedSet<ulong> Epochs)> ByModel, SortedDictionary<(ulong Epoch, Address Token), UInt256> ByEpoch) Sums(
        BooksSession session, Address account, EarningFilter filter, EarnedAs only, EpochNames epochs, AccountRoles roles)
    {
        var byModel = new Dictionary<(ModelId Model, ulong? Number, Address Token, bool ByPool, string Roles), (UInt256 Sum, IReadOnlyList<string> Roles, SortedSet<ulong> Epochs)>();
        var byEpoch = new SortedDictionary<(ulong Epoch, Address Token), UInt256>();
        foreach (var earning in session.Earned.AllTo(account))
        {
            if (!filter.Takes(earning)) continue;
            var named = RolesOf(roles, epochs, earning);
            if (!only.Takes(earning.ByPool, named)) continue;
            var key = (earning.Model, NumberOf(earning.Model), earning.Token, earning.ByPool, string.Join('\n', named));
            var sum = byModel.TryGetValue(key, out var known) ? known : (UInt256.Zero, named, []);
            sum.Epochs.Add(earning.Epoch);
            byModel[key] = sum with { Sum = sum.Sum + earning.Amount };
            byEpoch[(earning.Epoch, earning.Token)] = byEpoch.GetValueOrDefault((earning.Epoch, earning.Token)) + earning.Amount;
        }
        return (byModel, byEpoch);
    }

    /// <summary>What influence gave has no role: the pool is divided by what was measured.</summary>
    private static IReadOnlyList<string> RolesOf(AccountRoles roles, EpochNames epochs, AccountEarning earning) =>
        earning.ByPool || epochs.Find(earning.Epoch) is not { } epoch ? [] : roles.Of(earning.Model, new BlockPoint(epoch.LastBlock, epoch.LastBlockTime));

    private ulong? NumberOf(ModelId model) => state.Registry.TryGet(model, out var entry) ? entry.Number : null;

    private static string By(bool pool) => pool ? "pool" : "rows";

    /// <summary>What final blocks show may be newer than what the node settles by.</summary>
    private static UInt256 Less(UInt256 whole, UInt256 part) => whole > part ? whole - part : UInt256.Zero;

    /// <summary>Epochs by number, looked up once each.</summary>
    private sealed class EpochNames(BooksSession session)
    {
        private readonly Dictionary<ulong, SettledEpoch?> _known = [];

        public SettledEpoch? Find(ulong number)
        {
            if (!_known.TryGetValue(number, out var epoch)) _known.Add(number, epoch = session.Epochs.Get(number));
            return epoch;
        }

        public ulong? TimeOf(ulong number) => Find(number) is { LastBlockTime: > 0 and var time } ? time : null;
    }
}
