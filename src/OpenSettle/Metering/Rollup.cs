using System.Diagnostics.CodeAnalysis;
using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Metering;

/// <summary>What a rollup is kept for.</summary>
/// <param name="Day">Days since 1970, by the event's time.</param>
/// <param name="Payer">As the gateway says; zero where it is not told.</param>
public readonly record struct RollupKey(ModelId Model, string Domain, uint Day, Address Payer);

/// <summary>Sums over events of one key.</summary>
public sealed record RollupSums
{
    public ulong Uses { get; set; }

    /// <summary>Of the uses, those of signed batches.</summary>
    public ulong Signed { get; set; }

    public UInt256 Units { get; set; }

    public ulong Successes { get; set; }

    /// <summary>Of the uses, those that were judged.</summary>
    public ulong Trials { get; set; }

    public ConsumerCount Consumers { get; init; } = new();

    public void Add(in EventView e, bool signed)
    {
        Uses++;
        if (signed) Signed++;
        Units += e.Units;
        if (e.Outcome.SequenceEqual("ok"u8))
        {
            Successes++;
            Trials++;
        }
        else if (e.Outcome.SequenceEqual("error"u8))
        {
            Trials++;
        }

        var consumer = e.Consumer;
        if (!consumer.IsZero) Consumers.Add(consumer);
    }

    /// <summary>Takes the sums of other events in.</summary>
    public void Merge(RollupSums other)
    {
        Uses += other.Uses;
        Signed += other.Signed;
        Units += other.Units;
        Successes += other.Successes;
        Trials += other.Trials;
        Consumers.Merge(other.Consumers);
    }

    public RollupSums Copy()
    {
        var copy = new RollupSums();
        copy.Merge(this);
        return copy;
    }
}

/// <summary>Rollups of some events, in memory: what came since they were written, or what a check computes again.</summary>
public sealed class RollupSheet
{
    private const ulong DaySeconds = 86_400;

    private readonly Dictionary<Slot, RollupSums> _sums = [];
    private readonly Dictionary<byte[], int> _domains = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _domainOf;
    private readonly List<string> _domainTexts = [];

    public RollupSheet() => _domainOf = _domains.GetAlternateLookup<ReadOnlySpan<byte>>();

    public int Count => _sums.Count;

    public static RollupKey KeyOf(in EventView e) => new(e.Model, Encoding.UTF8.GetString(e.Domain), DayOf(e), e.Payer);

    public void Add(in EventView e, bool signed)
    {
        var slot = new Slot(e.Model, DomainOf(e.Domain), DayOf(e), e.Payer);
        if (!_sums.TryGetValue(slot, out var sums)) _sums.Add(slot, sums = new RollupSums());
        sums.Add(e, signed);
    }

    public IEnumerable<(RollupKey Key, RollupSums Sums)> All() => _sums.Select(pair => (KeyOf(pair.Key), pair.Value));

    private RollupKey KeyOf(Slot slot) => new(slot.Model, _domainTexts[slot.Domain], slot.Day, slot.Payer);

    private static uint DayOf(in EventView e) => checked((uint)(e.Time / DaySeconds));

    private int DomainOf(ReadOnlySpan<byte> domain)
    {
        if (_domainOf.TryGetValue(domain, out var number)) return number;
        _domains.Add(domain.ToArray(), _domainTexts.Count);
        _domainTexts.Add(Encoding.UTF8.GetString(domain));
        return _domainTexts.Count - 1;
    }

    // Domains by number: no text is made for an event.
    private readonly record struct Slot(ModelId Model, int Domain, uint Day, Address Payer);

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
