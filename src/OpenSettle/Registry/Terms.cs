using OpenSettle.Primitives;

namespace OpenSettle.Registry;

/// <summary>
/// How one model divides what reaches it, and how each of its parents does, all as of the start of one block. Equal
/// terms are one object (see <see cref="TermsResolver"/>), so that payments under equal terms are divided together.
/// </summary>
/// <param name="Id">Number of these terms within one epoch, from 0; parents have lower ones.</param>
/// <param name="Model">The model.</param>
/// <param name="ModelNumber">Its number of registration; every parent's is lower.</param>
/// <param name="Split">The split in force.</param>
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
    // Identity is the resolver's: comparing deep trees member by member would cost without need.
    public bool Equals(Terms? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Id;
}

/// <summary>A parent's terms, and the millionths that flow up to it.</summary>
public sealed record UpstreamTerms(Terms Terms, uint Share);

/// <summary>Resolves and interns terms for one epoch.</summary>
public sealed class TermsResolver(RegistryBook book)
{
    /// <summary>Beyond this many steps nothing goes up.</summary>
    public const int MaxDepth = 8;

    private readonly Dictionary<TermsKey, Terms> _interned = [];
    private readonly Dictionary<(ModelId Model, ulong Block, int Remaining), Terms> _resolved = [];
    private readonly List<Terms> _all = [];

    /// <summary>All terms resolved so far, by <see cref="Terms.Id"/>.</summary>
    public IReadOnlyList<Terms> All => _all;

    /// <summary>The terms of a payment made in that block.</summary>
    public Terms Resolve(ModelId model, BlockPoint block) => Resolve(model, block, MaxDepth);

    private Terms Resolve(ModelId model, BlockPoint block, int remaining)
    {
        if (_resolved.TryGetValue((model, block.Number, remaining), out var known)) return known;
        var entry = book.Get(model);
        var split = entry.SplitAt(block);
        var lineage = entry.LineageAt(block);
        var owner = entry.OwnerAt(block.Number);
        var parents = new List<UpstreamTerms>(lineage.Parents.Count);
        if (remaining > 0)
        {
            foreach (var parent in lineage.Parents) parents.Add(new UpstreamTerms(Resolve(parent.Model, block, remaining - 1), parent.Share));
        }

        var key = new TermsKey(model, split.Version, lineage.Version, owner, string.Join(',', parents.Select(parent => parent.Terms.Id)));
        if (!_interned.TryGetValue(key, out var terms))
        {
            terms = new Terms(_all.Count, model, entry.Number, split, lineage.Version, owner, parents);
            _all.Add(terms);
            _interned.Add(key, terms);
        }

        _resolved.Add((model, block.Number, remaining), terms);
        return terms;
    }

    private readonly record struct TermsKey(ModelId Model, uint Split, uint Lineage, Address Owner, string Parents);
}
