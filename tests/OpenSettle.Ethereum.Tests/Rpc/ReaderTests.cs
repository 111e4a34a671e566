using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>What the readers take and refuse, each after the first log too, where they read faster; and what memory they take.</summary>
public sealed class ReaderTests
{
    private const int Mebi = 1024 * 1024;

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public void Logs_Many_AllocateOneArrayAndTheirDataAlone(int count)
    {
        var answer = Readers.Envelope(Array(Enumerable.Range(0, count).Select(i => Transfer(i))));
        var logs = Readers.Read(Readers.LogsCall, answer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Readers.Read(Readers.LogsCall, answer);
        var besides = GC.GetAllocatedBytesForCurrentThread() - before - (long)count * Unsafe.SizeOf<LogEntry>() - logs.Sum(log => log.Data.Length);
        Assert.InRange(besides, 0, 1024);
    }

    [Fact]
    public void Logs_OfOneReply_HaveTheirDataInOneBuffer()
    {
        var logs = Readers.Logs(Array(Enumerable.Range(0, 100).Select(i => Transfer(i))));
        var buffers = logs.Select(log => System.Runtime.InteropServices.MemoryMarshal.TryGetArray(log.Data, out var part) ? part.Array : null);
        Assert.Single(buffers.Distinct());
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (UInt256)(ulong)i), logs.Select(log => UInt256.FromBigEndian(log.Data.Span)));
    }

    [Fact]
    public void Logs_WithoutAnythingThatMayBeLeftOut_AreRead()
    {
        string[] shortest =
        [
            .. Enumerable.Range(0, 16).Select(i =>
                $$"""{"address":"{{Replies.Contract}}","topics":[],"data":"0x","blockNumber":"0x0","blockHash":"{{Replies.BlockHash}}","transactionHash":"{{Replies.TransactionHash}}","logIndex":"0x{{i:x}}"}"""),
        ];
        Assert.All(shortest, log => Assert.Equal(LogField.ShortestLog, log.Length));
        Assert.Equal(Enumerable.Range(0, 16).Select(i => (uint)i), Readers.Logs(Array(shortest)).Select(log => log.LogIndex));
    }

    [Fact]
    public void Logs_WithDataThatGrows_StayBelowTwiceTheReply()
    {
        var answer = Readers.Envelope(Array(Enumerable.Range(0, 2_000).Select(i => Transfer(i).Replace(Word(i), new string('a', 2 * i), StringComparison.Ordinal))));
        var logs = Allocating(answer, 2 * answer.Length);
        Assert.Equal(Enumerable.Range(0, 2_000), logs.Select(log => log.Data.Length));
    }

    [Fact]
    public void Logs_WithTenMebibytesOfData_AreReadInBounds()
    {
        var large = Replies.Log(index: "0x1").Replace("0x01", $"0x{new string('a', 10 * Mebi)}", StringComparison.Ordinal);
        foreach (var result in new[] { $"[{large}]", $"[{Replies.Log()},{Compact(large)}]" })
        {
            var answer = Readers.Envelope(result);
            Assert.Equal(5 * Mebi, Allocating(answer, answer.Length)[^1].Data.Length);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"data\":\"0x\"},{}")]
    [InlineData("{{{")]
    [InlineData("[")]
    [InlineData("0")]
    [InlineData("\"{{{{{{{{\"")]
    public void Logs_OfNothingOverAndOver_AreRefusedInBounds(string nothing)
    {
        var hostile = string.Join(',', Enumerable.Repeat(nothing, 10 * Mebi / nothing.Length));
        foreach (var result in new[] { $"[{hostile}]", $"[{Compact(Replies.Log())},{hostile}]", $"[{{\"unknown\":[{hostile}]}}]" })
        {
            var answer = Readers.Envelope(result);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Refused(() => Readers.Read(Readers.LogsCall, answer));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2L * answer.Length);
        }
    }

    [Theory]
    [InlineData("\"logIndex\":\"0x1\"", "\"logIndex\":\"0x100000000\"", "32 bits")]
    [InlineData("\"logIndex\":\"0x1\"", "\"logIndex\":1", "'logIndex' is not a string but a number")]
    [InlineData("\"logIndex\":\"0x1\"", "\"logIndex\":\"0x1\",\"logIndex\":\"0x1\"", "'logIndex' is there twice")]
    [InlineData("\"logIndex\":\"0x1\"", "\"logIndex\":\"0x1\",\"\\u006cogIndex\":\"0x1\"", "'logIndex' is there twice")]
    [InlineData("\"logIndex\":\"0x1\"", "\"logIndex\":null", "'logIndex' is missing")]
    [InlineData("\"logIndex\":\"0x1\"", "\"logIndex\":\"0x\"", "'logIndex' is not a hexadecimal quantity")]
    [InlineData("\"logIndex\":\"0x1\"", "\"logIndex\":\"\\ud800\"", "'logIndex' is not a valid string")]
    [InlineData("\"blockNumber\":\"0x10\"", "\"blockNumber\":\"0x10000000000000000\"", "64 bits")]
    [InlineData("\"blockNumber\":\"0x10\"", "\"blockNumber\":\"0x1g\"", "'blockNumber' is not a hexadecimal quantity")]
    [InlineData("\"blockNumber\":\"0x10\"", "\"blockNumber\":[]", "'blockNumber' is not a string but an array")]
    [InlineData("\"data\":\"0x01\"", "\"data\":\"0x012\"", "even number")]
    [InlineData("\"data\":\"0x01\"", "\"data\":\"0x0g\"", "even number")]
    [InlineData("\"data\":\"0x01\"", "\"data\":\"01\"", "even number")]
    [InlineData("\"data\":\"0x01\"", "\"data\":{}", "'data' is not a string but an object")]
    [InlineData("\"topics\":[", "\"topics\":[7,", "'topics' is not a string but a number")]
    [InlineData("\"topics\":[", "\"topics\":[\"0x01\",", "64 hexadecimal digits")]
    [InlineData("\"topics\":[", "\"topics\":[\"" + Replies.Topic + "\",\"" + Replies.Topic + "\",\"" + Replies.Topic + "\",\"" + Replies.Topic + "\",", "more than 4 topics")]
    [InlineData("aa3\"", "aa\"", "40 hexadecimal digits")]
    [InlineData("\"removed\":false", "\"removed\":true", "removed")]
    [InlineData("\"removed\":false", "\"removed\":\"0x1\"", "'removed' is not a boolean")]
    [InlineData("\"removed\":false", "\"removed\":false,", "not JSON")]
    [InlineData("\"removed\":false", "\"removed\":falsehood", "not JSON")]
    [InlineData("\"removed\":false", "\"unknown\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "not JSON")]
    [InlineData(",\"blockHash\"", "\"blockHash\"", "not JSON")]
    [InlineData("\"topics\":[", "\"topics\":[,", "not JSON")]
    public void Log_Wrong_IsRefusedWithItsFieldWhereverItStands(string right, string wrong, string because)
    {
        var log = Compact(Replies.Log(index: "0x1"));
        var changed = log.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(log, changed);
        foreach (var result in new[] { $"[{changed}]", $"[{Replies.Log()},{changed}]", $"[{Replies.Log()},{changed},{Compact(Replies.Log(index: "0x2"))}]" })
            Assert.Contains(because, Refused(() => Readers.Logs(result)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_InAnotherOrderOrOtherwiseStrange_IsReadAmongPlainOnes()
    {
        var plain = Compact(Replies.Log(index: "0x1"));
        string[] strange =
        [
            plain,
            Replies.Log(index: "0x1"),
            plain.Replace("\"0x1\"", "\"0x0000000000000000000001\"", StringComparison.Ordinal),
            plain.Replace("\"0x1\"", "\"\\u0030x1\"", StringComparison.Ordinal),
            plain.Replace("\"data\"", "\"d\\u0061ta\"", StringComparison.Ordinal),
            plain.Replace("aa3\"", "AA3\"", StringComparison.Ordinal),
            plain.Replace(",\"removed\":false", "", StringComparison.Ordinal),
            plain.Replace("\"removed\":false", "\"removed\":null", StringComparison.Ordinal),
            plain.Replace("\"removed\":false", "\"unknown\":{\"logIndex\":\"0x7\",\"logIndex\":\"0x8\"},\"removed\":false", StringComparison.Ordinal),
            $"{{\"removed\":false,{plain[1..].Replace(",\"removed\":false", "", StringComparison.Ordinal)}",
        ];
        foreach (var log in strange)
        {
            var logs = Readers.Logs($"[{Compact(Replies.Log())},{log},{Compact(Replies.Log(index: "0x2"))}]");
            Assert.Equal([0U, 1U, 2U], logs.Select(read => read.LogIndex));
            Assert.Equal([1], logs[1].Data.ToArray());
            Assert.Equal(logs[0] with { LogIndex = 1, Data = default }, logs[1] with { Data = default });
        }
    }

    [Theory]
    [InlineData("\"gasUsed\":\"0x5208\"", "\"gasUsed\":\"0x10000000000000000\"", "64 bits")]
    [InlineData("\"effectiveGasPrice\":\"0x3b9aca01\"", "\"effectiveGasPrice\":\"0x10000000000000000000000000000000000000000000000000000000000000000\"", "'effectiveGasPrice'")]
    [InlineData("\"status\":\"0x1\"", "\"status\":\"0x1\",\"status\":\"0x0\"", "'status' is there twice")]
    [InlineData("\"logs\":[", "\"logs\":[],\"logs\":[", "'logs' is there twice")]
    [InlineData("\"logs\":[", "\"logs\":[{},", "is missing")]
    [InlineData("\"contractAddress\":null", "\"contractAddress\":\"0x\"", "'contractAddress'")]
    public void Receipt_Wrong_IsRefusedWithItsField(string right, string wrong, string because) =>
        Assert.Contains(because, Refused(() => Readers.Receipt(Replies.Receipt().Replace(right, wrong, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Fact]
    public void Receipt_OfATransactionThatWaits_IsNone() =>
        Assert.Null(Readers.Receipt(Replies.Receipt().Replace($"\"{Replies.BlockHash}\"", "null", StringComparison.Ordinal)));

    [Theory]
    [InlineData("\"number\":\"0x10\"", "\"number\":\"0x10\",\"number\":\"0x11\"", "'number' is there twice")]
    [InlineData("\"number\":\"0x10\"", "\"number\":16", "'number' is not a string but a number")]
    [InlineData("\"timestamp\":\"0x654\"", "\"timestamp\":\"0x10000000000000000\"", "64 bits")]
    [InlineData("\"baseFeePerGas\":\"0x3b9aca00\"", "\"baseFeePerGas\":\"-1\"", "'baseFeePerGas'")]
    public void Block_Wrong_IsRefusedWithItsField(string right, string wrong, string because) =>
        Assert.Contains(because, Refused(() => Readers.Block(Replies.Block().Replace(right, wrong, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"result\":[],\"id\":1}", null)]
    [InlineData("{\"id\":\"1\",\"result\":[]}", null)]
    [InlineData("{\"id\":1,\"result\":[],\"error\":null}", null)]
    [InlineData("{\"id\":1,\"result\":[]}x", "not JSON")]
    [InlineData("{\"id\":1,\"result\":[]}{}", "not JSON")]
    [InlineData("{\"id\":2,\"result\":[]}", "'id'")]
    [InlineData("{\"result\":[]}", "'id'")]
    [InlineData("{\"id\":1.5,\"result\":[]}", "'id'")]
    [InlineData("{\"id\":99999999999999999999,\"result\":[]}", "'id'")]
    [InlineData("{\"id\":1,\"id\":1,\"result\":[]}", "'id' is there twice")]
    [InlineData("{\"id\":1,\"result\":[],\"result\":[]}", "'result' is there twice")]
    [InlineData("{\"id\":1}", "neither 'result' nor 'error'")]
    [InlineData("{\"id\":1,\"result\":null}", "not an array but null")]
    [InlineData("{\"id\":1,\"result\":null,\"error\":{\"code\":-32000,\"message\":\"busy\"}}", "busy")]
    [InlineData("{\"id\":1,\"result\":[],\"error\":{\"code\":-32000,\"message\":\"busy\"}}", "busy")]
    [InlineData("{\"id\":1,\"error\":7}", "'error' is not an object but a number")]
    [InlineData("{\"id\":1,\"error\":{\"a\":1,\"a\":2}}", "not JSON")]
    [InlineData("{\"id\":1,\"error\":{\"\\ud800\":1}}", "")]
    [InlineData("{\"id\":1,\"error\":{\"message\":\"\\ud800\"}}", "not a valid string")]
    public void Envelope_OfLogs_IsTakenOrRefused(string answer, string? because)
    {
        if (because is null) Assert.Empty(Readers.Read(Readers.LogsCall, Readers.Utf8(answer)));
        else Assert.Contains(because, Assert.Throws<ChainException>(() => Readers.Read(Readers.LogsCall, Readers.Utf8(answer))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"id\":2,\"result\":null},{\"result\":null,\"id\":1}]", null)]
    [InlineData("[{\"id\":1,\"result\":null}]", "2 calls were sent, 1 answered")]
    [InlineData("[]", "2 calls were sent, 0 answered")]
    [InlineData("[{\"id\":1,\"result\":null},{\"id\":1,\"result\":null}]", "repeated 'id'")]
    [InlineData("[{\"id\":1,\"result\":null},{\"id\":3,\"result\":null}]", "strange or repeated 'id'")]
    [InlineData("[{\"id\":1,\"result\":null},{\"id\":-9223372036854775808,\"result\":null}]", "strange or repeated 'id'")]
    [InlineData("[{\"id\":1,\"result\":null},{\"id\":2,\"result\":null},{\"id\":2,\"result\":null}]", "repeated 'id'")]
    [InlineData("[{\"id\":1,\"result\":null},{\"id\":2,\"error\":{\"code\":1,\"message\":\"busy\"}}]", "busy")]
    [InlineData("[{\"id\":null,\"error\":{\"code\":1,\"message\":\"busy\"}}]", "busy")]
    [InlineData("{\"id\":null,\"error\":{\"code\":1,\"message\":\"busy\"}}", "busy")]
    [InlineData("{\"id\":1,\"result\":null}", "an object that is not an error")]
    [InlineData("[{\"id\":1,\"result\":null},{\"id\":2}]", "neither 'result' nor 'error'")]
    [InlineData("[{\"id\":1,\"result\":null},7]", "not an object but a number")]
    [InlineData("null", "not an array but null")]
    [InlineData("[{\"id\":1,\"result\":null},{\"id\":2,\"result\":null}", "not JSON")]
    public void Envelope_OfABatch_IsTakenOrRefused(string answer, string? because)
    {
        if (because is null) Assert.All(Readers.ReadBatch(Readers.BlockCall, 2, Readers.Utf8(answer)), Assert.Null);
        else Assert.Contains(because, Assert.Throws<ChainException>(() => Readers.ReadBatch(Readers.BlockCall, 2, Readers.Utf8(answer))).Message, StringComparison.Ordinal);
    }

    private static LogEntry[] Allocating(byte[] answer, long most)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var logs = Readers.Read(Readers.LogsCall, answer);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, most);
        return logs;
    }

    private static ChainException Refused(Action read)
    {
        var failure = Assert.Throws<ChainException>(read);
        Assert.Equal(ChainErrorKind.BadReply, failure.Kind);
        return failure;
    }

    private static string Transfer(int i) =>
        Compact(Replies.Log(block: $"0x{i:x}", index: $"0x{i % 500:x}")).Replace("\"0x01\"", $"\"0x{Word(i)}\"", StringComparison.Ordinal);

    private static string Word(int i) => $"{i:x64}";

    private static string Compact(string json) => json.Replace("\n ", string.Empty, StringComparison.Ordinal);

    private static string Array(IEnumerable<string> items) => $"[{string.Join(',', items)}]";
}
