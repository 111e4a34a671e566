using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Cli;

/// <summary>What a verification found, for people and for programs.</summary>
internal static class VerifyText
{
    private static readonly JsonSerializerOptions JsonForm = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static void Print(VaultReport report, DeploymentFile deployment)
    {
        var id = deployment.Watched.Id;
        Console.WriteLine($"vault     {id.Vault.ToChecksumString()} on chain {id.ChainId}{(report.Last is { } last ? $", read to final block {last.Number} ({last.Hash})" : string.Empty)}");
        foreach (var epoch in report.Epochs) Print(epoch);
        foreach (var (number, attempt) in report.Vetoed) Console.WriteLine($"vetoed    epoch {number}, attempt {attempt}");
        foreach (var token in report.Tokens) Print(token, deployment);
        if (report.Claims is { } claims) Console.WriteLine($"claims    {Name(claims.Outcome)}: {claims.Message}");
    }

    public static string Agreement(VaultReport report)
    {
        var skipped = report.Epochs.Count(epoch => epoch.Outcome == VerifyOutcome.NotChecked);
        var usage = skipped == 0 ? string.Empty : $"; of {skipped} the usage was not checked";
        return $"verified  {Count(report.Epochs.Count, "epoch")} {(report.Epochs.Count == 1 ? "agrees" : "agree")} with the chain{usage}";
    }

    public static void PrintJson(VaultReport report, DeploymentFile deployment, bool requireUsage)
    {
        var id = deployment.Watched.Id;
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                outcome = Json(report.Last is null ? VerifyOutcome.NotChecked : report.Outcome(requireUsage)),
                firstDifference = report.First(VerifyOutcome.Differs),
                firstNotChecked = report.First(VerifyOutcome.NotChecked),
                chainId = id.ChainId,
                vault = id.Vault.ToChecksumString(),
                block = report.Last?.Number,
                blockHash = report.Last?.Hash.ToString(),
                epochs = report.Epochs.Select(epoch => new
                {
                    number = epoch.Number,
                    attempt = epoch.Attempt,
                    state = epoch.IsActive ? "active" : "open",
                    outcome = Json(epoch.Outcome),
                    bundleHash = epoch.BundleHash.ToString(),
                    bundleFrom = epoch.BundleFrom,
                    payments = epoch.Payments,
                    accounts = epoch.Accounts,
                    usageEvents = epoch.Events,
                    rootsRevoked = epoch.Revoked,
                    levels = epoch.Findings.Select(finding => new { level = finding.Name, outcome = Json(finding.Outcome), message = finding.Message }),
                    notes = epoch.Notes,
                }),
                vetoed = report.Vetoed.Select(veto => new { epoch = veto.Epoch, attempt = veto.Attempt }),
                tokens = report.Tokens.Select(token => new
                {
                    token = token.Token.ToChecksumString(),
                    credited = token.Credited.ToString(),
                    promised = token.Promised.ToString(),
                    paid = token.Paid.ToString(),
                    balance = token.Balance?.ToString(),
                    outcome = Json(token.Finding.Outcome),
                    message = token.Finding.Message,
                }),
                claims = report.Claims is { } claims ? new { outcome = Json(claims.Outcome), message = claims.Message } : null,
            },
            JsonForm));
    }

    private static void Print(EpochCheck epoch)
    {
        var agreeing = string.Join(", ", epoch.Findings.Where(finding => finding.Outcome == VerifyOutcome.Agrees).Select(finding => finding.Name));
        var open = epoch.IsActive ? string.Empty : ", open: its window runs";
        var revoked = epoch.Revoked == 0 ? string.Empty : $", takes back {Count(epoch.Revoked, "root")}";
        Console.WriteLine(
            $"epoch {epoch.Number.ToString(CultureInfo.InvariantCulture),-3} {Count(epoch.Payments, "payment")}, {Count(epoch.Accounts, "account")}, {Count((long)epoch.Events, "signed event")}{open}{revoked}");
        if (agreeing.Length > 0) Console.WriteLine($"          agrees: {agreeing}");
        foreach (var finding in epoch.Findings.Where(finding => finding.Outcome != VerifyOutcome.Agrees))
            Console.WriteLine($"          {Name(finding.Outcome)}: {finding.Name}: {finding.Message}");
        foreach (var note in epoch.Notes) Console.WriteLine($"          note: {note}");
    }

    private static void Print(TokenCheck token, DeploymentFile deployment)
    {
        var known = deployment.Tokens.FirstOrDefault(item => item.Token == token.Token);
        string Amount(UInt256 amount) => Amounts.Format(amount, known?.Decimals ?? 0);
        var balance = token.Balance is { } held ? $", holds {Amount(held)}" : string.Empty;
        Console.WriteLine($"token     {known?.Symbol ?? token.Token.ToChecksumString()}: credited {Amount(token.Credited)}, promised {Amount(token.Promised)}, paid {Amount(token.Paid)}{balance}");
        Console.WriteLine($"          {Name(token.Finding.Outcome)}: {token.Finding.Message}");
    }

    private static string Count(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}{(count == 1 ? string.Empty : "s")}");

    private static string Name(VerifyOutcome outcome) => outcome switch
    {
        VerifyOutcome.Agrees => "agrees",
        VerifyOutcome.Differs => "differs",
        _ => "not checked",
    };

    private static string Json(VerifyOutcome outcome) => JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());
}
