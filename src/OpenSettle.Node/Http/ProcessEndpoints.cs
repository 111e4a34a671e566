using OpenSettle.Node.Hosting;

namespace OpenSettle.Node.Http;

/// <summary>What is asked of the process rather than of one chain's node: its chains, and to read its settings again.</summary>
internal static class ProcessEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/chains", Chains).For(Access.Public).WithName("chains").WithSummary("The chains that this process settles, and where each is reached");
        routes.MapPost("/api/v1/ops/reload", Reload).For(Access.Operator).WithName("reloadSettings").WithSummary("Reads the settings again, and takes over those that may change while the node runs").Produces<Reloaded>();
    }

    private static ChainList Chains(NodeGroup group, TimeProvider time) => new(
    [
        .. group.Nodes.Select(node => new ChainEntry(
            node.Name, node.Options.Deployment.Watched.Id.ChainId, node.Options.Deployment.Watched.Id.Vault.ToChecksumString(), node.Path,
            node.ReadinessNow(time).Ready, node.Running?.State.Chain?.Head, node.Running?.State.Chain?.Final, node.Ended ?? node.Running?.State.Halted)),
    ]);

    private static IResult Reload(NodeGroup group)
    {
        var report = group.Reload();
        return report.Problems.Count == 0
            ? Results.Ok(new Reloaded([.. report.Changes.Where(change => change.Applied).Select(Named)], [.. report.Changes.Where(change => !change.Applied).Select(Named)]))
            : Problems.Of(StatusCodes.Status422UnprocessableEntity, "The settings cannot be used, and nothing was changed.", string.Join(' ', report.Problems));
    }

    private static ChangedSetting Named(SettingChange change) => new(change.Chain, change.Setting);
}

/// <summary>The chains of a process.</summary>
internal sealed record ChainList(IReadOnlyList<ChainEntry> Chains);

/// <summary>One of them.</summary>
/// <param name="Name">As the settings name it; absent where they do not speak of several.</param>
/// <param name="Path">What stands before its paths: /chains/NAME, or nothing.</param>
/// <param name="Stopped">Why it does not settle any more; absent while it does.</param>
internal sealed record ChainEntry(string? Name, ulong ChainId, string Vault, string Path, bool Ready, ulong? Head, ulong? Final, string? Stopped);

/// <summary>What became of reading the settings again.</summary>
/// <param name="Applied">These hold from the pipeline's next turn on.</param>
/// <param name="NeedStart">These hold from the next start on.</param>
internal sealed record Reloaded(IReadOnlyList<ChangedSetting> Applied, IReadOnlyList<ChangedSetting> NeedStart);

/// <param name="Chain">Absent where the process has one.</param>
internal sealed record ChangedSetting(string? Chain, string Setting);
