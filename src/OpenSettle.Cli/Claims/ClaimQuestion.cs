using System.CommandLine;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Claims;

/// <summary>What a claim is asked for, as it stands in the command line.</summary>
/// <param name="Accounts">None: the sender's own.</param>
/// <param name="To">Where the sender's own claims go; null: where each account wants it.</param>
/// <param name="Sponsored">Whether a node's relay sends them; null: the sender does.</param>
internal sealed record ClaimQuestion(IReadOnlyList<Address> Accounts, Address? To, string? Token, bool Pushes, Address? SetRecipient, SponsoredTerms? Sponsored, bool DryRun, bool Yes, bool Json)
{
    private static readonly Argument<string?> Account = new("account")
    {
        Description = "the account that earned (default: the sender's own); the money goes there, or to the recipient that it set", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string[]> For = new("--for") { Description = "another account that earned; may be given many times, and all are paid together", HelpName = "ADDRESS" };
    private static readonly Option<string?> ToOption = new("--to") { Description = "pay the sender's own claims to this address, this once", HelpName = "ADDRESS" };
    private static readonly Option<string?> TokenOption = new("--token") { Description = "one token only: its address or its symbol (default: all)", HelpName = "TOKEN" };
    private static readonly Option<bool> PushesOption = new("--pushes") { Description = "take the sender's pushes that were refused, instead of claiming" };
    private static readonly Option<string?> Recipient = new("--set-recipient") { Description = "from now on all that the sender earns goes to this address (the sender's own: to itself again)", HelpName = "ADDRESS" };
    private static readonly Option<bool> SponsoredOption = new("--sponsored") { Description = "sign, and let the node's relay send it and pay the gas; the key is the account's own" };
    private static readonly Option<uint> Hours = new("--hours") { Description = "with --sponsored: how long the signature counts", HelpName = "HOURS", DefaultValueFactory = _ => 24 };
    private static readonly Option<bool> Wait = new("--wait") { Description = "with --sponsored: until it is paid or declined" };
    private static readonly Option<bool> DryRunOption = new("--dry-run") { Description = "check and simulate, send nothing" };
    private static readonly Option<bool> YesOption = new("--yes") { Description = "do not ask before sending" };

    public static IReadOnlyList<Symbol> Symbols { get; } = [Account, For, ToOption, TokenOption, PushesOption, Recipient, SponsoredOption, Hours, Wait, DryRunOption, YesOption, VerbRunner.Json];

    public static ClaimQuestion Read(ParseResult parsed)
    {
        var accounts = new List<Address>();
        if (parsed.GetValue(Account) is { } account) accounts.Add(AddressOf("account", account));
        foreach (var text in parsed.GetValue(For) ?? [])
        {
            var other = AddressOf("--for", text);
            if (!accounts.Contains(other)) accounts.Add(other);
        }

        var to = parsed.GetValue(ToOption) is { } named ? AddressOf("--to", named) : (Address?)null;
        var recipient = parsed.GetValue(Recipient) is { } set ? AddressOf("--set-recipient", set) : (Address?)null;
        var pushes = parsed.GetValue(PushesOption);
        if (to is { IsZero: true }) throw new VerbException(ExitCode.Usage, "--to: the zero address is nobody.");
        if (recipient is not null && (to is not null || pushes || accounts.Count > 0)) throw new VerbException(ExitCode.Usage, "--set-recipient: it stands alone. Set the recipient first, and claim afterwards.");
        if (to is not null && accounts.Count > 1) throw new VerbException(ExitCode.Usage, "--to: only the sender's own claims go elsewhere; those of others (--for) go to their accounts.");
        if (pushes && accounts.Count > 1) throw new VerbException(ExitCode.Usage, "--pushes: only an account itself takes its pushes, so one account at a time.");
        var sponsored = parsed.GetValue(SponsoredOption) ? new SponsoredTerms(parsed.GetValue(Hours), parsed.GetValue(Wait)) : null;
        if (sponsored is null && parsed.GetValue(Wait)) throw new VerbException(ExitCode.Usage, "--wait: what the sender sends is waited for anyway; it is for --sponsored.");
        if (sponsored is not null && (pushes || recipient is not null || accounts.Count > 1)) throw new VerbException(ExitCode.Usage, "--sponsored: it is for the claims of one account, whose own key signs.");
        return new ClaimQuestion(accounts, to, parsed.GetValue(TokenOption), pushes, recipient, sponsored, parsed.GetValue(DryRunOption), parsed.GetValue(YesOption), parsed.GetValue(VerbRunner.Json));
    }

    private static Address AddressOf(string name, string text) => Address.TryParse(text, out var address)
        ? address
        : throw new VerbException(ExitCode.Usage, $"{name}: '{Screen.Inert.Of(text, 60)}' is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum.");
}
