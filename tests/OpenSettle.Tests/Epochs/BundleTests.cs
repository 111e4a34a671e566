using System.Text;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class BundleTests
{
    private const string Word = "0x00000000000000000000000000000000000000000000000000000000000000aa";

    private static readonly string[] Several =
        ["token", "terms", "batch", "usage", "method", "open", "payment", "direct", "push", "account", "residue", "suspense", "total", "record", "revenue", "domain"];

    // Small, and with at least two lines of every kind that may have several.
    private static readonly PublishedEpoch Epoch = History.Make(new Shape(34, 4, 12), 2)[1];

    [Fact]
    public void Bundle_OfAnyEpoch_ReadsBackAsItWasWritten() => Properties.Hold(Shape.Any, shape =>
    {
        foreach (var epoch in History.Make(shape, 2))
        {
            var (read, hash) = BundleReader.Read(new MemoryStream(epoch.Bytes));
            var written = epoch.Bundle;
            Assert.Equal(epoch.Hash, hash);
            Assert.Equal(epoch.Hash, Keccak256.Hash(epoch.Bytes));
            Assert.Equal(
                (written.Deployment, written.Number, written.FirstBlock, written.LastBlock, written.ParentHash, written.LastBlockHash),
                (read.Deployment, read.Number, read.FirstBlock, read.LastBlock, read.ParentHash, read.LastBlockHash));
            Assert.Equal((written.PreviousRoot, written.PreviousBundle, written.Root, written.PushRoot), (read.PreviousRoot, read.PreviousBundle, read.Root, read.PushRoot));
            Assert.Equal(written.Tokens, read.Tokens);
            Assert.Equal(written.Usage.Batches, read.Usage.Batches);
            Assert.Equal(written.Usage.Counts, read.Usage.Counts);
            Assert.Equal(written.Usage.Methods, read.Usage.Methods);
            Assert.Equal(written.Usage.Open, read.Usage.Open);
            Assert.Equal(written.Usage.Direct, read.Usage.Direct);
            Assert.Equal(written.Push, read.Push);
            Assert.Equal(written.After.Accounts, read.After.Accounts);
            Assert.Equal(written.After.Residues, read.After.Residues);
            Assert.Equal(written.After.Suspense, read.After.Suspense);
            Assert.Equal(written.Changed, read.Changed);
            Assert.Equal((written.RecordRoot, written.Records.Count), (read.RecordRoot, read.Records.Count));
            Assert.Equal(written.Records, read.Records);
            Assert.Equal(written.Usage.Uses, read.Usage.Uses);
            Assert.Equal(written.Payments.Select(payment => (payment.Settled, payment.Terms.Id, payment.Named)), read.Payments.Select(payment => (payment.Settled, payment.Terms.Id, payment.Named)));
            Assert.Equal(written.Terms.Count, read.Terms.Count);
            foreach (var (one, other) in written.Terms.Zip(read.Terms))
            {
                Assert.Equal(
                    (one.Id, one.Model, one.ModelNumber, one.Split.Version, one.LineageVersion, one.Owner),
                    (other.Id, other.Model, other.ModelNumber, other.Split.Version, other.LineageVersion, other.Owner));
                Assert.Equal(one.Split.Rows, other.Split.Rows);
                Assert.Equal(one.Split.Fallback, other.Split.Fallback);
                Assert.Equal((one.Split.PoolWeight, one.Split.AtHand, one.Split.Commitment?.Hash), (other.Split.PoolWeight, other.Split.AtHand, other.Split.Commitment?.Hash));
                Assert.Equal(one.Parents.Select(parent => (parent.Terms.Id, parent.Share)), other.Parents.Select(parent => (parent.Terms.Id, parent.Share)));
            }
        }
    }, 60);

    [Fact]
    public void Example_HasEveryKindOfLineTwice()
    {
        var kinds = Lines().GroupBy(line => line.Split('"')[1]).ToDictionary(kind => kind.Key, kind => kind.Count());
        Assert.All(Several, kind => Assert.InRange(kinds.GetValueOrDefault(kind), 2, 99));
        Assert.Contains(Epoch.Bundle.Terms, terms => !terms.Split.AtHand);
    }

    [Fact]
    public void Truncation_AtAnyByte_NamesTheLineWhereItEnds()
    {
        for (var length = 0; length < Epoch.Bytes.Length; length++)
        {
            var kept = Epoch.Bytes.AsSpan(0, length);
            var whole = kept.Count((byte)'\n');
            Refused(kept.ToArray(), whole + 1);
        }
    }

    [Fact]
    public void TwoNeighbouringLines_Swapped_AreRefusedAtTheSecondPlaceAtTheLatest()
    {
        var lines = Lines();
        for (var i = 0; i + 1 < lines.Count; i++)
        {
            var swapped = lines.ToList();
            (swapped[i], swapped[i + 1]) = (swapped[i + 1], swapped[i]);
            var refused = Assert.Throws<BundleFormatException>(() => Read(swapped));
            Assert.InRange(refused.Line, i + 1, i + 2);
        }
    }

    [Fact]
    public void Kinds_OutOfTheirOrder_AreNamed()
    {
        var lines = Lines();
        var at = lines.FindLastIndex(line => line.StartsWith("[\"usage\"", StringComparison.Ordinal));
        var usage = lines[at];
        lines.RemoveAt(at);
        lines.Insert(lines.FindLastIndex(line => line.StartsWith("[\"account\"", StringComparison.Ordinal)) + 1, usage);
        var refused = Assert.Throws<BundleFormatException>(() => Read(lines));
        Assert.Equal(lines.IndexOf(usage) + 1, refused.Line);
        Assert.Contains("a 'usage' line cannot come after a 'account' line", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_GivenTwice_IsRefused()
    {
        var lines = Lines();
        for (var i = 0; i < lines.Count; i++)
        {
            var more = lines.ToList();
            more.Insert(i, lines[i]);
            Assert.InRange(Assert.Throws<BundleFormatException>(() => Read(more)).Line, i + 1, more.Count);
        }
    }

    [Fact]
    public void Line_LeftOut_IsRefused()
    {
        var lines = Lines();
        for (var i = 0; i < lines.Count; i++)
        {
            var fewer = lines.ToList();
            fewer.RemoveAt(i);
            Assert.Throws<BundleFormatException>(() => Read(fewer));
        }
    }

    [Fact]
    public void Space_AnywhereOutsideAText_IsRefusedOnItsLine()
    {
        var lines = Lines();
        for (var i = 0; i < lines.Count; i++)
        {
            foreach (var spaced in new[] { lines[i].Replace(",", ", ", StringComparison.Ordinal), lines[i] + " ", " " + lines[i], lines[i] + "\r", lines[i] + "\t" })
            {
                var changed = lines.ToList();
                changed[i] = spaced;
                Refused(Bytes(changed), i + 1);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[\"opensettle-bundle\",2]")]
    [InlineData("[\"opensettle-bundle\", 1]")]
    [InlineData("\ufeff[\"opensettle-bundle\",1]")]
    [InlineData("{}")]
    [InlineData("PK\u0003\u0004")]
    public void FirstLine_OfAnotherFile_IsRefused(string first)
    {
        var lines = Lines();
        lines[0] = first;
        Refused(Bytes(lines), 1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(1_000_000_000)]
    public void EndLine_WithAnotherCount_IsRefusedThere(int more)
    {
        var lines = Lines();
        lines[^1] = $"[\"end\",{lines.Count - 1 + more}]";
        Refused(Bytes(lines), lines.Count);
    }

    [Fact]
    public void Bytes_AfterTheEndLine_AreRefused()
    {
        Refused([.. Epoch.Bytes, (byte)'\n'], Lines().Count + 1);
        Refused([.. Epoch.Bytes, (byte)'['], Lines().Count + 1);
        Refused([.. Epoch.Bytes, .. Epoch.Bytes], Lines().Count + 1);
    }

    // Each replaces the first line of its kind.
    [Theory]
    [InlineData("[\"\\u0000\"]")]
    [InlineData("[[[[[[[[[[1]]]]]]]]]]")]
    [InlineData("[\"terms\",0,[[[[[1]]]]]]")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("[1]")]
    [InlineData("[\"nothing\"]")]
    [InlineData("[\"token\"]")]
    [InlineData("[\"token\",null,null]")]
    [InlineData("[\"token\",\"0x00\",\"1\"]")]
    [InlineData("[\"token\",\"0x0000000000000000000000000000000000000000\",1]")]
    [InlineData("[\"token\",\"0x0000000000000000000000000000000000000000\",\"01\"]")]
    [InlineData("[\"token\",\"0x0000000000000000000000000000000000000000\",\"-1\"]")]
    [InlineData("[\"token\",\"0x0000000000000000000000000000000000000000\",\"1e9\"]")]
    [InlineData("[\"token\",\"0x0000000000000000000000000000000000000000\",\"\\ud800\"]")]
    [InlineData("[\"token\",\"0x0000000000000000000000000000000000000000\",\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"]")]
    [InlineData("[\"deployment\",18446744073709551616,\"0x0000000000000000000000000000000000000000\",\"0x0000000000000000000000000000000000000000\",\"0x0000000000000000000000000000000000000000\"]")]
    [InlineData("[\"epoch\",-1,1,1,\"" + Word + "\",\"" + Word + "\"]")]
    [InlineData("[\"epoch\",1.0,1,1,\"" + Word + "\",\"" + Word + "\"]")]
    [InlineData("[\"epoch\",1e999,1,1,\"" + Word + "\",\"" + Word + "\"]")]
    [InlineData("[\"epoch\",01,1,1,\"" + Word + "\",\"" + Word + "\"]")]
    [InlineData("[\"epoch\",1,1,1,\"" + Word + "\",\"" + Word + "\",1]")]
    [InlineData("[\"usage\",\"" + Word + "\",99999999999999999999999999,0,\"0\"]")]
    [InlineData("[\"usage\",\"" + Word + "\",0,0,\"0\"]")]
    [InlineData("[\"direct\",99,\"0x0000000000000000000000000000000000000000\",\"0x00000000000000000000000000000000000000aa\",\"1\"]")]
    [InlineData("[\"push\",\"0x00000000000000000000000000000000000000aa\",\"0x0000000000000000000000000000000000000000\"]")]
    [InlineData("[\"residue\",\"" + Word + "\",\"0x0000000000000000000000000000000000000000\",\"0\"]")]
    [InlineData("[\"open\",\"" + Word + "\",\"0x00000000000000000000000000000000000000aa\",\"0\"]")]
    [InlineData("[\"record\",\"" + Word + "\",1,1]")]
    [InlineData("[\"record\",\"" + Word + "\",\"1\",1,1]")]
    [InlineData("[\"revenue\",\"" + Word + "\",\"0x0000000000000000000000000000000000000000\",\"1\"]")] // of no record
    [InlineData("[\"revenue\",\"" + Word + "\",\"0x0000000000000000000000000000000000000000\",1]")]
    [InlineData("[\"domain\",\"" + Word + "\",\"nda\",1,1,0,0]")] // of no record
    [InlineData("[\"domain\",\"" + Word + "\",1,1,0,0]")]
    [InlineData("[\"root\",\"" + Word + "\"")]
    [InlineData("[\"root\",\"" + Word + "\",\"" + Word + "\"]")]
    [InlineData("[\"root\",\"" + Word + "\"]")]
    [InlineData("[\"root\",\"0xAA\",\"" + Word + "\"]")]
    public void Line_ThatIsNoLineOfABundle_IsRefusedThere(string line)
    {
        var lines = Lines();
        var kind = line.Split('"') is [_, var named, ..] ? named : "token";
        var at = lines.FindIndex(other => other.StartsWith($"[\"{kind}\"", StringComparison.Ordinal));
        if (at < 0) at = 4;
        lines[at] = line;
        Refused(Bytes(lines), at + 1);
    }

    [Theory]
    [InlineData("[\"OWNER\",\"340282366920938463463374607431768211456\",\"data\"]")] // beyond 128 bits
    [InlineData("[\"OWNER\",\" 1\",\"data\"]")]
    [InlineData("[\"OWNER\",\"+1\",\"data\"]")]
    [InlineData("[\"OWNER\",\"1,0\",\"data\"]")]
    [InlineData("[\"OWNER\",1,\"data\"]")]
    [InlineData("[\"owner\",\"1\",\"data\"]")]
    [InlineData("[\"OWNER\",\"1\"]")]
    [InlineData("[\"OWNER\",\"1\",\"data\",1]")]
    [InlineData("[\"OWNER\",\"1\",\"\u00e9\"]")] // roles are printable ASCII: nothing that could disturb a screen
    [InlineData("[\"OWNER\",\"1\",\"\u009b2J\"]")]
    [InlineData("[\"OWNER\",\"1\",\"a\\\"b\"]")]
    [InlineData("[\"OWNER\",\"1\",\"\\u0061\"]")]
    [InlineData("[\"OWNER\",\"1\",\"more than thirty-two characters..\"]")]
    [InlineData("[\"OWNER\",\"1\",\"0x61\"]")]
    [InlineData("[\"OWNER\",\"1\",\"0x6461746100000000000000000000000000000000000000000000000000000000\"]")] // is "data"
    public void SplitRow_ThatNoTableHas_IsRefusedThere(string row)
    {
        Refused(Bytes(WithTable($"[[{row}],\"0\",[]]", out var at)), at + 1);
    }

    [Theory]
    [InlineData("[[],\"0\",[]]")] // empty
    [InlineData("[[[\"OWNER\",\"0\",\"data\"]],\"0\",[]]")]
    [InlineData("[[[\"0x0000000000000000000000000000000000000000\",\"1\",\"data\"]],\"0\",[]]")]
    [InlineData("[[[\"OWNER\",\"79228162514264337593543950336\",\"data\"]],\"0\",[]]")] // 2^96
    [InlineData("[[],\"79228162514264337593543950336\",[[\"OWNER\",\"1\",\"data\"]]]")]
    [InlineData("[[],\"1\",[]]")] // a pool without fallback
    [InlineData("[[[\"OWNER\",\"1\",\"data\"]],\"0\",[[\"OWNER\",\"1\",\"data\"]]]")] // fallback without a pool
    [InlineData("[[[\"OWNER\",\"1\",\"data\"]],\"0\"]")]
    [InlineData("[[[\"OWNER\",\"1\",\"data\"]],\"0\",[],[]]")]
    public void Table_ThatIsNotGood_IsRefusedThere(string table) => Refused(Bytes(WithTable(table, out var at)), at + 1);

    [Theory]
    [InlineData("[[[\"OWNER\",\"1\",\"data\"]],\"0\",[]]")]
    [InlineData("[[[\"OWNER\",\"79228162514264337593543950335\",\"\"]],\"0\",[]]")]
    [InlineData("[[],\"79228162514264337593543950335\",[[\"OWNER\",\"1\",\"data\"]]]")]
    [InlineData("\"" + Word + "\"")]
    public void Table_ThatIsGood_IsRead(string table) => Read(WithTable(table, out _));

    [Theory]
    [InlineData("nda", "0", "0")]
    [InlineData("nda", "0", "01")]
    [InlineData("a\\\"b", "0", "1")]
    [InlineData("more than thirty-two characters..", "0", "1")]
    [InlineData("\u00e9", "0", "1")]
    [InlineData("0x61", "0", "1")]
    [InlineData("0x6461746100000000000000000000000000000000000000000000000000000000", "0", "1")] // is "data"
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000000", "0", "1")] // is ""
    [InlineData("0xFF00000000000000000000000000000000000000000000000000000000000000", "0", "1")]
    public void Domain_ThatHasNoTrialsOrAnotherText_IsRefusedThere(string domain, string successes, string trials)
    {
        var lines = Lines();
        var at = lines.FindIndex(line => line.StartsWith("[\"domain\"", StringComparison.Ordinal));
        lines[at] = $"[\"domain\",\"{lines[at].Split('"')[3]}\",\"{domain}\",{successes},{trials},0,0]";
        Refused(Bytes(lines), at + 1);
    }

    [Fact]
    public void Records_OutOfOrderOrTwice_AreRefused()
    {
        foreach (var kind in (string[])["record", "revenue", "domain"])
        {
            var lines = Lines();
            var first = lines.FindIndex(line => line.StartsWith($"[\"{kind}\"", StringComparison.Ordinal));
            var last = lines.FindLastIndex(line => line.StartsWith($"[\"{kind}\"", StringComparison.Ordinal));
            (lines[first], lines[last]) = (lines[last], lines[first]);
            Assert.Throws<BundleFormatException>(() => Read(lines));
        }
    }

    private static List<string> WithTable(string table, out int at)
    {
        var lines = Lines();
        // Terms 0 have no parents: nothing stands before them.
        at = lines.FindIndex(line => line.StartsWith("[\"terms\",0,", StringComparison.Ordinal));
        var line = lines[at];
        var start = line.IndexOf(",[[", StringComparison.Ordinal);
        if (start < 0) start = line.LastIndexOf(",\"0x", StringComparison.Ordinal);
        lines[at] = $"{line[..start]},{table},[]]";
        return lines;
    }

    [Theory]
    [InlineData("[[0,1]]")] // its own number
    [InlineData("[[1,1]]")]
    [InlineData("[[-1,1]]")]
    [InlineData("[[99999999999,1]]")]
    [InlineData("[[\"0\",1]]")]
    [InlineData("[0]")]
    public void Terms_WithAParentThatDoesNotStandBefore_AreRefusedThere(string parents)
    {
        var lines = Lines();
        var at = lines.FindIndex(line => line.StartsWith("[\"terms\",0,", StringComparison.Ordinal));
        lines[at] = $"{lines[at][..^"[]]".Length]}{parents}]";
        Refused(Bytes(lines), at + 1);
    }

    [Fact]
    public void Bundle_MutatedAtRandom_IsRefusedOrIsTheCanonicalFormOfAnother()
    {
        var random = new Random((int)Properties.Seed);
        var accepted = 0;
        for (var run = 0; run < 3_000; run++)
        {
            var bytes = Mutations.Apply(random, Epoch.Bytes);
            try
            {
                var (bundle, hash) = BundleReader.Read(new MemoryStream(bytes));
                accepted++;
                Assert.Equal(bytes, PublishedEpoch.Of(bundle).Bytes);
                Assert.Equal(Keccak256.Hash(bytes), hash);
            }
            catch (BundleFormatException refused)
            {
                Assert.InRange(refused.Line, 0, bytes.AsSpan().Count((byte)'\n') + 1);
                Assert.Contains($"line {refused.Line}:", refused.Message, StringComparison.Ordinal);
            }
            catch (Exception other) when (other is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {Properties.Seed}, run {run}: {other}\n{Encoding.UTF8.GetString(bytes)}");
            }
        }

        // A changed digit often makes another bundle; most changes make none.
        Assert.InRange(accepted, 50, 2_000);
    }

    [Fact]
    public void Bundle_OfTokensAndCountsInAnyOrder_HasOneForm()
    {
        var bundle = Epoch.Bundle;
        var usage = EpochUsage.Seen(bundle.Usage.Counts.Reverse().Append(new UsageCount(new ModelId(Hash32.Zero), 0)));
        var result = EpochBuilder.Build(new EpochInput(
            bundle.Number, bundle.FirstBlock, bundle.LastBlock, bundle.ParentHash, bundle.LastBlockHash, bundle.PreviousRoot, SettlementState.Empty,
            [.. bundle.Tokens.Reverse()], bundle.Terms, bundle.Payments, usage, []));
        var turned = Bundle.Of(bundle.Deployment, result, bundle.PreviousBundle);
        Assert.Equal(bundle.Tokens, turned.Tokens);
        Assert.Equal(bundle.Usage.Counts, turned.Usage.Counts);
    }

    [Fact]
    public void Epoch_ThatPromisesNothing_HasNoBundle()
    {
        var result = EpochBuilder.Build(new EpochInput(1, 1, 2, Hash32.Zero, Hash32.Zero, Hash32.Zero, SettlementState.Empty, [], [], [], EpochUsage.None, []));
        Assert.Null(result.Tree);
        Assert.Throws<InvalidOperationException>(() => Bundle.Of(History.Deployment, result, Hash32.Zero));
    }

    private static List<string> Lines() => [.. Encoding.UTF8.GetString(Epoch.Bytes).TrimEnd('\n').Split('\n')];

    private static byte[] Bytes(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private static Bundle Read(IEnumerable<string> lines) => BundleReader.Read(new MemoryStream(Bytes(lines))).Bundle;

    private static void Refused(byte[] bytes, long line)
    {
        var refused = Assert.Throws<BundleFormatException>(() => BundleReader.Read(new MemoryStream(bytes)));
        Assert.True(line == refused.Line, $"expected line {line}: {refused.Message}");
    }
}
