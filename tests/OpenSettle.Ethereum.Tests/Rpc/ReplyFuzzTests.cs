using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>Thousands of damaged answers: each is read, or refused with the one exception that callers expect.</summary>
public sealed class ReplyFuzzTests
{
    private const int Rounds = 3_000;

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answers_Damaged_AreReadOrRefusedAsChainException(string name)
    {
        var random = new Random(20261120);
        var kinds = new HashSet<ChainErrorKind>();
        using var server = StubServer.Replying(request => new StubReply(Damage.Of(random, Readers.Utf8(Answer(request)))));
        using var client = Clients.Named(name, new ManualTime()).Connect(server.Endpoint, ManualTime.Deadline);
        for (var round = 0; round < Rounds; round++)
        {
            try
            {
                await AskAsync(client, round % 6);
            }
            catch (ChainException failure)
            {
                kinds.Add(failure.Kind);
            }
        }

        Assert.Contains(ChainErrorKind.BadReply, kinds);
    }

    private static Task AskAsync(IChainClient client, int question) => question switch
    {
        0 => client.GetChainIdAsync(CancellationToken.None),
        1 => client.GetBlockAsync(BlockRef.At(0x10), CancellationToken.None),
        2 => client.GetLogsAsync(new LogFilter(0x10, 0x20, [], []), CancellationToken.None),
        3 => client.GetReceiptAsync(Hash32.Parse(Replies.TransactionHash), CancellationToken.None),
        4 => client.GetBlocksAsync(0x10, 0x12, CancellationToken.None),
        _ => client.CallAsync(new CallRequest(null, Address.Zero, ReadOnlyMemory<byte>.Empty, UInt256.Zero), BlockRef.Latest, CancellationToken.None),
    };

    private static string Answer(string request)
    {
        var result = request switch
        {
            _ when request.Contains("getBlockByNumber", StringComparison.Ordinal) => Replies.Block(),
            _ when request.Contains("getLogs", StringComparison.Ordinal) => $"[{Replies.Log()},{Replies.Log(index: "0x1")}]",
            _ when request.Contains("getTransactionReceipt", StringComparison.Ordinal) => Replies.Receipt(),
            _ when request.Contains("eth_call", StringComparison.Ordinal) => "\"0x0102\"",
            _ => "\"0x7a69\"",
        };
        if (!request.StartsWith('[')) return StubServer.Envelope(request, $"\"result\":{result}");
        using var document = System.Text.Json.JsonDocument.Parse(request);
        var answers = document.RootElement.EnumerateArray().Select(call => StubServer.Envelope(call.GetRawText(), $"\"result\":{result}"));
        return $"[{string.Join(',', answers)}]";
    }
}
