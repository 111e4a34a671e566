using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>Who stands above a model, and what of its revenue flows up to each.</summary>
internal static class Ancestry
{
    private static readonly UInt256 Million = 1_000_000UL;

    /// <summary>By depth, then number. An ancestor on several ways stands once, at its least depth, with the sum of its shares.</summary>
    public static IReadOnlyList<Ancestor> Of(PassportFacts facts, ModelEntry entry)
    {
        var flowed = new Dictionary<ModelId, SortedDictionary<Address, UInt256>>();
        foreach (var flow in facts.Upstream)
        {
            if (!flowed.TryGetValue(flow.Parent, out var tokens)) flowed.Add(flow.Parent, tokens = []);
            tokens[flow.Token] = tokens.GetValueOrDefault(flow.Token) + flow.Amount;
        }

        var found = new Dictionary<ModelId, (uint Depth, UInt256 Share)>();
        // Shares of a depth are of 1,000,000 to that depth, exact; ways of equal depth meet, so that a dense lineage costs no more.
        var (level, whole) = (new Dictionary<ModelId, UInt256> { [entry.Id] = UInt256.One }, UInt256.One);
        for (uint depth = 1; depth <= TermsResolver.MaxDepth && level.Count > 0; depth++)
        {
            var next = new Dictionary<ModelId, UInt256>();
            foreach (var (id, share) in level)
            {
                foreach (var parent in facts.Registry.Get(id).LineageAt(facts.AsOf).Parents)
                    next[parent.Model] = next.GetValueOrDefault(parent.Model) + share * parent.Share;
            }

            foreach (var (id, share) in next)
            {
                var millionths = share / whole;
                found[id] = found.TryGetValue(id, out var known) ? (known.Depth, known.Share + millionths) : (depth, millionths);
            }

            (level, whole) = (next, whole * Million);
        }

        return [.. found
            .OrderBy(pair => pair.Value.Depth).ThenBy(pair => facts.Registry.Get(pair.Key).Number)
            .Select(pair => new Ancestor(pair.Key, pair.Value.Depth, (ulong)pair.Value.Share, Flowed(pair.Key)))];

        IReadOnlyList<(Address Token, UInt256 Amount)> Flowed(ModelId parent) =>
            flowed.TryGetValue(parent, out var tokens) ? [.. tokens.Select(pair => (pair.Key, pair.Value))] : [];
    }
}
