using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Signals.Webhooks;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Verify;

namespace OpenSettle.Node.Witness;

/// <summary>Something that a proposal cannot be recomputed without.</summary>
/// <param name="IsOwn">This node is not as far as it should be: that says nothing of the proposal. Else whoever proposed had to publish it.</param>
internal sealed record Lack(string What, bool IsOwn);

/// <summary>What came of recomputing a proposal.</summary>
/// <param name="Difference">The first thing that differs; null: nothing does, as far as it could be looked at.</param>
/// <param name="Lack">What could not be had, so that not all was looked at; null: all was, and nothing that may still come changes it.</param>
internal sealed record Judgement(string? Difference, Lack? Lack)
{
    public static Judgement Agrees { get; } = new(null, null);
}

/// <summary>
/// Recomputes a proposal, or a candidate, from this node's own books: its own reading of the chain, the batches that it pulled, and the
/// bundle, which any place may give because its hash decides. Attestors sign, and the watchtower lets pass, what it finds nothing in.
/// </summary>
internal sealed class EpochJudge(
    NodeOptions options, IChainQuorum quorum, IBooks books, BundleFolder bundles, BundleSource source, HeldBatches held, WebhookFacts webhooks, NodeState state, TimeProvider time, ILogger<EpochJudge> log)
{
    /// <summary>Most that it waits for a bundle, or for an epoch's batches, at once.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly DeploymentId _id = options.Deployment.Watched.Id;

    /// <summary>The verdict on a proposal, as it was kept or as it is found now.</summary>
    /// <param name="within">The bundle, and then the batches, have to come in this time; they are asked for again after that.</param>
    /// <param name="isActive">Whether it is active, and nobody can veto it: a verdict that says no more than that something was late is found anew then.</param>
    /// <returns>Why there is none yet, where there is none.</returns>
    public async Task<(EpochVerdict? Verdict, Lack? Lack)> VerdictAsync(Proposal proposal, TimeSpan within, bool isActive, CancellationToken cancellation)
    {
        var content = proposal.ContentHash();
        var (known, cursor) = books.Read(session => (session.Verdicts.Find(content), session.Chain.Cursor()));
        if (known is not null && !(isActive && known.IsLate)) return (known, null);
        // Whoever settles honestly takes final blocks only. Which are, this node may learn late: where its endpoints lag, or the chain does.
        if (state.Watch is not { } watch || watch.AgreedFinal < proposal.LastBlock) return (null, new Lack($"block {proposal.LastBlock} is not final", IsOwn: true));
        if (cursor is null || cursor.Block < proposal.LastBlock) return (null, new Lack($"block {proposal.LastBlock} is not in the books yet", IsOwn: true));
        var (judgement, bundle) = await GuardedAsync(proposal, within, cancellation);
        return judgement.Lack is null ? (await KeepAsync(proposal, judgement.Difference, bundle, cancellation), null) : (null, judgement.Lack);
    }

    /// <summary>Keeps what was found; from then on it stands.</summary>
    public async Task<EpochVerdict> KeepAsync(Proposal proposal, string? difference, Bundle? bundle, CancellationToken cancellation)
    {
        var now = books.Read(session => session.Chain.Cursor())?.Timestamp ?? 0;
        var verdict = new EpochVerdict(proposal.ContentHash(), proposal.Epoch, proposal.Attempt, proposal.Root, proposal.BundleHash, difference, now);
        var batches = bundle?.Usage.Batches.GroupBy(batch => batch.Gateway).Select(group => (group.Key, group.Max(batch => batch.Number))) ?? [];
        await books.WriteAsync(
            session =>
            {
                session.Verdicts.Add(verdict, batches);
                webhooks.Write(session, verdict);
            },
            cancellation);
        FailPoint.At(FailPoint.Judged);
        if (difference is null) log.ProposalAgrees(proposal.Epoch, proposal.Attempt, proposal.Root);
        else log.ProposalDiffers(proposal.Epoch, proposal.Attempt, proposal.Root, difference);
        return verdict;
    }

    /// <summary>
    /// Whoever proposes chooses every byte that is read here. What nobody foresaw in them must not end the watch: it is what cannot be recomputed,
    /// and counts as such once it was waited for.
    /// </summary>
    private async Task<(Judgement Judgement, Bundle? Bundle)> GuardedAsync(Proposal proposal, TimeSpan within, CancellationToken cancellation)
    {
        try
        {
            return await JudgeAsync(proposal, within, cancellation);
        }
        catch (Exception e) when (e is not (OperationCanceledException or ChainException or StorageException or LeaseLostException or SettlementHaltedException))
        {
            return (Lacks($"it cannot be recomputed: {e.Message}"), null);
        }
    }

    private async Task<(Judgement Judgement, Bundle? Bundle)> JudgeAsync(Proposal proposal, TimeSpan within, CancellationToken cancellation)
    {
        var (before, attempts) = books.Read(session =>
        {
            var active = session.Epochs.LatestActive();
            return (active, session.Epochs.Vetoed((active?.Number ?? 0) + 1));
        });
        // The vault refuses what does not come next: where it took it, these books are behind.
        if (Place(proposal, before, attempts) is { } wrong) return (Lacks(wrong, isOwn: true), null);
        if (proposal.Revoked.Where(key => !options.Witness.Revocations.Contains(key)).ToArray() is [var revoked, ..])
            return (Differs($"it revokes {revoked}, which nobody agreed to: where it is meant, name it by acceptRevocations"), null);
        if (await quorum.GetAgreedBlockAsync(proposal.LastBlock, cancellation) is not { } last) return (Lacks($"block {proposal.LastBlock} is not known yet to enough endpoints", isOwn: true), null);
        if (last.Hash != proposal.LastBlockHash) return (Differs($"block {proposal.LastBlock} is {last.Hash} on the chain and {proposal.LastBlockHash} in the proposal"), null);
        if (await WithinAsync(within, limited => FetchAsync(proposal, limited), cancellation) is { } unpublished) return (Lacks(unpublished), null);
        var named = Named(proposal.BundleHash);
        if (named?.FirstOrDefault(batch => batch.Number is 0 or > long.MaxValue) is { } none) return (Differs($"it names batch {none.Number} of gateway {none.Gateway.ToChecksumString()}, and no batch has that number"), null);
        var (report, bundle, missing) = await RecomputeAsync(proposal, before, last, named, within, cancellation);
        if (report.Levels.FirstOrDefault(level => level.Outcome == VerifyOutcome.Differs) is { } level) return (Differs(level.Message), bundle);
        if (bundle is null) return (Differs("its bundle cannot be read"), null);
        if (ProposalCheck.Difference(proposal, last.Hash, bundle) is { } said) return (Differs(said), bundle);
        if (Omission(bundle, last.Timestamp) is { } omitted) return (Differs(omitted), bundle);
        return (missing is null && report.Levels.All(each => each.Outcome == VerifyOutcome.Agrees) ? Judgement.Agrees : Lacks(missing ?? report.Levels.First(each => each.Outcome != VerifyOutcome.Agrees).Message), bundle);
    }

    private async Task<string?> FetchAsync(Proposal proposal, CancellationToken cancellation)
    {
        var fetched = await source.FetchAsync(proposal.BundleHash, proposal.BundleUri, bundles, cancellation);
        return fetched.Found ? null : $"its bundle {proposal.BundleHash} cannot be had: {fetched.Why}";
    }

    /// <summary>A place that only trickles must not hold a window's watch up.</summary>
    /// <returns>What <paramref name="bring"/> says is missing, or that it took too long.</returns>
    private async Task<string?> WithinAsync(TimeSpan within, Func<CancellationToken, Task<string?>> bring, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            return await bring(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"what it names does not come within {within.TotalSeconds:0} s";
        }
    }

    /// <summary>Why it is not the one that comes next, by these books.</summary>
    private static string? Place(Proposal proposal, SettledEpoch? before, IReadOnlyList<VetoedAttempt> attempts)
    {
        var next = (before?.Number ?? 0) + 1;
        if (proposal.Epoch != next) return $"it is of epoch {proposal.Epoch}, and the next one is {next}";
        if (proposal.Attempt != attempts.Count) return $"it is attempt {proposal.Attempt} of epoch {next}, of which {attempts.Count} were vetoed";
        var root = before?.Root ?? Hash32.Zero;
        return proposal.PreviousRoot == root ? null : $"the root before is {root} on the chain and {proposal.PreviousRoot} in the proposal";
    }

    private async Task<(VerifyReport Report, Bundle? Bundle, string? Missing)> RecomputeAsync(
        Proposal proposal, SettledEpoch? before, BlockHeader last, IReadOnlyList<BatchRoot>? named, TimeSpan within, CancellationToken cancellation)
    {
        // What a bundle names is fetched before it is counted: the verifier itself asks nobody.
        var missing = named is null ? null : await WithinAsync(within, limited => held.BringAsync(named, proposal.BundleUri, limited), cancellation);
        var previous = before is null ? null : new VerifiedEpoch(bundles.Read(before.BundleHash), before.BundleHash);
        var view = books.Read(session => View(session, proposal, before, last));
        using var bytes = bundles.Open(proposal.BundleHash);
        var onChain = new EpochOnChain(proposal.Epoch, proposal.Root, proposal.BundleHash, proposal.LastBlock, proposal.RecordRoot);
        var (report, epoch) = EpochVerifier.VerifyWith(bytes, previous, onChain, view, missing is null ? held.Of : null);
        return (report, epoch?.Bundle, missing);
    }

    /// <summary>The batches that a bundle names; null where it cannot be read, which the verifier says better.</summary>
    private IReadOnlyList<BatchRoot>? Named(Hash32 hash)
    {
        try
        {
            return bundles.Read(hash).Usage.Batches;
        }
        catch (SettlementHaltedException)
        {
            return null;
        }
    }

    private ChainView View(BooksSession session, Proposal proposal, SettledEpoch? before, BlockHeader last) => new(
        _id, before is null ? options.Deployment.Watched.FirstBlock : before.LastBlock + 1, last.Hash, state.Registry, state.Tables, session.Chain.ListedTokens(proposal.LastBlock),
        session.Payments.Undivided(proposal.LastBlock), session.Ledger.TrialBalances().ToDictionary(balance => balance.Token, balance => balance.Received - balance.Transit),
        session.Epochs.Recipients(proposal.LastBlock));

    /// <summary>
    /// Batches have numbers without gaps, and whoever settles takes them in their order. So one that is left out shows by a later one; and
    /// the last one, by this node, where it had pulled it when the epoch's last block was made: by then everybody could.
    /// </summary>
    private string? Omission(Bundle bundle, ulong lastTime)
    {
        var (settled, listed) = (books.Read(session => session.Verdicts.Settled()), Listed(bundle));
        var next = new Dictionary<Address, ulong>(settled);
        foreach (var batch in bundle.Usage.Batches)
        {
            var before = next.GetValueOrDefault(batch.Gateway);
            if (batch.Number <= before) return $"batch {batch.Number} of gateway {batch.Gateway.ToChecksumString()} was settled before";
            if (batch.Number > before + 1) return $"batch {before + 1} of gateway {batch.Gateway.ToChecksumString()} is left out, and batch {batch.Number}, which came after it, is counted";
            next[batch.Gateway] = batch.Number;
        }

        foreach (var gateway in listed)
        {
            if (books.Read(session => session.HeldBatches.First(gateway, next.GetValueOrDefault(gateway), lastTime)) is { } omitted)
                return $"batch {omitted.Number} of gateway {gateway.ToChecksumString()} is left out: its {omitted.Events} events were published before block {bundle.LastBlock}, at time {omitted.Seen} or earlier";
        }

        return null;
    }

    /// <summary>Gateways that a model lists within the epoch, each once.</summary>
    private IEnumerable<Address> Listed(Bundle bundle) => state.Registry.InNoOrder
        .SelectMany(model => model.GatewaysEver.Where(gateway => model.Lists(gateway, bundle.FirstBlock, bundle.LastBlock))).Distinct().Order();

    private static Judgement Differs(string difference) => new(difference, null);

    private static Judgement Lacks(string what, bool isOwn = false) => new(null, new Lack(what, isOwn));
}
