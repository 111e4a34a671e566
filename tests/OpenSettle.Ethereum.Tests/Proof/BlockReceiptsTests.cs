using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Ethereum.Tests.Support;

namespace OpenSettle.Ethereum.Tests.Proof;

public sealed class BlockReceiptsTests
{
    private const int Rounds = 3_000;

    public static TheoryData<string> Names => [.. GoldenBlock.All.Where(block => block.Receipts is not null).Select(block => block.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Receipts_OfARealBlock_GiveItsRoot(string name)
    {
        var (block, receipts) = Golden(name);
        var logs = GoldenBlock.ReadReceipts(block, receipts.ToJsonString());
        Assert.NotNull(logs);
        Assert.Equal(receipts.Sum(receipt => Logs(receipt).Count), logs.Length);
        Assert.Equal(Enumerable.Range(0, logs.Length), logs.Select(log => (int)log.LogIndex));
        Assert.True(LogsBloom.Of(logs).AsSpan().SequenceEqual(block.Bloom.Span));
        Assert.Null(GoldenBlock.ReadReceipts(block, "null"));
    }

    [Fact]
    public void Receipts_WithLogs_AreAmongTheGoldenOnes() =>
        Assert.True(GoldenBlock.All.Where(block => block.Receipts?.Sum(receipt => Logs(receipt).Count) > 0).Skip(1).Any());

    [Theory]
    [MemberData(nameof(Names))]
    public void Receipts_WithoutTheirBlooms_GiveTheirRootToo(string name)
    {
        var (block, receipts) = Golden(name);
        foreach (var receipt in receipts) receipt?.AsObject().Remove("logsBloom");
        Assert.NotNull(GoldenBlock.ReadReceipts(block, receipts.ToJsonString()));
    }

    // A missing receipt, a repeated one, a swapped pair; a missing log, a repeated one; any digit of anything that is read.
    [Theory]
    [MemberData(nameof(Names))]
    public void Receipts_Damaged_AreRefused(string name)
    {
        var random = new Random(11);
        for (var round = 0; round < Rounds; round++)
        {
            var (block, receipts) = Golden(name);
            var before = receipts.ToJsonString();
            Damage(random, receipts);
            if (receipts.ToJsonString() == before) continue;
            var refusal = Assert.Throws<ChainException>(() => GoldenBlock.ReadReceipts(block, receipts.ToJsonString()));
            Assert.Equal(ChainErrorKind.BadReply, refusal.Kind);
        }
    }

    [Fact]
    public void Receipts_OfAnotherBlock_AreRefusedByThatName()
    {
        var (block, receipts) = Golden("osaka");
        var other = block with { Header = block.Header with { Hash = block.Header.ParentHash } };
        Assert.Contains("of another block", Assert.Throws<ChainException>(() => GoldenBlock.ReadReceipts(other, receipts.ToJsonString())).Message);
    }

    [Theory]
    [InlineData("\"type\":\"0x2\"", "\"type\":\"0x80\"", "type")]
    [InlineData("\"status\":\"0x1\"", "\"status\":\"0x2\"", "status")]
    [InlineData("\"status\":\"0x1\"", "\"outcome\":\"0x1\"", "root")]
    [InlineData("\"status\":\"0x1\"", "\"status\":\"0x0\"", "give the root")]
    [InlineData("\"depositReceiptVersion\":\"0x1\"", "\"version\":\"0x1\"", "give the root")]
    [InlineData("\"logIndex\":\"0x0\"", "\"logIndex\":\"0x7\"", "index 7")]
    [InlineData("\"cumulativeGasUsed\"", "\"gasUsed\"", "cumulativeGasUsed")]
    public void Receipts_ThatSaySomethingElse_AreRefusedWithAReason(string said, string instead, string reason)
    {
        var (block, receipts) = Golden("isthmus");
        var text = receipts.ToJsonString();
        Assert.Contains(said, text);
        var at = text.IndexOf(said, StringComparison.Ordinal);
        var refusal = Assert.Throws<ChainException>(() => GoldenBlock.ReadReceipts(block, $"{text[..at]}{instead}{text[(at + said.Length)..]}"));
        Assert.Contains(reason, refusal.Message);
        Assert.StartsWith($"{Readers.Endpoint}: {ReceiptReplies.OfBlock}: ", refusal.Message);
    }

    [Fact]
    public void Receipts_WhoseHeaderNamesOtherTransactions_AreRefused()
    {
        var (block, receipts) = Golden("isthmus");
        var swapped = block with { Transactions = [block.Transactions[1], block.Transactions[0], .. block.Transactions.Skip(2)] };
        Assert.Contains("receipt 0", Assert.Throws<ChainException>(() => GoldenBlock.ReadReceipts(swapped, receipts.ToJsonString())).Message);
        var fewer = block with { Transactions = [.. block.Transactions.Skip(1)] };
        Assert.Contains("5 transactions, and 6 receipts", Assert.Throws<ChainException>(() => GoldenBlock.ReadReceipts(fewer, receipts.ToJsonString())).Message);
    }

    private static (SealedHeader Block, JsonArray Receipts) Golden(string name)
    {
        var golden = GoldenBlock.Named(name);
        return (golden.Sealed(), golden.Receipts?.DeepClone().AsArray() ?? throw new InvalidOperationException($"{name} has no receipts."));
    }

    private static JsonArray Logs(JsonNode? receipt) => receipt?["logs"]?.AsArray() ?? [];

    private static void Damage(Random random, JsonArray receipts)
    {
        var all = receipts.Select(receipt => Logs(receipt)).ToArray();
        var logs = all[random.Next(all.Length)];
        switch (random.Next(6))
        {
            case 0: receipts.RemoveAt(random.Next(receipts.Count)); break;
            case 1: receipts.Insert(random.Next(receipts.Count), receipts[random.Next(receipts.Count)]?.DeepClone()); break;
            case 2: Swap(random, receipts); break;
            case 3 when logs.Count > 0: logs.RemoveAt(random.Next(logs.Count)); break;
            case 4 when logs.Count > 0: logs.Add(logs[0]?.DeepClone()); break;
            default:
                var receipt = receipts[random.Next(receipts.Count)]?.AsObject() ?? [];
                if (logs.Count > 0 && random.Next(2) == 0) Digit(random, logs[random.Next(logs.Count)]?.AsObject() ?? [], ["address", "data", "blockNumber", "transactionHash", "blockHash", "logIndex"]);
                else if (logs.Count > 0 && random.Next(3) == 0) Topic(random, logs[random.Next(logs.Count)]?["topics"]?.AsArray() ?? []);
                else Digit(random, receipt, ["transactionHash", "blockHash", "type", "status", "root", "cumulativeGasUsed", "logsBloom", "depositNonce", "depositReceiptVersion"]);
                break;
        }
    }

    private static void Swap(Random random, JsonArray receipts)
    {
        var (one, other) = (random.Next(receipts.Count), random.Next(receipts.Count));
        var (left, right) = (receipts[one]?.DeepClone(), receipts[other]?.DeepClone());
        (receipts[one], receipts[other]) = (right, left);
    }

    private static void Topic(Random random, JsonArray topics)
    {
        if (topics.Count == 0) return;
        if (random.Next(2) == 0) topics.RemoveAt(random.Next(topics.Count));
        else topics[0] = Other(random, topics[0]?.GetValue<string>() ?? string.Empty);
    }

    private static void Digit(Random random, JsonObject holder, string[] names)
    {
        var name = names[random.Next(names.Length)];
        if (holder[name]?.GetValue<string>() is { Length: > 2 } text) holder[name] = Other(random, text);
    }

    private static string Other(Random random, string text)
    {
        var at = random.Next(2, text.Length);
        return $"{text[..at]}{(text[at] == '3' ? '5' : '3')}{text[(at + 1)..]}";
    }
}
