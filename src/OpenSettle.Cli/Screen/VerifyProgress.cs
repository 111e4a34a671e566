using System.Globalization;
using OpenSettle.Node.Verification;

namespace OpenSettle.Cli.Screen;

/// <summary>How far a verification is: stages run beside each other, and each that is not done is told.</summary>
internal sealed class VerifyProgress(ProgressLine line) : IProgress<VerificationProgress>, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<VerificationStage, VerificationProgress> _stages = [];

    public static VerifyProgress? OnTerminal(TimeProvider time) => ProgressLine.OnTerminal(time) is { } line ? new VerifyProgress(line) : null;

    public void Report(VerificationProgress value)
    {
        lock (_gate)
        {
            _stages[value.Stage] = value;
            var open = _stages.Values.Where(stage => stage.Done < stage.Total).ToList();
            if (open is [var one]) line.Show(What(one), Unit(one), one.Done, one.Total, one.PerSecond, one.TimeLeft);
            else line.Show(string.Join("; ", open.Select(Short)));
        }
    }

    public void Dispose() => line.Dispose();

    private static string What(VerificationProgress stage) => stage.Stage switch
    {
        VerificationStage.Chain => "reading blocks",
        VerificationStage.Bundle => string.Create(CultureInfo.InvariantCulture, $"epoch {stage.Epoch}'s bundle"),
        _ => string.Create(CultureInfo.InvariantCulture, $"epoch {stage.Epoch}'s usage"),
    };

    private static string Unit(VerificationProgress stage) => stage.Stage switch
    {
        VerificationStage.Chain => "blocks",
        VerificationStage.Bundle => "bytes",
        _ => "events",
    };

    private static string Short(VerificationProgress stage) =>
        string.Create(CultureInfo.InvariantCulture, $"{What(stage)} {(int)((UInt128)stage.Done * 100 / ulong.Max(1, stage.Total))} %{(stage.TimeLeft is { } time ? $", {Times.Long(time)} left" : string.Empty)}");
}
