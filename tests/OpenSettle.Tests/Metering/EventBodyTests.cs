using System.Text;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Tests.Metering;

public sealed class EventBodyTests
{
    [Fact]
    public void Decode_OfEncode_IsTheSameEvent()
    {
        var random = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            var e = Next(random);
            var body = EventBody.Encode(e);
            var again = EventBody.Decode(body);
            Assert.Equal(e.ToBatched().ToText(), again.ToBatched().ToText());
            Assert.Equal(
                (e.Source, e.Id, e.Type, e.Model, e.Domain, e.Outcome, e.Units, e.Time, e.Consumer, e.Payer, e.Payment, e.Cost),
                (again.Source, again.Id, again.Type, again.Model, again.Domain, again.Outcome, again.Units, again.Time, again.Consumer, again.Payer, again.Payment, again.Cost));
            Assert.Equal(e.Attribution?.Method, again.Attribution?.Method);
            Assert.Equal(e.Attribution?.Weights ?? [], again.Attribution?.Weights ?? []);
            Assert.Equal(body, EventBody.Encode(again));
            Assert.Equal(e.Identity(), new EventView(body).Identity());
        }
    }

    [Fact]
    public void Decode_DamagedBytes_IsRefusedOrAnotherEvent()
    {
        var random = new Random(8);
        var refused = 0;
        for (var i = 0; i < 5_000; i++)
        {
            var body = EventBody.Encode(Next(random));
            var damaged = random.Next(3) switch
            {
                0 => body[..random.Next(body.Length)],
                1 => [.. body, 0],
                _ => Flip(body, random),
            };
            try
            {
                Assert.NotEqual(body, EventBody.Encode(EventBody.Decode(damaged)));
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        Assert.True(refused > 2_000, $"Only {refused} were refused.");
    }

    [Fact]
    public void Decode_VersionOrPartThatIsNotKnown_IsRefused()
    {
        var body = EventBody.Encode(Next(new Random(9)));
        Assert.Contains("version 9", Assert.Throws<FormatException>(() => EventBody.Decode([9, .. body[1..]])).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => EventBody.Decode([body[0], (byte)(body[1] | 0x80), .. body[2..]]));
        Assert.Throws<FormatException>(() => EventBody.Decode([]));
    }

    [Fact]
    public void Writer_TruncatedAfterAnEvent_ForgetsIt()
    {
        var e = Next(new Random(10)) with { Attribution = null, Cost = string.Empty };
        var writer = new EventBodyWriter();
        writer.Text("kept"u8);
        var length = writer.Length;
        writer.Begin(e.Model, 1, 2, Hash32.Zero, Address.Zero, Hash32.Zero, hasCost: false, hasAttribution: false);
        writer.Truncate(length);
        Assert.Equal([0, 4, .. "kept"u8], writer.Written.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Text(new byte[EventBody.MostText + 1]));
    }

    private static byte[] Flip(byte[] body, Random random)
    {
        var flipped = body.ToArray();
        flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }

    private static MeteredEvent Next(Random random) => new()
    {
        Source = Text(random, 1),
        Id = Text(random, 1),
        Type = Text(random, 1),
        Model = new ModelId(Word(random)),
        Domain = Text(random, 0),
        Outcome = Text(random, 0),
        Units = (ulong)random.NextInt64() * (ulong)random.Next(3),
        Time = (ulong)random.NextInt64(4_000_000_000),
        Consumer = random.Next(2) == 0 ? Hash32.Zero : Word(random),
        Payer = random.Next(2) == 0 ? Address.Zero : Account(random),
        Payment = random.Next(2) == 0 ? Hash32.Zero : Word(random),
        Cost = random.Next(2) == 0 ? string.Empty : "0.00042",
        Attribution = random.Next(2) == 0 ? null : new Attribution(
            Text(random, 0), Word(random), [.. Enumerable.Range(0, random.Next(5)).Select(_ => new MeasuredWeight(Account(random), Weight(random), Weight(random), Weight(random))).OrderBy(weight => weight.Account)]),
    };

    private static UInt128 Weight(Random random) => new((ulong)random.Next(), (ulong)random.NextInt64());

    private static string Text(Random random, int least)
    {
        var text = new StringBuilder();
        for (var i = random.Next(least, 20); i >= least; i--) text.Append(random.Next(6) == 0 ? "ü€𝄞\"\\"[random.Next(2)] : (char)random.Next(' ', '~'));
        return text.Length < least ? "x" : text.ToString();
    }

    private static Hash32 Word(Random random) => Hash32.FromBytes(Bytes(random, 32));

    private static Address Account(Random random) => Address.FromBytes(Bytes(random, 20));

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
