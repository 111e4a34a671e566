using OpenSettle.Node.Configuration;
using OpenSettle.Storage;

namespace OpenSettle.Node.Witness;

/// <summary>
/// Whose books these are. A witness takes in no epoch that it did not judge, and a node that settles none that it did not make: neither
/// could go on with the other's.
/// </summary>
internal static class BooksKind
{
    private const string Key = "kind";
    private const string Witness = "witness";

    /// <exception cref="SettingsException">They are the other's.</exception>
    public static async Task RequireAsync(IBooks books, NodeOptions options, CancellationToken cancellation)
    {
        var (kind, isEmpty) = books.Read(session => (session.Meta.GetText(Key), session.Chain.Cursor() is null));
        if (kind == (options.Cluster.IsWitness ? Witness : null)) return;
        if (kind is not null) throw new SettingsException([$"dataDir: {options.DataDir} has the books of a node that attests or watches, which cannot settle. Give this node a folder of its own."]);
        if (!isEmpty) throw new SettingsException([$"dataDir: {options.DataDir} has the books of a node that settles. One that attests or watches believes nobody: give it a folder of its own."]);
        await books.WriteAsync(session => session.Meta.SetText(Key, Witness), cancellation);
    }
}
