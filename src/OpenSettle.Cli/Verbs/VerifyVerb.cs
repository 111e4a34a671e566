using System.CommandLine;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Verify;

namespace OpenSettle.Cli.Verbs;

/// <summary>
/// opensettle verify: recomputes a vault's epochs from the chain, the bundles and the usage. It trusts no node: it reads the chain itself, and
/// what it fetches has to have the hash or the signature that it should.
/// </summary>
internal static class VerifyVerb
{
    private static readonly Option<bool> RequireUsage = new("--require-usage") { Description = "fail where the usage events cannot be had, so that sums are not checked" };
    private static readonly Option<ulong?> Epoch = new("--epoch") { Description = "this epoch alone; the books before it are taken as the vault has them", HelpName = "NUMBER" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    public static Command Create() => VerbRunner.Create(
        "verify",
        "Recomputes a vault's epochs from the chain, the bundles and the usage, without trusting any node",
        VerificationSession.Taken,
        RunAsync, VerificationSession.Bundles, VerificationSession.Usage, RequireUsage, Epoch, Json)
        .Printing<VerifyJson>()
        .WithExamples(
            "opensettle verify --deployment deployment.json --rpc https://rpc.example --require-usage",
            "opensettle verify --deployment deployment.json --epoch 7 --bundles https://node.example/bundles --usage https://node.example --json");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var epoch = parsed.GetValue(Epoch);
        if (epoch is 0) throw new VerbException(ExitCode.Usage, "--epoch: epochs are numbered from 1.");
        var report = await VerificationSession.RunAsync(
            options,
            parsed,
            (sources, progress) => new VaultVerification(
                sources.Deployment, sources.Chain, sources.Bundles, sources.Folder, sources.Batches, new VerificationOptions(epoch, options.BlocksAtOnce), Clock.Real).RunAsync(progress, cancellation),
            cancellation);
        var requireUsage = parsed.GetValue(RequireUsage);
        if (parsed.GetValue(Json)) VerifyText.PrintJson(report, options.Deployment, requireUsage);
        else VerifyText.Print(report, options.Deployment);
        Require(report, requireUsage);
        if (!parsed.GetValue(Json)) Console.WriteLine(VerifyText.Agreement(report));
    }

    /// <exception cref="VerbException">Something differs, or could not be verified.</exception>
    internal static void Require(VaultReport report, bool requireUsage)
    {
        if (report.Last is null) throw new VerbException(ExitCode.NotVerified, "no block of this deployment is final yet: there is nothing to verify.");
        switch (report.Outcome(requireUsage))
        {
            case VerifyOutcome.Differs:
                throw new VerbException(ExitCode.Differs, $"it differs: {report.First(VerifyOutcome.Differs)}");
            case VerifyOutcome.Agrees:
                break;
            default:
                throw new VerbException(ExitCode.NotVerified, $"not all could be verified: {report.First(VerifyOutcome.NotChecked)}");
        }
    }
}
