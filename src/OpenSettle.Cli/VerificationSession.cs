using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Verbs;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;

namespace OpenSettle.Cli;

/// <summary>What every verification asks: the chain by its own endpoints, and bundles and usage from wherever they are.</summary>
internal static class VerificationSession
{
    public static Option<string?> Bundles { get; } = new("--bundles")
    {
        Description = "folders or http(s) addresses, with commas between, that are asked for bundles before the address on chain is",
        HelpName = "PLACES",
    };

    public static Option<string?> Usage { get; } = new("--usage")
    {
        Description = "nodes or folders, with commas between, that batches of usage are pulled from (default: the node that published the bundle)",
        HelpName = "PLACES",
    };

    /// <summary>The settings that it takes.</summary>
    public static IReadOnlyList<SettingDefinition> Taken { get; } =
    [
        Settings.Deployment, Settings.Rpc, Settings.RpcQuorum, Settings.HedgeMilliseconds, Settings.Completeness, Settings.Finality,
        Settings.RpcTimeoutSeconds, Settings.BlocksAtOnce,
    ];

    /// <summary>Opens the sources, and shows how far it is while a person looks.</summary>
    public static async Task<T> RunAsync<T>(NodeOptions options, ParseResult parsed, Func<VerificationSources, IProgress<VerificationProgress>?, Task<T>> verify, CancellationToken cancellation)
    {
        using var progress = VerifyProgress.OnTerminal(Clock.Real);
        try
        {
            var provider = Providers.Choose("builtin", Clock.Real);
            using var chain = Providers.Connect(options, provider, Clock.Real);
            await ClaimVerb.RequireChainAsync(chain, cancellation);
            using var http = Place.NewClient(Clock.Real);
            var deployment = options.Deployment.Watched;
            // Nothing of it is needed afterwards, and a node's own folder is nothing that a verification would believe.
            var folder = Directory.CreateTempSubdirectory("opensettle-verify-");
            try
            {
                return await verify(
                    new VerificationSources(
                        deployment,
                        new VerificationChain(chain.Reader, chain.Quorum, chain.Ranges(options.Completeness)),
                        new BundleSource(Places(parsed.GetValue(Bundles), http), http, Clock.Real),
                        new BundleFolder(NodeOptionsPaths.In(folder.FullName)),
                        new BatchSource(Places(parsed.GetValue(Usage), http), deployment.Id, provider.Recover, http, Clock.Real),
                        options.PublicSources),
                    progress);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
        {
            throw new VerbException(ExitCode.Stopped, "stopped before all was verified: nothing can be said.", e);
        }
        catch (VerificationException e)
        {
            throw new VerbException(ExitCode.NotVerified, e.Message, e);
        }
    }

    internal static Place[] Places(string? list, HttpClient http) =>
        [.. (list ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(place => Place.Parse(place, http, Clock.Real))];
}
