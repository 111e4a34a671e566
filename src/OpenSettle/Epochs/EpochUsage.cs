using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>A batch that an epoch took.</summary>
public sealed record BatchRoot(Address Gateway, ulong Number, Hash32 Root, ulong Events);

/// <summary>A model's usage in an epoch: all events seen, those that count, and their units.</summary>
public sealed record UsageCount(ModelId Model, ulong Events, ulong Counted = 0, UInt256 Units = default);

/// <summary>How many weighing events a method measured.</summary>
public sealed record MethodCount(ModelId Model, Hash32 Method, ulong Events);

/// <summary>Influence of an account on a model, summed over the events that name no payment of the epoch.</summary>
public readonly record struct OpenSum(ModelId Model, Address Account, UInt256 Weight);

/// <summary>Influence of an account, summed over the payments that events name, by what each was settled with.</summary>
public readonly record struct DirectSum(int Terms, Address Token, Address Account, UInt256 Weight);

/// <summary>All that an epoch says of usage. Lists are in the order of the bundle.</summary>
/// <param name="Uses">Of models with counted events, models ascending: what goes into their records.</param>
public sealed record EpochUsage(
    IReadOnlyList<BatchRoot> Batches,
    IReadOnlyList<UsageCount> Counts,
    IReadOnlyList<MethodCount> Methods,
    IReadOnlyList<OpenSum> Open,
    IReadOnlyList<DirectSum> Direct,
    IReadOnlyList<ModelUses> Uses)
{
    public static EpochUsage None { get; } = new([], [], [], [], [], []);

    /// <summary>Usage that was seen and does not count for money.</summary>
    public static EpochUsage Seen(IEnumerable<UsageCount> counts) => None with { Counts = [.. counts.Where(count => count.Events > 0).OrderBy(count => count.Model)] };
}
