using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Governing;

/// <summary>One call to the vault that is about to be made.</summary>
/// <param name="What">schedule attestors, execute attestors, pause, …</param>
/// <param name="From">Who sends it: the vault takes it of this account.</param>
/// <param name="Before">A line for each thing that holds now.</param>
/// <param name="After">A line for each thing that holds then.</param>
internal sealed record GovernAction(string What, ContractCall Call, Address From, IReadOnlyList<string> Before, IReadOnlyList<string> After)
{
    private const byte CoinDecimals = 18;

    public static Option<bool> DryRun { get; } = new("--dry-run") { Description = "check against the vault and show what would change, send nothing; goes without a key" };

    public static Option<bool> Yes { get; } = new("--yes") { Description = "send without asking" };

    public static Option<bool> Calldata { get; } = new("--calldata") { Description = "check, and print what a multi-signature wallet has to send, in place of sending it; needs no key" };

    /// <summary>What every verb takes that sends.</summary>
    public static IReadOnlyList<Symbol> Options { get; } = [DryRun, Yes, Calldata, VerbRunner.Json];

    /// <summary>Whether it waits two windows before anybody can execute it.</summary>
    public bool Waits { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Checks an action against the vault, shows before and after, asks, and sends it.</summary>
    public static async Task RunAsync(SettingsReader settings, ParseResult parsed, Func<GovernSession, Task<GovernAction>> make, CancellationToken cancellation)
    {
        var (dryRun, calldata, json) = (parsed.GetValue(DryRun), parsed.GetValue(Calldata), parsed.GetValue(VerbRunner.Json));
        if (dryRun && calldata) throw new VerbException(ExitCode.Usage, "--dry-run, --calldata: choose one. Both check, and send nothing.");
        using var session = await GovernSession.OpenAsync(settings, opensKey: !calldata, needsKey: !dryRun && !calldata, cancellation);
        var action = await make(session);
        var need = await session.EstimateAsync(action.From, action.Call, cancellation);
        var form = new GovernForm(
            action.What, false, action.From.ToChecksumString(), session.Id.Vault.ToChecksumString(), Hex.Encode(session.Client.Encode(action.Call).Span), "0", null, null, need.Gas, need.Cost.ToString(),
            action.Before, action.After, action.Warnings, action.Waits ? (ulong)session.Vault.Notice.TotalSeconds : null);
        // What is printed is for a wallet, or for a program: a person sees the rest beside it.
        var aside = json || calldata;
        if (!json || !(dryRun || calldata)) action.Show(new Page(aside ? Console.Error : Console.Out, !aside && Terminal.Colours, aside ? Page.Columns : Terminal.Columns), session.Vault);
        if (dryRun || calldata)
        {
            form.Print(json, calldata);
            return;
        }

        Asking.Confirm(parsed.GetValue(Yes), $"send one transaction ({action.What}), for about {Amounts.Format(need.Cost, CoinDecimals)} of the chain's coin?");
        var receipt = await session.SendAsync(action.Call, cancellation);
        (form with { Sent = true, Transaction = receipt.TransactionHash.ToString(), Block = receipt.BlockNumber, Gas = receipt.GasUsed, Cost = receipt.Cost.ToString() }).Print(json, calldata: false);
    }

    private void Show(Page page, VaultState vault)
    {
        page.Heading(What);
        page.Item("from      ", From.ToChecksumString());
        foreach (var line in Before) page.Item("before    ", line);
        foreach (var line in After) page.Item("after     ", line);
        if (Waits) page.Item("then      ", $"anybody can execute it, two windows later: {Times.Long(vault.Notice)} after its block");
        foreach (var warning in Warnings) page.Warning("!         ", warning);
    }
}

/// <summary>A call to the vault, for programs.</summary>
/// <param name="Change">schedule attestors, execute attestors, pause, …</param>
/// <param name="From">Who sends it, or has to.</param>
/// <param name="To">The vault.</param>
/// <param name="Data">The call's data.</param>
/// <param name="Value">Always 0.</param>
/// <param name="Cost">In wei.</param>
/// <param name="Before">A line for each thing that holds now.</param>
/// <param name="After">A line for each thing that holds then.</param>
/// <param name="NoticeSeconds">How long a scheduled change waits; null for what holds at once.</param>
internal sealed record GovernForm(
    string Change,
    bool Sent,
    string From,
    string To,
    string Data,
    string Value,
    string? Transaction,
    ulong? Block,
    ulong Gas,
    string Cost,
    IReadOnlyList<string> Before,
    IReadOnlyList<string> After,
    IReadOnlyList<string> Warnings,
    ulong? NoticeSeconds)
{
    private const byte CoinDecimals = 18;

    public void Print(bool json, bool calldata)
    {
        if (json)
        {
            JsonOutput.Print(this);
            return;
        }

        if (calldata)
        {
            Console.WriteLine($"to {To}");
            Console.WriteLine($"data {Data}");
            Console.WriteLine($"value {Value}");
            return;
        }

        var cost = $"{Gas.ToString(CultureInfo.InvariantCulture)} gas, {(Sent ? string.Empty : "about ")}{Amounts.Format(UInt256.Parse(Cost), CoinDecimals)} of the chain's coin";
        Console.WriteLine(Sent ? $"sent      {Transaction}" : $"{cost}; nothing was sent");
        if (Sent) Console.WriteLine($"          in block {Block?.ToString(CultureInfo.InvariantCulture)}, {cost}");
    }
}
