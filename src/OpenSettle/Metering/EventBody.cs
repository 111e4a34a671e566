using System.Buffers.Binary;
using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Metering;

/// <summary>
/// The bytes of an event: one form for the journal, archives and streams. Two events with the same bytes are the same.
/// <code>
/// version 1 | flags 1 | model 32 | units 8 | time 8 | [consumer 32] [payer 20] [payment 32]
/// then texts, each after its length in two bytes: source, id, type, domain, outcome, [cost], [method]
/// then, with attribution: method hash 32 | rows 2 | rows of account 20, weight 12, low 12, high 12
/// </code>
/// Numbers are big-endian. Flags say which of the parts in brackets are there.
/// </summary>
public static class EventBody
{
    public const byte Version = 1;

    /// <summary>Most accounts that one event may weigh.</summary>
    public const int MostWeights = 1024;

    /// <summary>Most bytes of one text.</summary>
    public const int MostText = 1024;

    internal const int FixedLength = 1 + 1 + Hash32.Size + 8 + 8;
    internal const int RowLength = Address.Size + 3 * WeightLength;
    internal const int WeightLength = 12;

    internal const Parts AllParts = Parts.Consumer | Parts.Payer | Parts.Payment | Parts.Cost | Parts.Attribution;

    public static byte[] Encode(MeteredEvent e)
    {
        var writer = new EventBodyWriter();
        writer.Begin(e.Model, e.Units, e.Time, e.Consumer, e.Payer, e.Payment, hasCost: e.Cost.Length > 0, hasAttribution: e.Attribution is not null);
        writer.Text(Encoding.UTF8.GetBytes(e.Source));
        writer.Text(Encoding.UTF8.GetBytes(e.Id));
        writer.Text(Encoding.UTF8.GetBytes(e.Type));
        writer.Text(Encoding.UTF8.GetBytes(e.Domain));
        writer.Text(Encoding.UTF8.GetBytes(e.Outcome));
        if (e.Cost.Length > 0) writer.Text(Encoding.UTF8.GetBytes(e.Cost));
        if (e.Attribution is { } attribution)
        {
            writer.Text(Encoding.UTF8.GetBytes(attribution.Method));
            writer.Weights(attribution.MethodHash, attribution.Weights);
        }

        return writer.Written.ToArray();
    }

    /// <exception cref="FormatException">These are not an event's bytes.</exception>
    public static MeteredEvent Decode(ReadOnlySpan<byte> body)
    {
        var view = new EventView(body);
        return new MeteredEvent
        {
            Source = Encoding.UTF8.GetString(view.Source),
            Id = Encoding.UTF8.GetString(view.Id),
            Type = Encoding.UTF8.GetString(view.Type),
            Model = view.Model,
            Domain = Encoding.UTF8.GetString(view.Domain),
            Outcome = Encoding.UTF8.GetString(view.Outcome),
            Units = view.Units,
            Time = view.Time,
            Consumer = view.Consumer,
            Payer = view.Payer,
            Payment = view.Payment,
            Cost = Encoding.UTF8.GetString(view.Cost),
            Attribution = view.ReadAttribution(),
        };
    }

    [Flags]
    internal enum Parts : byte
    {
        None = 0,
        Consumer = 1,
        Payer = 2,
        Payment = 4,
        Cost = 8,
        Attribution = 16,
    }
}

/// <summary>Writes bodies one after another into one buffer, so that a request of many events needs one.</summary>
public sealed class EventBodyWriter
{
    private byte[] _buffer = new byte[512];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public int Length => _length;

    public void Clear() => _length = 0;

    /// <summary>Forgets what was written after a length: the event turned out to be wrong.</summary>
    public void Truncate(int length) => _length = length;

    /// <summary>Begins an event. Its texts follow, in their order.</summary>
    public void Begin(ModelId model, ulong units, ulong time, Hash32 consumer, Address payer, Hash32 payment, bool hasCost, bool hasAttribution)
    {
        var parts = (consumer.IsZero ? EventBody.Parts.None : EventBody.Parts.Consumer)
            | (payer.IsZero ? EventBody.Parts.None : EventBody.Parts.Payer)
            | (payment.IsZero ? EventBody.Parts.None : EventBody.Parts.Payment)
            | (hasCost ? EventBody.Parts.Cost : EventBody.Parts.None)
            | (hasAttribution ? EventBody.Parts.Attribution : EventBody.Parts.None);
        var room = Room(EventBody.FixedLength + Hash32.Size + Address.Size + Hash32.Size);
        room[0] = EventBody.Version;
        room[1] = (byte)parts;
        model.Value.WriteTo(room[2..]);
        BinaryPrimitives.WriteUInt64BigEndian(room[34..], units);
        BinaryPrimitives.WriteUInt64BigEndian(room[42..], time);
        var at = EventBody.FixedLength;
        if (!consumer.IsZero)
        {
            consumer.WriteTo(room[at..]);
            at += Hash32.Size;
        }

        if (!payer.IsZero)
        {
            payer.WriteTo(room[at..]);
            at += Address.Size;
        }

        if (!payment.IsZero)
        {
            payment.WriteTo(room[at..]);
            at += Hash32.Size;
        }

        _length += at;
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(utf8.Length, EventBody.MostText);
        var room = Room(2 + utf8.Length);
        BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)utf8.Length);
        utf8.CopyTo(room[2..]);
        _length += 2 + utf8.Length;
    }

    public void Weights(Hash32 methodHash, IReadOnlyList<MeasuredWeight> rows) => Weights(methodHash, rows.ToArray().AsSpan());

    public void Weights(Hash32 methodHash, ReadOnlySpan<MeasuredWeight> rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows.Length, EventBody.MostWeights);
        var room = Room(Hash32.Size + 2 + rows.Length * EventBody.RowLength);
        methodHash.WriteTo(room);
        BinaryPrimitives.WriteUInt16BigEndian(room[Hash32.Size..], (ushort)rows.Length);
        var at = Hash32.Size + 2;
        foreach (var row in rows)
        {
            row.Account.WriteTo(room[at..]);
            WriteWeight(room[(at + Address.Size)..], row.Weight);
            WriteWeight(room[(at + Address.Size + EventBody.WeightLength)..], row.Low);
            WriteWeight(room[(at + Address.Size + 2 * EventBody.WeightLength)..], row.High);
            at += EventBody.RowLength;
        }

        _length += at;
    }

    private static void WriteWeight(Span<byte> room, UInt128 weight)
    {
        if (weight >= SplitTable.WeightLimit) throw new ArgumentOutOfRangeException(nameof(weight), "A weight has at most 96 bits.");
        BinaryPrimitives.WriteUInt32BigEndian(room, (uint)(weight >> 64));
        BinaryPrimitives.WriteUInt64BigEndian(room[4..], (ulong)(weight & ulong.MaxValue));
    }

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes) Array.Resize(ref _buffer, checked(Math.Max(_buffer.Length * 2, _length + bytes)));
        return _buffer.AsSpan(_length);
    }
}
