using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Ethereum.Tests.Conformance;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Signing;

/// <summary>The remote signer against a real node, which signs for its test accounts: what comes back is what the same key signs here.</summary>
[Trait("Category", "Chain")]
public sealed class RemoteSignerChainTests
{
    private static readonly ISigner Local = new BuiltinProvider(TimeProvider.System).SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(3));

    private static readonly Address Somebody = Address.Parse("0x627306090abab3a6e1400e9345bc60c78a8bef57");

    [Fact]
    public async Task TypedData_SignedByTheNode_AreTheLocalKeys()
    {
        using var remote = await ConnectAsync();
        var proposal = new Proposal(
            7, 1, 2, Keccak256.HashText("previous"), Keccak256.HashText("root"), Hash32.Zero, Hash32.Zero, Keccak256.HashText("bundle"), 99, Keccak256.HashText("block"),
            [new TokenTotal(Address.Zero, 5), new TokenTotal(Somebody, UInt256.MaxAmount)], [Keccak256.HashText("revoked")], "ipfs://épreuve-✓\"\\.json");
        foreach (var data in new[]
        {
            ProposalTypedData.Of(31337, Somebody, proposal),
            ProposalTypedData.Of(1, Somebody, proposal with { Totals = [], Revoked = [], BundleUri = string.Empty }),
            Nested(),
        })
        {
            Assert.Equal(await Local.SignTypedDataAsync(data, CancellationToken.None), await remote.SignTypedDataAsync(data, CancellationToken.None));
        }
    }

    /// <summary>anvil signs transactions without sending them; Hardhat does not, and then the error has to say just that.</summary>
    [Fact]
    public async Task Transactions_SignedByTheNode_AreTheLocalKeysOrRefusedByName()
    {
        using var remote = await ConnectAsync();
        var transfer = new TransactionRequest(31337, 3, 1_000_000_000, 30_000_000_000, 60_000, Somebody, 12_345, new byte[] { 1, 2, 3 });
        foreach (var request in new[] { transfer, transfer with { To = null, Data = new byte[] { 0x60, 0x00 } }, transfer with { Value = 0, MaxPriorityFeePerGas = 0, Data = default } })
        {
            var expected = await Local.SignTransactionAsync(request, CancellationToken.None);
            try
            {
                var signed = await remote.SignTransactionAsync(request, CancellationToken.None);
                Assert.Equal(Hex.Encode(expected.Raw.Span), Hex.Encode(signed.Raw.Span));
                Assert.Equal(expected.Hash, signed.Hash);
            }
            catch (ChainException refusal)
            {
                Assert.Equal(ChainErrorKind.Unknown, refusal.Kind);
                Assert.EndsWith("Method eth_signTransaction is not supported", refusal.Message);
            }
        }
    }

    [Fact]
    public async Task Connect_ForAnAccountThatTheNodeLacks_NamesSomeThatItHas()
    {
        var failure = await Assert.ThrowsAsync<ChainException>(() =>
            RemoteSigner.ConnectAsync(ChainNode.Endpoint, Somebody, ChainNode.Timeout, TimeProvider.System, CancellationToken.None));
        Assert.Contains($"does not sign for {Somebody}. It signs for: 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266, ", failure.Message);
    }

    private static Task<RemoteSigner> ConnectAsync() =>
        RemoteSigner.ConnectAsync(ChainNode.Endpoint, Local.Address, ChainNode.Timeout, TimeProvider.System, CancellationToken.None);

    private static TypedData Nested() => new(
        new TypedDataDomain("OpenSettle", null, UInt256.MaxValue, null, Keccak256.HashText("salt")),
        [
            new TypedStruct("Order", [new("lines", "Line[2][]"), new("memo", "bytes"), new("mark", "bytes3"), new("paid", "bool"), new("most", "uint256")]),
            new TypedStruct("Line", [new("amounts", "uint128[]"), new("to", "address")]),
        ],
        new TypedValue.Struct(
            new TypedValue.List([new TypedValue.List([Line(1), Line()]), new TypedValue.List([Line(2, 3), Line(4)])]),
            new TypedValue.Bytes(new byte[] { 1, 2, 3, 4, 5 }),
            new TypedValue.Bytes(new byte[] { 9, 8, 7 }),
            true,
            UInt256.MaxValue));

    private static TypedValue.Struct Line(params ulong[] amounts) => new(new TypedValue.List([.. amounts.Select(amount => (TypedValue)amount)]), Somebody);
}
