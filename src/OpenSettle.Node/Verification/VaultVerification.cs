using System.Threading.Channels;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>What to verify.</summary>
/// <param name="Epoch">This one alone; null: all.</param>
/// <param name="BlocksAtOnce">Most blocks read in one request.</param>
public sealed record VerificationOptions(ulong? Epoch, ulong BlocksAtOnce)
{
    /// <summary>One proposal more, which waits for signatures: it is held against all that the vault's own are. Null: none.</summary>
    public Proposal? Candidate { get; init; }

    /// <summary>What the candidate may revoke, because people agreed on it.</summary>
    public IReadOnlySet<Hash32> Revocations { get; init; } = new HashSet<Hash32>();
}

/// <summary>
/// Verifies a vault from the chain, the bundles and the usage, without any node's books: reads all final blocks, recomputes each epoch, and
/// holds the vault's figures against its logs. The chain is read, bundles are fetched and batches are pulled while what came before is checked.
/// </summary>
public sealed class VaultVerification(
    WatchedDeployment deployment, VerificationChain chain, BundleSource bundles, BundleFolder folder, BatchSource batches, VerificationOptions options, TimeProvider time)
{
    /// <summary>Who learns more from it; null: nobody.</summary>
    internal IVerificationWitness? Witness { get; init; }

    /// <exception cref="VerificationException">It could not be carried through. What was found until then is not known.</exception>
    /// <exception cref="ChainException">The chain cannot be read.</exception>
    public async Task<VaultReport> RunAsync(IProgress<VerificationProgress>? progress, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // An epoch in each hand: one that is checked, one whose bundle comes, and one that is read.
        var known = Channel.CreateBounded<EpochFacts>(1);
        var brought = Channel.CreateBounded<(EpochFacts Facts, Fetched Fetched)>(1);
        var reading = new ChainReading(deployment, chain, options.BlocksAtOnce, Witness, time);
        var inspection = new EpochInspection(deployment.Id, chain.Quorum, batches, folder, reading.History.Tally, Witness, progress, time);
        var records = new List<EpochFacts>();
        var asking = ReadAsync(reading, records, known.Writer, progress, stop.Token);
        var fetching = FetchAsync(known.Reader, brought.Writer, stop.Token);
        var checks = new List<EpochCheck>();
        try
        {
            await foreach (var (facts, fetched) in brought.Reader.ReadAllAsync(stop.Token))
            {
                if (IsBefore(facts)) inspection.Assume(facts, fetched);
                else checks.Add(await inspection.CheckAsync(facts, fetched, stop.Token));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(asking, fetching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var figures = await asking;
        return Report(reading, figures, checks, records, inspection.Last);
    }

    private bool IsBefore(EpochFacts facts) => facts.Proposal.Epoch + 1 == options.Epoch;

    private bool IsWanted(EpochFacts facts) => options.Epoch is not { } only || facts.Proposal.Epoch == only || IsBefore(facts);

    /// <summary>Reads the chain; then asks the vault, while the endpoint still knows that block's state.</summary>
    private async Task<VaultFigures?> ReadAsync(
        ChainReading reading, List<EpochFacts> records, ChannelWriter<EpochFacts> known, IProgress<VerificationProgress>? progress, CancellationToken cancellation)
    {
        ValueTask PassAsync(EpochFacts facts, CancellationToken stop)
        {
            // All are remembered, without what they took: which records the vault keeps is asked at the end.
            records.Add(facts with { Payments = [] });
            return IsWanted(facts) ? known.WriteAsync(facts, stop) : ValueTask.CompletedTask;
        }

        try
        {
            await reading.RunAsync(PassAsync, progress, cancellation);
            var figures = reading.Last is not { } last
                ? null
                : await VaultFigures.AskAsync(
                    chain.Client, deployment.Id.Vault, last.Number, [.. reading.History.Tokens], [.. records.Select(facts => facts.Proposal.Epoch)], cancellation);
            if (options.Candidate is { } candidate && reading.Last is { } final) await RequireNextAsync(reading.History, candidate, final.Number, cancellation);
            if (reading.Last is not null && reading.History.Open(options.Candidate) is { } open) await PassAsync(open, cancellation);
            known.Complete();
            return figures;
        }
        catch (Exception e)
        {
            // Whoever waits for epochs meets it.
            known.Complete(e);
            throw;
        }
    }

    /// <summary>What the vault would refuse whoever signs it, and what cannot be known yet, is not held against anything.</summary>
    private async Task RequireNextAsync(VaultHistory history, Proposal candidate, ulong final, CancellationToken cancellation)
    {
        var why = history.Misplaced(candidate) ?? (candidate.LastBlock > final ? $"its last block is {candidate.LastBlock}, and the last final one is {final}" : null);
        var set = await chain.Client.AskAsync(deployment.Id.Vault, new RoyaltySplit.AttestorSet(), BlockRef.Latest, cancellation);
        if (why is null && candidate.AttestorSet != set) why = $"it is for set {candidate.AttestorSet} of the vault's attestors, and they are set {set} now";
        if (why is not null) throw new VerificationException($"The candidate is not what the vault takes next: {why}. Have the newest one exported again.");
    }

    private async Task FetchAsync(ChannelReader<EpochFacts> known, ChannelWriter<(EpochFacts Facts, Fetched Fetched)> brought, CancellationToken cancellation)
    {
        try
        {
            await foreach (var facts in known.ReadAllAsync(cancellation))
                await brought.WriteAsync((facts, await bundles.FetchAsync(facts.Proposal.BundleHash, facts.Proposal.BundleUri, folder, cancellation)), cancellation);
            brought.Complete();
        }
        catch (Exception e)
        {
            brought.Complete(e);
        }
    }

    private VaultReport Report(ChainReading reading, VaultFigures? figures, List<EpochCheck> checks, List<EpochFacts> records, Bundle? last)
    {
        if (options.Epoch is { } only && checks.Count == 0) throw new VerificationException($"The vault has no epoch {only}: {records.Count} were proposed and not vetoed by the last final block.");
        if (figures is null) return new VaultReport(null, [], [], null, []);
        var facts = records.ToDictionary(item => item.Proposal.Epoch);
        var tally = reading.History.Tally;
        return new VaultReport(
            reading.Last,
            [.. checks.Select(check => check with { Findings = [.. PlaceFindings(figures, facts[check.Number], check.Notes), .. check.Findings] })],
            // One epoch alone says nothing of all the others' money.
            options.Epoch is null ? [.. reading.History.Tokens.Order().Select(token => figures.Check(token, tally.Of(token)))] : [],
            options.Epoch is null ? ClaimsFinding(tally, last) : null,
            reading.History.Vetoed);
    }

    private IEnumerable<Finding> PlaceFindings(VaultFigures figures, EpochFacts facts, IReadOnlyList<string> gaps)
    {
        yield return facts.IsCandidate
            ? new Finding("place", VerifyOutcome.Agrees, "it is what the vault takes next")
            : figures.Record(deployment.Id, facts);
        if (options.Candidate is null || facts.IsActive) yield break;
        // Of an active epoch it is too late, and worth a note.
        yield return gaps.Count == 0
            ? new Finding("batches", VerifyOutcome.Agrees, "no batch of usage is left out before one that is counted")
            : new Finding("batches", VerifyOutcome.Differs, gaps[0]);
        if (facts.Proposal.Revoked.Count == 0) yield break;
        var unknown = facts.Proposal.Revoked.Where(key => !options.Revocations.Contains(key)).ToList();
        yield return unknown.Count == 0
            ? new Finding("revocations", VerifyOutcome.Agrees, "it takes back what acceptRevocations names, and nothing else")
            : new Finding("revocations", VerifyOutcome.Differs, $"it revokes {unknown[0]}, which nobody agreed to: where it is meant, name it by acceptRevocations");
    }

    /// <summary>Nobody was paid more than the leaf that he has in the last active epoch: leaves never fall.</summary>
    private static Finding ClaimsFinding(VaultTally tally, Bundle? last)
    {
        const string Name = "claims";
        if (tally.Claimed.Count == 0) return new Finding(Name, VerifyOutcome.Agrees, "nobody claimed yet");
        if (last is null) return new Finding(Name, VerifyOutcome.NotChecked, "the books of the last epoch are not known");
        var leaves = last.After.Accounts.ToDictionary(state => (state.Account, state.Token), state => state.Leaf);
        foreach (var (claim, paid) in tally.Claimed.OrderBy(pair => pair.Key))
        {
            var leaf = leaves.GetValueOrDefault(claim);
            if (paid > leaf) return new Finding(Name, VerifyOutcome.Differs, $"account {claim.Account} was paid {paid} of token {claim.Token} by claims, and its leaf is {leaf}");
        }

        return new Finding(Name, VerifyOutcome.Agrees, $"{tally.Claimed.Count} accounts and tokens were claimed, none for more than its leaf");
    }
}
