using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using ListedToken = OpenSettle.Ethereum.Contracts.ListedToken;
using ModelId = OpenSettle.Registry.ModelId;
using TokenTotal = OpenSettle.Ethereum.Contracts.TokenTotal;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>Every call and every view of the bindings, on deployed contracts, by every client. Needs OPENSETTLE_TEST_RPC.</summary>
[Trait("Category", "Chain")]
[Collection(ChainNode.Variable)]
public sealed partial class ContractConformance
{
    private static readonly Hash32 Salt = Keccak256.HashText("a model");
    private static readonly SplitTable Table = SplitTable.Commit(new TableCommitment(Keccak256.HashText("table"), 3, 7, "https://tables.example/ä"));

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Contracts_UsedByOneClient_AreReadAlikeByAll(string name)
    {
        using var run = await ContractRun.StartAsync(name);
        var modelId = await RegisterAsync(run);
        await SellAsync(run, modelId);
        await PayAsync(run, modelId);
        var epoch = await SettleAsync(run, modelId);
        await AttestAsync(run, new ModelId(modelId));
        await LookAsync(run, modelId, epoch);
        await PushAsync(run, epoch);
        await GovernAsync(run);
        Assert.Equal(Samples.Kinds(typeof(ContractCall)), run.Called.OrderBy(kind => kind.FullName, StringComparer.Ordinal));
        Assert.Equal(Samples.Kinds(typeof(ContractView<>)), run.Asked.OrderBy(kind => kind.FullName, StringComparer.Ordinal));
        Assert.True(run.Told.Count >= 24, $"Only {run.Told.Count} kinds of events.");
    }

    private static async Task<Hash32> RegisterAsync(ContractRun run)
    {
        var registry = run.Contracts.Registry;
        var sentinel = await run.AskAsync(registry, new ModelRegistry.OwnerSentinel());
        var first = new Registration(
            Keccak256.HashText("its parent"), 0, Keccak256.HashText("weights"), Keccak256.HashText("metadata"), "https://models.example/1", 250,
            new SplitTable([new SplitRow(run.Owner.Address, 3, default)], 2, [new SplitRow(sentinel, 1, default)], TableCommitment.None), [], [run.Owner.Address]);
        var told = await run.CallAsync(run.Owner, registry, new ModelRegistry.RegisterCall(first));
        var parent = Assert.Single(told.OfType<ModelRegistry.ModelRegistered>());
        Assert.Equal(Samples.Print(first.Split.Rows), Samples.Print(Assert.Single(told.OfType<ModelRegistry.SplitSet>()).Rows));

        // What changes of this one takes effect after a day's notice.
        var second = first with { Salt = Salt, NoticePeriod = 86_400, Split = Table, Parents = [new Parent(parent.ModelId, 250_000)], Gateways = [] };
        told = await run.CallAsync(run.Owner, registry, new ModelRegistry.RegisterCall(second));
        var child = Assert.Single(told.OfType<ModelRegistry.ModelRegistered>());
        Assert.Equal(await run.AskAsync(registry, new ModelRegistry.ModelIdOf(run.Owner.Address, Salt)), child.ModelId);
        Assert.Equal(child.PayAddress, await run.AskAsync(registry, new ModelRegistry.PayAddressOf(child.ModelId)));
        Assert.Equal(2UL, await run.AskAsync(registry, new ModelRegistry.NumberOf(child.ModelId)));
        Assert.Equal(2UL, await run.AskAsync(registry, new ModelRegistry.ModelCount()));
        Assert.Equal(86_400U, await run.AskAsync(registry, new ModelRegistry.NoticePeriodOf(child.ModelId)));
        run.Know(child.PayAddress);
        return child.ModelId;
    }

    /// <summary>A model changes hands with changes pending, which the buyer confirms.</summary>
    private static async Task SellAsync(ContractRun run, Hash32 modelId)
    {
        var registry = run.Contracts.Registry;
        var told = await run.CallAsync(run.Owner, registry, new ModelRegistry.SetSplitCall(modelId, Table));
        Assert.Equal((2U, Table.Committed), Assert.Single(told.OfType<ModelRegistry.SplitCommitted>()) is var set ? (set.Version, set.Table) : default);
        await run.CallAsync(run.Owner, registry, new ModelRegistry.SetLineageCall(modelId, []));
        told = await run.CallAsync(run.Owner, registry, new ModelRegistry.SetGatewayCall(modelId, run.Buyer.Address, Listed: true));
        Assert.Equal(new ModelRegistry.GatewaySet(modelId, run.Buyer.Address, Listed: true), Assert.Single(told));
        var (version, until) = await run.AskAsync(registry, new ModelRegistry.VersionOf(modelId, ModelTerm.Lineage));
        Assert.Equal((2U, true), (version, until > 0));
        Assert.Equal((1U, 0UL), await run.AskAsync(registry, new ModelRegistry.VersionOf(modelId, ModelTerm.Royalty)));
        told = await run.CallAsync(run.Owner, registry, new ModelRegistry.SetMetadataCall(modelId, Keccak256.HashText("card"), "https://models.example/ü"));
        Assert.Contains(new ModelRegistry.MetadataSet(modelId, Keccak256.HashText("card"), "https://models.example/ü"), told);

        // A transfer is nothing that this project does by itself.
        var transfer = new AbiFunction("transferFrom(address,address,uint256)").Call(new AbiWriter().Account(run.Owner.Address).Account(run.Buyer.Address).Word(modelId));
        told = await run.SendAsync(run.Owner, registry, transfer);
        Assert.Contains(new ModelRegistry.Transfer(run.Owner.Address, run.Buyer.Address, modelId), told);
        Assert.Contains(new ModelRegistry.SplitCancelled(modelId, 2), told);
        Assert.Contains(new ModelRegistry.LineageCancelled(modelId, 2), told);
        Assert.Equal(run.Buyer.Address, await run.AskAsync(registry, new ModelRegistry.OwnerOf(modelId)));
        told = await run.CallAsync(run.Buyer, registry, new ModelRegistry.ConfirmSplitCall(modelId, Table));
        Assert.Equal(3U, Assert.Single(told.OfType<ModelRegistry.SplitCommitted>()).Version);
        told = await run.CallAsync(run.Buyer, registry, new ModelRegistry.ConfirmLineageCall(modelId, []));
        Assert.Equal(3U, Assert.Single(told.OfType<ModelRegistry.LineageSet>()).Version);
    }

    private static async Task PayAsync(ContractRun run, Hash32 modelId)
    {
        var (dollar, rail, vault) = (run.Contracts.Dollar, run.Contracts.Rail, run.Contracts.Vault);
        var told = await run.CallAsync(run.Owner, dollar, new Erc20.MintCall(run.Owner.Address, 1_000));
        Assert.Equal(new Erc20.Transfer(Address.Zero, run.Owner.Address, 1_000), Assert.Single(told));
        await run.CallAsync(run.Owner, dollar, new Erc20.ApproveCall(rail, 600));
        told = await run.CallAsync(run.Owner, rail, new InferencePayments.PayCall(modelId, dollar, 600, Salt));
        Assert.Contains(new InferencePayments.Paid(modelId, run.Owner.Address, dollar, 600, Salt), told);
        told = await run.CallAsync(run.Owner, rail, new InferencePayments.PayCall(modelId, Address.Zero, 70, Salt), 70);
        Assert.Contains(new InferencePayments.Paid(modelId, run.Owner.Address, Address.Zero, 70, Salt), told);
        var payAddress = await run.AskAsync(run.Contracts.Registry, new ModelRegistry.PayAddressOf(modelId));
        await run.CallAsync(run.Owner, dollar, new Erc20.TransferCall(payAddress, 400));
        told = await run.SendAsync(run.Owner, payAddress, ReadOnlyMemory<byte>.Empty, 5);
        Assert.Equal(new ModelAccount.NativeReceived(run.Owner.Address, 5), Assert.Single(told));
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.SweepCall([new SweepOrder(dollar, [modelId]), new SweepOrder(Address.Zero, [modelId])]));
        Assert.Contains(new RoyaltySplit.Swept(modelId, dollar, 400), told);
        Assert.Contains(new RoyaltySplit.Swept(modelId, Address.Zero, 5), told);
    }

    private static async Task<EpochRecord> SettleAsync(ContractRun run, Hash32 modelId)
    {
        var (dollar, vault) = (run.Contracts.Dollar, run.Contracts.Vault);
        CumulativeLeaf[] leaves = [new(run.Owner.Address, dollar, 600), new(run.Buyer.Address, dollar, 300), new(run.Owner.Address, Address.Zero, 1), new(run.Buyer.Address, Address.Zero, 1), new(run.StrangerKey.Address, Address.Zero, 1)];
        var tree = CumulativeTree.Build([.. leaves.OrderBy(leaf => leaf.Token).ThenBy(leaf => leaf.Account)]);
        ClaimRequest Claim(Address account, Address token) => new(account, token, tree.Leaves[tree.IndexOf(account, token)].Amount, tree.Proof(tree.IndexOf(account, token)));
        var latest = await run.LatestAsync();
        var proposal = new Proposal(
            1, 0, await run.AskAsync(vault, new RoyaltySplit.AttestorSet()), Hash32.Zero, tree.Root, Hash32.Zero, Record(modelId).Root,
            Keccak256.HashText("bundle"), latest.Number, latest.Hash, [new TokenTotal(Address.Zero, 3), new TokenTotal(dollar, 900)], [], "https://bundles.example/1");
        await ProposeAsync(run, proposal);
        var told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.VetoCall(1, 0));
        Assert.Equal(new RoyaltySplit.EpochVetoed(1, 0), Assert.Single(told));

        proposal = proposal with { Attempt = await run.AskAsync(vault, new RoyaltySplit.Attempt()) };
        var opened = await ProposeAsync(run, proposal);
        await run.WaitAsync(opened.ReadyAt);
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.ActivateCall(opened.Proposal));
        Assert.Contains(new RoyaltySplit.EpochActivated(1, proposal.Root), told);
        told = await run.CallAsync(run.Buyer, vault, new RoyaltySplit.ClaimCall(Claim(run.Owner.Address, dollar)));
        Assert.Contains(new RoyaltySplit.Claimed(run.Owner.Address, dollar, 600), told);
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.ClaimManyCall([Claim(run.Buyer.Address, dollar)]));
        Assert.Contains(new RoyaltySplit.Claimed(run.Buyer.Address, dollar, 300), told);
        await ClaimElsewhereAsync(run, Claim(run.Buyer.Address, Address.Zero), Claim(run.Owner.Address, Address.Zero));
        await RelayAsync(run, Claim(run.StrangerKey.Address, Address.Zero));
        Assert.Equal((1UL, false), await run.AskAsync(vault, new RoyaltySplit.RootStatus(tree.Root)));
        Assert.Equal((0UL, false), await run.AskAsync(vault, new RoyaltySplit.RootStatus(proposal.BundleHash)));
        told = await run.CallAsync(run.Buyer, run.Resolver, new SettlementResolver.AttestEpochCall(proposal.Record));
        var attested = Assert.Single(told.OfType<SettlementResolver.EpochAttested>());
        Assert.Equal(attested.Uid, await run.AskAsync(run.Resolver, new SettlementResolver.AttestationOf(1)));
        Assert.Equal(SchemaUid.Of(StatementKind.Epoch, run.Resolver), await run.AskAsync(run.Resolver, new SettlementResolver.EpochSchema()));
        var records = Record(modelId);
        told = await run.CallAsync(run.Owner, run.Resolver, new SettlementResolver.AttestRecordCall(proposal.Record, records.Records[0], records.Proof(0)));
        var record = Assert.Single(told.OfType<SettlementResolver.RecordAttested>());
        Assert.Equal(record.Uid, await run.AskAsync(run.Resolver, new SettlementResolver.RecordOf(1, modelId)));
        return proposal.Record;
    }

    /// <summary>An account's own claim to another address, and one that somebody else brings with the account's signature.</summary>
    private static async Task ClaimElsewhereAsync(ContractRun run, ClaimRequest own, ClaimRequest signed)
    {
        var vault = run.Contracts.Vault;
        // Of this deployment alone: the chain may have seen others.
        Address Somebody(byte i) => Address.FromBytes(Keccak256.Hash([.. vault.ToArray(), 0xc1, i]).ToArray().AsSpan(12));
        var told = await run.CallAsync(run.Buyer, vault, new RoyaltySplit.ClaimToCall(own, Somebody(0)));
        Assert.Equal([new RoyaltySplit.Claimed(own.Account, own.Token, own.Cumulative), new RoyaltySplit.ClaimRedirected(own.Account, own.Token, Somebody(0), own.Cumulative)], told);
        var deadline = (await run.LatestAsync()).Timestamp + 3_600;
        var (_, nonce) = await run.AskAsync(vault, new RoyaltySplit.RecipientOf(signed.Account));
        var order = new ClaimOrder(signed.Account, signed.Token, Somebody(1), signed.Cumulative, nonce, deadline);
        var signature = await run.OwnerKey.SignTypedDataAsync(ClaimTypedData.Of(await run.Owner.Client.GetChainIdAsync(CancellationToken.None), vault, order), CancellationToken.None);
        told = await run.CallAsync(run.Buyer, vault, new RoyaltySplit.ClaimSignedCall(signed, Somebody(1), deadline, signature.ToArray()));
        Assert.Contains(new RoyaltySplit.ClaimRedirected(signed.Account, signed.Token, Somebody(1), signed.Cumulative), told);
    }

    private static async Task<RoyaltySplit.EpochProposed> ProposeAsync(ContractRun run, Proposal proposal)
    {
        var vault = run.Contracts.Vault;
        var data = ProposalTypedData.Of(await run.Owner.Client.GetChainIdAsync(CancellationToken.None), vault, proposal);
        var digest = await run.AskAsync(vault, new RoyaltySplit.ProposalDigest(proposal));
        Assert.Equal(data.Digest(), digest);
        var signature = AttestorSignature.Of(run.Owner.Address, await run.OwnerKey.SignTypedDataAsync(data, CancellationToken.None));
        var told = await run.CallAsync(run.Buyer, vault, new RoyaltySplit.ProposeCall(proposal, [signature]));
        var opened = Assert.IsType<RoyaltySplit.EpochProposed>(Assert.Single(told));
        Assert.Equal(Samples.Print(proposal), Samples.Print(opened.Proposal));
        Assert.Equal(new OpenProposal(proposal.Epoch, digest, opened.ReadyAt), await run.AskAsync(vault, new RoyaltySplit.OpenProposal()));
        return opened;
    }

    /// <summary>An epoch of pushes alone: a batch from the middle of its tree, one entry to another recipient, one that is refused, one that is taken.</summary>
    private static async Task PushAsync(ContractRun run, EpochRecord before)
    {
        var (vault, owner, buyer) = (run.Contracts.Vault, run.Owner.Address, run.Buyer.Address);
        var told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.SetRecipientCall(buyer));
        Assert.Equal(new RoyaltySplit.RecipientSet(owner, buyer, 1), Assert.Single(told));
        // Of this deployment alone: the chain may have seen others.
        Address Somebody(int i) => Address.FromBytes(Keccak256.Hash([.. vault.ToArray(), (byte)i]).ToArray().AsSpan(12));
        PushEntry[] entries =
        [
            new(Somebody(0), Somebody(0), Address.Zero, 5), new(Somebody(1), Somebody(1), Address.Zero, 7), new(owner, Somebody(9), Address.Zero, 11),
            new(Somebody(2), run.Contracts.Registry, Address.Zero, 13), new(Somebody(3), Somebody(3), Address.Zero, 17), new(buyer, buyer, Address.Zero, 19),
        ];
        var tree = PushTree.Build(entries);
        var latest = await run.LatestAsync();
        var proposal = new Proposal(
            2, 0, await run.AskAsync(vault, new RoyaltySplit.AttestorSet()), before.Root, before.Root, tree.Root, Hash32.Zero, Keccak256.HashText("bundle 2"), latest.Number, latest.Hash,
            [new TokenTotal(Address.Zero, 75)], [], "https://bundles.example/2");
        var opened = await ProposeAsync(run, proposal);
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.PauseCall(3));
        var paused = Assert.IsType<RoyaltySplit.Paused>(Assert.Single(told));
        Assert.Equal(paused.Until, await run.AskAsync(vault, new RoyaltySplit.PausedUntil()));
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.UnpauseCall());
        Assert.True(Assert.IsType<RoyaltySplit.Unpaused>(Assert.Single(told)).RestUntil <= paused.RestUntil);
        await run.WaitAsync(opened.ReadyAt + 3);
        await run.CallAsync(run.Buyer, vault, new RoyaltySplit.ActivateCall(opened.Proposal));

        told = await run.CallAsync(run.Buyer, vault, new RoyaltySplit.PushCall(PushBatch.Of(2, tree, 1, 4)));
        Assert.Equal([new RoyaltySplit.PushRefused(2, 3, run.Contracts.Registry, 13), new RoyaltySplit.Pushed(2, Address.Zero, 1, 4, 35)], told);
        Assert.Equal((UInt256)11UL, await run.Owner.Client.GetBalanceAsync(Somebody(9), BlockRef.Latest, CancellationToken.None));
        told = await run.CallAsync(run.Buyer, vault, new RoyaltySplit.TakePushCall(2, new PushItem(5, buyer, buyer, Address.Zero, 19), tree.Proof(5), Somebody(4)));
        Assert.Equal([new RoyaltySplit.PushTaken(2, 5, buyer, Somebody(4), 19)], told);
        // All at once: what is paid is passed over.
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.PushCall(PushBatch.Of(2, tree, 0, 6)));
        Assert.Contains(new RoyaltySplit.Pushed(2, Address.Zero, 0, 6, 5), told);
    }

    /// <summary>Two attestors take the place of one, a guardian follows with a quorum's signature, and a change is taken back.</summary>
    private static async Task GovernAsync(ContractRun run)
    {
        var (vault, owner, buyer) = (run.Contracts.Vault, run.Owner.Address, run.Buyer.Address);
        var replaced = new VaultChange.Guardian(buyer).Encode();
        Assert.Equal([owner], await run.AskAsync(vault, new RoyaltySplit.AttestorList()));
        Assert.True(await run.AskAsync(vault, new RoyaltySplit.RestUntil()) > 0);
        Assert.Equal((Hash32.Zero, 0UL), await run.AskAsync(vault, new RoyaltySplit.Scheduled(ChangeKind.Attestors)));
        var set = await run.AskAsync(vault, new RoyaltySplit.AttestorSet());
        var nonce = await run.AskAsync(vault, new RoyaltySplit.GuardianNonce());
        var data = GuardianChangeTypedData.Of(await run.Owner.Client.GetChainIdAsync(CancellationToken.None), vault, buyer, set, nonce);
        var signature = AttestorSignature.Of(owner, await run.OwnerKey.SignTypedDataAsync(data, CancellationToken.None));
        var told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.ScheduleGuardianCall(buyer, [signature]));
        var guardian = Assert.IsType<RoyaltySplit.ChangeScheduled>(Assert.Single(told));
        Assert.Equal((ChangeKind.Guardian, Hex.Encode(replaced.Span)), (guardian.Kind, Hex.Encode(guardian.Data.Span)));
        Assert.Equal(nonce + 1, await run.AskAsync(vault, new RoyaltySplit.GuardianNonce()));

        await run.CallAsync(run.Owner, vault, new RoyaltySplit.ScheduleCall(ChangeKind.Window, new VaultChange.Window(ContractRun.Window + 1).Encode()));
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.CancelCall(ChangeKind.Window));
        Assert.Equal(new RoyaltySplit.ChangeCancelled(ChangeKind.Window, owner), Assert.Single(told));
        var two = new VaultChange.Attestors([owner, buyer], 2).Encode();
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.ScheduleCall(ChangeKind.Attestors, two));
        var attestors = Assert.IsType<RoyaltySplit.ChangeScheduled>(Assert.Single(told));
        Assert.Equal((Keccak256.Hash(two.Span), attestors.ReadyAt), await run.AskAsync(vault, new RoyaltySplit.Scheduled(ChangeKind.Attestors)));

        await run.WaitAsync(attestors.ReadyAt);
        await run.CallAsync(run.Buyer, vault, new RoyaltySplit.ExecuteCall(ChangeKind.Guardian, replaced));
        await run.CallAsync(run.Buyer, vault, new RoyaltySplit.ExecuteCall(ChangeKind.Attestors, two));
        Assert.Equal([owner, buyer], await run.AskAsync(vault, new RoyaltySplit.AttestorList()));
        Assert.Equal((2U, set + 1, buyer), (
            await run.AskAsync(vault, new RoyaltySplit.Threshold()), await run.AskAsync(vault, new RoyaltySplit.AttestorSet()), await run.AskAsync(vault, new RoyaltySplit.Guardian())));
    }

    /// <summary>The views that the story did not need.</summary>
    private static async Task LookAsync(ContractRun run, Hash32 modelId, EpochRecord epoch)
    {
        var (dollar, vault, owner) = (run.Contracts.Dollar, run.Contracts.Vault, run.Owner.Address);
        Assert.Equal((byte)6, await run.AskAsync(dollar, new Erc20.Decimals()));
        Assert.NotEmpty(await run.AskAsync(dollar, new Erc20.Symbol()));
        Assert.Equal((UInt256)600UL, await run.AskAsync(dollar, new Erc20.BalanceOf(owner)));
        Assert.Equal(vault, await run.AskAsync(run.Contracts.Registry, new ModelRegistry.Vault()));
        Assert.Equal(0UL, await run.AskAsync(run.Contracts.Registry, new ModelRegistry.NumberOf(epoch.Root)));
        Assert.Equal((1UL, epoch.Root), (await run.AskAsync(vault, new RoyaltySplit.Epoch()), await run.AskAsync(vault, new RoyaltySplit.Root())));
        Assert.Null(await run.AskAsync(vault, new RoyaltySplit.OpenProposal()));
        Assert.Equal((ContractRun.Window, 1U), (await run.AskAsync(vault, new RoyaltySplit.Window()), await run.AskAsync(vault, new RoyaltySplit.Threshold())));
        Assert.Equal((owner, owner), (await run.AskAsync(vault, new RoyaltySplit.Guardian()), await run.AskAsync(vault, new RoyaltySplit.Governor())));
        Assert.Equal(run.Contracts.Registry, await run.AskAsync(vault, new RoyaltySplit.Registry()));
        Assert.Equal(run.Contracts.Rail, await run.AskAsync(vault, new RoyaltySplit.Rail()));
        Assert.True(await run.AskAsync(vault, new RoyaltySplit.IsAttestor(owner)));
        Assert.False(await run.AskAsync(vault, new RoyaltySplit.IsAttestor(run.Buyer.Address)));
        Assert.True(await run.AskAsync(vault, new RoyaltySplit.IsListed(dollar)));
        Assert.Equal((UInt256)1_000UL, await run.AskAsync(vault, new RoyaltySplit.CreditedOf(dollar)));
        Assert.Equal((UInt256)900UL, await run.AskAsync(vault, new RoyaltySplit.PromisedOf(dollar)));
        Assert.Equal((UInt256)900UL, await run.AskAsync(vault, new RoyaltySplit.PaidOf(dollar)));
        Assert.Equal((UInt256)600UL, await run.AskAsync(vault, new RoyaltySplit.ClaimedOf(owner, dollar)));
        Assert.Equal([new ListedToken(Address.Zero, 1), new ListedToken(dollar, 10)], await run.AskAsync(vault, new RoyaltySplit.ListedTokens()));
        Assert.Equal(epoch.Hash(), await run.AskAsync(vault, new RoyaltySplit.EpochHash(1)));
        Assert.Equal(epoch.LastBlock, await run.AskAsync(vault, new RoyaltySplit.LastBlock()));
        Assert.Equal((Address.Zero, UInt256.Zero), await run.AskAsync(vault, new RoyaltySplit.RecipientOf(owner)));
        var unknown = await Assert.ThrowsAsync<ChainException>(() => run.AskAsync(run.Contracts.Registry, new ModelRegistry.OwnerOf(epoch.Root)));
        Assert.Equal(ChainErrorKind.Reverted, unknown.Kind);
        Assert.Equal(run.Buyer.Address, await run.AskAsync(run.Contracts.Registry, new ModelRegistry.OwnerOf(modelId)));
    }
}
