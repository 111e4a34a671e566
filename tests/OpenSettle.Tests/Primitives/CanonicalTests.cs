using System.Text;
using FsCheck.Fluent;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class CanonicalTests
{
    private static readonly Address Ada = World.Name("ada", 1);
    private static readonly Hash32 Word = Keccak256.HashText("word");

    [Fact]
    public void Values_Written_ReadBackAsTheyWere() => Properties.Hold(
        from amount in Properties.Numbers from seed in Gen.Choose(0, int.MaxValue) select (amount, seed),
        input =>
        {
            var random = new Random(input.seed);
            var number = (ulong)random.NextInt64() << random.Next(2);
            var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(6) switch
            {
                0 => "\"", 1 => "\\", 2 => "\u00e9", 3 => "\ud83d\ude00", 4 => "\u2028", _ => ((char)random.Next(0x20, 0x7f)).ToString(),
            }));
            var writer = new CanonicalWriter();
            writer.Open();
            writer.Number(number);
            writer.Amount(input.amount);
            writer.Open();
            writer.Close();
            writer.Text(text);
            writer.Open();
            writer.Account(Ada);
            writer.Word(Word);
            writer.Close();
            writer.Plain("end"u8);
            writer.Close();
            var reader = new CanonicalReader(writer.Written);
            reader.Open();
            Assert.Equal(number, reader.Number());
            Assert.Equal(input.amount, reader.Amount());
            Assert.True(reader.NextIsList);
            reader.Open();
            Assert.False(reader.More);
            reader.Close();
            Assert.False(reader.NextIsList);
            Assert.Equal(text, reader.Text());
            reader.Open();
            Assert.Equal((Ada, Word), (reader.Account(), reader.Word()));
            reader.Close();
            Assert.Equal("end", Encoding.UTF8.GetString(reader.Plain()));
            reader.Close();
            reader.End();
        },
        300);

    [Theory]
    [InlineData("[0]", true)]
    [InlineData("[18446744073709551615]", true)]
    [InlineData("[18446744073709551616]", false)]
    [InlineData("[00]", false)]
    [InlineData("[01]", false)]
    [InlineData("[-1]", false)]
    [InlineData("[+1]", false)]
    [InlineData("[1.0]", false)]
    [InlineData("[1e3]", false)]
    [InlineData("[ 1]", false)]
    [InlineData("[1 ]", false)]
    [InlineData(" [1]", false)]
    [InlineData("[1] ", false)]
    [InlineData("[1],", false)]
    [InlineData("[1,]", false)]
    [InlineData("[,1]", false)]
    [InlineData("[]", false)]
    [InlineData("[", false)]
    [InlineData("", false)]
    [InlineData("[\"1\"]", false)]
    [InlineData("[1", false)]
    [InlineData("[99999999999999999999999999999999999999999999999999999999999999999999999999999999999999999]", false)]
    public void Number_OfAnotherForm_IsRefused(string line, bool good) => Is(good, line, static bytes =>
    {
        var reader = new CanonicalReader(bytes);
        reader.Open();
        _ = reader.Number();
        reader.Close();
        reader.End();
    });

    [Theory]
    [InlineData("\"\"", true)]
    [InlineData("\"a b\"", true)]
    [InlineData("\"\\\"\\\\\"", true)]
    [InlineData("\"\u00e9\ud83d\ude00\"", true)]
    [InlineData("\"/\"", true)]
    [InlineData("\"\\/\"", false)]
    [InlineData("\"\\n\"", false)]
    [InlineData("\"\\u0041\"", false)]
    [InlineData("\"\\ud800\"", false)]
    [InlineData("\"\\\"", false)]
    [InlineData("\"", false)]
    [InlineData("\"a", false)]
    [InlineData("a", false)]
    [InlineData("'a'", false)]
    [InlineData("\"\n\"", false)]
    [InlineData("\"\t\"", false)]
    [InlineData("\"\0\"", false)]
    [InlineData("\"\u007f\"", false)]
    [InlineData("\"\u0085\"", false)]
    [InlineData("\"a\"b\"", false)]
    public void Text_OfAnotherForm_IsRefused(string value, bool good) => Is(good, $"[{value}]", ReadText);

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })] // a lone surrogate
    [InlineData(new byte[] { 0xc1, 0x81 })] // over-long
    [InlineData(new byte[] { 0xc3 })] // cut
    [InlineData(new byte[] { 0xf4, 0x90, 0x80, 0x80 })] // beyond Unicode
    public void Text_ThatIsNotUnicode_IsRefused(byte[] bytes)
    {
        byte[] line = [.. "[\""u8, .. bytes, .. "\"]"u8];
        Assert.Throws<CanonicalFormatException>(() => ReadText(line));
    }

    [Fact]
    public void Text_ThatMayNotBe_IsNotWritten()
    {
        // Not in attributes: those cannot hold a lone surrogate.
        string[] wrong = ["\ud800", "a\udc00b", "\ude00\ud83d", "\n", "\0", "\u007f", "\u0085"];
        Assert.All(wrong, text =>
        {
            Assert.False(CanonicalText.IsValid(text));
            Assert.Throws<ArgumentException>(() => new CanonicalWriter().Text(text));
        });
    }

    [Theory]
    [InlineData("\"0\"", true)]
    [InlineData("\"115792089237316195423570985008687907853269984665640564039457584007913129639935\"", true)]
    [InlineData("\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"", false)]
    [InlineData("\"00\"", false)]
    [InlineData("\"01\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"-1\"", false)]
    [InlineData("\" 1\"", false)]
    [InlineData("\"0x1\"", false)]
    [InlineData("\"\u0661\"", false)] // an Arabic one
    [InlineData("1", false)]
    public void Amount_OfAnotherForm_IsRefused(string value, bool good) => Is(good, $"[{value}]", static bytes =>
    {
        var reader = new CanonicalReader(bytes);
        reader.Open();
        _ = reader.Amount();
        reader.Close();
        reader.End();
    });

    [Theory]
    [InlineData("0x00000000000000000000000000000000000000aa", true)]
    [InlineData("0x00000000000000000000000000000000000000AA", false)]
    [InlineData("0X00000000000000000000000000000000000000aa", false)]
    [InlineData("00000000000000000000000000000000000000aa", false)]
    [InlineData("0x000000000000000000000000000000000000aa", false)]
    [InlineData("0x0000000000000000000000000000000000000000aa", false)]
    [InlineData("0x00000000000000000000000000000000000000ag", false)]
    public void Account_OfAnotherForm_IsRefused(string value, bool good) => Is(good, $"[\"{value}\"]", static bytes =>
    {
        var reader = new CanonicalReader(bytes);
        reader.Open();
        _ = reader.Account();
        reader.Close();
        reader.End();
    });

    [Fact]
    public void Refusal_NamesTheColumnAndShowsNoControlCharacters()
    {
        var refused = Assert.Throws<CanonicalFormatException>(() => ReadText([.. "[\u001b"u8]));
        Assert.Equal("'\"' is expected and not '?' (column 2).", refused.Message);
    }

    [Fact]
    public void Table_OfAnyWorld_ReadsBackAsItWasWritten() => Properties.Hold(Shape.Any, shape =>
    {
        foreach (var table in new World(shape).Facts.OfType<SplitSet>().Select(fact => fact.Table).Where(table => table.AtHand))
        {
            var text = TableText.Of(table);
            var read = TableText.Parse(text);
            Assert.Equal(table.Rows, read.Rows);
            Assert.Equal(table.PoolWeight, read.PoolWeight);
            Assert.Equal(table.Fallback, read.Fallback);
            Assert.Equal(text, TableText.Of(read));
            Assert.Equal(TableText.Commit(table), TableText.Commit(read));
        }
    }, 60);

    [Fact]
    public void Texts_MutatedAtRandom_AreRefusedOrCanonical()
    {
        var random = new Random((int)Properties.Seed);
        var table = TableText.Of(new SplitTable(0, [new SplitRow(null, 30, "data"), new SplitRow(Ada, 7, "code")]) { PoolWeight = 5, Fallback = [new SplitRow(Ada, 1, "")] });
        var line = Event("d\u00e9 \"x\"", new InfluenceWeight(Ada, 77)).ToText();
        int tables = 0, events = 0;
        for (var run = 0; run < 5_000; run++)
        {
            var mutated = Mutations.Apply(random, table);
            if (Read(() => TableText.Of(TableText.Parse(mutated))) is { } text)
            {
                Assert.Equal(mutated, text);
                tables++;
            }

            var other = Mutations.Apply(random, line);
            if (Read(() => BatchedEvent.Parse(other).ToText()) is { } same)
            {
                Assert.Equal(other, same);
                events++;
            }
        }

        Assert.InRange(tables, 50, 4_000);
        Assert.InRange(events, 50, 4_000);
    }

    [Fact]
    public void Commitment_CountsFallbackRowsAndWeighsRowsAndPool()
    {
        var table = new SplitTable(9, [new SplitRow(null, 30, "data")]) { PoolWeight = 5, Fallback = [new SplitRow(Ada, 100, ""), new SplitRow(null, 100, "")] };
        Assert.Equal(new TableCommitment(Keccak256.Hash(TableText.Of(table)), 3, 35), TableText.Commit(table));
        var committed = new SplitTable(9, []) { Commitment = TableText.Commit(table) };
        var tables = new PublishedTables();
        Assert.Null(tables.Find(committed));
        tables.Add(table with { Version = 0 });
        Assert.Equal((9u, true), (tables.Find(committed)?.Version, tables.Find(committed)?.AtHand));
        Assert.Null(tables.Find(new SplitTable(9, []) { Commitment = TableText.Commit(table) with { Rows = 4 } }));
        Assert.Null(tables.Find(new SplitTable(9, []) { Commitment = TableText.Commit(table) with { Weight = 34 } }));
        Assert.Null(tables.Find(table));
    }

    [Fact]
    public void Event_OfAnyWorld_ReadsBackAsItWasWritten() => Properties.Hold(Shape.Any, shape =>
    {
        foreach (var e in new World(shape).BatchesOf(1).SelectMany(batch => batch.Events))
        {
            var read = BatchedEvent.Parse(e.ToText());
            Assert.Equal((e.Id, e.Consumer, e.Model, e.Payment, e.Method), (read.Id, read.Consumer, read.Model, read.Payment, read.Method));
            Assert.Equal((e.Units, e.Time), (read.Units, read.Time));
            Assert.Equal(e.Weights, read.Weights);
            Assert.Equal((e.Domain, e.Outcome), (read.Domain, read.Outcome));
            Assert.Equal(e.ToText(), read.ToText());
        }
    }, 60);

    [Fact]
    public void Event_WithWrongWeights_IsRefused()
    {
        var bo = World.Name("bo", 1);
        var (low, high) = Ada < bo ? (Ada, bo) : (bo, Ada);
        Assert.Equal(2, BatchedEvent.Parse(Event("", new InfluenceWeight(low, 1), new InfluenceWeight(high, SplitTable.WeightLimit - 1)).ToText()).Weights.Count);
        BatchedEvent[] wrong =
        [
            Event("", new InfluenceWeight(high, 1), new InfluenceWeight(low, 1)),
            Event("", new InfluenceWeight(low, 1), new InfluenceWeight(low, 1)),
            Event("", new InfluenceWeight(low, 0)),
            Event("", new InfluenceWeight(low, SplitTable.WeightLimit)),
            Event("", new InfluenceWeight(Address.Zero, 1)),
        ];
        Assert.All(wrong, e => Assert.Throws<CanonicalFormatException>(() => BatchedEvent.Parse(e.ToText())));
    }

    private static BatchedEvent Event(string domain, params InfluenceWeight[] weights) =>
        new(Word, Hash32.Zero, new ModelId(Word), domain, "ok", 12, 34, Hash32.Zero, Word, weights);

    private static byte[]? Read(Func<byte[]> read)
    {
        try
        {
            return read();
        }
        catch (CanonicalFormatException)
        {
            return null;
        }
    }

    private static void ReadText(byte[] bytes)
    {
        var reader = new CanonicalReader(bytes);
        reader.Open();
        _ = reader.Text();
        reader.Close();
        reader.End();
    }

    private static void Is(bool good, string line, Action<byte[]> read)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        if (good) read(bytes);
        else Assert.Throws<CanonicalFormatException>(() => read(bytes));
    }
}
