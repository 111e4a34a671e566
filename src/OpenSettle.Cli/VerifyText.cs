using System.Globalization;
using System.Text.Json;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Cli;

/// <summary>What a verification found, for people and for programs.</summary>
internal static class VerifyText
{
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
        JsonOutput.Print(new VerifyJson(
            Json(report.Last is null ? VerifyOutcome.NotChecked : report.Outcome(requireUsage)), report.First(VerifyOutcome.Differs), report.First(VerifyOutcome.NotChecked),
            id.ChainId, id.Vault.ToChecksumString(), report.Last?.Number, report.Last?.Hash.ToString(),
            [.. report.Epochs.Select(epoch => new VerifyJson.EpochJson(
                epoch.Number, epoch.Attempt, epoch.IsActive ? "active" : epoch.IsCandidate ? "candidate" : "open", Json(epoch.Outcome), epoch.BundleHash.ToString(), epoch.BundleFrom, (long)epoch.Payments, (long)epoch.Accounts,
                epoch.Events, epoch.Revoked, [.. epoch.Findings.Select(finding => new VerifyJson.LevelJson(finding.Name, Json(finding.Outcome), finding.Message))], [.. epoch.Notes]))],
            [.. report.Vetoed.Select(veto => new VerifyJson.VetoJson(veto.Epoch, veto.Attempt))],
            [.. report.Tokens.Select(token => new VerifyJson.TokenJson(
                token.Token.ToChecksumString(), token.Credited.ToString(), token.Promised.ToString(), token.Paid.ToString(), token.Balance?.ToString(), Json(token.Finding.Outcome), token.Finding.Message))],
            report.Claims is { } claims ? new VerifyJson.ClaimsJson(Json(claims.Outcome), claims.Message) : null));
    }

    private static void Print(EpochCheck epoch)
    {
        var agreeing = string.Join(", ", epoch.Findings.Where(finding => finding.Outcome == VerifyOutcome.Agrees).Select(finding => finding.Name));
        var open = epoch.IsActive ? string.Empty : epoch.IsCandidate ? ", a candidate: nobody proposed it yet" : ", open: its window runs";
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
