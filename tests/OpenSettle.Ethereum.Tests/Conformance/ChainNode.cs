using System.Net.Http.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>The real node that the conformance suite runs against, and a funded account on it.</summary>
internal static class ChainNode
{
    public const string Variable = "OPENSETTLE_TEST_RPC";
    public const string Mnemonic = "test test test test test test test test test test test junk";

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Where the node listens. Without one these tests fail: a suite that skips itself proves nothing.</summary>
    public static Uri Endpoint =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
            ? new Uri(text)
            : throw new InvalidOperationException(
                $"{Variable} names no node. Start one (npx hardhat node) and set it to its address, or leave these tests out with --filter Category!=Chain.");

    /// <summary>Tells the node what only a development node takes.</summary>
    public static async Task CommandAsync(string method, params object[] parameters)
    {
        using var http = new HttpClient { Timeout = Timeout };
        using var reply = await http.PostAsJsonAsync(Endpoint, new { jsonrpc = "2.0", id = 1, method, @params = parameters });
        var answer = await reply.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        Assert.DoesNotContain("\"error\"", answer);
    }
}

/// <summary>Sends one account's transactions one after the other, and waits for each to be mined.</summary>
internal sealed class TestSender(IChainClient client, ISigner signer)
{
    private const int MostPolls = 200;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public Address Address => signer.Address;

    public IChainClient Client => client;

    public Task<TransactionReceipt> DeployAsync(ReadOnlyMemory<byte> creationCode) => SendAsync(null, creationCode, UInt256.Zero);

    /// <summary>Sends, and expects success.</summary>
    public async Task<TransactionReceipt> SendAsync(Address? to, ReadOnlyMemory<byte> data, UInt256 value)
    {
        var receipt = await TrySendAsync(to, data, value);
        Assert.True(receipt.Succeeded, $"{receipt.TransactionHash} failed.");
        return receipt;
    }

    public Task<TransactionReceipt> SendAsync(Address to, ContractCall call, UInt256 value) => SendAsync(to, client.Encode(call), value);

    public async Task<TransactionReceipt> TrySendAsync(Address? to, ReadOnlyMemory<byte> data, UInt256 value)
    {
        var signed = await SignAsync(to, data, value);
        Assert.Equal(signed.Hash, await client.SendRawAsync(signed.Raw, CancellationToken.None));
        return await MinedAsync(signed.Hash);
    }

    public async Task<TransactionReceipt> MinedAsync(Hash32 transaction)
    {
        for (var poll = 0; poll < MostPolls; poll++)
        {
            if (await client.GetReceiptAsync(transaction, CancellationToken.None) is { } receipt) return receipt;
            await Task.Delay(PollInterval, TimeProvider.System);
        }

        throw new TimeoutException($"{transaction} was not mined.");
    }

    public async Task<SignedTransaction> SignAsync(Address? to, ReadOnlyMemory<byte> data, UInt256 value)
    {
        var nonce = await client.GetNonceAsync(Address, BlockRef.Pending, CancellationToken.None);
        var tip = await client.GetPriorityFeeAsync(CancellationToken.None);
        var latest = await client.GetBlockAsync(BlockRef.Latest, CancellationToken.None) ?? throw new InvalidOperationException("The node has no block.");
        var request = new TransactionRequest(
            await client.GetChainIdAsync(CancellationToken.None), nonce, tip, latest.BaseFee * 2UL + tip, 8_000_000, to, value, data);
        return await signer.SignTransactionAsync(request, CancellationToken.None);
    }
}
