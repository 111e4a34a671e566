using OpenSettle.Primitives;

namespace OpenSettle.Registry;

/// <summary>
/// How one model divides what reaches it, and how each of its parents does, all as of the start of one block. Equal
/// terms are one object (see <see cref="TermsResolver"/>), so that payments under equal terms are divided together.
/// </summary>
/// <param name="Id">Number of these terms within one epoch, from 0; parents have lower ones.</param>
/// <param name="Model">The model.</param>
/// <param name="ModelNumber">Its number of registration; every parent's is lower.</param>
/// <param name="Split">The split in force; perhaps only the commitment to it.</param>
/// <param name="LineageVersion">The lineage in force.</param>
/// <param name="Owner">Who stands for <c>OWNER</c>.</param>
/// <param name="Parents">Parents with their shares; empty too where the money has already come up eight steps.</param>
public sealed record Terms(
    int Id,
    ModelId Model,
    ulong ModelNumber,
    SplitTable Split,
    uint LineageVersion,
    Address Owner,
    IReadOnlyList<UpstreamTerms> Parents)
{
    // Merged once: a table is used by every epoch and token that its terms divide. A race merges twice, to the same.
    private WeightTable? _rows;
    private WeightTable? _fallback;
    private bool _sound;

    private Terms(Terms original)
    {
        (Id, Model, ModelNumber, Split) = (original.Id, original.Model, original.ModelNumber, original.Split);
        (LineageVersion, Owner, Parents) = (original.LineageVersion, original.Owner, original.Parents);
    }

    /// <summary>The rows, one for each account.</summary>
    public WeightTable Rows => _rows ??= WeightTable.OfRows(Split.Rows, Owner);

    /// <summary>The fallback rows, one for each account.</summary>
    public WeightTable Fallback => _fallback ??= WeightTable.OfRows(Split.Fallback, Owner);

    /// <summary>What is wrong with the split, or null. A split that is sound stays so, and is gone through once.</summary>
    public string? Fault()
    {
        if (_sound) return null;
        var fault = Split.Fault();
        _sound = fault is null;
        return fault;
    }

    /// <summary>Whether suspense of this model, split version and owner is divided under these terms.</summary>
    public bool Releases => LineageVersion == 0 && Parents.Count == 0 && Split.AtHand;

    // Identity is the resolver's: comparing deep trees member by member would cost without need.
    public bool Equals(Terms? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Id;
}

/// <summary>A parent's terms, and the millionths that flow up to it.</summary>
public sealed record UpstreamTerms(Terms Terms, uint Share);

/// <summary>Money of a model that waits for a committed table, and the table and owner that it waits for.</summary>
public readonly record struct SuspenseKey(ModelId Model, uint SplitVersion, Address Owner, Address Token) : IComparable<SuspenseKey>
{
    public static bool operator <(SuspenseKey left, SuspenseKey right) => left.CompareTo(right) < 0;

    public static bool operator >(SuspenseKey left, SuspenseKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(SuspenseKey left, SuspenseKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SuspenseKey left, SuspenseKey right) => left.CompareTo(right) >= 0;

    public int CompareTo(SuspenseKey other) =>
        (Model, SplitVersion, Owner, Token).CompareTo((other.Model, other.SplitVersion, other.Owner, other.Token));
}

/// <summary>Resolves and interns terms for one epoch.</summary>
public sealed class TermsResolver(RegistryBook book, PublishedTables? tables = null)
{
    /// <summary>Beyond this many steps nothing goes up.</summary>
    public const int MaxDepth = 8;

    private readonly Dictionary<TermsKey, Terms> _interned = [];
    // Of the last block alone: payments come in chain order, and an epoch may have more blocks than terms.
    private readonly Dictionary<(ModelId Model, int Remaining), Terms> _resolved = [];
    private BlockPoint _block;
    private readonly List<Terms> _all = [];

    /// <summary>All terms resolved so far, by <see cref="Terms.Id"/>.</summary>
    public IReadOnlyList<Terms> All => _all;

    /// <summary>The terms of a payment made in that block.</summary>
    public Terms Resolve(ModelId model, BlockPoint block)
    {
        if (block != _block) _resolved.Clear();
        _block = block;
        return Resolve(model, block, MaxDepth);
    }

    /// <summary>
    /// Adds the terms of money that waits for a table which is now at hand. Its upstream part has gone long ago, so they
    /// have no parents. Call it after all payments: the order decides the terms' numbers.
    /// </summary>
    public void Release(IEnumerable<SuspenseKey> waiting)
    {
        foreach (var key in waiting)
        {
            var entry = book.Get(key.Model);
            var split = entry.SplitOf(key.SplitVersion) ?? throw new InvalidOperationException($"Model {key.Model} has no split {key.SplitVersion}.");
            if (AtHand(split) is { AtHand: true } table) Intern(entry, table, 0, key.Owner, []);
        }
    }

    private Terms Resolve(ModelId model, BlockPoint block, int remaining)
    {
        if (_resolved.TryGetValue((model, remaining), out var known)) return known;
        var entry = book.Get(model);
        var lineage = entry.LineageAt(block);
        var parents = new List<UpstreamTerms>(lineage.Parents.Count);
        if (remaining > 0)
        {
            foreach (var parent in lineage.Parents) parents.Add(new UpstreamTerms(Resolve(parent.Model, block, remaining - 1), parent.Share));
        }

        var terms = Intern(entry, AtHand(entry.SplitAt(block)), lineage.Version, entry.OwnerAt(block.Number), parents);
        _resolved.Add((model, remaining), terms);
        return terms;
    }

    private Terms Intern(ModelEntry entry, SplitTable split, uint lineage, Address owner, IReadOnlyList<UpstreamTerms> parents)
    {
        var key = new TermsKey(entry.Id, split.Version, lineage, owner, string.Join(',', parents.Select(parent => parent.Terms.Id)));
        if (!_interned.TryGetValue(key, out var terms))
        {
            terms = new Terms(_all.Count, entry.Id, entry.Number, split, lineage, owner, parents);
            _all.Add(terms);
            _interned.Add(key, terms);
        }

        return terms;
    }

    private SplitTable AtHand(SplitTable split) => split.AtHand ? split : tables?.Find(split) ?? split;

    private readonly record struct TermsKey(ModelId Model, uint Split, uint Lineage, Address Owner, string Parents);
}
