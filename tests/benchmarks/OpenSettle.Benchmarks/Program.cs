using OpenSettle.Benchmarks;
using OpenSettle.Benchmarks.Areas;

// bench.sh AREA [--json] [--plot PATH]; "child-..." is this program calling itself.
if (args is ["child-tree", var count, var threads])
{
    var culture = System.Globalization.CultureInfo.InvariantCulture;
    Console.WriteLine(TreeBenchmarks.Child(int.Parse(count, culture), int.Parse(threads, culture)));
    return 0;
}

if (args is ["child-growth", var payments])
{
    Console.WriteLine(GrowthBenchmarks.Child(int.Parse(payments, System.Globalization.CultureInfo.InvariantCulture)));
    return 0;
}

if (args is ["child-epoch", .. var rest])
{
    Console.WriteLine(EpochBenchmarks.Child(rest));
    return 0;
}

if (args is ["child-ingest", var dataDir, var kind])
{
    await IngestServer.RunAsync(dataDir, kind == "parse");
    return 0;
}

if (args is ["child-ingest-postgres", var database])
{
    await IngestServer.RunPostgresAsync(database);
    return 0;
}

if (args is ["child-queue", var queueDatabase, var broker])
{
    await ClusterQueueServer.RunAsync(queueDatabase, new Uri(broker));
    return 0;
}

if (args is ["child-node", .. var part])
{
    Console.WriteLine(await NodeArea.ChildAsync(part));
    return 0;
}

if (args is ["child-passports", .. var piece])
{
    Console.WriteLine(await PassportsArea.ChildAsync(piece));
    return 0;
}

var areas = new SortedDictionary<string, Func<SortedDictionary<string, Figure>>>(StringComparer.Ordinal)
{
    ["chain"] = ChainArea.Measure,
    ["cluster"] = ClusterArea.Measure,
    ["contracts"] = ContractsArea.Measure,
    ["core"] = CoreArea.Measure,
    ["ingest"] = IngestArea.Measure,
    ["node"] = static () => VerifyCliBench.AddTo(NodeArea.Measure()),
    ["page"] = PageArea.Measure,
    ["passports"] = PassportsArea.Measure,
    ["witness"] = WitnessArea.Measure,
};
var json = args.Contains("--json", StringComparer.Ordinal);
var plotOption = Array.IndexOf(args, "--plot");
var plot = plotOption < 0 ? Path.Combine(".run", "core-growth.svg") : plotOption + 1 < args.Length ? args[plotOption + 1] : null;
var names = args.Where((argument, i) => argument != "--json" && (plotOption < 0 || (i != plotOption && i != plotOption + 1))).ToArray();
if (plot is null || names is not [var name] || !areas.TryGetValue(name, out var measure))
{
    await Console.Error.WriteLineAsync($"bench: usage: ./bench.sh AREA [--json] [--plot PATH], with AREA one of {string.Join(", ", areas.Keys)}");
    return 2;
}

var report = new Report(name, Machine.Here(), measure(), name == "core" ? GrowthBenchmarks.Measure() : null);
report.Print(json ? Console.Error : Console.Out);
if (report.Growth is { } growth)
{
    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(plot))!);
    await File.WriteAllTextAsync(plot, GrowthPlot.Draw(growth, report.Machine));
    await Console.Error.WriteLineAsync($"bench: drew {plot}");
}

if (json) Console.WriteLine(report.ToJson());
return 0;
