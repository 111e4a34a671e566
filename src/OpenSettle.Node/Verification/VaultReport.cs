using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>One thing that was checked: how it ended, and in words the first difference or why it was not checked.</summary>
public sealed record Finding(string Name, VerifyOutcome Outcome, string Message);

/// <summary>What was found of an epoch.</summary>
/// <param name="IsActive">Whether it can be claimed against; else its window runs, or it is a candidate.</param>
/// <param name="BundleFrom">The place that gave its bundle; null where none did.</param>
/// <param name="Revoked">How many earlier roots it takes back.</param>
/// <param name="Findings">In the order in which they were checked.</param>
/// <param name="Notes">What is no difference, and somebody may want to know.</param>
public sealed record EpochCheck(
    ulong Number,
    uint Attempt,
    bool IsActive,
    Hash32 BundleHash,
    string? BundleFrom,
    long Payments,
    int Accounts,
    ulong Events,
    int Revoked,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<string> Notes)
{
    /// <summary>Whether nobody proposed it yet: it waits for signatures.</summary>
    public bool IsCandidate { get; init; }

    public VerifyOutcome Outcome => VaultReport.Worst(Findings);
}

/// <summary>What was found of a token's money in the vault.</summary>
/// <param name="Balance">What the vault holds of it; null where nobody could say.</param>
public sealed record TokenCheck(Address Token, UInt256 Credited, UInt256 Promised, UInt256 Paid, UInt256? Balance, Finding Finding);

/// <summary>Whether a vault is what its chain says.</summary>
/// <param name="Last">The final block up to which all was read; null where there was none of this deployment yet.</param>
/// <param name="Vetoed">Proposals that the guardian deleted.</param>
public sealed record VaultReport(
    JournalBlock? Last, IReadOnlyList<EpochCheck> Epochs, IReadOnlyList<TokenCheck> Tokens, Finding? Claims, IReadOnlyList<(ulong Epoch, uint Attempt)> Vetoed)
{
    private IEnumerable<(string Where, Finding Finding)> All =>
        Epochs.SelectMany(epoch => epoch.Findings.Select(finding => ($"epoch {epoch.Number}, {finding.Name}", finding)))
            .Concat(Tokens.Select(token => ($"token {token.Token.ToChecksumString()}", token.Finding)))
            .Concat(Claims is { } claims ? [(claims.Name, claims)] : []);

    /// <summary>The worst of all; a level that needs usage nobody has is no failure, where nobody asked for it.</summary>
    public VerifyOutcome Outcome(bool requireUsage) =>
        Worst(All.Select(item => item.Finding).Where(finding => requireUsage || finding.Outcome == VerifyOutcome.Differs || finding.Name != EpochInspection.SumsName));

    /// <summary>The first difference, or else the first thing that was not checked, in words; null where there is none.</summary>
    public string? First(VerifyOutcome outcome) =>
        All.Where(item => item.Finding.Outcome == outcome).Select(item => $"{item.Where}: {item.Finding.Message}").FirstOrDefault();

    internal static VerifyOutcome Worst(IEnumerable<Finding> findings)
    {
        var worst = VerifyOutcome.Agrees;
        foreach (var finding in findings)
        {
            if (finding.Outcome == VerifyOutcome.Differs) return VerifyOutcome.Differs;
            if (finding.Outcome != VerifyOutcome.Agrees) worst = VerifyOutcome.NotChecked;
        }

        return worst;
    }
}
