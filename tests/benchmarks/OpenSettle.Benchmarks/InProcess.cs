using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace OpenSettle.Benchmarks;

/// <summary>Runs BenchmarkDotNet quietly, in this process, and gives its samples. Methods of one class are measured in one run.</summary>
internal static class InProcess
{
    private static readonly Dictionary<Type, Summary> Done = [];

    public static Samples Nanoseconds<T>(string method)
    {
        if (!Done.TryGetValue(typeof(T), out var summary))
        {
            var config = new ManualConfig()
                .AddJob(Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(7))
                .AddLogger(NullLogger.Instance)
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "BenchmarkDotNet.Artifacts"))
                .WithOptions(ConfigOptions.DisableLogFile);
            summary = BenchmarkRunner.Run<T>(config);
            Done.Add(typeof(T), summary);
        }

        var report = summary.Reports.Single(candidate => candidate.BenchmarkCase.Descriptor.WorkloadMethod.Name == method);
        return report.ResultStatistics is { } statistics
            ? new Samples(statistics.OriginalValues.ToArray())
            : throw new InvalidOperationException($"{typeof(T).Name}.{method} gave no result.");
    }
}
