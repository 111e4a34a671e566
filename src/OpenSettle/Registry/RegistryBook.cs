using System.Diagnostics.CodeAnalysis;
using OpenSettle.Primitives;

namespace OpenSettle.Registry;

/// <summary>
/// All models, as of any block: the facts of the registry contract in chain order. Terms are those in force at the
/// start of a block, so nothing that happens in a block changes how that block's payments are divided.
/// </summary>
public sealed class RegistryBook
{
    private readonly Dictionary<ModelId, ModelEntry> _models = [];
    private readonly HashSet<Address> _payAddresses = [];
    private LogPosition? _last;

    public int Count => _models.Count;

    /// <summary>Every model, in order of number.</summary>
    public IEnumerable<ModelEntry> Models => _models.Values.OrderBy(model => model.Number);

    /// <summary>Every model, in no order: for who looks for one among many.</summary>
    public IEnumerable<ModelEntry> InNoOrder => _models.Values;

    public bool TryGet(ModelId id, [NotNullWhen(true)] out ModelEntry? model) => _models.TryGetValue(id, out model);

    /// <summary>Whether it is some model's pay address: a contract that only takes money to the vault.</summary>
    public bool IsPayAddress(Address account) => _payAddresses.Contains(account);

    public ModelEntry Get(ModelId id) =>
        _models.TryGetValue(id, out var model) ? model : throw new InvalidOperationException($"Model {id} is not in the registry.");

    /// <summary>A book with these facts too. This one stays as it is, so that who reads it sees one block's registry.</summary>
    public RegistryBook With(IEnumerable<RegistryFact> facts)
    {
        var book = new RegistryBook { _last = _last };
        foreach (var (id, model) in _models) book._models.Add(id, model);
        book._payAddresses.UnionWith(_payAddresses);
        var own = new HashSet<ModelId>();
        foreach (var fact in facts)
        {
            if (own.Add(fact.Model) && book._models.TryGetValue(fact.Model, out var shared)) book._models[fact.Model] = shared.Copy();
            book.Apply(fact);
        }

        return book;
    }

    /// <summary>Takes the next fact. Facts come once each, in chain order; anything else is a fault of the reader.</summary>
    public void Apply(RegistryFact fact)
    {
        if (_last is { } last && fact.At <= last)
            throw new InvalidOperationException($"Registry fact at {fact.At} came after the one at {last}.");
        _last = fact.At;
        if (fact is ModelRegistered registered)
        {
            if (!_models.TryAdd(fact.Model, new ModelEntry(registered)))
                throw new InvalidOperationException($"Model {fact.Model} was registered twice.");
            _payAddresses.Add(registered.PayAddress);
            return;
        }

        Get(fact.Model).Apply(fact);
    }
}

/// <summary>One model and all the versions of what is said of it.</summary>
public sealed class ModelEntry
{
    private readonly List<SplitSet> _splits = [];
    private readonly HashSet<uint> _cancelledSplits = [];
    private readonly List<LineageSet> _lineages = [];
    private readonly HashSet<uint> _cancelledLineages = [];
    private readonly List<OwnerChanged> _owners = [];
    private readonly SortedSet<Address> _gateways = [];
    private readonly List<GatewaySet> _gatewayFacts = [];

    internal ModelEntry(ModelRegistered registration) => Registration = registration;

    private ModelEntry(ModelEntry other)
        : this(other.Registration)
    {
        _splits.AddRange(other._splits);
        _cancelledSplits.UnionWith(other._cancelledSplits);
        _lineages.AddRange(other._lineages);
        _cancelledLineages.UnionWith(other._cancelledLineages);
        _owners.AddRange(other._owners);
        _gateways.UnionWith(other._gateways);
        _gatewayFacts.AddRange(other._gatewayFacts);
    }

    public ModelRegistered Registration { get; }

    public ModelId Id => Registration.Model;

    public ulong Number => Registration.Number;

    public Address PayAddress => Registration.PayAddress;

    /// <summary>Gateways listed now.</summary>
    public IReadOnlyCollection<Address> Gateways => _gateways;

    /// <summary>Gateways that were listed at any time.</summary>
    public IEnumerable<Address> GatewaysEver => _gatewayFacts.Where(fact => fact.Listed).Select(fact => fact.Gateway).Distinct();

    /// <summary>The owner after all facts seen so far.</summary>
    public Address Owner => _owners.Count > 0 ? _owners[^1].Owner : Registration.Creator;

    /// <summary>The owner at the start of a block. In the block of its registration a model is its creator's.</summary>
    public Address OwnerAt(ulong block)
    {
        for (var i = _owners.Count - 1; i >= 0; i--)
        {
            if (_owners[i].At.Block < block) return _owners[i].Owner;
        }

        return Registration.Creator;
    }

    /// <summary>The split in force at the start of a block. The one of the registration holds from the beginning.</summary>
    public SplitTable SplitAt(BlockPoint block)
    {
        for (var i = _splits.Count - 1; i >= 0; i--)
        {
            var split = _splits[i];
            if (OfRegistration(split, i) || (InForce(split.At, split.EffectiveAt, block) && !_cancelledSplits.Contains(split.Table.Version))) return split.Table;
        }

        throw new InvalidOperationException($"Model {Id} has no split in block {block.Number}.");
    }

    /// <summary>Every split version, in order.</summary>
    public IEnumerable<SplitTable> Splits => _splits.Select(split => split.Table);

    /// <summary>Every split version as it was set, in order.</summary>
    public IReadOnlyList<SplitSet> SplitFacts => _splits;

    /// <summary>Every lineage version as it was set, in order.</summary>
    public IReadOnlyList<LineageSet> LineageFacts => _lineages;

    /// <summary>Every change of hands, in order; before the first one the model is its creator's.</summary>
    public IReadOnlyList<OwnerChanged> OwnerFacts => _owners;

    /// <summary>Gateways listed at the start of a block, ascending.</summary>
    public IReadOnlyCollection<Address> GatewaysAt(ulong block)
    {
        var listed = new SortedSet<Address>();
        foreach (var fact in _gatewayFacts)
        {
            if (fact.At.Block >= block) break;
            if (fact.Listed) listed.Add(fact.Gateway);
            else listed.Remove(fact.Gateway);
        }

        return listed;
    }

    /// <summary>The table of a version, whenever it is in force; null where there is no such version.</summary>
    public SplitTable? SplitOf(uint version) => version > 0 && version <= _splits.Count ? _splits[(int)version - 1].Table : null;

    /// <summary>Whether a gateway was listed at the start of one of these blocks.</summary>
    public bool Lists(Address gateway, ulong firstBlock, ulong lastBlock)
    {
        for (var i = _gatewayFacts.Count - 1; i >= 0; i--)
        {
            var fact = _gatewayFacts[i];
            if (fact.Gateway != gateway || fact.At.Block >= lastBlock) continue;
            // The last word of a block is what holds at the start of the next one. Before the epoch only the newest counts.
            if (LastOfBlock(i) && fact.Listed) return true;
            if (fact.At.Block < firstBlock) return false;
        }

        return false;
    }

    /// <summary>The parents in force at the start of a block.</summary>
    public Lineage LineageAt(BlockPoint block)
    {
        for (var i = _lineages.Count - 1; i >= 0; i--)
        {
            var set = _lineages[i];
            if (OfRegistration(set, i) || (InForce(set.At, set.EffectiveAt, block) && !_cancelledLineages.Contains(set.Lineage.Version))) return set.Lineage;
        }

        return new Lineage(0, []);
    }

    internal ModelEntry Copy() => new(this);

    internal void Apply(RegistryFact fact)
    {
        switch (fact)
        {
            case SplitSet split:
                RequireNext(split.Table.Version, _splits.Count, "split");
                if (split.Table.Fault() is { } fault) throw new InvalidOperationException($"Model {Id}: {fault}.");
                _splits.Add(split);
                break;
            case SplitCancelled cancelled:
                _cancelledSplits.Add(cancelled.Version);
                break;
            case LineageSet lineage:
                RequireNext(lineage.Lineage.Version, _lineages.Count, "lineage");
                _lineages.Add(lineage);
                break;
            case LineageCancelled cancelled:
                _cancelledLineages.Add(cancelled.Version);
                break;
            case OwnerChanged owner:
                _owners.Add(owner);
                break;
            case GatewaySet gateway:
                _gatewayFacts.Add(gateway);
                if (gateway.Listed) _gateways.Add(gateway.Gateway);
                else _gateways.Remove(gateway.Gateway);
                break;
            default:
                throw new InvalidOperationException($"Registry fact {fact.GetType().Name} is not known.");
        }
    }

    /// <summary>What a model was registered with holds from the beginning; a first version that came later is a change like others.</summary>
    private bool OfRegistration(RegistryFact fact, int index) => index == 0 && fact.At.Block == Registration.At.Block;

    private bool LastOfBlock(int index)
    {
        var fact = _gatewayFacts[index];
        for (var i = index + 1; i < _gatewayFacts.Count && _gatewayFacts[i].At.Block == fact.At.Block; i++)
        {
            if (_gatewayFacts[i].Gateway == fact.Gateway) return false;
        }

        return true;
    }

    private static bool InForce(LogPosition setAt, ulong effectiveAt, BlockPoint block) =>
        setAt.Block < block.Number && effectiveAt <= block.Timestamp;

    private void RequireNext(uint version, int known, string what)
    {
        if (version != known + 1)
            throw new InvalidOperationException($"Model {Id}: {what} version {version} came after version {known}.");
    }
}
