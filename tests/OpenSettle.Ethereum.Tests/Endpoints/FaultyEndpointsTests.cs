using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Conformance;
using OpenSettle.Primitives;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Ethereum.Tests.Endpoints;

/// <summary>Three endpoints of one real chain, each behind a proxy that spoils what it is told to, and the real clients before them.</summary>
[Trait("Category", "Anvil")]
public sealed class FaultyEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);
    private static readonly Address Friend = Address.Parse("0x00000000000000000000000000000000000000fe");

    private readonly BuiltinProvider _provider = new(TimeProvider.System);
    private readonly List<FaultProxy> _proxies = [];
    private readonly List<string> _warnings = [];
    private AnvilNode? _node;
    private BlockReaderPool? _pool;

    private AnvilNode Node => _node ?? throw new InvalidOperationException("The node is not there yet.");

    private BlockReaderPool Pool => _pool ?? throw new InvalidOperationException("The pool is not there yet.");

    private ChainQuorum Quorum => new(Pool.Endpoints, Pool);

    public async Task InitializeAsync()
    {
        _node = await AnvilNode.StartAsync();
        for (var i = 0; i < 3; i++) _proxies.Add(new FaultProxy(_node.Endpoint));
        var set = new EndpointSet(
            [.. _proxies.Select(proxy => _provider.Connect(proxy.Endpoint, Deadline, retries: false))],
            new EndpointOptions { Quorum = 2, Confirmations = 2, HedgeAfter = TimeSpan.FromMilliseconds(300) }, TimeProvider.System)
        {
            OnSetAside = state => _warnings.Add($"{state.Name} {state.Why}"),
        };
        _pool = new BlockReaderPool(set);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _pool?.Dispose();
        foreach (var proxy in _proxies) proxy.Dispose();
        _node?.Dispose();
    }

    [Fact]
    public async Task Read_EachFaultOfTheFirst_IsAnsweredByAnother()
    {
        await Node.CallAsync("anvil_mine", "0xa");
        foreach (var fault in new[] { Fault.Reset, Fault.ResetAfter, Fault.Cut, Fault.Status(502), Fault.Status(401), Fault.Silence, Fault.TooMany(), Fault.Drip(TimeSpan.FromMilliseconds(200)), Fault.Change(_ => "nonsense") })
        {
            foreach (var proxy in _proxies) proxy.Heal();
            _proxies[0].On("eth_getBlockByNumber", fault);
            Assert.Equal(5UL, (await Pool.GetBlockAsync(BlockRef.At(5), CancellationToken.None))?.Number);
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Quorum_LyingReceipt_IsOutvotedAndItsEndpointNamed()
    {
        var receipt = await SendAsync();
        await Node.CallAsync("anvil_mine", "0x5");
        _proxies[1].On("eth_getTransactionReceipt", Fault.With("status", "0x0"));
        var final = await Quorum.GetFinalBlockAsync(CancellationToken.None);
        Assert.Equal(await HeadAsync() - 2, final.Number);
        Assert.True((await Quorum.GetAgreedReceiptAsync(receipt.TransactionHash, CancellationToken.None))?.Succeeded);
        Assert.StartsWith(_proxies[1].Endpoint.ToString().TrimEnd('/'), Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quorum_StaleHeads_FollowTheSecondBest()
    {
        var receipt = await SendAsync();
        await Node.CallAsync("anvil_mine", "0x28");
        (_proxies[0].HoldBack, _proxies[1].HoldBack) = (30, 10);
        Assert.Equal(await HeadAsync() - 10 - 2, (await Quorum.GetFinalBlockAsync(CancellationToken.None)).Number);
        (_proxies[0].HoldBack, _proxies[1].HoldBack) = (41, 41);
        Assert.Null(await Quorum.GetAgreedReceiptAsync(receipt.TransactionHash, CancellationToken.None));
        Assert.False(await Quorum.IsAgreedAbsentAsync(receipt.TransactionHash, receipt.BlockNumber, CancellationToken.None));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Broadcast_TwoDropIt_TheThirdHasIt()
    {
        _proxies[0].On("eth_sendRawTransaction", Fault.DropTransaction);
        _proxies[2].On("eth_sendRawTransaction", Fault.Reset);
        using var signer = _provider.SignerFromMnemonic(ChainNode.Mnemonic, "", HdPath.Account(0));
        var receipt = await new TestSender(Pool, signer).SendAsync(Friend, ReadOnlyMemory<byte>.Empty, 1);
        Assert.True(receipt.Succeeded);
        Assert.Single(_proxies[1].Forwarded);
        Assert.Equal(_proxies[1].Forwarded, _proxies[0].Dropped);
    }

    [Fact]
    public async Task Broadcast_AcceptedAndNeverAnswered_IsKnownTheNextTime()
    {
        using var signer = _provider.SignerFromMnemonic(ChainNode.Mnemonic, "", HdPath.Account(0));
        var signed = await new TestSender(Pool, signer).SignAsync(Friend, ReadOnlyMemory<byte>.Empty, 1);
        await Node.CallAsync("evm_setAutomine", false);
        foreach (var proxy in _proxies) proxy.On("eth_sendRawTransaction", Fault.Silence);
        var failure = await Assert.ThrowsAsync<ChainException>(() => Pool.SendRawAsync(signed.Raw, CancellationToken.None));
        Assert.Equal(ChainErrorKind.Unreachable, failure.Kind);
        foreach (var proxy in _proxies) proxy.Heal();
        // The bytes are in the pool: that they are sent again is no error, and they count once.
        Assert.Equal(signed.Hash, await Pool.SendRawAsync(signed.Raw, CancellationToken.None));
        await Node.CallAsync("evm_mine");
        Assert.NotNull(await Pool.GetReceiptAsync(signed.Hash, CancellationToken.None));
        Assert.Equal((UInt256)1, await Pool.GetBalanceAsync(Friend, BlockRef.Latest, CancellationToken.None));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Quorum_UnderRandomFaults_NeverSaysWhatTheMinoritySays(int seed)
    {
        var receipt = await SendAsync();
        await Node.CallAsync("anvil_mine", "0x14");
        var truth = await Node.CallAsync("eth_getBlockByNumber", "0x5", false);
        var head = await HeadAsync();
        var random = new Random(seed);
        var liar = random.Next(3);
        foreach (var (i, proxy) in _proxies.Index()) proxy.Rule = i == liar ? call => Lie(call, random) : _ => Spoil(random);
        var (answers, refusals) = (0, 0);
        for (var round = 0; round < 25; round++)
        {
            try
            {
                var final = await Quorum.GetFinalBlockAsync(CancellationToken.None);
                Assert.True(final.Number <= head - 2);
                Assert.Equal((await Node.CallAsync("eth_getBlockByNumber", BlockRef.At(final.Number).ToString(), false)).GetProperty("hash").GetString(), final.Hash.ToString());
                Assert.Equal(truth.GetProperty("hash").GetString(), (await Quorum.GetAgreedBlockAsync(5, CancellationToken.None))?.Hash.ToString() ?? truth.GetProperty("hash").GetString());
                var agreed = await Quorum.GetAgreedReceiptAsync(receipt.TransactionHash, CancellationToken.None);
                Assert.True(agreed is null || ReceiptContent.Comparer.Equals(agreed, receipt));
                answers++;
            }
            catch (ChainException failure)
            {
                Assert.True(failure.IsTransient, failure.Message);
                refusals++;
                // Those that cool are asked again a second later at the earliest; others are sooner ready.
                if (refusals % 2 == 0) await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            }

            Assert.All(_warnings, warning => Assert.StartsWith(_proxies[liar].Endpoint.ToString().TrimEnd('/'), warning, StringComparison.Ordinal));
        }

        Assert.True(answers > 0, $"{answers} answers, {refusals} refusals");
    }

    [Fact]
    public async Task Code_OfDeployedContracts_IsWhatWasCompiled()
    {
        using var signer = _provider.SignerFromMnemonic(ChainNode.Mnemonic, "", HdPath.Account(0));
        var deployment = await TestDeployment.CreateAsync(new TestSender(Pool, signer), Friend);
        foreach (var (name, address) in new[] { ("ModelRegistry", deployment.Registry), ("InferencePayments", deployment.Rail), ("RoyaltySplit", deployment.Vault), ("DemoDollar", deployment.Dollar) })
        {
            var code = (await Pool.GetCodeAsync(address, BlockRef.Latest, CancellationToken.None)).ToArray();
            Assert.True(ContractCode.Matches(name, code), name);
            Assert.False(ContractCode.Matches(name, code.AsSpan(..^1)), name);
            code[10] ^= 1;
            Assert.False(ContractCode.Matches(name, code), name);
        }
    }

    private static Fault Lie(ProxiedCall call, Random random)
    {
        lock (random)
        {
            return random.Next(6) switch
            {
                0 => Fault.Null,
                1 when call.Method == "eth_getTransactionReceipt" => Fault.With("status", "0x0"),
                2 when call.Method == "eth_getTransactionReceipt" => Fault.With("gasUsed", "0x1"),
                3 when call.Method == "eth_getBlockByNumber" => Fault.With("timestamp", "0x1"),
                4 when call.Method == "eth_getBlockByNumber" => Fault.Change(block => Renamed(block)),
                _ => Fault.Pass,
            };
        }
    }

    private static Fault Spoil(Random random)
    {
        lock (random) return random.Next(20) switch { 0 => Fault.Reset, 1 => Fault.Cut, 2 => Fault.Status(503), _ => Fault.Pass };
    }

    private static JsonNode? Renamed(JsonNode? block)
    {
        if (block is JsonObject fields) fields["hash"] = Keccak256.HashText("lie").ToString();
        return block;
    }

    /// <summary>Straight to the chain, once: through the pool it would arrive three times, and a chain may mine a block for each arrival.</summary>
    private async Task<TransactionReceipt> SendAsync()
    {
        using var signer = _provider.SignerFromMnemonic(ChainNode.Mnemonic, "", HdPath.Account(0));
        using var straight = _provider.Connect(Node.Endpoint, Deadline, retries: false);
        return await new TestSender(straight, signer).SendAsync(Friend, ReadOnlyMemory<byte>.Empty, 1);
    }

    /// <summary>The head that the chain itself has, whatever it mined by itself.</summary>
    private async Task<ulong> HeadAsync() => Convert.ToUInt64((await Node.CallAsync("eth_blockNumber")).GetString(), 16);
}
