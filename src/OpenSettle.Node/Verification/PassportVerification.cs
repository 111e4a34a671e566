using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Passports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>What became of verifying a passport.</summary>
/// <param name="Vault">What was found of the epochs that it follows from.</param>
/// <param name="Recomputed">The passport that chain and bundles give.</param>
/// <param name="Rows">The passport that was shown, row by row; null: none was.</param>
public sealed record PassportReport(VaultReport Vault, Passport Recomputed, EvidenceLimits Limits, IReadOnlyList<PassportRow>? Rows)
{
    /// <summary>The first difference in words; null where there is none.</summary>
    public string? Difference => Rows?.FirstOrDefault(row => row.Verdict == PassportVerdict.Differs) is { } row
        ? $"{$"{row.What} {row.Scope}".TrimEnd()}: {row.Why ?? "another value"}"
        : Vault.First(VerifyOutcome.Differs);

    /// <summary>The worst of all. What somebody only claims is no failure.</summary>
    public VerifyOutcome Outcome
    {
        get
        {
            var vault = Vault.Outcome(requireUsage: false);
            if (vault == VerifyOutcome.Differs || Rows?.Any(row => row.Verdict == PassportVerdict.Differs) == true) return VerifyOutcome.Differs;
            return vault == VerifyOutcome.Agrees && Limits.Money is null ? VerifyOutcome.Agrees : VerifyOutcome.NotChecked;
        }
    }
}

/// <summary>
/// Verifies a model's passport without any server: verifies the vault, gathers on the way what the passport is computed from, asks the chain
/// for what its attestations say, computes it, and holds what somebody shows against that.
/// </summary>
public sealed class PassportVerification(VerificationSources sources, ulong blocksAtOnce, TimeProvider time)
{
    /// <param name="model">Whose passport.</param>
    /// <param name="said">The passport that somebody shows; null: nobody does.</param>
    /// <param name="before">As of the start of this block, where nobody shows one; null: of all final blocks.</param>
    /// <exception cref="VerificationException">It could not be carried through.</exception>
    /// <exception cref="ChainException">The chain cannot be read.</exception>
    public async Task<PassportReport> RunAsync(ModelId model, Passport? said, ulong? before, IProgress<VerificationProgress>? progress, CancellationToken cancellation)
    {
        var limit = said?.AsOf.Number ?? before;
        if (limit == 0) throw new VerificationException("Nothing is known at the start of block 0: name a later block.");
        var evidence = new PassportEvidence(model, limit);
        var vault = await new VaultVerification(
            sources.Deployment, sources.Chain, sources.Bundles, sources.Folder, sources.Batches, new VerificationOptions(null, blocksAtOnce), time) { Witness = evidence }.RunAsync(progress, cancellation);
        if (vault.Last is not { } last) throw new VerificationException("No block of this deployment is final yet: there is nothing to verify.");
        if (limit > last.Number + 1) throw new VerificationException($"The passport is of the start of block {limit}, and the last final block is {last.Number}: verify it once that block is final.");
        var asOf = await PointAsync(limit ?? last.Number + 1, said?.AsOf, cancellation);
        var facts = evidence.ToFacts(sources.Deployment.Id, asOf) with { Attestations = await AttestationsAsync(evidence, cancellation) };
        // Who shows a passport says whom it took for a public source: what follows from that is checked, and the list itself is a claim.
        facts = facts with { PublicSources = said is null ? sources.PublicSources : said.PublicSources.ToHashSet() };
        string? missing = null;
        // Transfers count up to the day of the last epoch's end.
        if (facts.Epochs.Count > 0)
        {
            Address[] tokens = [.. vault.Tokens.Select(token => token.Token).Where(token => !token.IsZero)];
            var flows = new GatheredFlows(new TransferReader(sources.Chain.Client), tokens, sources.Deployment.FirstBlock, new BlockPoint(last.Number, last.Timestamp));
            (facts, missing) = await flows.AddToAsync(facts, cancellation);
        }

        var recomputed = PassportBuilder.Build(facts);
        var limits = new EvidenceLimits(evidence.Money, evidence.Usage ?? evidence.Money, missing);
        if (said is null) return new PassportReport(vault, recomputed, limits, null);
        // Who did not read the transfers says less, and nothing wrong: it is held against what can be said without them.
        var without = said.Figures.Any(figure => figure.State == FigureState.NotRead) && facts.FlowsKnown ? PassportBuilder.Build(facts with { Flows = [], FlowsKnown = false }) : null;
        return new PassportReport(vault, recomputed, limits, PassportCheck.Compare(said, without ?? recomputed, limits));
    }

    /// <summary>The start of a block is the end of the one before it: a passport says either one's time.</summary>
    private async Task<BlockPoint> PointAsync(ulong block, BlockPoint? said, CancellationToken cancellation)
    {
        var before = await HeaderAsync(block - 1, cancellation) ?? throw new VerificationException($"Too few endpoints have block {block - 1}, though later ones are final. Name others by rpc.");
        if (said is { } point && point.Timestamp != before.Timestamp && (await HeaderAsync(block, cancellation))?.Timestamp == point.Timestamp) return point;
        return new BlockPoint(block, before.Timestamp);
    }

    private Task<BlockHeader?> HeaderAsync(ulong block, CancellationToken cancellation) => sources.Chain.Quorum.GetAgreedBlockAsync(block, cancellation);

    /// <summary>What the attestations say is asked of the chain's own service. Any endpoint will do: the uid in the log proves it.</summary>
    private async Task<IReadOnlyList<AttestationEntry>> AttestationsAsync(PassportEvidence evidence, CancellationToken cancellation)
    {
        var deployment = sources.Deployment;
        var ours = new SchemaSet(deployment.Resolver);
        var entries = new List<AttestationEntry>();
        foreach (var made in evidence.Attestations)
        {
            var content = await sources.Chain.Client.AskAsync(deployment.Eas, new Eas.GetAttestation(made.Uid), BlockRef.Latest, cancellation);
            var (entry, problem) = AttestationReading.Read(new Eas.Attested(made.Recipient, made.Attester, made.Uid, made.Schema), content, ours, made.At, made.Time);
            if (entry is null) throw new VerificationException($"{problem ?? $"attestation {made.Uid} is by another schema"}. Name another endpoint by rpc.");
            entries.Add(entry with { RevokedAt = evidence.RevokedAt(made.Uid) });
        }

        return entries;
    }
}

/// <summary>Where a verification takes everything from.</summary>
/// <param name="Folder">Takes the bundles; what is in it is not believed.</param>
/// <param name="PublicSources">Accounts that fund anybody.</param>
public sealed record VerificationSources(
    WatchedDeployment Deployment, VerificationChain Chain, BundleSource Bundles, BundleFolder Folder, BatchSource Batches, IReadOnlySet<Address> PublicSources);
