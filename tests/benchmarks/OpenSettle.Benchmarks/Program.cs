using OpenSettle.Benchmarks;
using OpenSettle.Benchmarks.Areas;

// bench.sh AREA [--json]; "child-tree N" is this program calling itself.
if (args is ["child-tree", var count])
{
    Console.WriteLine(CoreArea.ChildTree(int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)));
    return 0;
}

var areas = new SortedDictionary<string, Func<SortedDictionary<string, Figure>>>(StringComparer.Ordinal)
{
    ["chain"] = ChainArea.Measure,
    ["cluster"] = LaterAreas.Cluster,
    ["contracts"] = ContractsArea.Measure,
    ["core"] = CoreArea.Measure,
    ["ingest"] = LaterAreas.Ingest,
    ["node"] = LaterAreas.Node,
    ["passports"] = LaterAreas.Passports,
};
var json = args.Contains("--json", StringComparer.Ordinal);
if (args.Where(argument => argument != "--json").ToArray() is not [var name] || !areas.TryGetValue(name, out var measure))
{
    await Console.Error.WriteLineAsync($"bench: usage: ./bench.sh AREA [--json], with AREA one of {string.Join(", ", areas.Keys)}");
    return 2;
}

var report = new Report(name, Machine.Here(), measure());
report.Print(json ? Console.Error : Console.Out);
if (json) Console.WriteLine(report.ToJson());
return 0;
