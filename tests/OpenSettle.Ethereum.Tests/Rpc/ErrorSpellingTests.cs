using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>What nodes and providers say, as they spell it, and what it means.</summary>
public sealed class ErrorSpellingTests
{
    private static readonly byte[] Raw = [2, 0xc0];

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Logs_RangeRefused_IsRangeTooLarge(string name)
    {
        string[] errors =
        [
            """{"code":-32005,"message":"query returned more than 10000 results"}""",
            """{"code":-32602,"message":"Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range"}""",
            """{"code":-32000,"message":"exceed maximum block range: 5000"}""",
            """{"code":35,"message":"ranges over 10000 blocks are not supported on freetier"}""",
            """{"code":-32000,"message":"block range is too wide"}""",
            """{"code":-32603,"message":"query timeout exceeded"}""",
        ];
        foreach (var error in errors)
            await ExpectAsync(name, error, ChainErrorKind.RangeTooLarge, client => client.GetLogsAsync(new LogFilter(1, 9, [], []), CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_Reverted_IsRevertedWithItsData(string name)
    {
        (string Error, string Data)[] errors =
        [
            // Hardhat 3.
            ("""{"code":3,"message":"VM Exception while processing transaction: reverted with an unrecognized custom error (return data: 0xdeadbeef)","data":"0xdeadbeef"}""", "0xdeadbeef"),
            ("""{"code":3,"message":"Transaction reverted without a reason string","data":"0x"}""", "0x"),
            // Hardhat 2.
            ("""{"code":-32603,"message":"Error: VM Exception while processing transaction: reverted with custom error 'X()'","data":{"message":"Error","txHash":"0x01","data":"0xdeadbeef"}}""", "0xdeadbeef"),
            // geth.
            ("""{"code":3,"message":"execution reverted: nonce too low, insufficient funds, rate limit","data":"0x08c379a0"}""", "0x08c379a0"),
            ("""{"code":-32000,"message":"execution reverted"}""", "0x"),
            // anvil.
            ("""{"code":3,"message":"execution reverted: custom error 0xdeadbeef","data":"0xdeadbeef"}""", "0xdeadbeef"),
            ("""{"code":-32603,"message":"EVM error InvalidFEOpcode"}""", "0x"),
            // OpenEthereum's, which some providers kept.
            ("""{"code":-32015,"message":"VM execution error: reverted","data":"Reverted 0xdeadbeef"}""", "0xdeadbeef"),
        ];
        var call = new CallRequest(null, Address.Zero, Raw, UInt256.Zero);
        foreach (var (error, data) in errors)
        {
            var failure = await ExpectAsync(name, error, ChainErrorKind.Reverted, client => client.CallAsync(call, BlockRef.Latest, CancellationToken.None));
            Assert.Equal(data, Hex.Encode(failure.RevertData.Span));
            failure = await ExpectAsync(name, error, ChainErrorKind.Reverted, client => client.EstimateGasAsync(call, CancellationToken.None));
            Assert.Equal(data, Hex.Encode(failure.RevertData.Span));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Broadcast_Refused_IsClassified(string name)
    {
        (string Error, ChainErrorKind Kind)[] errors =
        [
            ("""{"code":-32000,"message":"nonce too low: next nonce 5, tx nonce 3"}""", ChainErrorKind.NonceTooLow),
            ("""{"code":-32000,"message":"Nonce too low. Expected nonce to be 5 but got 3. Note that transactions can't be queued when automining."}""", ChainErrorKind.NonceTooLow),
            ("""{"code":-32003,"message":"nonce too low"}""", ChainErrorKind.NonceTooLow),
            ("""{"code":-32000,"message":"replacement transaction underpriced: new tx gas fee cap 1 <= 1 queued"}""", ChainErrorKind.ReplacementUnderpriced),
            ("""{"code":-32000,"message":"max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 7"}""", ChainErrorKind.Underpriced),
            ("""{"code":-32000,"message":"Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7"}""", ChainErrorKind.Underpriced),
            ("""{"code":-32003,"message":"transaction underpriced"}""", ChainErrorKind.Underpriced),
            ("""{"code":-32010,"message":"FeeTooLow, MaxFeePerGas too low"}""", ChainErrorKind.Underpriced),
            ("""{"code":-32000,"message":"insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1"}""", ChainErrorKind.InsufficientFunds),
            ("""{"code":-32000,"message":"Sender doesn't have enough funds to send tx. The max upfront cost is: 1 and the sender's balance is: 0."}""", ChainErrorKind.InsufficientFunds),
            ("""{"code":-32003,"message":"Insufficient funds for gas * price + value"}""", ChainErrorKind.InsufficientFunds),
            ("""{"code":-32005,"message":"daily request count exceeded, request rate limited"}""", ChainErrorKind.RateLimited),
            ("""{"code":429,"message":"Your app has exceeded its compute units per second capacity."}""", ChainErrorKind.RateLimited),
            ("""{"code":-32602,"message":"Failed to decode transaction"}""", ChainErrorKind.Unknown),
            ("""{"message":7,"code":"x"}""", ChainErrorKind.Unknown),
            ("{}", ChainErrorKind.Unknown),
        ];
        foreach (var (error, kind) in errors)
            await ExpectAsync(name, error, kind, client => client.SendRawAsync(Raw, CancellationToken.None), mostRequests: 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Broadcast_OfKnownBytes_Succeeds(string name)
    {
        foreach (var message in new[] { "already known", "AlreadyKnown", "Known transaction: 0x11", "transaction already imported", "already in mempool" })
        {
            using var server = StubServer.WithError($"{{\"code\":-32000,\"message\":\"{message}\"}}");
            using var client = Clients.Named(name, new ManualTime()).Connect(server.Endpoint, ManualTime.Deadline);
            Assert.Equal(Keccak256.Hash(Raw), await client.SendRawAsync(Raw, CancellationToken.None));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Broadcast_AnsweredWithARevert_CountsOnlyWhereItWasMined(string name)
    {
        var hash = Keccak256.Hash(Raw).ToString();
        foreach (var mined in new[] { true, false })
        {
            using var server = StubServer.Replying(request => StubReply.Text(StubServer.Envelope(
                request,
                request.Contains("eth_sendRawTransaction", StringComparison.Ordinal) ? "\"error\":{\"code\":3,\"message\":\"reverted\",\"data\":\"0xdeadbeef\"}"
                : mined ? $"\"result\":{Replies.Receipt().Replace(Replies.TransactionHash, hash)}"
                : "\"result\":null")));
            using var client = Clients.Named(name, new ManualTime()).Connect(server.Endpoint, ManualTime.Deadline);
            if (mined)
            {
                Assert.Equal(Keccak256.Hash(Raw), await client.SendRawAsync(Raw, CancellationToken.None));
            }
            else
            {
                var failure = await Assert.ThrowsAsync<ChainException>(() => client.SendRawAsync(Raw, CancellationToken.None));
                Assert.Equal(ChainErrorKind.Reverted, failure.Kind);
            }
        }
    }

    private static async Task<ChainException> ExpectAsync(string name, string error, ChainErrorKind kind, Func<IChainClient, Task> ask, int? mostRequests = null)
    {
        using var server = StubServer.WithError(error);
        using var client = Clients.Named(name, new ManualTime()).Connect(server.Endpoint, ManualTime.Deadline);
        var failure = await Assert.ThrowsAsync<ChainException>(() => ask(client));
        Assert.True(failure.Kind == kind, $"{error}: {failure.Kind}");
        if (mostRequests is { } most) Assert.True(server.Requests <= most);
        return failure;
    }
}
