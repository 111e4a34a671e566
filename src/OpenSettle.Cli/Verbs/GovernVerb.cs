using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Governing;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle govern: who may do what at the vault, and how that is changed; each call is checked against the vault before it is sent.</summary>
internal static partial class GovernVerb
{
    private const uint LongestWindow = 30 * 24 * 3600;
    private const string AsGovernor = "--deployment deployment.json --sender-key file:governor.key";
    private const string AsGuardian = "--deployment deployment.json --sender-key file:guardian.key";
    private const string SomeAccount = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    private static readonly Argument<string> Kind = new("kind") { Description = GovernKinds.Help };
    private static readonly Argument<string> NewHolder = new("address") { Description = "the account that is to be it" };
    private static readonly Argument<string> Seconds = new("seconds") { Description = "how long" };
    private static readonly Argument<string> ProposalArgument = new("proposal") { Description = "the open proposal, as EPOCH.ATTEMPT" };
    private static readonly Argument<string[]> TokenArgument = new("token") { Description = "TOKEN:SMALLEST, again for each: the smallest accrual that becomes payable, in the token's smallest units", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Set = new("--set") { Description = "the whole new set, with commas between", HelpName = "ADDRESSES" };
    private static readonly Option<string[]> Add = new("--add") { Description = "one more attestor, again for each", HelpName = "ADDRESS" };
    private static readonly Option<string[]> Remove = new("--remove") { Description = "an attestor no longer, again for each", HelpName = "ADDRESS" };
    private static readonly Option<uint?> Threshold = new("--threshold") { Description = "how many have to sign (default: as many as now)", HelpName = "NUMBER" };

    public static Command Create() => new("govern", "Shows who governs the vault, and changes that: attestors, governor, guardian, window, tokens; pauses and vetoes")
    {
        CreateShow(),
        Sending("attestors", "Schedules another set of attestors, or how many have to sign (the governor)", AttestorsAsync, Set, Add, Remove, Threshold).WithExamples(
            $"opensettle govern attestors --remove 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --add 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC {AsGovernor} --dry-run",
            $"opensettle govern attestors --set 0x70997970C51812dc3A010C7d01b50e0d17dc79C8,0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --threshold 2 {AsGovernor}"),
        Sending("governor", "Schedules another governor (the governor)", GovernorAsync, NewHolder).WithExamples($"opensettle govern governor {SomeAccount} {AsGovernor}"),
        CreateGuardian(),
        Sending("window", "Schedules how long a proposal waits before it can be activated (the governor)", WindowAsync, Seconds).WithExamples($"opensettle govern window 172800 {AsGovernor}"),
        Sending("tokens", "Schedules tokens that the vault settles from then on, for good (the governor)", TokensAsync, TokenArgument).WithExamples($"opensettle govern tokens {SomeAccount}:10000 {AsGovernor} --dry-run"),
        Sending("execute", "Executes what was scheduled, once two windows have passed (anybody)", ExecuteAsync, Kind).WithExamples($"opensettle govern execute attestors {AsGovernor}"),
        Sending("cancel", "Takes back what was scheduled (the governor; the guardian, all but a change of the guardian)", CancelAsync, Kind).WithExamples($"opensettle govern cancel attestors {AsGuardian}"),
        Sending("pause", "Holds proposals and activations up, seven days at most, with a rest as long after it (the guardian)", PauseAsync, Seconds).WithExamples($"opensettle govern pause 86400 {AsGuardian}"),
        Sending("unpause", "Ends a pause (the guardian)", UnpauseAsync).WithExamples($"opensettle govern unpause {AsGuardian}"),
        Sending("veto", "Deletes the open proposal while its window runs (the guardian)", VetoAsync, ProposalArgument).WithExamples($"opensettle govern veto 12.0 {AsGuardian} --dry-run"),
    };

    private static Command Sending(string name, string description, Func<GovernSession, ParseResult, CancellationToken, Task<GovernAction>> make, params IReadOnlyList<Symbol> more) =>
        VerbRunner.Create(
            name, description, GovernSession.Settings,
            (settings, parsed, cancellation) => GovernAction.RunAsync(settings, parsed, session => make(session, parsed, cancellation), cancellation),
            [.. more, .. GovernAction.Options]).Printing<GovernForm>();

    private static async Task<GovernAction> AttestorsAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        Address[] Accounts(string flag, IEnumerable<string>? given) => [.. (given ?? []).Select(text => GovernChecks.Account(flag, text))];
        var next = GovernChecks.Attestors(
            session.Vault, Accounts("--set", parsed.GetValue(Set)?.Split(',', StringSplitOptions.TrimEntries)), Accounts("--add", parsed.GetValue(Add)), Accounts("--remove", parsed.GetValue(Remove)), parsed.GetValue(Threshold));
        return await ScheduleAsync(session, next, [.. GovernChecks.Doubts(session.Vault, next)], cancellation);
    }

    private static async Task<GovernAction> GovernorAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var account = GovernChecks.Account("address", parsed.GetValue(NewHolder));
        GovernChecks.RequireOther("governor", account, session.Vault.Governor, "guardian", session.Vault.Guardian);
        await RequireNotScheduledAsync(session, ChangeKind.Guardian, account, cancellation);
        return await ScheduleAsync(session, new VaultChange.Governor(account), await UnknownAsync(session, account, cancellation), cancellation);
    }

    private static Task<GovernAction> WindowAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var seconds = GovernChecks.Seconds("seconds", parsed.GetValue(Seconds), LongestWindow);
        if (seconds == session.Vault.Window) throw new VerbException(ExitCode.Refused, $"nothing would change: the window is {seconds.ToString(CultureInfo.InvariantCulture)} s.");
        return ScheduleAsync(session, new VaultChange.Window(seconds), seconds < session.Vault.Window ? ["Guardian and watchtowers will have less time to look."] : [], cancellation);
    }

    private static async Task<GovernAction> TokensAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var tokens = (parsed.GetValue(TokenArgument) ?? []).Select(GovernChecks.Token).ToList();
        if (tokens.GroupBy(token => token.Token).FirstOrDefault(group => group.Count() > 1) is { } twice) throw new VerbException(ExitCode.Usage, $"token: {twice.Key.ToChecksumString()} stands there twice.");
        foreach (var token in tokens)
        {
            if (session.Vault.Tokens.Any(listed => listed.Token == token.Token)) throw new VerbException(ExitCode.Refused, $"token: {token.Token.ToChecksumString()} is listed already.");
            if (!await session.HasCodeAsync(token.Token, cancellation)) throw new VerbException(ExitCode.Refused, $"token: there is no contract at {token.Token.ToChecksumString()}.");
        }

        return await ScheduleAsync(session, new VaultChange.Tokens(tokens), ["A listed token stays listed: one that charges on transfer, rebases or is not to be trusted is not for this list."], cancellation);
    }

    private static async Task<GovernAction> ScheduleAsync(GovernSession session, VaultChange change, IReadOnlyList<string> warnings, CancellationToken cancellation)
    {
        RequireRole(session, session.Vault.Governor, "governor", "it alone schedules changes");
        return Scheduling(session, change, new RoyaltySplit.ScheduleCall(change.Kind, change.Encode()), warnings, await session.FindAsync(change.Kind, cancellation));
    }

    private static GovernAction Scheduling(GovernSession session, VaultChange change, ContractCall call, IReadOnlyList<string> warnings, Scheduled? replaced) =>
        new($"schedule {GovernKinds.NameOf(change.Kind)}", call, session.Vault.Governor, GovernKinds.Now(change.Kind, session.Vault), GovernKinds.Describe(change, Symbols(session)))
        {
            Waits = true,
            Warnings = replaced is null ? warnings : [.. warnings, $"It takes the place of what is scheduled: {Content(session, replaced)}."],
        };

    private static async Task<GovernAction> ExecuteAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var change = await RequireScheduledAsync(session, parsed, cancellation);
        var name = GovernKinds.NameOf(change.Kind);
        if (session.Head.Timestamp < change.ReadyAt)
            throw new VerbException(ExitCode.Refused, $"it is too early: the change of {name} can be executed from {Times.OfSeconds(change.ReadyAt, Clock.Real)} on, by the chain's time, and its newest block is of {Times.OfSeconds(session.Head.Timestamp, Clock.Real)}.");
        if (change.Data is not { } data)
            throw new VerbException(ExitCode.Chain, $"the endpoint has no log that says what was scheduled ({change.Hash}). Set {Settings.Rpc.Flag} to one that serves older logs.");
        return new GovernAction($"execute {name}", new RoyaltySplit.ExecuteCall(change.Kind, data), session.Account ?? session.Vault.Governor, GovernKinds.Now(change.Kind, session.Vault), Lines(session, change));
    }

    private static async Task<GovernAction> CancelAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var change = await RequireScheduledAsync(session, parsed, cancellation);
        if (session.Account is { } account && account != session.Vault.Governor)
        {
            if (account != session.Vault.Guardian)
                throw new VerbException(ExitCode.Refused, $"{account.ToChecksumString()} is neither the governor ({session.Vault.Governor.ToChecksumString()}) nor the guardian ({session.Vault.Guardian.ToChecksumString()}): they alone cancel.");
            if (change.Kind == ChangeKind.Guardian) throw new VerbException(ExitCode.Refused, "the guardian cannot cancel its own replacement: a quorum of attestors signed it. The governor can.");
        }

        return new GovernAction($"cancel {GovernKinds.NameOf(change.Kind)}", new RoyaltySplit.CancelCall(change.Kind), session.Account ?? session.Vault.Governor, Lines(session, change), ["nothing is scheduled; what holds now stays:", .. GovernKinds.Now(change.Kind, session.Vault)]);
    }

    private static Task<GovernAction> PauseAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var seconds = GovernChecks.Seconds("seconds", parsed.GetValue(Seconds), RoyaltySplit.LongestPause);
        RequireRole(session, session.Vault.Guardian, "guardian", "it alone pauses");
        if (session.Head.Timestamp < session.Vault.RestUntil) throw new VerbException(ExitCode.Refused, $"after a pause the vault rests as long: there can be another one from {Times.OfSeconds(session.Vault.RestUntil, Clock.Real)} on.");
        return Task.FromResult(new GovernAction(
            "pause", new RoyaltySplit.PauseCall(seconds), session.Vault.Guardian, ["not paused"],
            [$"nothing is proposed or activated for {Times.Long(TimeSpan.FromSeconds(seconds))}; an open window goes on after it; claims go on", "for as long again there is no other pause"]));
    }

    private static Task<GovernAction> UnpauseAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        RequireRole(session, session.Vault.Guardian, "guardian", "it alone ends a pause");
        if (session.Head.Timestamp >= session.Vault.PausedUntil) throw new VerbException(ExitCode.Refused, "the vault is not paused.");
        return Task.FromResult(new GovernAction("unpause", new RoyaltySplit.UnpauseCall(), session.Vault.Guardian, [$"paused until {Times.OfSeconds(session.Vault.PausedUntil, Clock.Real)}"], ["not paused"]));
    }

    private static async Task<GovernAction> VetoAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var (epoch, attempt) = GovernChecks.Proposal(parsed.GetValue(ProposalArgument));
        RequireRole(session, session.Vault.Guardian, "guardian", "it alone vetoes");
        if (await session.AskAsync(new RoyaltySplit.OpenProposal(), cancellation) is not { } open) throw new VerbException(ExitCode.Refused, "no proposal is open: there is nothing to veto.");
        var current = await session.AskAsync(new RoyaltySplit.Attempt(), cancellation);
        if (open.Epoch != epoch || current != attempt) throw new VerbException(ExitCode.Refused, $"the open proposal is {Name(open.Epoch, current)}, not {Name(epoch, attempt)}. Look at what it says before you veto it.");
        if (session.Head.Timestamp >= open.ReadyAt) throw new VerbException(ExitCode.Refused, $"its window ended {Times.OfSeconds(open.ReadyAt, Clock.Real)}: it can only be activated now, and revoked by a later epoch.");
        return new GovernAction(
            $"veto {Name(epoch, attempt)}", new RoyaltySplit.VetoCall(epoch, attempt), session.Vault.Guardian,
            [$"{open.Digest} is open until {Times.OfSeconds(open.ReadyAt, Clock.Real)}"], [$"it is deleted, and leaves no trace in what can be claimed; epoch {epoch.ToString(CultureInfo.InvariantCulture)} can be proposed again"]);
    }

    private static string Name(ulong epoch, uint attempt) => string.Create(CultureInfo.InvariantCulture, $"{epoch}.{attempt}");

    private static async Task<Scheduled> RequireScheduledAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var kind = GovernKinds.Parse(parsed.GetValue(Kind));
        return await session.FindAsync(kind, cancellation) ?? throw new VerbException(ExitCode.Refused, $"no change of {GovernKinds.NameOf(kind)} is scheduled.");
    }

    /// <summary>With a key it has to be the right one; without, it is seen what the right one would do.</summary>
    private static void RequireRole(GovernSession session, Address holder, string role, string why)
    {
        if (session.Account is { } account && account != holder)
            throw new VerbException(ExitCode.Refused, $"{account.ToChecksumString()} is not the {role}: {holder.ToChecksumString()} is, and {why}. Where that is a multi-signature wallet, --calldata prints what it has to send.");
    }

    /// <summary>Two changes that wait beside one another could make one account of both roles.</summary>
    private static async Task RequireNotScheduledAsync(GovernSession session, ChangeKind other, Address account, CancellationToken cancellation)
    {
        if (await session.FindAsync(other, cancellation) is not { Data: { } data }) return;
        var next = VaultChange.Decode(other, data.Span) switch
        {
            VaultChange.Guardian guardian => guardian.Account,
            VaultChange.Governor governor => governor.Account,
            _ => default,
        };
        if (next == account) throw GovernChecks.Both(account, GovernKinds.NameOf(other));
    }

    /// <summary>An address that never did anything may be nobody's, and what is given to it is lost.</summary>
    private static async Task<IReadOnlyList<string>> UnknownAsync(GovernSession session, Address account, CancellationToken cancellation)
    {
        if (await session.HasCodeAsync(account, cancellation)) return [];
        var used = await session.Client.GetNonceAsync(account, Ethereum.Ports.BlockRef.Latest, cancellation) > 0;
        return [used ? "It is a single key, and no multi-signature wallet: whoever has it, has the role." : "Nothing was ever sent from this address: be sure that somebody has its key. There is no way back from an account that is nobody's."];
    }

    private static IReadOnlyList<string> Lines(GovernSession session, Scheduled change) => change.Data is { } data && VaultChange.Decode(change.Kind, data.Span) is { } content
        ? GovernKinds.Describe(content, Symbols(session))
        : [$"content not known to this endpoint; its hash is {change.Hash}"];

    private static string Content(GovernSession session, Scheduled change) => string.Join(" ", Lines(session, change));

    private static Dictionary<Address, string> Symbols(GovernSession session) => session.Tokens.DistinctBy(token => token.Token).ToDictionary(token => token.Token, token => token.Symbol);
}
