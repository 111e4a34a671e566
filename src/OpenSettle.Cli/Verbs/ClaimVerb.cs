using System.CommandLine;
using OpenSettle.Cli.Attesting;
using OpenSettle.Cli.Claims;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>
/// opensettle claim: pays accounts what they earned. Proofs come from a node; whether they hold is checked here, against the vault, before
/// anything is signed.
/// </summary>
internal static class ClaimVerb
{
    public static Command Create() => VerbRunner.Create("claim", "Claims what accounts earned", ClaimSession.Settings, RunAsync, ClaimQuestion.Symbols)
        .Printing("an object of sender, transactions and payments: token, amount, account and where it went of each; with --sponsored what the relay says of each claim")
        .WithExamples(
            "opensettle claim 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --deployment deployment.json --dry-run",
            "opensettle claim 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --deployment deployment.json --sender-key file:sender.key",
            "opensettle claim --sponsored --wait --deployment deployment.json --sender-key file:own.key --api https://node.example");

    /// <summary>Each endpoint that answers has to be the right one; one that does not is done without.</summary>
    internal static async Task RequireChainAsync(ChainEndpoints chain, CancellationToken cancellation)
    {
        var seen = await chain.Settling.Endpoints.InspectAsync(cancellation);
        if (seen.Select(endpoint => endpoint.Wrong).FirstOrDefault(wrong => wrong is not null) is { } wrong) throw new VerbException(ExitCode.Chain, wrong);
        if (seen.All(endpoint => endpoint.Unseen is not null) && seen[0].Unseen is { } failure) throw failure;
    }

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var question = ClaimQuestion.Read(parsed);
        using var session = await ClaimSession.OpenAsync(settings, needsKey: !question.DryRun || question.Accounts.Count == 0, cancellation);
        var output = new ClaimOutput(question.Json);
        if (question.SetRecipient is { } recipient)
        {
            await SetRecipientAsync(session, question, recipient, output, cancellation);
            return;
        }

        var accounts = question.Accounts.Count > 0 ? question.Accounts : [session.Signer.Address];
        if (question.Sponsored is { } sponsored)
        {
            await SponsoredClaim.RunAsync(session, accounts[0], question, sponsored, cancellation);
            return;
        }

        if ((question.To is not null || question.Pushes) && session.Account is { } own && own != accounts[0])
            throw new VerbException(ExitCode.Usage, $"{(question.Pushes ? "--pushes" : "--to")}: {accounts[0].ToChecksumString()} has to send this itself, and {Settings.SenderKey.Key} is the key of {own.ToChecksumString()}.");
        var plan = new ClaimPlan(session);
        var token = ClaimSearch.TokenNamed(session.Tokens, question.Token);
        var calls = question.Pushes ? await plan.TakesAsync(accounts[0], question.To ?? accounts[0], token, cancellation)
            : question.To is { } to ? await plan.ToAsync(accounts[0], to, token, cancellation)
            : await plan.ForAsync(accounts, token, cancellation);
        foreach (var left in plan.LeftOut) await Console.Error.WriteLineAsync($"opensettle: {left}");
        if (!question.Pushes) await TellPushesAsync(session, accounts, cancellation);
        if (calls.Count == 0) throw new VerbException(ExitCode.Refused, Nothing(question, accounts, plan));
        await SendAsync(session, question, accounts, calls, output, cancellation);
    }

    private static async Task SendAsync(ClaimSession session, ClaimQuestion question, IReadOnlyList<Address> accounts, IReadOnlyList<PlannedCall> calls, ClaimOutput output, CancellationToken cancellation)
    {
        // Claims for others can be sent by anybody: without a key the first of them stands for the sender.
        var need = await NeedAsync(session, session.Account ?? accounts[0], calls, cancellation);
        var payments = calls.SelectMany(call => call.Payments).ToList();
        if (question.DryRun)
        {
            output.WouldPay(session.Account, payments, need);
            return;
        }

        await session.RequireCoinAsync(need, cancellation);
        ClaimOutput.Confirm(question.Yes, payments, calls.Count, need);
        var receipts = new List<TransactionReceipt>();
        var paid = new List<PlannedPayment>();
        foreach (var call in calls)
        {
            var receipt = await SendAsync(session, call, receipts, cancellation);
            receipts.Add(receipt);
            paid.AddRange(Paid(session, call, receipt));
        }

        if (paid.Count == 0) throw new VerbException(ExitCode.Refused, $"transaction {receipts[0].TransactionHash} paid nothing: somebody claimed before it, or token and recipient refused since.");
        foreach (var missing in payments.Where(payment => !paid.Exists(one => one.Account == payment.Account && one.Token == payment.Token && one.Entry == payment.Entry)))
            await Console.Error.WriteLineAsync($"opensettle: {Screen.Inert.Of(missing.Token.Symbol, 20)} of {missing.Account.ToChecksumString()} was passed over: somebody claimed it before, or it was refused since.");
        output.Paid(session.Signer.Address, receipts, paid);
    }

    private static async Task<TransactionReceipt> SendAsync(ClaimSession session, PlannedCall call, List<TransactionReceipt> before, CancellationToken cancellation)
    {
        try
        {
            return await session.SendAsync(call.Call, cancellation);
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            var sent = before.Count == 0 ? "Nothing was paid." : $"{before.Count} transactions before it were mined: {string.Join(", ", before.Select(receipt => receipt.TransactionHash))}.";
            throw new VerbException(ExitCode.Refused, $"the contract refuses: {ClaimRefusals.Describe(e.RevertData)}. {sent}", e);
        }
    }

    /// <summary>What the vault says that it paid: of many claims it passes over those that are refused, and those that somebody brought first.</summary>
    private static IEnumerable<PlannedPayment> Paid(ClaimSession session, PlannedCall call, TransactionReceipt receipt)
    {
        var said = session.Said(receipt);
        foreach (var payment in call.Payments)
        {
            if (payment.Entry is { } entry)
            {
                if (said.OfType<RoyaltySplit.PushTaken>().FirstOrDefault(log => log.Epoch == entry.Epoch && log.Index == entry.Index) is { } taken) yield return payment with { Amount = taken.Amount, To = taken.To };
                continue;
            }

            if (said.OfType<RoyaltySplit.Claimed>().FirstOrDefault(log => log.Account == payment.Account && log.Token == payment.Token.Token) is not { } claimed) continue;
            var redirected = said.OfType<RoyaltySplit.ClaimRedirected>().LastOrDefault(log => log.Account == payment.Account && log.Token == payment.Token.Token);
            yield return payment with { Amount = claimed.Amount, To = redirected?.To ?? payment.Account };
        }
    }

    /// <summary>Where the account's money goes from now on. It voids what the account signed before, which is told.</summary>
    private static async Task SetRecipientAsync(ClaimSession session, ClaimQuestion question, Address recipient, ClaimOutput output, CancellationToken cancellation)
    {
        var own = session.Signer.Address;
        var call = new RoyaltySplit.SetRecipientCall(recipient == own ? Address.Zero : recipient);
        if (await session.Search.RefusalAsync(own, call, cancellation) is { } why) throw new VerbException(ExitCode.Refused, $"the contract refuses: {why}");
        var to = recipient.IsZero ? own : recipient;
        var need = await session.EstimateAsync(own, call, cancellation);
        if (question.DryRun)
        {
            output.Recipient(own, to, need, null);
            return;
        }

        await session.RequireCoinAsync(need, cancellation);
        Asking.Confirm(question.Yes, $"all that {own.ToChecksumString()} earns goes to {(to == own ? "itself" : to.ToChecksumString())} from now on, and what it signed before is void: send it?");
        output.Recipient(own, to, null, await session.SendAsync(call, cancellation));
    }

    private static async Task<GasNeed> NeedAsync(ClaimSession session, Address from, IReadOnlyList<PlannedCall> calls, CancellationToken cancellation)
    {
        var (gas, cost) = (0UL, UInt256.Zero);
        foreach (var call in calls)
        {
            var need = await session.EstimateAsync(from, call.Call, cancellation);
            (gas, cost) = (gas + need.Gas, cost + need.Cost);
        }

        return new GasNeed(gas, cost);
    }

    private static async Task TellPushesAsync(ClaimSession session, IReadOnlyList<Address> accounts, CancellationToken cancellation)
    {
        foreach (var account in accounts)
        {
            var pushes = await session.Search.RefusedPushesAsync(account, cancellation);
            if (pushes.Count > 0)
                await Console.Error.WriteLineAsync($"opensettle: {account.ToChecksumString()} has {pushes.Count} pushes that were refused, and can take them itself: opensettle claim --pushes [--to ADDRESS]");
        }
    }

    private static string Nothing(ClaimQuestion question, IReadOnlyList<Address> accounts, ClaimPlan plan)
    {
        if (plan.LeftOut.Count > 0) return "the contract refuses every claim.";
        var whose = accounts.Count == 1 ? accounts[0].ToChecksumString() : $"none of the {accounts.Count} accounts";
        return question.Pushes ? $"{whose} has no pushes to take." : $"{whose} has nothing to claim now. What waits, and for what: opensettle earnings {accounts[0].ToChecksumString()}";
    }
}
