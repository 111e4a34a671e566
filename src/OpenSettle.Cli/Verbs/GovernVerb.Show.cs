using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Governing;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle govern show: who may do what, what is open, and what is scheduled.</summary>
internal static partial class GovernVerb
{
    private static Command CreateShow() => VerbRunner.Create(
        "show", "Shows governor, guardian and attestors, what is paused or open, and what is scheduled", [.. GovernSession.Settings.Where(setting => setting != Settings.SenderKey && setting != Settings.MaxFeeGwei && !Settings.ForKeys.Contains(setting))],
        ShowAsync, VerbRunner.Json)
        .Printing<GovernanceForm>().WithExamples("opensettle govern show --deployment deployment.json");

    private static async Task ShowAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var session = await GovernSession.OpenAsync(settings, opensKey: false, needsKey: false, cancellation);
        var vault = session.Vault;
        var scheduled = new List<Scheduled>();
        foreach (var (_, kind) in GovernKinds.All)
        {
            if (await session.FindAsync(kind, cancellation) is { } change) scheduled.Add(change);
        }

        var form = new GovernanceForm(
            session.Id.ChainId, session.Id.Vault.ToChecksumString(), Iso(session.Head.Timestamp),
            vault.Governor.ToChecksumString(), await session.HasCodeAsync(vault.Governor, cancellation), vault.Guardian.ToChecksumString(), await session.HasCodeAsync(vault.Guardian, cancellation), vault.GuardianNonce.ToString(),
            [.. vault.Attestors.Select(attestor => attestor.ToChecksumString())], vault.AttestorSet, vault.Threshold, vault.Window,
            session.Head.Timestamp < vault.PausedUntil ? Iso(vault.PausedUntil) : null, session.Head.Timestamp < vault.RestUntil ? Iso(vault.RestUntil) : null,
            await session.AskAsync(new RoyaltySplit.OpenProposal(), cancellation) is { } open
                ? new OpenForm(Name(open.Epoch, await session.AskAsync(new RoyaltySplit.Attempt(), cancellation)), open.Digest.ToString(), Iso(open.ReadyAt))
                : null,
            [.. vault.Tokens.Select(token => new ListedForm(token.Token.ToChecksumString(), token.SmallestLeaf.ToString()))],
            [.. scheduled.Select(change => new ScheduledForm(
                GovernKinds.NameOf(change.Kind), Lines(session, change), change.Hash.ToString(), change.Data is { } data ? Hex.Encode(data.Span) : null, Iso(change.ReadyAt), session.Head.Timestamp >= change.ReadyAt,
                change.Kind == ChangeKind.Guardian ? [vault.Governor.ToChecksumString()] : [vault.Governor.ToChecksumString(), vault.Guardian.ToChecksumString()]))]);
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(form);
        else Print(Page.OnConsole(), form);
    }

    private static void Print(Page page, GovernanceForm form)
    {
        string When(string iso) => Times.Of(DateTimeOffset.Parse(iso, CultureInfo.InvariantCulture), Clock.Real);
        string What(bool isContract) => isContract ? "a contract" : "a single key";
        page.Heading($"vault {form.Vault} on chain {form.ChainId.ToString(CultureInfo.InvariantCulture)}");
        page.Item("governor   ", $"{form.Governor}, {What(form.GovernorIsContract)}");
        page.Item("guardian   ", $"{form.Guardian}, {What(form.GuardianIsContract)}");
        page.Item("attestors  ", $"{form.Threshold.ToString(CultureInfo.InvariantCulture)} of {form.Attestors.Count.ToString(CultureInfo.InvariantCulture)} sign; set {form.AttestorSet.ToString(CultureInfo.InvariantCulture)}");
        foreach (var attestor in form.Attestors) page.Item("           ", attestor);
        page.Item("window     ", $"{Times.Long(TimeSpan.FromSeconds(form.WindowSeconds))}; a change waits {Times.Long(TimeSpan.FromSeconds(2 * (double)form.WindowSeconds))}");
        page.Item("nonce      ", $"{form.GuardianNonce}, for the next change of the guardian");
        foreach (var token in form.Tokens) page.Item("token      ", $"{token.Token} from {token.SmallestLeaf} on");
        if (form.PausedUntil is { } paused) page.Warning("!          ", $"paused until {When(paused)}");
        else if (form.RestUntil is { } rest) page.Item("rests      ", $"no pause before {When(rest)}");
        if (form.Proposal is { } open) page.Item("proposal   ", $"{open.Name} is open until {When(open.ReadyAt)}");
        if (form.Scheduled.Count == 0) page.Item("scheduled  ", "nothing");
        foreach (var change in form.Scheduled)
        {
            page.Warning("!          ", $"scheduled: {change.Kind}; {(change.CanBeExecuted ? "anybody can execute it now" : $"anybody can execute it from {When(change.ReadyAt)} on")}");
            foreach (var line in change.After) page.Item("           ", line);
            page.Item("           ", change.CancelledBy.Count == 1 ? "the governor can cancel it" : "governor and guardian can cancel it");
        }
    }

    private static string Iso(ulong seconds) => DateTimeOffset.FromUnixTimeSeconds((long)ulong.Min(seconds, 253_402_300_799)).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <param name="Time">Of the chain's newest block, in UTC.</param>
    /// <param name="GuardianNonce">What attestors sign with the next change of the guardian.</param>
    /// <param name="AttestorSet">The set's version.</param>
    /// <param name="Threshold">How many have to sign.</param>
    /// <param name="PausedUntil">Null where the vault is not paused.</param>
    /// <param name="RestUntil">Until when there can be no pause; null where there can be one.</param>
    /// <param name="Proposal">Null where none is open.</param>
    internal sealed record GovernanceForm(
        ulong ChainId,
        string Vault,
        string Time,
        string Governor,
        bool GovernorIsContract,
        string Guardian,
        bool GuardianIsContract,
        string GuardianNonce,
        IReadOnlyList<string> Attestors,
        uint AttestorSet,
        uint Threshold,
        uint WindowSeconds,
        string? PausedUntil,
        string? RestUntil,
        OpenForm? Proposal,
        IReadOnlyList<ListedForm> Tokens,
        IReadOnlyList<ScheduledForm> Scheduled);

    /// <param name="Name">EPOCH.ATTEMPT.</param>
    /// <param name="ReadyAt">From when it can be activated, where nobody pauses.</param>
    internal sealed record OpenForm(string Name, string Digest, string ReadyAt);

    /// <param name="SmallestLeaf">In the token's smallest units.</param>
    internal sealed record ListedForm(string Token, string SmallestLeaf);

    /// <param name="After">A line for each thing that holds once it is executed.</param>
    /// <param name="Data">Its content as the vault decodes it; null where the endpoint has no log of it.</param>
    /// <param name="ReadyAt">From when it can be executed, in UTC.</param>
    internal sealed record ScheduledForm(string Kind, IReadOnlyList<string> After, string Hash, string? Data, string ReadyAt, bool CanBeExecuted, IReadOnlyList<string> CancelledBy);
}
