using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Pipeline;

/// <summary>How building a closed epoch ended.</summary>
internal enum BuildOutcome
{
    Unknown = 0,

    /// <summary>Usage still has time to come in.</summary>
    Waits = 1,

    /// <summary>Its bundle is written, and it waits for signatures.</summary>
    Built = 2,

    /// <summary>Nobody's leaf is large enough: its number is open again.</summary>
    NothingPayable = 3,

    /// <summary>It has the root of an attempt that was vetoed: a person has to say that this is meant.</summary>
    SameRoot = 4,
}

/// <summary>Divides what was paid by the end of a closed epoch, by the usage that came in time, and writes its bundle.</summary>
internal sealed class EpochBuild(
    NodeOptions options, IChainClient client, IBooks books, IUsageJournal usage, BundleFolder bundles, EpochReplays replays, MirrorSet mirrors, NodeState state, ILogger log)
{
    private const string MirrorAlert = "bundles";

    private readonly DeploymentId _id = options.Deployment.Watched.Id;

    public async Task<BuildOutcome> RunAsync(SettledEpoch closed, CancellationToken cancellation)
    {
        if (!await IsUsageInAsync(closed, cancellation)) return BuildOutcome.Waits;
        var before = books.Read(session => session.Epochs.Get(closed.Number - 1));
        // What is sealed now is complete, and the epoch's; what comes later is the next one's.
        var cut = usage.Sealed;
        var (result, payments) = Divide(closed, before, cut, await PushTermsAsync(closed, cancellation), cancellation);
        if (result.Changed.Count == 0)
        {
            await books.WriteAsync(session => session.Epochs.Reopen(closed.Number, closed.Attempt), cancellation);
            log.NothingPayable(payments);
            return BuildOutcome.NothingPayable;
        }

        var (vetoed, meant) = books.Read(session => (session.Epochs.Vetoed(closed.Number), Resume.Read(session)));
        if (vetoed.Any(attempt => attempt.Root == result.Root) && meant is not { SameRoot: true })
        {
            await books.WriteAsync(session => session.Epochs.BackToVetoed(closed.Number), cancellation);
            return BuildOutcome.SameRoot;
        }

        return await CommitAsync(closed, before, result, payments, cut, cancellation) ? BuildOutcome.Built : BuildOutcome.Waits;
    }

    /// <summary>Usage that is under way when an epoch closes is waited for so long, by the chain's time.</summary>
    private async Task<bool> IsUsageInAsync(SettledEpoch closed, CancellationToken cancellation)
    {
        if (options.UsageGraceSeconds == 0) return true;
        return await client.GetBlockAsync(BlockRef.Latest, cancellation) is { } head && head.Timestamp >= closed.LastBlockTime + options.UsageGraceSeconds;
    }

    private (EpochResult Result, int Payments) Divide(SettledEpoch closed, SettledEpoch? before, Seal cut, PushTerms push, CancellationToken cancellation)
    {
        var after = replays.BooksOf(before);
        var tally = new UsageTally(state.Registry, closed.FirstBlock, closed.LastBlock);
        new EpochIntake(usage).Fill(tally, before?.UsagePosition ?? 0, cut.Position);
        var resolver = new TermsResolver(state.Registry, state.Tables);
        var payments = new EpochPayments(books, closed.LastBlock, resolver, cancellation);
        var division = payments.Divide(tally);
        // Money that waited for a table goes on once the table is here.
        resolver.Release(after.Suspense.Select(waiting => waiting.Key));
        var input = new EpochInput(
            closed.Number, closed.FirstBlock, closed.LastBlock, before?.LastBlockHash ?? Hash32.Zero, closed.LastBlockHash, closed.PreviousRoot, after,
            books.Read(session => session.Chain.ListedTokens(closed.LastBlock)), resolver.All, payments,
            tally.Finish(), []);
        return (EpochBuilder.Build(input, division, accruals => PushPlan.Choose(accruals, push), TreeOf(before)), payments.Count);
    }

    /// <summary>Who is pushed depends on the price of gas now; the bundle says who it was.</summary>
    private async Task<PushTerms> PushTermsAsync(SettledEpoch closed, CancellationToken cancellation)
    {
        var price = options.PushAbove.Count == 0 ? UInt256.Zero : await PushStep.PriceAsync(client, cancellation);
        return books.Read(session => new PushTerms(
            options.PushAbove, price, options.PushMaxFee, options.PushMaxCostPercent, options.TokenPrices, session.Epochs.Recipients(closed.LastBlock), session.Pushes.RefusingAccounts()));
    }

    /// <summary>Writes the bundle, and then that it is written. A bundle that nobody knows of does no harm.</summary>
    /// <returns>Whether it is written: where several nodes share the books it is where all of them reach it, or nowhere.</returns>
    private async Task<bool> CommitAsync(SettledEpoch closed, SettledEpoch? before, EpochResult result, int payments, Seal cut, CancellationToken cancellation)
    {
        var bundle = Bundle.Of(_id, result, before?.BundleHash ?? Hash32.Zero);
        var hash = bundles.Write(bundle);
        FailPoint.At(FailPoint.BundleWritten);
        if (options.Cluster.IsShared && !await IsSharedAsync(hash, cancellation)) return false;
        var uri = $"{await state.BundleUrlAsync(cancellation)}/{hash}";
        var events = checked((long)result.Input.Usage.Counts.Aggregate(0UL, (sum, count) => sum + count.Events));
        var built = closed with
        {
            Root = bundle.Root, PushRoot = bundle.PushRoot, BundleHash = hash, BundleUri = uri, Payments = payments, UsageEvents = events, UsagePosition = cut.Position, UsageChain = cut.Chain,
            RecordRoot = bundle.RecordRoot,
        };
        // The set of attestors is theirs to fill in when they sign.
        var proposal = new Proposal(
            closed.Number, closed.Attempt, 0, bundle.PreviousRoot, bundle.Root, bundle.PushRoot, bundle.RecordRoot, hash, bundle.LastBlock, bundle.LastBlockHash,
            [.. result.Changed.Select(total => new Ethereum.Contracts.TokenTotal(total.Token, total.Total))], [], uri);
        await books.WriteAsync(session => session.Epochs.SetBuilt(built, proposal.Encode()), cancellation);
        replays.Keep(bundle, hash, payments, result);
        FailPoint.At(FailPoint.EpochBuilt);
        log.EpochBuilt(closed.Number, payments, result.After.Accounts.Count, bundle.Root);
        return true;
    }

    /// <summary>Whichever node leads next divides nothing anew: prices of gas decide who is pushed, and they would be others.</summary>
    private async Task<bool> IsSharedAsync(Hash32 hash, CancellationToken cancellation)
    {
        try
        {
            await mirrors.ShareAsync(hash, cancellation);
            state.ClearAlert(MirrorAlert);
            return true;
        }
        catch (MirrorException e)
        {
            // The epoch is not built before another node could go on with it.
            state.SetAlert(MirrorAlert, e.Message);
            return false;
        }
    }

    /// <summary>The tree of the epoch before, where the node has it: then only what changed is hashed again.</summary>
    private CumulativeTree? TreeOf(SettledEpoch? before) => state.Active is { } active && active.Epoch == before?.Number ? active.Tree : null;
}
