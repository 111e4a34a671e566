using System.IO.Compression;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>
/// Checks one epoch after the other: its proposal against its bundle, and the bundle against chain, usage and the epoch before. What it
/// learns of an epoch, the next one needs.
/// </summary>
internal sealed class EpochInspection(
    DeploymentId deployment, IChainQuorum quorum, BatchSource batches, BundleFolder bundles, VaultTally tally, IVerificationWitness? witness, IProgress<VerificationProgress>? progress, TimeProvider time)
{
    /// <summary>The level that needs usage.</summary>
    public const string SumsName = "sums";

    private const string BundleName = "bundle";
    private const string ProposalName = "proposal";
    private const string UsageName = "usage";

    private PublishedTables _tables = new();
    private VerifiedEpoch? _previous;
    private string? _unknown;
    // The last batch of each gateway that an epoch took; null: it is not known.
    private Dictionary<Address, ulong>? _lastBatches = [];

    /// <summary>The last active epoch that could be read; null before the first, and after one that could not.</summary>
    public Bundle? Last => _unknown is null ? _previous?.Bundle : null;

    /// <summary>Takes an epoch as the vault has it, unchecked: the next one is to be checked, and needs its books.</summary>
    public void Assume(EpochFacts facts, Fetched fetched)
    {
        if (!fetched.Found)
        {
            _unknown = $"the bundle of epoch {facts.Proposal.Epoch} cannot be had: {fetched.Why}";
            return;
        }

        var bundle = bundles.Read(facts.Proposal.BundleHash);
        _lastBatches = null;
        Learn(facts, new VerifiedEpoch(bundle, facts.Proposal.BundleHash));
    }

    public async Task<EpochCheck> CheckAsync(EpochFacts facts, Fetched fetched, CancellationToken cancellation)
    {
        var (check, epoch, last) = await InspectAsync(facts, fetched, cancellation);
        if (witness is not null) await witness.CheckedAsync(new CheckedEpoch(facts, check, epoch, last), cancellation);
        return check;
    }

    private async Task<(EpochCheck Check, VerifiedEpoch? Epoch, BlockHeader? Last)> InspectAsync(EpochFacts facts, Fetched fetched, CancellationToken cancellation)
    {
        var proposal = facts.Proposal;
        var check = new EpochCheck(
            proposal.Epoch, proposal.Attempt, facts.IsActive, proposal.BundleHash, fetched.From, facts.Payments.Count, 0, 0, proposal.Revoked.Count, [], []) { IsCandidate = facts.IsCandidate };
        if (!fetched.Found)
        {
            var missing = $"it cannot be had: {fetched.Why}";
            if (facts.IsActive) _unknown ??= $"the bundle of epoch {proposal.Epoch} cannot be had";
            return (check with { Findings = [NotChecked(BundleName, missing)] }, null, null);
        }

        if (_unknown is not null) return (check with { Findings = [NotChecked(BundleName, $"the books before it are not known: {_unknown}")] }, null, null);
        var last = await quorum.GetAgreedBlockAsync(proposal.LastBlock, cancellation)
            ?? throw new VerificationException($"Too few endpoints have block {proposal.LastBlock}, though later ones are final. Name others by rpc.");
        var view = new ChainView(
            deployment, facts.FirstBlock, last.Hash, facts.Registry, _tables, facts.Tokens, facts.Payments, facts.Credited, facts.Recipients);
        var (report, epoch) = Recompute(proposal, view, cancellation);
        var notes = epoch is null ? [] : NotesOf(epoch.Bundle);
        Finding[] again = [.. SettledBefore(epoch?.Bundle)];
        if (facts.IsActive) Learn(facts, epoch);
        return (check with
        {
            Notes = notes,
            Accounts = epoch?.Bundle.After.Accounts.Count ?? 0,
            Events = epoch?.Bundle.Usage.Batches.Aggregate(0UL, (sum, batch) => sum + batch.Events) ?? 0,
            Findings = [ProposalFinding(proposal, last.Hash, epoch?.Bundle), .. report.Levels.Select(level => new Finding(NameOf(level.Level), level.Outcome, level.Message)), .. again],
        }, epoch, last);
    }

    /// <summary>How many push entries an epoch has of each token, in their order.</summary>
    private static IReadOnlyList<(Address Token, ulong Count)> PushesOf(Bundle bundle, Bundle? before)
    {
        var earlier = before?.After.Accounts.ToDictionary(state => (state.Token, state.Account), state => state.Pushed) ?? [];
        return
        [
            .. bundle.After.Accounts.Where(state => state.Pushed != earlier.GetValueOrDefault((state.Token, state.Account)))
                .GroupBy(state => state.Token).OrderBy(group => group.Key).Select(group => (group.Key, (ulong)group.Count())),
        ];
    }

    /// <summary>A batch is counted by one epoch: the first that is counted again.</summary>
    private IEnumerable<Finding> SettledBefore(Bundle? bundle) => (bundle?.Usage.Batches ?? [])
        .Where(batch => _lastBatches is not null && batch.Number <= _lastBatches.GetValueOrDefault(batch.Gateway)).Take(1)
        .Select(batch => new Finding(UsageName, VerifyOutcome.Differs, $"batch {batch.Number} of gateway {batch.Gateway.ToChecksumString()} was settled before"));

    /// <summary>Batches are numbered without gaps: one that no epoch took, before one that an epoch took, was lost or left out.</summary>
    private List<string> NotesOf(Bundle bundle)
    {
        var notes = new List<string>();
        if (_lastBatches is null) return notes;
        var last = new Dictionary<Address, ulong>(_lastBatches);
        foreach (var batch in bundle.Usage.Batches)
        {
            var before = last.GetValueOrDefault(batch.Gateway);
            if (batch.Number > before + 1)
            {
                var missing = batch.Number == before + 2 ? $"batch {before + 1}" : $"batches {before + 1} to {batch.Number - 1}";
                notes.Add($"{missing} of gateway {batch.Gateway.ToChecksumString()} came before batch {batch.Number}, and no epoch took {(batch.Number == before + 2 ? "it" : "them")}");
            }

            last[batch.Gateway] = batch.Number;
        }

        return notes;
    }

    private static Finding ProposalFinding(Proposal proposal, Hash32 lastBlockHash, Bundle? bundle)
    {
        if (bundle is null) return NotChecked(ProposalName, "the bundle cannot be read");
        var difference = ProposalCheck.Difference(proposal, lastBlockHash, bundle);
        return difference is null
            ? new Finding(ProposalName, VerifyOutcome.Agrees, "the proposal says what the bundle does")
            : new Finding(ProposalName, VerifyOutcome.Differs, difference);
    }

    private (VerifyReport Report, VerifiedEpoch? Epoch) Recompute(Proposal proposal, ChainView view, CancellationToken cancellation)
    {
        var path = bundles.PathOf(proposal.BundleHash);
        var onChain = new EpochOnChain(proposal.Epoch, proposal.Root, proposal.BundleHash, proposal.LastBlock, proposal.RecordRoot);
        var reading = new StageProgress(progress, VerificationStage.Bundle, proposal.Epoch, (ulong)new FileInfo(path).Length, time);
        using var file = new WatchedFile(path, reading, cancellation);
        using var bytes = new GZipStream(file, CompressionMode.Decompress);
        return EpochVerifier.VerifyWith(bytes, _previous, onChain, view, named =>
        {
            var counting = new StageProgress(progress, VerificationStage.Usage, proposal.Epoch, named.Aggregate(0UL, (sum, batch) => sum + batch.Events), time);
            return new UsageFeed(batches, batches.PlacesFor(proposal.BundleUri), named, counting.Took, cancellation);
        });
    }

    private void Learn(EpochFacts facts, VerifiedEpoch? epoch)
    {
        if (epoch is null)
        {
            _unknown ??= $"the bundle of epoch {facts.Proposal.Epoch} cannot be read";
            return;
        }

        if (epoch.Bundle.Push.Count > 0) tally.SetPushes(facts.Proposal.Epoch, PushesOf(epoch.Bundle, _previous?.Bundle));
        foreach (var batch in epoch.Bundle.Usage.Batches)
        {
            if (_lastBatches is not null) _lastBatches[batch.Gateway] = Math.Max(batch.Number, _lastBatches.GetValueOrDefault(batch.Gateway));
        }

        // Only its books are needed from here on.
        _previous = epoch with { Division = null };
        // A committed table that one epoch had is known from there on, and has to be at hand in the next ones.
        var brought = epoch.Bundle.Terms
            .Where(terms => terms.Split.AtHand && facts.Registry.TryGet(terms.Model, out var model) && model.SplitOf(terms.Split.Version) is { AtHand: false })
            .Select(terms => terms.Split).ToList();
        if (brought.Count > 0) _tables = _tables.With(brought);
    }

    private static Finding NotChecked(string name, string why) => new(name, VerifyOutcome.NotChecked, why);

    private static string NameOf(VerifyLevel level) => level switch
    {
        VerifyLevel.Form => "form",
        VerifyLevel.Solvency => "solvency",
        VerifyLevel.FixedParts => "fixed parts",
        VerifyLevel.Pools => "pools",
        VerifyLevel.Sums => SumsName,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "There is no such level."),
    };

    /// <summary>A file that tells how much of it was read, and ends at once where nobody waits for it any more.</summary>
    private sealed class WatchedFile(string path, StageProgress progress, CancellationToken cancellation) : FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16)
    {
        public override int Read(byte[] buffer, int offset, int count) => Took(base.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Took(base.Read(buffer));

        private int Took(int read)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Took((ulong)read);
            return read;
        }
    }
}
