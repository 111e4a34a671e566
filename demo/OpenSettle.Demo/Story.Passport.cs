using System.Text.Json;
using OpenSettle.Demo.Stage;

namespace OpenSettle.Demo;

public sealed partial class Story
{
    private const int Trials = 200;

    /// <summary>Somebody who earns nothing by the model measures it; what is measured by is committed to before the result.</summary>
    private async Task EvaluateAsync(CancellationToken cancellation)
    {
        teller.Chapter("The narrow model is evaluated, and its owner says what is allowed");
        await AttestAsync(Cast.EvaluatorAccount, ["evaluator", "--register", "--uri", "https://evaluator.example"], cancellation);
        string[] about = ["--domain", Niche, "--metric", "accuracy", "--set", Market.Text("clauses held out").ToString(), "--method", "exact"];
        var commitment = await AttestAsync(Cast.EvaluatorAccount, ["commit", Salvage.Id.ToString(), .. about], cancellation);
        teller.Say($"An evaluator, who earns nothing by it, first said by which set it will measure lexis-nda-clauses in {Niche}: attestation {Teller.Short(commitment)}.");
        var result = await AttestAsync(Cast.EvaluatorAccount, ["evaluation", Salvage.Id.ToString(), .. about, "--value", "0.94", "--n", $"{Trials}", "--commitment", commitment], cancellation);
        teller.Say($"Then the result: 0.94 of {Trials} right, attestation {Teller.Short(result)}. A result without the word before it would be shown, and rank nothing.");
        var permission = await AttestAsync(Cast.GitaAccount, ["permission", Salvage.Id.ToString(), "--account", "anybody", "--use", "resale", "--permission", "not-allowed"], cancellation);
        teller.Say($"Gita, its owner, attested that its answers may not be resold: {Teller.Short(permission)}.");
        Counts.Attestations = 3;
    }

    private async Task<string> AttestAsync(int account, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var output = await CommandAsync(
            "opensettle attest", ["attest", .. arguments, "--rpc", chain.Rpc.ToString(), "--deployment", deployment.File, "--yes", "--json"], cancellation, account);
        using var sent = JsonDocument.Parse(output.Last(line => line.StartsWith('{')));
        return sent.RootElement.GetProperty("requests")[0].TryGetProperty("uid", out var uid) ? uid.GetString() ?? string.Empty : string.Empty;
    }

    /// <summary>A buyer looks the model up, and believes nobody.</summary>
    private async Task LookUpAsync(CancellationToken cancellation)
    {
        teller.Chapter("A buyer looks the narrow model up, and verifies what is said of it");
        await Node.WaitAsync(
            $"api/v1/models/{Salvage.Id}/passport", "the passport has the evaluation",
            passport => passport.GetProperty("attestations").GetArrayLength() >= Counts.Attestations && passport.GetProperty("lastEpoch").GetUInt64() >= _toldEpochs
                && passport.GetProperty("figures").EnumerateArray().All(figure => figure.GetProperty("state").GetString() is not "notRead"),
            cancellation);
        string[] api = ["--api", Node.Api.ToString()];
        teller.Say($"opensettle find --domain {Niche} --min-n 100 --lower-bound 0.75");
        teller.Show(await CommandAsync("opensettle find", ["find", "--domain", Niche, "--min-n", "100", "--lower-bound", "0.75", .. api], cancellation));
        teller.Say($"opensettle passport {Teller.Short(Salvage.Id.ToString())}");
        var page = await CommandAsync("opensettle passport", ["passport", Salvage.Id.ToString(), .. api], cancellation);
        teller.Show(page.TakeWhile(line => line != "Figures"));
        teller.Say($"… and {page.SkipWhile(line => line != "Figures").Count()} lines of figures and attestations.");
        teller.Say("All of that is the node's word. The same again with --verify, from the chain, the bundles and the signed usage alone:");
        var verdicts = await CommandAsync(
            "opensettle passport --verify",
            ["passport", Salvage.Id.ToString(), "--verify", "--json", "--rpc", chain.Rpc.ToString(), "--deployment", deployment.File, "--finality", "1", .. api], cancellation);
        using var report = JsonDocument.Parse(verdicts.Last(line => line.StartsWith('{')));
        var rows = report.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("verdict").GetString()).ToList();
        var outcome = report.RootElement.GetProperty("outcome").GetString();
        if (outcome != "agrees") throw new StageException(StageException.Failed, $"the passport does not hold: {outcome}. This is a bug: please report it.");
        Counts.PassportsVerified++;
        teller.Say($"{rows.Count(verdict => verdict == "holds")} figures hold, {rows.Count(verdict => verdict == "claimed")} are only claimed (somebody's word, and said to be), none differs.");
    }
}
