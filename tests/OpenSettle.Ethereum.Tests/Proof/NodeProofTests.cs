using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Ethereum.Tests.Conformance;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Proof;

/// <summary>Headers and receipts of the node of the conformance suite: Hardhat, which gives receipts one by one only.</summary>
[Trait("Category", "Chain")]
[Collection(ChainNode.Variable)]
public sealed class NodeProofTests
{
    private const uint SenderIndex = 11;

    private static readonly CancellationToken Stop = CancellationToken.None;

    [Fact]
    public async Task Blocks_OfTheNode_AreProven()
    {
        var provider = new BuiltinProvider(TimeProvider.System);
        using var client = Assert.IsAssignableFrom<IBlockReader>(provider.Connect(ChainNode.Endpoint, ChainNode.Timeout));
        var sender = new TestSender(client, provider.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(SenderIndex)));
        var deployed = await sender.DeployAsync(CompiledContract.Load("DemoDollar").CreationCode);
        var token = deployed.ContractAddress ?? throw new InvalidOperationException("A deployment has no address.");
        var minted = await sender.SendAsync(token, new Erc20.MintCall(sender.Address, 5), UInt256.Zero);

        var headers = await client.GetSealedHeadersAsync(0, minted.BlockNumber, Stop);
        SealedHeader[] blocks = [.. headers.OfType<SealedHeader>()];
        Assert.Equal((int)minted.BlockNumber + 1, blocks.Length);
        for (var i = 1; i < blocks.Length; i++) Assert.Equal(blocks[i - 1].Header.Hash, blocks[i].Header.ParentHash);
        var proven = await client.GetProvenLogsAsync(blocks, Stop);
        for (var i = 0; i < blocks.Length; i++) Assert.True(LogsBloom.Of([.. proven[i] ?? []]).AsSpan().SequenceEqual(blocks[i].Bloom.Span), $"block {i}");
        Assert.Equal(minted.Logs.Single().TransactionHash, proven[^1]?.Single().TransactionHash);
    }

    [Fact]
    public async Task Blocks_OfManyTransactions_AreProven()
    {
        const int Transactions = 130;
        var provider = new BuiltinProvider(TimeProvider.System);
        using var client = Assert.IsAssignableFrom<IBlockReader>(provider.Connect(ChainNode.Endpoint, ChainNode.Timeout));
        using var signer = provider.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(SenderIndex));
        var sender = new TestSender(client, signer);
        var first = (await sender.SignAsync(sender.Address, ReadOnlyMemory<byte>.Empty, 1)).Request with { GasLimit = 30_000 };
        await ChainNode.CommandAsync("evm_setAutomine", false);
        try
        {
            for (var i = 0UL; i < Transactions; i++)
                await client.SendRawAsync((await signer.SignTransactionAsync(first with { Nonce = first.Nonce + i }, Stop)).Raw, Stop);
            await ChainNode.CommandAsync("evm_mine");
        }
        finally
        {
            await ChainNode.CommandAsync("evm_setAutomine", true);
        }

        var latest = await client.GetBlockAsync(BlockRef.Latest, Stop) ?? throw new InvalidOperationException("The node has no block.");
        var headers = await client.GetSealedHeadersAsync(latest.Number, latest.Number, Stop);
        SealedHeader[] blocks = [.. headers.OfType<SealedHeader>()];
        Assert.Equal(Transactions, blocks.Single().Transactions.Count);
        Assert.Empty((await client.GetProvenLogsAsync(blocks, Stop)).Single() ?? [RangesLog]);
    }

    // Where the block is not there, this says so.
    private static LogEntry RangesLog => new(Address.Zero, [], default, 0, default, default, 0);
}
