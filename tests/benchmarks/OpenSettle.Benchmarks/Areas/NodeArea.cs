using System.Globalization;
using Microsoft.Data.Sqlite;
using OpenSettle.Node;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// A node's settlement: from a last block that becomes final to the proposal that is sent, and a start on much data. The node is a
/// process of its own on real books; the chain is an endpoint of the benchmark's. The data takes minutes to make, and is kept under the
/// folder of temporary files for the next run.
/// </summary>
internal static class NodeArea
{
    // Changed with what the data is made of; tables of another version change the folder's name too.
    private const int Layout = 2;
    private const int JournalRows = 10_000_000;
    private const string Activation = "activation";
    private const string Prefix = "opensettle-bench-node-";

    private static readonly NodeWorkload Small = new(100_000, 10_000);
    private static readonly NodeWorkload Large = new(1_000_000, 100_000);

    public static SortedDictionary<string, Figure> Measure()
    {
        var figures = new SortedDictionary<string, Figure>(StringComparer.Ordinal);
        foreach (var (key, figure) in MeasureAsync().GetAwaiter().GetResult()) figures.Add(key, figure);
        return figures;
    }

    /// <summary>One part alone, for who works on it: epoch PAYMENTS ACCOUNTS, or start.</summary>
    public static async Task<string> ChildAsync(IReadOnlyList<string> arguments)
    {
        if (arguments is ["start"])
        {
            var (folder, activation) = await StartDataAsync();
            var (ready, proofs) = await StartAsync(folder);
            return string.Create(CultureInfo.InvariantCulture, $"ready {ready:0.00} s, proofs {proofs:0.00} s; the activation took {activation:0.00} s");
        }

        var work = new NodeWorkload(int.Parse(arguments[1], CultureInfo.InvariantCulture), int.Parse(arguments[2], CultureInfo.InvariantCulture));
        var run = await EpochAsync(work);
        return string.Create(CultureInfo.InvariantCulture, $"{run.Seconds:0.00} s, {run.Processor:0.00} s of processor, {run.Peak:0.00} GiB");
    }

    private static async Task<List<(string Key, Figure Figure)>> MeasureAsync()
    {
        var small = await RunsAsync(Small, 5);
        var large = await RunsAsync(Large, 3);
        var (folder, activation) = await StartDataAsync();
        var starts = new List<(double Ready, double Proofs)>();
        for (var run = 0; run < 5; run++) starts.Add(await StartAsync(folder));
        return
        [
            ("epoch_100k_s", Figure.Of(new Samples([.. small.Select(run => run.Seconds)]), "s", 5)),
            ("epoch_100k_gib", Figure.Of(new Samples([.. small.Select(run => run.Peak)]), "GiB", null)),
            ("epoch_1m_s", Figure.Of(new Samples([.. large.Select(run => run.Seconds)]), "s", 40)),
            ("epoch_1m_gib", Figure.Of(new Samples([.. large.Select(run => run.Peak)]), "GiB", 1)),
            ("activate_1m_s", Figure.Of(new Samples([activation]), "s, posting the activation of that epoch, once", null)),
            ("start_10m_s", Figure.Of(new Samples([.. starts.Select(start => start.Ready)]), "s", 3)),
            ("start_10m_proofs_s", Figure.Of(new Samples([.. starts.Select(start => start.Proofs)]), "s, to the first proof served", null)),
        ];
    }

    private static async Task<List<(double Seconds, double Processor, double Peak)>> RunsAsync(NodeWorkload work, int runs)
    {
        var all = new List<(double Seconds, double Processor, double Peak)>();
        for (var run = 0; run < runs; run++) all.Add(await EpochAsync(work));
        return all;
    }

    private static async Task<(double Seconds, double Processor, double Peak)> EpochAsync(NodeWorkload work)
    {
        var books = await BooksAsync(work);
        var folder = Path.Combine(Cache(), $"run-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");
        Copy(books, folder);
        try
        {
            return await SettleAsync(folder, work);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double Seconds, double Processor, double Peak)> SettleAsync(string folder, NodeWorkload work)
    {
        await using var chain = await NodeChain.StartAsync(work, VaultState.Empty);
        using var node = MeasuredNode.Start(folder, chain.Endpoint, work.Payments);
        await node.WaitAsync("/readyz");
        // It has looked at its books, and rests.
        await Task.Delay(TimeSpan.FromSeconds(2));
        var before = node.ProcessorSeconds();
        var seconds = await node.TimeAsync(() =>
        {
            chain.Show(last: true);
            return chain.Sent;
        });
        return (seconds, node.ProcessorSeconds() - before, node.PeakGibibytes());
    }

    private static async Task<(double Ready, double Proofs)> StartAsync(string folder)
    {
        await using var chain = await NodeChain.StartAsync(Large, NodeFill.Vault(folder));
        chain.Show(last: true);
        using var node = MeasuredNode.Start(folder, chain.Endpoint, int.MaxValue / 100);
        var ready = await node.WaitAsync("/readyz");
        var proofs = await node.WaitAsync($"/api/v1/accounts/{CoreArea.Account(1).ToChecksumString()}", page => page.GetProperty("epoch").GetUInt64() == 1);
        return (ready, proofs);
    }

    private static async Task<string> BooksAsync(NodeWorkload work) => await CachedAsync(
        string.Create(CultureInfo.InvariantCulture, $"epoch-{work.Payments}-{work.Accounts}"), folder => NodeFill.EpochAsync(folder, work));

    private static async Task<(string Folder, double Activation)> StartDataAsync()
    {
        var books = await BooksAsync(Large);
        var folder = await CachedAsync("start", async folder =>
        {
            Directory.Delete(folder);
            Copy(books, folder);
            await SettleAsync(folder, Large);
            // Told with every run's figures; it is made once.
            await File.WriteAllTextAsync(Path.Combine(folder, Activation), (await NodeFill.ActivateAsync(folder)).ToString(CultureInfo.InvariantCulture));
            await NodeFill.EventsAsync(folder, Large, JournalRows);
        });
        return (folder, double.Parse(await File.ReadAllTextAsync(Path.Combine(folder, Activation)), CultureInfo.InvariantCulture));
    }

    /// <summary>A folder that is made once, and whole or not at all.</summary>
    public static async Task<string> CachedAsync(string name, Func<string, Task> make)
    {
        var folder = Path.Combine(Cache(), name);
        if (Directory.Exists(folder)) return folder;
        await Console.Error.WriteLineAsync($"bench: making {folder}");
        var partial = folder + ".partial";
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        await make(partial);
        Directory.Move(partial, folder);
        return folder;
    }

    private static string Cache()
    {
        var temporary = Path.GetTempPath();
        var folder = Path.Combine(temporary, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Layout}-{Tables.Value}"));
        // Not what somebody else's tables are measured with just now.
        var old = DateTime.UtcNow.AddDays(-1);
        foreach (var other in Directory.EnumerateDirectories(temporary, $"{Prefix}*").Where(other => other != folder && Directory.GetLastWriteTimeUtc(other) < old)) Directory.Delete(other, recursive: true);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>The versions of this program's tables.</summary>
    private static Lazy<string> Tables { get; } = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("opensettle-tables");
        try
        {
            var paths = NodeOptionsPaths.In(folder.FullName);
            using (SqliteBooks.Open(paths.Database, NodeWorkload.Deployment.Id))
            {
                // Made with its tables.
            }

            using (SqliteUsage.Open(paths.Usage, NodeWorkload.Deployment.Id, TimeProvider.System))
            {
                // And this one.
            }

            return $"{VersionOf(paths.Database)}-{VersionOf(paths.Usage)}";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    });

    private static string VersionOf(string file)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "0";
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
