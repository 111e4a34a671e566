using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>The questions to a chain that no contract is needed for, and the signers, on a real node. Needs OPENSETTLE_TEST_RPC.</summary>
[Trait("Category", "Chain")]
[Collection(ChainNode.Variable)]
public sealed class ReadConformance
{
    private const uint SenderIndex = 12;

    /// <summary>Account 14 of the node, as ethers 6.17 encrypted it.</summary>
    private const string Keystore =
        """
        {"address":"df3e18d64bc6a983f673ab319ccae4f1a57c7097","id":"02020202-0202-4202-8202-020202020202","version":3,"Crypto":{"cipher":"aes-128-ctr",
         "cipherparams":{"iv":"4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"},"ciphertext":"524edb0a818d07cebee7aca57680e8398f0668cb863b815b875a90d54c7fbe54",
         "kdf":"scrypt","kdfparams":{"salt":"3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c","n":1024,"dklen":32,"p":1,"r":8},
         "mac":"5c9f1264697941a1cc0d09bebf892735e6261d4ba85bbbe1cc9ba4f5f056e450"}}
        """;

    private static readonly CancellationToken Stop = CancellationToken.None;

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Keystore_AndMnemonic_SignTransactionsThatAreMined(string name)
    {
        var provider = Clients.Named(name, TimeProvider.System);
        using var client = Connect(name);
        foreach (var signer in new[] { provider.SignerFromKeystore(Keystore, "conformance"), provider.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Parse("m/44'/60'/0'/0/14")) })
        {
            var sender = new TestSender(client, signer);
            var nonce = await client.GetNonceAsync(sender.Address, BlockRef.Pending, Stop);
            var receipt = await sender.SendAsync(sender.Address, new byte[] { 1, 2, 3 }, 4);
            Assert.Empty(receipt.Logs);
            Assert.Equal(nonce + 1, await client.GetNonceAsync(sender.Address, BlockRef.Pending, Stop));
            Assert.Equal(nonce + 1, await client.GetNonceAsync(sender.Address, BlockRef.Latest, Stop));
            Assert.Equal(nonce, await client.GetNonceAsync(sender.Address, BlockRef.At(receipt.BlockNumber - 1), Stop));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Blocks_ByTagAndNumber_AreInOrder(string name)
    {
        using var client = Connect(name);
        var latest = await LatestAsync(client);
        var first = await client.GetBlockAsync(BlockRef.At(0), Stop);
        Assert.NotNull(first);
        Assert.Equal((0UL, Hash32.Zero), (first.Number, first.ParentHash));
        var safe = await client.GetBlockAsync(BlockRef.Safe, Stop);
        var final = await client.GetBlockAsync(BlockRef.Finalized, Stop);
        Assert.True(final?.Number <= safe?.Number && safe?.Number <= latest.Number, $"{final} {safe} {latest}");
        Assert.Null(await client.GetBlockAsync(BlockRef.At(latest.Number + 1_000), Stop));
        Assert.Equal([first], await client.GetBlocksAsync(0, 0, Stop));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Estimate_OfATransfer_IsItsGas(string name)
    {
        using var client = Connect(name);
        var sender = Sender(name, client);
        var gas = await client.EstimateGasAsync(new CallRequest(sender.Address, sender.Address, default, 1), Stop);
        var receipt = await sender.SendAsync(sender.Address, ReadOnlyMemory<byte>.Empty, 1);
        // Nodes may say a little more than it takes.
        Assert.InRange(gas, receipt.GasUsed, receipt.GasUsed * 11 / 10);
        Assert.Equal(21_000UL, receipt.GasUsed);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Things_ThatAreNot_AreNoneAndNoErrors(string name)
    {
        using var client = Connect(name);
        var latest = await LatestAsync(client);
        var nobody = Address.FromBytes(Keccak256.HashText("nobody").ToArray().AsSpan(0, Address.Size));
        Assert.Null(await client.GetReceiptAsync(Keccak256.HashText("no transaction"), Stop));
        Assert.Empty(await client.GetLogsAsync(new LogFilter(0, latest.Number, [nobody], []), Stop));
        Assert.Empty(await client.GetLogsAsync(new LogFilter(0, latest.Number, [], [[Keccak256.HashText("NoEvent()")]]), Stop));
        Assert.True((await client.GetCodeAsync(nobody, BlockRef.Latest, Stop)).IsEmpty);
        Assert.Equal((UInt256.Zero, 0UL), (await client.GetBalanceAsync(nobody, BlockRef.Latest, Stop), await client.GetNonceAsync(nobody, BlockRef.Latest, Stop)));
        Assert.True((await client.CallAsync(new CallRequest(null, nobody, default, UInt256.Zero), BlockRef.Latest, Stop)).IsEmpty);
    }

    [Fact]
    public async Task Answers_OfAllClients_AreEqual()
    {
        using var client = Connect("builtin");
        var sender = Sender("builtin", client);
        var deployed = await sender.DeployAsync(CompiledContract.Load("DemoDollar").CreationCode);
        var token = deployed.ContractAddress ?? throw new InvalidOperationException("A deployment has no address.");
        var minted = await sender.SendAsync(token, new Erc20.MintCall(sender.Address, 5), UInt256.Zero);
        var expected = await AnswersAsync(client, sender.Address, token, minted);
        Assert.Contains(Samples.Print(minted), expected);
        foreach (var (name, _) in Clients.All(TimeProvider.System))
        {
            using var other = Connect(name);
            Assert.Equal(expected, await AnswersAsync(other, sender.Address, token, minted));
        }
    }

    private static async Task<List<string>> AnswersAsync(IChainClient client, Address account, Address token, TransactionReceipt minted)
    {
        var at = BlockRef.At(minted.BlockNumber);
        var call = new CallRequest(account, token, client.Encode(new Erc20.TransferCall(token, 3)), UInt256.Zero);
        return
        [
            Samples.Print(await client.GetChainIdAsync(Stop)),
            Samples.Print(await client.GetPriorityFeeAsync(Stop)),
            Samples.Print(await client.GetBlocksAsync(minted.BlockNumber - 2, minted.BlockNumber, Stop)),
            Samples.Print(await client.GetBalanceAsync(account, at, Stop)),
            Samples.Print(await client.GetNonceAsync(account, at, Stop)),
            Samples.Print(await client.GetCodeAsync(token, at, Stop)),
            Samples.Print(await client.GetCodeAsync(token, BlockRef.At(0), Stop)),
            Samples.Print(await client.GetReceiptAsync(minted.TransactionHash, Stop)),
            Samples.Print(await client.GetLogsAsync(new LogFilter(minted.BlockNumber, minted.BlockNumber, [token], [[Erc20.TransferTopic]]), Stop)),
            Samples.Print(await client.CallAsync(call, at, Stop)),
            Samples.Print(await client.EstimateGasAsync(call, Stop)),
        ];
    }

    private static async Task<BlockHeader> LatestAsync(IChainClient client) =>
        await client.GetBlockAsync(BlockRef.Latest, Stop) ?? throw new InvalidOperationException("The node has no block.");

    private static IChainClient Connect(string name) => Clients.Named(name, TimeProvider.System).Connect(ChainNode.Endpoint, ChainNode.Timeout);

    private static TestSender Sender(string name, IChainClient client) =>
        new(client, Clients.Named(name, TimeProvider.System).SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(SenderIndex)));
}
