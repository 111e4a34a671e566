using System.Text.Json;
using OpenSettle.Cli.Attesting;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Claims;

/// <summary>Tells a person, or a program, what would be paid and what was.</summary>
internal sealed class ClaimOutput(bool json)
{
    private const byte CoinDecimals = 18;

    private static readonly JsonSerializerOptions Written = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Shows what would be paid and asks whether it is sent.</summary>
    public static void Confirm(bool yes, IReadOnlyList<PlannedPayment> payments, int transactions, GasNeed need)
    {
        if (yes) return;
        Asking.Require();
        foreach (var payment in payments) Console.Error.WriteLine($"opensettle: {Words(payment)}");
        Asking.Confirm(yes, $"send {(transactions == 1 ? "it in one transaction" : $"it in {transactions} transactions")}, for about {Amounts.Format(need.Cost, CoinDecimals)} of the chain's coin?");
    }

    public void WouldPay(Address? sender, IReadOnlyList<PlannedPayment> payments, GasNeed? need)
    {
        if (json)
        {
            Write(sender, false, [], payments, need);
            return;
        }

        foreach (var payment in payments) Console.WriteLine($"would pay {Words(payment)}");
        if (need is { } gas) Console.WriteLine($"{gas.Gas} gas, about {Amounts.Format(gas.Cost, CoinDecimals)} of the chain's coin; nothing was sent");
    }

    public void Paid(Address sender, IReadOnlyList<TransactionReceipt> receipts, IReadOnlyList<PlannedPayment> payments)
    {
        if (json)
        {
            Write(sender, true, receipts, payments, null);
            return;
        }

        foreach (var payment in payments) Console.WriteLine($"paid {Words(payment)}");
        foreach (var receipt in receipts) Console.WriteLine($"transaction {receipt.TransactionHash} in block {receipt.BlockNumber}, {receipt.GasUsed} gas, {Amounts.Format(receipt.Cost, CoinDecimals)} of the chain's coin");
    }

    public void Recipient(Address account, Address to, GasNeed? need, TransactionReceipt? receipt)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    account = account.ToChecksumString(), recipient = to.ToChecksumString(), sent = receipt is not null, transaction = receipt?.TransactionHash.ToString(), block = receipt?.BlockNumber,
                    gas = receipt?.GasUsed ?? need?.Gas, cost = (receipt?.Cost ?? need?.Cost)?.ToString(),
                },
                Written));
            return;
        }

        Console.WriteLine($"{(receipt is null ? "would set" : "set")} the recipient of {account.ToChecksumString()} to {(to == account ? "itself" : to.ToChecksumString())}");
        if (receipt is not null) Console.WriteLine($"transaction {receipt.TransactionHash} in block {receipt.BlockNumber}, {receipt.GasUsed} gas, {Amounts.Format(receipt.Cost, CoinDecimals)} of the chain's coin");
        else if (need is { } gas) Console.WriteLine($"{gas.Gas} gas, about {Amounts.Format(gas.Cost, CoinDecimals)} of the chain's coin; nothing was sent");
    }

    /// <summary>"12.5 USD to 0x…", and whose it is where that is another.</summary>
    private static string Words(PlannedPayment payment) =>
        $"{Amounts.Format(payment.Amount, payment.Token.Decimals)} {Inert.Of(payment.Token.Symbol, 20)} to {payment.To.ToChecksumString()}"
        + (payment.To == payment.Account ? string.Empty : $", which {payment.Account.ToChecksumString()} earned")
        + (payment.Entry is { } entry ? $" (push {entry.Index} of epoch {entry.Epoch})" : string.Empty);

    private static void Write(Address? sender, bool sent, IReadOnlyList<TransactionReceipt> receipts, IReadOnlyList<PlannedPayment> payments, GasNeed? need) => Console.WriteLine(JsonSerializer.Serialize(
        new
        {
            sender = sender?.ToChecksumString(),
            sent,
            gas = need?.Gas,
            cost = need?.Cost.ToString(),
            transactions = receipts.Select(receipt => new { hash = receipt.TransactionHash.ToString(), block = receipt.BlockNumber, gas = receipt.GasUsed, cost = receipt.Cost.ToString() }),
            payments = payments.Select(payment => new
            {
                account = payment.Account.ToChecksumString(),
                token = payment.Token.Token.ToChecksumString(),
                symbol = payment.Token.Symbol,
                decimals = payment.Token.Decimals,
                amount = payment.Amount.ToString(),
                cumulative = payment.Cumulative?.ToString(),
                to = payment.To.ToChecksumString(),
                push = payment.Entry is { } entry ? new { epoch = entry.Epoch, entry = entry.Index } : null,
            }),
        },
        Written));
}
