using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Carries epochs from close to attestation. What an epoch has reached is what the final blocks say; this step only adds
/// the next intent, and an intent is in the books before anything is sent.
/// </summary>
public sealed class EpochStep(
    NodeOptions options, IChainClient client, Attestors attestors, SqliteBooks books, IUsageJournal usage, BundleFolder bundles, NodeState state,
    ILogger<EpochStep> log)
{
    private readonly DeploymentId _id = options.Deployment.Watched.Id;
    // So many payments made no leaf large enough: no need to divide them again until there are more.
    private long? _nothingPayable;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (latest, toAttest, cursor) = books.Read(session => (session.Epochs.Latest(), session.Epochs.ToAttest(), session.Chain.Cursor()));
        if (cursor is null) return;
        ShowActive();
        foreach (var epoch in toAttest)
            await PlanAsync($"attest epoch {epoch.Number}", epoch.Number, options.Deployment.Watched.Resolver, new SettlementResolver.AttestEpochCall(ProposalOf(epoch).Record), cancellation);

        switch (latest?.State)
        {
            case EpochState.Built:
                await ProposeAsync(latest, cancellation);
                return;
            case EpochState.Vetoed:
                throw new SettlementHaltedException(
                    $"The guardian vetoed epoch {latest.Number}, attempt {latest.Attempt}. Find out what differed before anything is proposed again.");
            case EpochState.Proposed:
                await ActivateAsync(latest, cancellation);
                return;
            default:
                await CloseAsync(latest, cursor, cancellation);
                return;
        }
    }

    private void ShowActive()
    {
        if (books.Read(session => session.Epochs.LatestActive()) is not { } active || state.Active?.Epoch == active.Number) return;
        var tree = EpochBuilder.TreeOf(bundles.Read(active.BundleHash).After)
            ?? throw new SettlementHaltedException($"Epoch {active.Number} is active and its bundle has no leaf.");
        if (tree.Root != active.Root) throw new SettlementHaltedException($"The bundle of epoch {active.Number} has root {tree.Root}, the books have {active.Root}.");
        state.Active = new CumulativeTreeOfEpoch(active.Number, tree);
    }

    /// <summary>A proposal is planned when its epoch is built. While it was not sent, it is signed again where the attestors changed.</summary>
    private async Task ProposeAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var purpose = ProposalPurpose(epoch.Number, epoch.Attempt);
        var known = books.Read(session => session.Outbox.Find(purpose));
        RequireNotReverted(known);
        if (known is not { State: OutboxState.Planned }) return;
        var proposal = ProposalOf(epoch);
        var set = await AttestorSetAsync(cancellation);
        if (set == proposal.AttestorSet) return;

        proposal = proposal with { AttestorSet = set };
        var call = client.Encode(new RoyaltySplit.ProposeCall(proposal, await attestors.SignAsync(_id, proposal, cancellation)));
        await books.WriteAsync(
            session =>
            {
                session.Epochs.SetProposal(epoch.Number, proposal.Encode());
                session.Outbox.PlanAnew(known.Id, call);
            },
            cancellation);
    }

    private async Task ActivateAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation);
        if (head is null || head.Timestamp < epoch.ReadyAt) return;
        await PlanAsync($"activate epoch {epoch.Number}.{epoch.Attempt}", epoch.Number, _id.Vault, new RoyaltySplit.ActivateCall(ProposalOf(epoch)), cancellation);
    }

    /// <summary>Closes an epoch once the oldest payment that waits for one has waited long enough.</summary>
    private async Task CloseAsync(SettledEpoch? before, ChainCursor cursor, CancellationToken cancellation)
    {
        if (books.Read(session => session.Payments.SumUndivided(cursor.Block)) is not { } undivided) return;
        if (cursor.Timestamp < undivided.OldestTime + options.EpochSeconds || undivided.Count == _nothingPayable) return;
        _nothingPayable = await BuildAsync(before, cursor, cancellation) ? null : undivided.Count;
    }

    /// <summary>Divides what was paid, by the usage that came until now. Whether anything was payable.</summary>
    private async Task<bool> BuildAsync(SettledEpoch? before, ChainCursor cursor, CancellationToken cancellation)
    {
        var previous = before is null ? null : bundles.Read(before.BundleHash);
        var number = (before?.Number ?? 0) + 1;
        var firstBlock = before is null ? options.Deployment.Watched.FirstBlock : before.LastBlock + 1;
        var (settled, tokens) = books.Read(session => (session.Payments.Undivided(cursor.Block), session.Chain.ListedTokens()));
        // What is sealed now is complete, and the epoch's; what comes later is the next one's.
        var cut = usage.Sealed;
        var tally = new UsageTally(state.Registry, firstBlock, cursor.Block);
        new EpochIntake(usage).Fill(tally, before?.UsagePosition ?? 0, cut.Position);
        var resolver = new TermsResolver(state.Registry, state.Tables);
        var divided = settled.Select(payment => Name(tally, payment, resolver.Resolve(payment.Payment.Model, payment.Payment.Block))).ToList();
        // Money that waited for a table goes on once the table is here.
        if (previous is not null) resolver.Release(previous.After.Suspense.Select(waiting => waiting.Key));
        var sums = tally.Finish();
        var result = EpochBuilder.Build(new EpochInput(
            number, firstBlock, cursor.Block, before?.LastBlockHash ?? Hash32.Zero, cursor.Hash, before?.Root ?? Hash32.Zero,
            previous?.After ?? SettlementState.Empty, tokens, resolver.All, divided, sums, []), TreeOf(before));
        if (result.Tree is null || result.Changed.Count == 0)
        {
            log.NothingPayable(divided.Count);
            return false;
        }

        await CommitAsync(before, cursor, result, divided.Count, cut, cancellation);
        return true;
    }

    /// <summary>Writes the bundle, and commits postings, epoch and the proposal's intent together.</summary>
    private async Task CommitAsync(SettledEpoch? before, ChainCursor cursor, EpochResult result, int payments, Seal cut, CancellationToken cancellation)
    {
        var number = result.Input.Number;
        var bundle = Bundle.Of(_id, result, before?.BundleHash ?? Hash32.Zero);
        var hash = bundles.Write(bundle);
        var uri = $"{await state.BundleUrlAsync(cancellation)}/{hash}";
        var proposal = new Proposal(
            number, 0, await AttestorSetAsync(cancellation), bundle.PreviousRoot, bundle.Root, result.PushRoot, Hash32.Zero, hash, bundle.LastBlock, bundle.LastBlockHash,
            [.. result.Changed.Select(total => new Ethereum.Contracts.TokenTotal(total.Token, total.Total))], [], uri);
        var call = client.Encode(new RoyaltySplit.ProposeCall(proposal, await attestors.SignAsync(_id, proposal, cancellation)));
        await books.WriteAsync(
            session =>
            {
                if (session.Payments.MarkDivided(number, cursor.Block) != payments)
                    throw new StorageException(StorageErrorKind.Inconsistent, $"Epoch {number} divided {payments} payments, and the books mark another number.");
                session.Ledger.Post($"epoch {number}", [.. result.Entries]);
                session.Epochs.Add(
                    new SettledEpoch(
                        number, 0, EpochState.Built, bundle.FirstBlock, bundle.LastBlock, bundle.LastBlockHash, cursor.Timestamp, bundle.PreviousRoot,
                        bundle.Root, hash, uri, payments, checked((long)result.Input.Usage.Counts.Aggregate(0UL, (sum, count) => sum + count.Events)), 0,
                        cut.Position, cut.Chain),
                    proposal.Encode());
                session.Outbox.Plan(ProposalPurpose(number, 0), _id.Vault, call, number);
            },
            cancellation);
        log.EpochBuilt(number, payments, result.After.Accounts.Count, bundle.Root);
    }

    private static DividedPayment Name(UsageTally tally, SettledPayment payment, Terms terms) => new(payment, terms, tally.Name(payment, terms));

    /// <summary>The tree of the epoch before, where the node has it: then only what changed is hashed again.</summary>
    private CumulativeTree? TreeOf(SettledEpoch? before) => state.Active is { } active && active.Epoch == before?.Number ? active.Tree : null;

    private static string ProposalPurpose(ulong number, uint attempt) => $"propose epoch {number}.{attempt}";

    private Proposal ProposalOf(SettledEpoch epoch) => Proposal.Decode(books.Read(session => session.Epochs.Proposal(epoch.Number)).Span);

    private Task<uint> AttestorSetAsync(CancellationToken cancellation) => client.AskAsync(_id.Vault, new RoyaltySplit.AttestorSet(), BlockRef.Latest, cancellation);

    private Task PlanAsync(string purpose, ulong epoch, Address to, ContractCall call, CancellationToken cancellation)
    {
        if (books.Read(session => session.Outbox.Find(purpose)) is not { } known)
            return books.WriteAsync(session => session.Outbox.Plan(purpose, to, client.Encode(call), epoch), cancellation);

        RequireNotReverted(known);
        return Task.CompletedTask;
    }

    /// <summary>Anybody may propose, activate or attest, and whoever is second reverts: what counts is that it was done.</summary>
    private static void RequireNotReverted(OutboxRecord? known)
    {
        if (known is { State: OutboxState.Reverted })
            throw new SettlementHaltedException($"The transaction to {known.Purpose} ({known.Hash}) reverted, and nobody else did it. Look at it before starting again.");
    }
}
