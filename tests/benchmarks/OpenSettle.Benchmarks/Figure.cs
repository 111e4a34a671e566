using System.Text.Json;
using System.Text.Json.Serialization;
using OpenSettle.Benchmarks.Areas;

namespace OpenSettle.Benchmarks;

/// <summary>One figure, under the key by which the project talks of it.</summary>
/// <param name="Value">The median.</param>
/// <param name="Unit">What it is counted in.</param>
/// <param name="Peer">The peer's median in the same run and unit, where there is one.</param>
/// <param name="Ratio">How many times better than the peer.</param>
/// <param name="Target">What is to be reached.</param>
/// <param name="Spread">Smallest and largest of the runs.</param>
/// <param name="Skipped">Why it was not measured.</param>
internal sealed record Figure(
    double? Value,
    string Unit,
    double? Peer,
    double? Ratio,
    double? Target,
    double[]? Spread,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Skipped = null)
{
    public static Figure Of(Samples samples, string unit, double? target) =>
        new(Round(samples.Median), unit, null, null, target, [Round(samples.Least), Round(samples.Most)]);

    /// <summary>A figure that is itself a ratio: the peer's time over ours.</summary>
    public static Figure RatioOf(Samples ours, Samples peer, string unit, double? target)
    {
        var ratio = Round(peer.Median / ours.Median);
        return new Figure(ratio, unit, Round(peer.Median), ratio, target, [Round(peer.Least / ours.Most), Round(peer.Most / ours.Least)]);
    }

    public static Figure NotMeasured(string unit, double? target, string why) => new(null, unit, null, null, target, null, why);

    // Three figures are all that a shared machine's measurement holds.
    private static double Round(double value) =>
        value == 0 ? 0 : Math.Round(value, Math.Max(0, 2 - (int)Math.Floor(Math.Log10(Math.Abs(value)))));
}

/// <summary>The times of several runs.</summary>
internal sealed record Samples(IReadOnlyList<double> Values)
{
    public double Median
    {
        get
        {
            var sorted = Values.Order().ToArray();
            return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public double Least => Values.Min();

    public double Most => Values.Max();
}

/// <summary>All figures of an area, and the machine that they were seen on.</summary>
/// <param name="Growth">How costs grow, where the area measures it.</param>
internal sealed record Report(
    string Area,
    Machine Machine,
    SortedDictionary<string, Figure> Figures,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<GrowthRow>? Growth = null)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    public void Print(TextWriter output)
    {
        output.WriteLine($"{Area} on {Machine.Cpu}, {Machine.Cores} cores, vectors of {Machine.VectorBits} bits, {Machine.Os}, .NET {Machine.Dotnet}");
        foreach (var (key, figure) in Figures)
        {
            if (figure.Skipped is not null)
            {
                output.WriteLine($"  {key,-24} not measured: {figure.Skipped}");
                continue;
            }

            var spread = figure.Spread is { } range ? $" ({range[0]} to {range[1]})" : string.Empty;
            var peer = figure.Peer is { } value ? $", peer {value}" : string.Empty;
            output.WriteLine($"  {key,-24} {figure.Value} {figure.Unit}{spread}{peer}{(figure.Target is { } target ? $", to reach {target}" : string.Empty)}");
        }

        if (Growth is not null) GrowthBenchmarks.Print(Growth, output);
    }
}

/// <summary>What a figure's reader has to know of the machine.</summary>
internal sealed record Machine(string Cpu, int Cores, int VectorBits, string Os, string Dotnet)
{
    public static Machine Here() => new(
        CpuName(),
        Environment.ProcessorCount,
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? 256 : 128,
        System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        Environment.Version.ToString());

    private static string CpuName()
    {
        const string Info = "/proc/cpuinfo";
        var line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? "unknown" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
