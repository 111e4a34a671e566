using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>What every client has to do, on a real node. Needs OPENSETTLE_TEST_RPC.</summary>
[Trait("Category", "Chain")]
[Collection(ChainNode.Variable)]
public sealed class ChainConformance
{
    // Not the accounts that a demonstration uses.
    private const uint SenderIndex = 12;
    private const uint AttestorIndex = 13;

    private static readonly BlockRef Latest = BlockRef.Latest;
    private static readonly CancellationToken Stop = CancellationToken.None;
    private static readonly Hash32 Usage = Keccak256.HashText("usage");

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Blocks_OfARange_AreThoseOfTheirNumbersAndLinked(string name)
    {
        using var client = Connect(name);
        var sender = Sender(name, client);
        for (var i = 0; i < 3; i++) await sender.SendAsync(sender.Address, ReadOnlyMemory<byte>.Empty, UInt256.Zero);
        var latest = await client.GetBlockAsync(Latest, Stop);
        Assert.NotNull(latest);
        var blocks = await client.GetBlocksAsync(0, latest.Number + 2, Stop);
        Assert.Equal(latest, blocks[(int)latest.Number]);
        Assert.Equal(latest, await client.GetBlockAsync(BlockRef.At(latest.Number), Stop));
        Assert.Equal([null, null], blocks.Skip((int)latest.Number + 1));
        for (var i = 1; i <= (int)latest.Number; i++) Assert.Equal(blocks[i - 1]?.Hash, blocks[i]?.ParentHash);
        var finalized = await client.GetBlockAsync(BlockRef.Finalized, Stop);
        Assert.True(finalized is null || finalized.Number <= latest.Number);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Transfer_OfNativeCoin_ArrivesAndCountsTheNonce(string name)
    {
        using var client = Connect(name);
        var sender = Sender(name, client);
        var stranger = Address.FromBytes(Keccak256.HashText($"{name} {await client.GetNonceAsync(sender.Address, Latest, Stop)}").ToArray().AsSpan(0, Address.Size));
        var nonce = await client.GetNonceAsync(sender.Address, Latest, Stop);
        var before = await client.GetBalanceAsync(sender.Address, Latest, Stop);
        var receipt = await sender.SendAsync(stranger, ReadOnlyMemory<byte>.Empty, 12_345);
        Assert.Equal((UInt256)12_345UL, await client.GetBalanceAsync(stranger, Latest, Stop));
        Assert.Equal(UInt256.Zero, await client.GetBalanceAsync(stranger, BlockRef.At(receipt.BlockNumber - 1), Stop));
        Assert.Equal(nonce + 1, await client.GetNonceAsync(sender.Address, Latest, Stop));
        var cost = receipt.EffectiveGasPrice * receipt.GasUsed + 12_345UL;
        Assert.Equal(before - cost, await client.GetBalanceAsync(sender.Address, Latest, Stop));
        Assert.Null(receipt.ContractAddress);
        Assert.Empty((await client.GetCodeAsync(stranger, Latest, Stop)).ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Broadcast_Refused_SaysWhy(string name)
    {
        using var client = Connect(name);
        var sender = Sender(name, client);
        var signed = await sender.SignAsync(sender.Address, default, UInt256.Zero);
        await sender.MinedAsync(await client.SendRawAsync(signed.Raw, Stop));
        var again = await Assert.ThrowsAsync<ChainException>(() => client.SendRawAsync(signed.Raw, Stop));
        Assert.Equal(ChainErrorKind.NonceTooLow, again.Kind);

        var signer = Clients.Named(name, TimeProvider.System).SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(SenderIndex));
        var next = (await sender.SignAsync(sender.Address, default, UInt256.Zero)).Request;
        await RefusedAsync(ChainErrorKind.Underpriced, next with { MaxFeePerGas = 1, MaxPriorityFeePerGas = 1 });
        await RefusedAsync(ChainErrorKind.InsufficientFunds, next with { Value = UInt256.MaxAmount });

        async Task RefusedAsync(ChainErrorKind kind, TransactionRequest request)
        {
            var bad = await signer.SignTransactionAsync(request, Stop);
            var refusal = await Assert.ThrowsAsync<ChainException>(() => client.SendRawAsync(bad.Raw, Stop));
            Assert.True(kind == refusal.Kind, refusal.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Revert_OfACall_CarriesItsCustomError(string name)
    {
        using var client = Connect(name);
        var sender = Sender(name, client);
        var contracts = await TestDeployment.CreateAsync(sender, sender.Address);
        var nothingOpen = new Proposal(1, 0, 1, default, Usage, default, default, default, 1, default, [], [], string.Empty);
        var call = new CallRequest(sender.Address, contracts.Vault, client.Encode(new RoyaltySplit.ActivateCall(nothingOpen)), UInt256.Zero);
        var refusals = new[]
        {
            await Assert.ThrowsAsync<ChainException>(() => client.CallAsync(call, Latest, Stop)),
            await Assert.ThrowsAsync<ChainException>(() => client.EstimateGasAsync(call, Stop)),
        };
        Assert.All(refusals, refusal => Assert.Equal(ChainErrorKind.Reverted, refusal.Kind));
        Assert.All(refusals, refusal => Assert.Equal("RoyaltySplit.NoProposal()", ContractErrors.Describe(refusal.RevertData)));
        // Mined, and failed: the broadcast is taken, and the receipt tells.
        Assert.False((await sender.TrySendAsync(contracts.Vault, call.Data, UInt256.Zero)).Succeeded);
        // An address without code answers nothing.
        var nothing = await Assert.ThrowsAsync<ChainException>(() =>
            client.AskAsync(sender.Address, new RoyaltySplit.Epoch(), Latest, Stop));
        Assert.Equal(ChainErrorKind.BadReply, nothing.Kind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Settlement_FromRegistrationToClaim_IsReadBackFromLogsAndViews(string name)
    {
        using var client = Connect(name);
        var sender = Sender(name, client);
        var attestor = Clients.Named(name, TimeProvider.System).SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(AttestorIndex));
        var contracts = await TestDeployment.CreateAsync(sender, attestor.Address);
        var modelId = await RegisterAsync(sender, contracts);
        await PayAsync(sender, contracts, modelId);
        await SettleAsync(sender, contracts, attestor);
        await CheckLogsAsync(client, contracts, modelId, sender.Address);
    }

    [Fact]
    public async Task Logs_OfAllClients_AreEqual()
    {
        using var client = Connect("builtin");
        var sender = Sender("builtin", client);
        var contracts = await TestDeployment.CreateAsync(sender, sender.Address);
        var latest = await client.GetBlockAsync(Latest, Stop);
        var filter = new LogFilter(contracts.FirstBlock, latest?.Number ?? 0, [contracts.Vault], []);
        var expected = Printed(await client.GetLogsAsync(filter, Stop));
        Assert.NotEmpty(expected);
        foreach (var name in Clients.All(TimeProvider.System).Select(each => each.Name))
        {
            using var other = Connect(name);
            Assert.Equal(expected, Printed(await other.GetLogsAsync(filter, Stop)));
        }
    }

    private static async Task<Hash32> RegisterAsync(TestSender sender, TestDeployment contracts)
    {
        var client = sender.Client;
        var owner = await client.AskAsync(contracts.Registry, new ModelRegistry.OwnerSentinel(), Latest, Stop);
        var registration = new Registration(
            Usage, 0, Keccak256.HashText("weights"), Keccak256.HashText("metadata"), "https://models.example/1", 250,
            new SplitTable([new SplitRow(sender.Address, 3, default)], 2, [new SplitRow(owner, 1, default)], TableCommitment.None), [], [sender.Address]);
        var modelId = await client.AskAsync(contracts.Registry, new ModelRegistry.ModelIdOf(sender.Address, Usage), Latest, Stop);
        Assert.Equal(0UL, await client.AskAsync(contracts.Registry, new ModelRegistry.NumberOf(modelId), Latest, Stop));
        var receipt = await sender.SendAsync(contracts.Registry, new ModelRegistry.RegisterCall(registration), UInt256.Zero);
        Assert.Equal(1UL, await client.AskAsync(contracts.Registry, new ModelRegistry.NumberOf(modelId), Latest, Stop));
        Assert.Equal(sender.Address, await client.AskAsync(contracts.Registry, new ModelRegistry.OwnerOf(modelId), Latest, Stop));
        var events = receipt.Logs.Select(ModelRegistry.Decode).ToArray();
        var registered = Assert.Single(events.OfType<ModelRegistry.ModelRegistered>());
        Assert.Equal((modelId, 1UL, sender.Address, registration.Uri), (registered.ModelId, registered.Number, registered.Creator, registered.Uri));
        Assert.Equal(registered.PayAddress, await client.AskAsync(contracts.Registry, new ModelRegistry.PayAddressOf(modelId), Latest, Stop));
        var split = Assert.Single(events.OfType<ModelRegistry.SplitSet>());
        Assert.Equal((1U, registration.Split.PoolWeight), (split.Version, split.PoolWeight));
        Assert.Equal(registration.Split.Rows, split.Rows);
        Assert.Equal(registration.Split.FallbackRows, split.FallbackRows);
        Assert.Empty(Assert.Single(events.OfType<ModelRegistry.LineageSet>()).Parents);
        Assert.Equal((ushort)250, Assert.Single(events.OfType<ModelRegistry.RoyaltySet>()).Royalty);
        Assert.Equal(new ModelRegistry.GatewaySet(modelId, sender.Address, Listed: true), Assert.Single(events.OfType<ModelRegistry.GatewaySet>()));
        Assert.Equal(new ModelRegistry.Transfer(Address.Zero, sender.Address, modelId), Assert.Single(events.OfType<ModelRegistry.Transfer>()));
        await ChangeSplitAsync(sender, contracts, modelId);
        return modelId;
    }

    /// <summary>A committed table, and one that is cancelled by the next: all that a watcher may meet.</summary>
    private static async Task ChangeSplitAsync(TestSender sender, TestDeployment contracts, Hash32 modelId)
    {
        var committed = new TableCommitment(Keccak256.HashText("table"), 3, 7, "https://tables.example/1");
        var set = await sender.SendAsync(contracts.Registry, new ModelRegistry.SetSplitCall(modelId, SplitTable.Commit(committed)), UInt256.Zero);
        var told = Assert.Single(set.Logs.Select(ModelRegistry.Decode).OfType<ModelRegistry.SplitCommitted>());
        Assert.Equal((modelId, 2U, committed), (told.ModelId, told.Version, told.Table));
        var lineage = await sender.SendAsync(contracts.Registry, new ModelRegistry.SetLineageCall(modelId, []), UInt256.Zero);
        Assert.Equal(2U, Assert.Single(lineage.Logs.Select(ModelRegistry.Decode).OfType<ModelRegistry.LineageSet>()).Version);
    }

    private static async Task PayAsync(TestSender sender, TestDeployment contracts, Hash32 modelId)
    {
        var client = sender.Client;
        Assert.Equal((byte)6, await client.AskAsync(contracts.Dollar, new Erc20.Decimals(), Latest, Stop));
        Assert.NotEmpty(await client.AskAsync(contracts.Dollar, new Erc20.Symbol(), Latest, Stop));
        await sender.SendAsync(contracts.Dollar, new Erc20.MintCall(sender.Address, 1_000), UInt256.Zero);
        await sender.SendAsync(contracts.Dollar, new Erc20.ApproveCall(contracts.Rail, 600), UInt256.Zero);
        await sender.SendAsync(contracts.Rail, new InferencePayments.PayCall(modelId, contracts.Dollar, 600, Usage), UInt256.Zero);
        await sender.SendAsync(contracts.Rail, new InferencePayments.PayCall(modelId, Address.Zero, 70, Usage), 70);
        var payAddress = await client.AskAsync(contracts.Registry, new ModelRegistry.PayAddressOf(modelId), Latest, Stop);
        await sender.SendAsync(contracts.Dollar, new Erc20.TransferCall(payAddress, 400), UInt256.Zero);
        var plain = await sender.SendAsync(payAddress, ReadOnlyMemory<byte>.Empty, 5);
        Assert.Equal(new ModelAccount.NativeReceived(sender.Address, 5), ModelAccount.Decode(Assert.Single(plain.Logs)));
        var swept = await sender.SendAsync(contracts.Vault, new RoyaltySplit.SweepCall([new SweepOrder(contracts.Dollar, [modelId]), new SweepOrder(Address.Zero, [modelId])]), UInt256.Zero);
        Assert.Contains(new RoyaltySplit.Swept(modelId, contracts.Dollar, 400), swept.Logs.Select(RoyaltySplit.Decode));
        Assert.Equal((UInt256)1_000UL, await client.AskAsync(contracts.Vault, new RoyaltySplit.CreditedOf(contracts.Dollar), Latest, Stop));
        Assert.Contains(new RoyaltySplit.Swept(modelId, Address.Zero, 5), swept.Logs.Select(RoyaltySplit.Decode));
        Assert.Equal((UInt256)75UL, await client.AskAsync(contracts.Vault, new RoyaltySplit.CreditedOf(Address.Zero), Latest, Stop));
        Assert.Equal((UInt256)1_000UL, await client.AskAsync(contracts.Dollar, new Erc20.BalanceOf(contracts.Vault), Latest, Stop));
    }

    private static async Task SettleAsync(TestSender sender, TestDeployment contracts, ISigner attestor)
    {
        var client = sender.Client;
        var latest = await client.GetBlockAsync(Latest, Stop) ?? throw new InvalidOperationException("The node has no block.");
        // A tree of one leaf is that leaf.
        var root = Keccak256.Hash(Keccak256.Hash(new AbiWriter().Account(sender.Address).Account(contracts.Dollar).UInt(900).ToArray()).ToArray());
        var proposal = new Proposal(
            1, 0, await client.AskAsync(contracts.Vault, new RoyaltySplit.AttestorSet(), Latest, Stop), Hash32.Zero, root, Hash32.Zero, Keccak256.HashText("records"),
            Keccak256.HashText("bundle"), latest.Number, latest.Hash, [new TokenTotal(contracts.Dollar, 900)], [], "https://bundles.example/1");
        var data = ProposalTypedData.Of(await client.GetChainIdAsync(Stop), contracts.Vault, proposal);
        var digest = data.Digest();
        Assert.Equal(digest, await client.AskAsync(contracts.Vault, new RoyaltySplit.ProposalDigest(proposal), Latest, Stop));
        Assert.True(await client.AskAsync(contracts.Vault, new RoyaltySplit.IsAttestor(attestor.Address), Latest, Stop));
        var signature = await attestor.SignTypedDataAsync(data, Stop);

        var proposed = await sender.SendAsync(contracts.Vault, new RoyaltySplit.ProposeCall(proposal, [AttestorSignature.Of(attestor.Address, signature)]), UInt256.Zero);
        var opened = Assert.IsType<RoyaltySplit.EpochProposed>(RoyaltySplit.Decode(Assert.Single(proposed.Logs)));
        Assert.Equal(proposal.Encode(), opened.Proposal.Encode());
        var open = await client.AskAsync(contracts.Vault, new RoyaltySplit.OpenProposal(), Latest, Stop);
        Assert.Equal(new OpenProposal(1, digest, opened.ReadyAt), open);

        // The window is a second of block time, which passes with the next blocks.
        while ((await client.GetBlockAsync(Latest, Stop))?.Timestamp < opened.ReadyAt)
            await sender.SendAsync(sender.Address, ReadOnlyMemory<byte>.Empty, UInt256.Zero);
        await sender.SendAsync(contracts.Vault, new RoyaltySplit.ActivateCall(opened.Proposal), UInt256.Zero);
        Assert.Equal(1UL, await client.AskAsync(contracts.Vault, new RoyaltySplit.Epoch(), Latest, Stop));
        Assert.Equal(proposal.Record.Hash(), await client.AskAsync(contracts.Vault, new RoyaltySplit.EpochHash(1), Latest, Stop));
        Assert.Equal(proposal.LastBlock, await client.AskAsync(contracts.Vault, new RoyaltySplit.LastBlock(), Latest, Stop));
        Assert.Equal(sender.Address, await client.AskAsync(contracts.Vault, new RoyaltySplit.Governor(), Latest, Stop));
        Assert.Equal((Address.Zero, UInt256.Zero), await client.AskAsync(contracts.Vault, new RoyaltySplit.RecipientOf(sender.Address), Latest, Stop));
        Assert.Null(await client.AskAsync(contracts.Vault, new RoyaltySplit.OpenProposal(), Latest, Stop));

        await sender.SendAsync(contracts.Vault, new RoyaltySplit.ClaimCall(new ClaimRequest(sender.Address, contracts.Dollar, 900, [])), UInt256.Zero);
        Assert.Equal(
            (UInt256)900UL, await client.AskAsync(contracts.Vault, new RoyaltySplit.ClaimedOf(sender.Address, contracts.Dollar), Latest, Stop));
        Assert.Equal(
            [new ListedToken(Address.Zero, 1), new ListedToken(contracts.Dollar, 10)],
            await client.AskAsync(contracts.Vault, new RoyaltySplit.ListedTokens(), Latest, Stop));
    }

    private static async Task CheckLogsAsync(IChainClient client, TestDeployment contracts, Hash32 modelId, Address payer)
    {
        var latest = await client.GetBlockAsync(Latest, Stop) ?? throw new InvalidOperationException("The node has no block.");
        var all = await client.GetLogsAsync(
            new LogFilter(contracts.FirstBlock, latest.Number, [contracts.Vault, contracts.Rail], []), Stop);
        var told = all.Select(log => log.Address == contracts.Vault ? RoyaltySplit.Decode(log) : InferencePayments.Decode(log)).ToArray();
        Assert.Equal(
            ["TokenListed", "TokenListed", "Paid", "Paid", "Swept", "Swept", "EpochProposed", "EpochActivated", "Claimed"],
            told.Select(one => one?.GetType().Name));
        Assert.Equal(new RoyaltySplit.Claimed(payer, contracts.Dollar, 900), told[^1]);

        // By topic: the second payment's token is the third indexed value, those before it may be anything.
        var native = Hash32.Zero;
        var filter = new LogFilter(contracts.FirstBlock, latest.Number, [contracts.Rail], [[InferencePayments.PaidEvent.Topic], [modelId, Usage], [], [native]]);
        var paid = Assert.Single(await client.GetLogsAsync(filter, Stop));
        Assert.Equal(new InferencePayments.Paid(modelId, payer, Address.Zero, 70, Usage), InferencePayments.Decode(paid));
        Assert.Empty(await client.GetLogsAsync(filter with { Addresses = [contracts.Dollar] }, Stop));
        Assert.Empty(await client.GetLogsAsync(filter with { LastBlock = contracts.FirstBlock }, Stop));
    }

    private static string[] Printed(IReadOnlyList<LogEntry> logs) =>
        [.. logs.Select(log => $"{log.BlockNumber} {log.BlockHash} {log.TransactionHash} {log.LogIndex} {log.Address} {string.Join(' ', log.Topics)} {Hex.Encode(log.Data.Span)}")];

    private static IChainClient Connect(string name) => Clients.Named(name, TimeProvider.System).Connect(ChainNode.Endpoint, ChainNode.Timeout);

    private static TestSender Sender(string name, IChainClient client) =>
        new(client, Clients.Named(name, TimeProvider.System).SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(SenderIndex)));
}
