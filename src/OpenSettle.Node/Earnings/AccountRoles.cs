using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Earnings;

/// <summary>
/// As what an account has a part in a model: the roles of its rows in the split that was in force at an epoch's end. The ledger does not keep
/// them: several rows of one account are one weight there. Exactly why is what the epoch's bundle says (see <see cref="WhyService"/>).
/// </summary>
internal sealed class AccountRoles(RegistryBook registry, PublishedTables tables, Address account)
{
    // Tables may have a hundred thousand rows, and an account as many epochs: each table is gone through once.
    private readonly Dictionary<(ModelId Model, uint Version), (string[] Own, string[] OfOwner)> _known = [];

    /// <param name="last">The last block of the epoch.</param>
    public IReadOnlyList<string> Of(ModelId model, BlockPoint last)
    {
        if (!registry.TryGet(model, out var entry)) return [];
        var owned = entry.Registration.Creator == account || entry.OwnerFacts.Any(fact => fact.Owner == account && fact.At.Block <= last.Number);
        // From the newest down: a payment that was swept late is divided by a split that is older than the epoch.
        for (var version = entry.SplitAt(last).Version; version > 0; version--)
        {
            var (own, ofOwner) = In(entry, version);
            if (own.Length > 0 || (owned && ofOwner.Length > 0)) return owned ? [.. own.Concat(ofOwner).Distinct().Order(StringComparer.Ordinal)] : own;
        }

        return [];
    }

    private (string[] Own, string[] OfOwner) In(ModelEntry entry, uint version)
    {
        if (_known.TryGetValue((entry.Id, version), out var known)) return known;
        var split = entry.SplitOf(version);
        var rows = split is null ? [] : (split.AtHand ? split : tables.Find(split) ?? split).Rows;
        string[] Roles(Func<SplitRow, bool> wanted) => [.. rows.Where(wanted).Select(row => row.Role).Distinct().Order(StringComparer.Ordinal)];
        return _known[(entry.Id, version)] = (Roles(row => row.Account == account), Roles(static row => row.Account is null));
    }
}
