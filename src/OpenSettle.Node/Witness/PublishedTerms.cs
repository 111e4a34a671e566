using OpenSettle.Epochs;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Witness;

/// <summary>Committed tables that a bundle has whole are published by it: later epochs need them too.</summary>
internal static class PublishedTerms
{
    public static IReadOnlyList<SplitTable> Keep(BooksSession session, RegistryBook registry, Bundle bundle)
    {
        List<SplitTable> kept = [.. bundle.Terms.Where(terms =>
            terms.Split.AtHand && registry.TryGet(terms.Model, out var model) && model.SplitOf(terms.Split.Version) is { AtHand: false, Commitment: { } commitment } && TableText.Commit(terms.Split) == commitment)
            .Select(terms => terms.Split)];
        foreach (var table in kept) session.Chain.AddTable(table);
        return kept;
    }
}
