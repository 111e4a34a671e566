using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class StartCheckTests : IDisposable
{
    private readonly StartChain _a = new("http://a");
    private readonly StartChain _b = new("http://b");
    private readonly StartChain _c = new("http://c");

    public void Dispose()
    {
        foreach (var chain in new[] { _a, _b, _c }) chain.Dispose();
    }

    [Fact]
    public async Task Start_AllIsWell_PassesWithoutWarnings()
    {
        Assert.Empty(await RunAsync(2));
        Assert.Empty(await RunAsync(_a));
    }

    [Fact]
    public async Task Start_ImmutablesDiffer_Passes()
    {
        var compiled = CompiledContract.Load("RoyaltySplit");
        var deployed = compiled.RuntimeCode.ToArray();
        Assert.NotEmpty(compiled.Immutables);
        foreach (var span in compiled.Immutables) deployed.AsSpan(span.Start, span.Length).Fill(0xab);
        _a.Code[World.Vault] = deployed;
        Assert.Empty(await RunAsync(2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_WrongChain_IsRefusedAndNamed(bool oneOfThree)
    {
        var wrong = oneOfThree ? _b : _a;
        wrong.ChainId = 5;
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => oneOfThree ? RunAsync(2) : RunAsync(_a));
        Assert.Equal($"rpc: {wrong.Endpoint} is chain 5, and the deployment file is for chain 31337. Set rpc or deployment to the right one.", refusal.Message);
    }

    [Theory]
    [InlineData("registry")]
    [InlineData("rail")]
    [InlineData("vault")]
    [InlineData("resolver")]
    public async Task Start_NoContract_IsRefusedAndNamed(string role)
    {
        _c.Code.Remove(World.Account(role));
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(2));
        Assert.Contains($"http://c has no contract at {World.Account(role)}, the {role}", refusal.Message);
        Assert.Contains("Deploy first", refusal.Message);
    }

    [Theory]
    [InlineData("registry")]
    [InlineData("rail")]
    [InlineData("vault")]
    [InlineData("resolver")]
    public async Task Start_OtherCode_IsRefusedAndNamed(string role)
    {
        // One byte of the last instruction that counts.
        var code = _b.Code[World.Account(role)].ToArray();
        code[code.Length / 3] ^= 1;
        _b.Code[World.Account(role)] = code;
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(2));
        Assert.Contains($"what http://b has at {World.Account(role)}, the {role}, is not this version's", refusal.Message);
        Assert.Contains("Set deployment", refusal.Message);
    }

    [Fact]
    public async Task Start_CodeOfAnotherContract_IsRefused()
    {
        _a.Code[World.Rail] = _a.Code[World.Registry];
        await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(_a));
        _a.Code[World.Rail] = new byte[] { 1 };
        await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(_a));
    }

    [Fact]
    public async Task Start_OneDoesNotAnswer_WarnsAndUsesItOnceItIsTheRightOne()
    {
        _a.IsDown = true;
        var time = new ManualTime();
        using var set = Set(2, time);
        using var pool = new EndpointPool(set);
        Assert.Contains("http://a", Assert.Single(await CheckAsync(pool, 2)));

        // It comes back as another chain: it is not used.
        _a.IsDown = false;
        _a.ChainId = 5;
        time.Advance(TimeSpan.FromMinutes(5));
        _b.IsDown = _c.IsDown = true;
        await Assert.ThrowsAsync<ChainException>(() => pool.GetPriorityFeeAsync(CancellationToken.None));
        Assert.Equal(EndpointCondition.SetAside, set.States[0].Condition);
    }

    [Fact]
    public async Task Start_TooFewAnswer_IsRefusedAndNamed()
    {
        _a.IsDown = _c.IsDown = true;
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(2));
        Assert.Contains("2 endpoints have to agree (rpcQuorum), and 1 of 3 answer", refusal.Message);
        Assert.Contains("http://a", refusal.Message);
        Assert.Contains("http://c", refusal.Message);
        await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(_a));
    }

    [Fact]
    public async Task Start_VaultOfOtherContracts_IsRefused()
    {
        _a.VaultsRail = World.Alice;
        Assert.Contains("belongs to registry", (await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(_a))).Message);
    }

    /// <summary>While attestors change, a key is of one that is none yet, or none any more.</summary>
    [Fact]
    public async Task Start_KeyThatIsNoAttestors_WarnsAndGoesOn()
    {
        _a.Attestors = [.. World.AttestorAddresses.Skip(1)];
        Assert.Contains($"{World.AttestorAddresses[0].ToChecksumString()} is not an attestor of this vault", Assert.Single(await RunAsync(_a)), StringComparison.Ordinal);
        _a.Attestors = [];
        var warnings = await RunAsync(_a);
        Assert.Equal(World.AttestorKeys.Count + 1, warnings.Count);
        Assert.StartsWith("attestorKeys: the vault wants 2 signatures, and 0 of the keys here are attestors.", warnings[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SameKeyTwice_IsRefused()
    {
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => CheckAsync(_a, 1, [World.AttestorKeys[0], World.AttestorKeys[0]]));
        Assert.Equal("attestorKeys: the same key stands there twice.", refusal.Message);
    }

    private async Task<IReadOnlyList<string>> RunAsync(int quorum)
    {
        using var pool = new EndpointPool(Set(quorum, new ManualTime()));
        return await CheckAsync(pool, quorum);
    }

    private static async Task<IReadOnlyList<string>> RunAsync(StartChain one) => await CheckAsync(one, 1);

    private EndpointSet Set(int quorum, TimeProvider time) => new(
        [_a, _b, _c],
        new EndpointOptions { Quorum = quorum, Inspect = DeploymentInspection.Of(new(World.Deployment, World.Resolver, 1)) },
        time);

    private static async Task<IReadOnlyList<string>> CheckAsync(IChainClient client, int quorum, IReadOnlyList<Hash32>? keys = null)
    {
        var options = TestNode.MakeOptions("unused", quorum: quorum);
        using var attestors = new Attestors([.. (keys ?? World.AttestorKeys).Select(World.Provider.SignerFromPrivateKey)]);
        return await new StartCheck(options, client, attestors).RunAsync(CancellationToken.None);
    }

    /// <summary>An endpoint as far as a start looks at it.</summary>
    private sealed class StartChain(string endpoint) : IChainClient
    {
        public string Endpoint => endpoint;

        public ulong ChainId { get; set; } = World.ChainId;

        public bool IsDown { get; set; }

        public Dictionary<Address, ReadOnlyMemory<byte>> Code { get; } = new()
        {
            [World.Registry] = CompiledContract.Load("ModelRegistry").RuntimeCode,
            [World.Rail] = CompiledContract.Load("InferencePayments").RuntimeCode,
            [World.Vault] = CompiledContract.Load("RoyaltySplit").RuntimeCode,
            [World.Resolver] = CompiledContract.Load("SettlementResolver").RuntimeCode,
        };

        public Address VaultsRail { get; set; } = World.Rail;

        public IReadOnlyList<Address> Attestors { get; set; } = World.AttestorAddresses;

        public Task<ulong> GetChainIdAsync(CancellationToken cancellation) => Answer(() => ChainId);

        public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) => Answer(() => Code.GetValueOrDefault(account));

        public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) => Answer<ReadOnlyMemory<byte>>(() =>
        {
            if (Is(call, new RoyaltySplit.Registry().Data)) return new AbiWriter().Account(World.Registry).ToArray();
            if (Is(call, new RoyaltySplit.Rail().Data)) return new AbiWriter().Account(VaultsRail).ToArray();
            if (Is(call, new RoyaltySplit.Threshold().Data)) return new AbiWriter().UInt(2, 32).ToArray();
            return new AbiWriter().UInt(Attestors.Any(account => Is(call, new RoyaltySplit.IsAttestor(account).Data)) ? 1UL : 0, 256).ToArray();
        });

        public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) => Answer<UInt256>(() => 1);

        public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation) => throw new NotSupportedException();

        public void Dispose()
        {
            // It holds nothing.
        }

        private static bool Is(CallRequest call, ReadOnlyMemory<byte> data) => call.Data.Span.SequenceEqual(data.Span);

        private Task<T> Answer<T>(Func<T> answer) => IsDown
            ? Task.FromException<T>(new ChainException(ChainErrorKind.Unreachable, endpoint, "stub", "no answer within 1 s."))
            : Task.FromResult(answer());
    }
}
