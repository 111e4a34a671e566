namespace OpenSettle.Cli;

/// <summary>What a verification found, for programs.</summary>
/// <param name="Outcome">agrees, differs or notChecked.</param>
/// <param name="FirstDifference">The first thing that differs.</param>
/// <param name="FirstNotChecked">The first thing that could not be verified.</param>
/// <param name="Block">The final block that was read to.</param>
internal sealed record VerifyJson(
    string Outcome,
    string? FirstDifference,
    string? FirstNotChecked,
    ulong ChainId,
    string Vault,
    ulong? Block,
    string? BlockHash,
    IReadOnlyList<VerifyJson.EpochJson> Epochs,
    IReadOnlyList<VerifyJson.VetoJson> Vetoed,
    IReadOnlyList<VerifyJson.TokenJson> Tokens,
    VerifyJson.ClaimsJson? Claims)
{
    /// <param name="State">active, open while its window runs, or candidate while nobody proposed it.</param>
    /// <param name="RootsRevoked">How many earlier roots it takes back.</param>
    internal sealed record EpochJson(
        ulong Number,
        uint Attempt,
        string State,
        string Outcome,
        string BundleHash,
        string? BundleFrom,
        long Payments,
        long Accounts,
        ulong UsageEvents,
        int RootsRevoked,
        IReadOnlyList<LevelJson> Levels,
        IReadOnlyList<string> Notes);

    internal sealed record LevelJson(string Level, string Outcome, string? Message);

    internal sealed record VetoJson(ulong Epoch, uint Attempt);

    internal sealed record TokenJson(string Token, string Credited, string Promised, string Paid, string? Balance, string Outcome, string? Message);

    internal sealed record ClaimsJson(string Outcome, string? Message);
}
