using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Send;

/// <summary>What rollups take for data, with every client.</summary>
public sealed class DataFeesTests
{
    private const string Op = "0x420000000000000000000000000000000000000f";
    private const string Scroll = "0x5300000000000000000000000000000000000002";
    private const string Revert = "\"error\":{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x\"}";

    [Theory]
    [InlineData(Op)]
    [InlineData(Scroll)]
    public async Task Fee_OfARollupWithAnOracle_IsAskedWithTheDataAndAQuarterIsAdded(string oracle)
    {
        foreach (var (_, provider) in Clients.All(TimeProvider.System))
        {
            var asked = new List<string>();
            using var server = Server(call =>
            {
                if (call.To != oracle) return null;
                if (call.Data.Length > 0) asked.Add(call.Data);
                return Word(1000);
            });
            using var client = provider.Connect(server.Endpoint, TimeSpan.FromSeconds(20));
            var fees = new DataFees(client);
            Assert.Equal((UInt256)1250, await fees.EstimateAsync(new byte[] { 0xab, 0xcd }, CancellationToken.None));
            // Selector of getL1Fee(bytes), and the data with what stands around it.
            Assert.All(asked, data => Assert.StartsWith("0x49948e0e", data, StringComparison.Ordinal));
            Assert.Contains("abcd", asked[^1], StringComparison.Ordinal);
            var requests = server.Requests;
            await fees.EstimateAsync(new byte[] { 1 }, CancellationToken.None);
            Assert.Equal(requests + 1, server.Requests);
        }
    }

    [Fact]
    public async Task Fee_OfAChainWithoutAnOracle_IsNothingAndIsAskedOnce()
    {
        foreach (var answer in new[] { null, Revert, "\"result\":\"0x\"", "\"result\":\"0x01\"" })
        {
            using var server = Server(_ => answer, hasCode: answer is not null);
            using var client = Clients.Named("builtin", TimeProvider.System).Connect(server.Endpoint, TimeSpan.FromSeconds(20));
            var fees = new DataFees(client);
            Assert.Equal(UInt256.Zero, await fees.EstimateAsync(new byte[] { 1 }, CancellationToken.None));
            var requests = server.Requests;
            Assert.Equal(UInt256.Zero, await fees.EstimateAsync(new byte[] { 1 }, CancellationToken.None));
            Assert.Equal(requests, server.Requests);
        }
    }

    [Fact]
    public async Task Fee_OfAnOracleThatStopsAnswering_IsNotTakenForNothing()
    {
        var answer = Word(1000);
        using var server = Server(call => call.To == Op ? answer : null);
        using var client = Clients.Named("builtin", TimeProvider.System).Connect(server.Endpoint, TimeSpan.FromSeconds(20));
        var fees = new DataFees(client);
        await fees.EstimateAsync(new byte[] { 1 }, CancellationToken.None);
        answer = Revert;
        Assert.Equal(ChainErrorKind.BadReply, (await Assert.ThrowsAsync<ChainException>(() => fees.EstimateAsync(new byte[] { 1 }, CancellationToken.None))).Kind);
        answer = Word(UInt256.MaxValue);
        Assert.Equal(UInt256.MaxValue, await fees.EstimateAsync(new byte[] { 1 }, CancellationToken.None));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(",\"l1Fee\":null", 0)]
    [InlineData(",\"l1Fee\":\"0x1f4\"", 500)]
    public async Task Receipt_OfARollup_SaysWhatItsDataCost(string field, ulong fee)
    {
        var receipt = $$"""
            {"transactionHash":"{{Keccak256.HashText("t")}}","blockHash":"{{Keccak256.HashText("b")}}","blockNumber":"0x5","status":"0x1","gasUsed":"0x64",
            "effectiveGasPrice":"0x3","contractAddress":null,"logs":[]{{field}}}
            """;
        foreach (var (_, provider) in Clients.All(TimeProvider.System))
        {
            using var server = StubServer.WithResult(receipt);
            using var client = provider.Connect(server.Endpoint, TimeSpan.FromSeconds(20));
            var read = await client.GetReceiptAsync(Keccak256.HashText("t"), CancellationToken.None);
            Assert.Equal(((UInt256)fee, (UInt256)(300 + fee)), (read!.DataFee, read.Cost));
        }
    }

    private static string Word(UInt256 value)
    {
        var word = new byte[UInt256.Size];
        value.WriteBigEndian(word);
        return $"\"result\":\"{Hex.Encode(word)}\"";
    }

    /// <summary>A chain with code where a call is answered; null: no code.</summary>
    private static StubServer Server(Func<(string To, string Data), string?> answer, bool? hasCode = null) => StubServer.Replying(request =>
    {
        using var document = JsonDocument.Parse(request);
        var parameters = document.RootElement.GetProperty("params");
        if (document.RootElement.GetProperty("method").GetString() == "eth_getCode")
        {
            var code = hasCode ?? answer((parameters[0].GetString()!.ToLowerInvariant(), string.Empty)) is not null;
            return StubReply.Text(StubServer.Envelope(request, $"\"result\":\"{(code ? "0x60" : "0x")}\""));
        }

        var call = parameters[0];
        var data = call.TryGetProperty("input", out var input) ? input : call.GetProperty("data");
        return StubReply.Text(StubServer.Envelope(request, answer((call.GetProperty("to").GetString()!.ToLowerInvariant(), data.GetString()!)) ?? "\"result\":\"0x\""));
    });
}
