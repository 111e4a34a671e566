using System.CommandLine;
using OpenSettle.Node;
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
    private static readonly Option<string?> Bundles = new("--bundles")
    {
        Description = "folders or http(s) addresses, with commas between, that are asked for bundles before the address on chain is",
        HelpName = "PLACES",
    };

    private static readonly Option<string?> Usage = new("--usage")
    {
        Description = "nodes or folders, with commas between, that batches of usage are pulled from (default: the node that published the bundle)",
        HelpName = "PLACES",
    };

    private static readonly Option<bool> RequireUsage = new("--require-usage") { Description = "fail where the usage events cannot be had, so that sums are not checked" };
    private static readonly Option<ulong?> Epoch = new("--epoch") { Description = "this epoch alone; the books before it are taken as the vault has them", HelpName = "NUMBER" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    public static Command Create() => VerbRunner.Create(
        "verify",
        "Recomputes a vault's epochs from the chain, the bundles and the usage, without trusting any node",
        [
            Settings.Deployment, Settings.Rpc, Settings.RpcQuorum, Settings.HedgeMilliseconds, Settings.Completeness, Settings.Finality,
            Settings.RpcTimeoutSeconds, Settings.BlocksAtOnce,
        ],
        RunAsync, Bundles, Usage, RequireUsage, Epoch, Json);

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var epoch = parsed.GetValue(Epoch);
        if (epoch is 0) throw new VerbException(ExitCode.Usage, "--epoch: epochs are numbered from 1.");
        VaultReport report;
        using (var progress = VerifyProgress.OnTerminal(Clock.Real))
        {
            try
            {
                report = await VerifyAsync(options, parsed, epoch, progress, cancellation);
            }
            catch (OperationCanceledException e)
            {
                throw new VerbException(ExitCode.NotVerified, "stopped before all was verified: nothing can be said.", e);
            }
            catch (VerificationException e)
            {
                throw new VerbException(ExitCode.NotVerified, e.Message, e);
            }
        }

        var requireUsage = parsed.GetValue(RequireUsage);
        if (parsed.GetValue(Json)) VerifyText.PrintJson(report, options.Deployment, requireUsage);
        else VerifyText.Print(report, options.Deployment);
        Conclude(report, requireUsage, parsed.GetValue(Json));
    }

    private static async Task<VaultReport> VerifyAsync(NodeOptions options, ParseResult parsed, ulong? epoch, VerifyProgress? progress, CancellationToken cancellation)
    {
        var provider = Providers.Choose("builtin", Clock.Real);
        using var chain = Providers.Connect(options, provider, Clock.Real);
        await ClaimVerb.RequireChainAsync(chain, cancellation);
        using var http = Place.NewClient();
        var deployment = options.Deployment.Watched;
        // Nothing of it is needed afterwards, and a node's own folder is nothing that a verification would believe.
        var folder = Directory.CreateTempSubdirectory("opensettle-verify-");
        try
        {
            var verification = new VaultVerification(
                deployment,
                new VerificationChain(chain.Reader, chain.Quorum, chain.Ranges(options.Completeness)),
                new BundleSource(Places(parsed.GetValue(Bundles), http), http, Clock.Real),
                new BundleFolder(NodeOptionsPaths.In(folder.FullName)),
                new BatchSource(Places(parsed.GetValue(Usage), http), deployment.Id, provider.Recover, http, Clock.Real),
                new VerificationOptions(epoch, options.BlocksAtOnce),
                Clock.Real);
            return await verification.RunAsync(progress, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    internal static Place[] Places(string? list, HttpClient http) =>
        [.. (list ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(place => Place.Parse(place, http, Clock.Real))];

    private static void Conclude(VaultReport report, bool requireUsage, bool json)
    {
        if (report.Last is null) throw new VerbException(ExitCode.NotVerified, "no block of this deployment is final yet: there is nothing to verify.");
        switch (report.Outcome(requireUsage))
        {
            case VerifyOutcome.Differs:
                throw new VerbException(ExitCode.Differs, $"it differs: {report.First(VerifyOutcome.Differs)}");
            case VerifyOutcome.Agrees:
                if (!json) Console.WriteLine(VerifyText.Agreement(report));
                break;
            default:
                throw new VerbException(ExitCode.NotVerified, $"not all could be verified: {report.First(VerifyOutcome.NotChecked)}");
        }
    }
}
