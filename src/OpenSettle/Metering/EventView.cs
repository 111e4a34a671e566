using System.Buffers.Binary;
using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Metering;

/// <summary>An event's bytes, read in place.</summary>
public readonly ref struct EventView
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly EventBody.Parts _parts;

    /// <exception cref="FormatException">These are not an event's bytes.</exception>
    public EventView(ReadOnlySpan<byte> body)
    {
        if (body.Length < EventBody.FixedLength) throw new FormatException("An event's bytes end early.");
        if (body[0] != EventBody.Version) throw new FormatException($"An event of version {body[0]} is not known.");
        _body = body;
        _parts = (EventBody.Parts)body[1];
        if ((_parts & ~EventBody.AllParts) != EventBody.Parts.None) throw new FormatException("An event has a part that is not known.");
        var at = EventBody.FixedLength + Length(EventBody.Parts.Consumer, Hash32.Size) + Length(EventBody.Parts.Payer, Address.Size) + Length(EventBody.Parts.Payment, Hash32.Size);
        Source = TakeText(body, ref at);
        Id = TakeText(body, ref at);
        Type = TakeText(body, ref at);
        Domain = TakeText(body, ref at);
        Outcome = TakeText(body, ref at);
        Cost = Has(EventBody.Parts.Cost) ? TakeText(body, ref at) : default;
        Method = Has(EventBody.Parts.Attribution) ? TakeText(body, ref at) : default;
        Rows = default;
        if (Has(EventBody.Parts.Attribution))
        {
            if (body.Length < at + Hash32.Size + 2) throw new FormatException("An event's bytes end early.");
            var rows = BinaryPrimitives.ReadUInt16BigEndian(body[(at + Hash32.Size)..]) * EventBody.RowLength;
            if (body.Length < at + Hash32.Size + 2 + rows) throw new FormatException("An event's bytes end early.");
            Rows = body.Slice(at, Hash32.Size + 2 + rows);
            at += Rows.Length;
        }

        if (at != body.Length) throw new FormatException("An event's bytes go on after its end.");
    }

    public ModelId Model => new(Hash32.FromBytes(_body.Slice(2, Hash32.Size)));

    public ulong Units => BinaryPrimitives.ReadUInt64BigEndian(_body[34..]);

    public ulong Time => BinaryPrimitives.ReadUInt64BigEndian(_body[42..]);

    public Hash32 Consumer => Has(EventBody.Parts.Consumer) ? Hash32.FromBytes(_body.Slice(EventBody.FixedLength, Hash32.Size)) : Hash32.Zero;

    public Address Payer => Has(EventBody.Parts.Payer)
        ? Address.FromBytes(_body.Slice(EventBody.FixedLength + Length(EventBody.Parts.Consumer, Hash32.Size), Address.Size))
        : Address.Zero;

    public Hash32 Payment => Has(EventBody.Parts.Payment)
        ? Hash32.FromBytes(_body.Slice(EventBody.FixedLength + Length(EventBody.Parts.Consumer, Hash32.Size) + Length(EventBody.Parts.Payer, Address.Size), Hash32.Size))
        : Hash32.Zero;

    public ReadOnlySpan<byte> Source { get; }

    public ReadOnlySpan<byte> Id { get; }

    public ReadOnlySpan<byte> Type { get; }

    public ReadOnlySpan<byte> Domain { get; }

    public ReadOnlySpan<byte> Outcome { get; }

    public ReadOnlySpan<byte> Cost { get; }

    public ReadOnlySpan<byte> Method { get; }

    private ReadOnlySpan<byte> Rows { get; }

    public Hash32 Identity() => EventIdentity.Of(Source, Id);

    public Attribution? ReadAttribution()
    {
        if (!Has(EventBody.Parts.Attribution)) return null;
        var weights = new MeasuredWeight[BinaryPrimitives.ReadUInt16BigEndian(Rows[Hash32.Size..])];
        var at = Hash32.Size + 2;
        for (var i = 0; i < weights.Length; i++, at += EventBody.RowLength)
        {
            var numbers = Rows[(at + Address.Size)..];
            weights[i] = new MeasuredWeight(
                Address.FromBytes(Rows.Slice(at, Address.Size)), ReadWeight(numbers), ReadWeight(numbers[EventBody.WeightLength..]), ReadWeight(numbers[(2 * EventBody.WeightLength)..]));
        }

        return new Attribution(Encoding.UTF8.GetString(Method), Hash32.FromBytes(Rows[..Hash32.Size]), weights);
    }

    private static UInt128 ReadWeight(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[4..]));

    private static ReadOnlySpan<byte> TakeText(ReadOnlySpan<byte> body, scoped ref int at)
    {
        if (body.Length < at + 2) throw new FormatException("An event's bytes end early.");
        var length = BinaryPrimitives.ReadUInt16BigEndian(body[at..]);
        if (body.Length < at + 2 + length) throw new FormatException("An event's bytes end early.");
        var text = body.Slice(at + 2, length);
        at += 2 + length;
        return text;
    }

    private bool Has(EventBody.Parts part) => (_parts & part) != EventBody.Parts.None;

    private int Length(EventBody.Parts part, int length) => Has(part) ? length : 0;
}
