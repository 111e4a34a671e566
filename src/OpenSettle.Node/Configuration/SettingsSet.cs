namespace OpenSettle.Node.Configuration;

/// <summary>Everything that settings say: of one node, or of several chains.</summary>
/// <param name="Nodes">One for each chain, in the order in which the settings name them; one without a name where they name none.</param>
/// <param name="Problems">What is wrong with what was said, each a line with its remedy.</param>
public sealed record SettingsSet(IReadOnlyList<SettingsReader> Nodes, IReadOnlyList<string> Problems)
{
    /// <exception cref="SettingsException">Something is wrong.</exception>
    public SettingsSet Require() => Problems.Count == 0 ? this : throw new SettingsException(Problems);

    /// <summary>The settings of one chain.</summary>
    /// <param name="chain">Its name; null where there is only one.</param>
    /// <exception cref="SettingsException">It is not clear which, or there is none.</exception>
    public SettingsReader One(string? chain)
    {
        if (chain is null) return Nodes.Count == 1 ? Nodes[0] : throw new SettingsException([$"the settings name several chains. Say by --chain which one is meant: {Names}."]);
        if (Nodes.FirstOrDefault(node => node.Chain == chain) is { } found) return found;
        throw new SettingsException(
        [
            Nodes[0].Chain is null
                ? $"--chain: the settings name no chains. Leave it out, name them under \"chains\" in the file, or reach a chain of another node by {Settings.Api.Flag} ADDRESS/chains/{chain}."
                : $"--chain: the settings name no chain '{chain}', only {Names}.{Nearest.Hint(chain, Nodes.Select(node => node.Chain ?? string.Empty))}",
        ]);
    }

    private string Names => string.Join(", ", Nodes.Select(node => node.Chain));
}
