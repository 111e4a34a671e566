using System.Text;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

/// <summary>Files as they may arrive: in pieces, cut, longer than they may be, or something else.</summary>
public sealed class BundleReaderTests
{
    private static readonly PublishedEpoch Epoch = History.Make(new Shape(34, 4, 12), 2)[1];
    private static readonly string[] Lines = Encoding.UTF8.GetString(Epoch.Bytes).TrimEnd('\n').Split('\n');

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(-1)] // pieces of any size
    public void Bundle_InPieces_IsReadAsInOne(int piece)
    {
        using var stream = new Pieces(Epoch.Bytes, piece);
        var (bundle, hash) = BundleReader.Read(stream);
        Assert.Equal(Epoch.Hash, hash);
        Assert.Equal(Epoch.Bytes, PublishedEpoch.Of(bundle).Bytes);
    }

    [Fact]
    public void Payments_HandedOver_ComeInOrderWithWhatStandsBeforeThem()
    {
        var given = new List<DividedPayment>();
        using var stream = new Pieces(Epoch.Bytes, -1);
        var (bundle, hash) = BundleReader.Read(stream, (head, payment) =>
        {
            Assert.Equal((Epoch.Bundle.Number, Epoch.Bundle.Deployment), (head.Number, head.Deployment));
            Assert.Equal(Epoch.Bundle.Tokens, head.Tokens);
            Assert.Equal(Epoch.Bundle.Terms.Count, head.Terms.Count);
            Assert.Same(head.Terms[payment.Terms.Id], payment.Terms);
            given.Add(payment);
        });
        Assert.Equal(Epoch.Hash, hash);
        Assert.Empty(bundle.Payments);
        Assert.Equal(Epoch.Bundle.Payments.Select(payment => payment.Settled), given.Select(payment => payment.Settled));
        Assert.Equal(Epoch.Bytes, PublishedEpoch.Of(bundle with { Payments = given }).Bytes);
    }

    [Fact]
    public void File_CutAtALine_EndsBeforeItsEndLine()
    {
        for (var kept = 1; kept < Lines.Length; kept++)
            Refused(Bytes(Lines.Take(kept)), kept + 1, "the file ends before its end line.");
    }

    [Fact]
    public void File_CutWithinALine_EndsInTheMiddleOfIt()
    {
        for (var at = 0; at < Lines.Length; at++)
        {
            Refused([.. Bytes(Lines.Take(at)), .. Encoding.UTF8.GetBytes(Lines[at][..(Lines[at].Length / 2)])], at + 1, "the file ends in the middle of a line.");
            Refused([.. Bytes(Lines.Take(at)), .. Encoding.UTF8.GetBytes(Lines[at])], at + 1, "the file ends in the middle of a line.");
        }
    }

    [Fact]
    public void EmptyFile_IsRefused() => Refused([], 1, "the file is empty.");

    [Theory]
    [InlineData("\n")]
    [InlineData("{\"a\":1}\n")]
    [InlineData("[\"chain\",1]\n")]
    [InlineData("[\"opensettle-bundle\"]\n")]
    [InlineData("[\"deployment\",1]\n")]
    [InlineData("<!doctype html>\n<html>\n")]
    [InlineData("\u001f\u008b\n")] // still compressed
    public void ForeignFile_IsToldFromABundle(string text) => Refused(Encoding.UTF8.GetBytes(text), 1, "");

    [Theory]
    [InlineData("{}\n")]
    [InlineData("[\"opensettle-bundle\",x]\n")]
    public void ForeignFile_IsCalledOne(string text) => Refused(Encoding.UTF8.GetBytes(text), 1, "this is not a bundle: it does not begin with [\"opensettle-bundle\",1].");

    [Fact]
    public void BundleOfAnotherVersion_IsCalledSo() => Refused(Bytes(["[\"opensettle-bundle\",2]"]), 1, "this is a bundle of a version that this program does not know.");

    [Fact]
    public void MoreAfterTheEnd_IsRefused()
    {
        Refused([.. Epoch.Bytes, .. Bytes(["[\"end\",1]"])], Lines.Length + 1, "there is more after the end line.");
        Refused([.. Epoch.Bytes, .. "["u8], Lines.Length + 1, "the file ends in the middle of a line.");
    }

    [Theory]
    [InlineData("opensettle-bundle")]
    [InlineData("deployment")]
    [InlineData("epoch")]
    [InlineData("previous")]
    [InlineData("root")]
    public void SingleLine_GivenTwiceOrNotAtAll_IsNamed(string kind)
    {
        var at = Array.FindIndex(Lines, line => line.StartsWith($"[\"{kind}\"", StringComparison.Ordinal));
        Refused(Bytes([.. Lines.Take(at + 1), .. Lines.Skip(at)]), at + 2, $"there is a second '{kind}' line.");
        var without = at == 0 ? "this is not a bundle: it does not begin with [\"opensettle-bundle\",1]." : $"there is no {kind} line.";
        Refused(Bytes([.. Lines.Take(at), .. Lines.Skip(at + 1)]), at + 1, without);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("terms")]
    [InlineData("batch")]
    [InlineData("usage")]
    [InlineData("method")]
    [InlineData("open")]
    [InlineData("payment")]
    [InlineData("direct")]
    [InlineData("push")]
    [InlineData("account")]
    [InlineData("residue")]
    [InlineData("suspense")]
    [InlineData("total")]
    public void Lines_OfAKindTurnedRound_AreRefusedAtTheSecond(string kind)
    {
        var at = Array.FindIndex(Lines, line => line.StartsWith($"[\"{kind}\"", StringComparison.Ordinal));
        var swapped = Lines.ToArray();
        (swapped[at], swapped[at + 1]) = (swapped[at + 1], swapped[at]);
        Refused(Bytes(swapped), kind == "terms" ? at + 1 : at + 2, kind == "terms" ? "stand where" : "does not come after");
        Refused(Bytes([.. Lines.Take(at + 1), .. Lines.Skip(at)]), at + 2, kind == "terms" ? "stand where" : "does not come after");
    }

    [Fact]
    public void LineLongerThanAReaderTakes_IsRefusedWithoutReadingToItsEnd()
    {
        using var endless = new Endless(Bytes(Lines.Take(3)));
        var refused = Assert.Throws<BundleFormatException>(() => BundleReader.Read(endless));
        Assert.Equal((4L, $"Bundle, line 4: the line is longer than {BundleWriter.MostLineBytes} bytes."), (refused.Line, refused.Message));
        Assert.InRange(endless.Given, BundleWriter.MostLineBytes, 3L * BundleWriter.MostLineBytes);
    }

    [Fact]
    public void LineLongerThanAReaderTakes_HoweverItComes_IsRefusedAlike()
    {
        var line = new byte[BundleWriter.MostLineBytes + 1];
        line.AsSpan().Fill((byte)'x');
        line[^1] = (byte)'\n';
        var refused = Assert.Throws<BundleFormatException>(() => BundleReader.Read(new MemoryStream(line)));
        Assert.Equal($"Bundle, line 1: the line is longer than {BundleWriter.MostLineBytes} bytes.", refused.Message);
        // One byte less is a line, and this one is wrong for what is in it.
        var longest = Assert.Throws<BundleFormatException>(() => BundleReader.Read(new MemoryStream(line, 1, line.Length - 1)));
        Assert.DoesNotContain("longer", longest.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Number_OfAKindThatIsTooLarge_IsRefused()
    {
        var at = Array.FindIndex(Lines, line => line.StartsWith("[\"suspense\"", StringComparison.Ordinal));
        var parts = Lines[at].Split(',');
        var changed = Lines.ToArray();
        changed[at] = string.Join(',', [parts[0], parts[1], "4294967296", .. parts.Skip(3)]);
        Refused(Bytes(changed), at + 1, "the split version 4294967296 is too large");
    }

    [Fact]
    public void BundlesOfManyShapes_MutatedAtRandom_AreRefusedOrCanonical()
    {
        var random = new Random((int)Properties.Seed);
        var accepted = 0;
        for (var seed = 1; seed <= 20; seed++)
        {
            var epoch = History.Make(new Shape(seed, 1 + seed % 5, seed), 2)[seed % 2];
            for (var run = 0; run < 100; run++)
            {
                var bytes = run % 2 == 0 ? Mutations.Apply(random, epoch.Bytes) : Mutations.Digit(random, epoch.Bytes);
                try
                {
                    using var stream = new Pieces(bytes, -1);
                    var (bundle, hash) = BundleReader.Read(stream);
                    accepted++;
                    Assert.Equal(bytes, PublishedEpoch.Of(bundle).Bytes);
                    Assert.Equal(Keccak256.Hash(bytes), hash);
                }
                catch (BundleFormatException refused)
                {
                    Assert.InRange(refused.Line, 1, bytes.AsSpan().Count((byte)'\n') + 1);
                }
            }
        }

        Assert.InRange(accepted, 100, 1_900);
    }

    private static byte[] Bytes(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private static void Refused(byte[] bytes, long line, string message)
    {
        using var stream = new Pieces(bytes, -1);
        var refused = Assert.Throws<BundleFormatException>(() => BundleReader.Read(stream));
        Assert.True(line == refused.Line && refused.Message.Contains(message, StringComparison.Ordinal), $"expected line {line}, {message}: {refused.Message}");
        Assert.StartsWith($"Bundle, line {line}: ", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Gives pieces of one size, or of any.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        private readonly Random _random = new(size);

        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, size > 0 ? size : _random.Next(1, 300)));
    }

    /// <summary>Some lines, and then one that does not end.</summary>
    private sealed class Endless(byte[] head) : MemoryStream(head)
    {
        public long Given { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            if (read == 0)
            {
                buffer.AsSpan(offset, count).Fill((byte)'x');
                read = count;
            }

            Given += read;
            return read;
        }
    }
}
