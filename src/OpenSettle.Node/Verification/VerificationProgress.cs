using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Node.Verification;

/// <summary>What a verification is at.</summary>
public enum VerificationStage
{
    Unknown = 0,

    /// <summary>Final blocks are read.</summary>
    Chain,

    /// <summary>An epoch's bundle is gone through.</summary>
    Bundle,

    /// <summary>An epoch's usage events are gone through.</summary>
    Usage,
}

/// <summary>How far a verification is.</summary>
/// <param name="Epoch">Which epoch; 0 where it is of none.</param>
/// <param name="Done">Blocks, bytes or events.</param>
/// <param name="PerSecond">Of these, since the stage began.</param>
public sealed record VerificationProgress(VerificationStage Stage, ulong Epoch, ulong Done, ulong Total, double PerSecond, TimeSpan? TimeLeft)
{
    internal static VerificationProgress OfChain(ProgressView view) =>
        new(VerificationStage.Chain, 0, view.Done, view.Done + view.Left, view.BlocksPerSecond, view.TimeLeft);
}

/// <summary>Rate and time left of one stage.</summary>
internal sealed class StageProgress(IProgress<VerificationProgress>? progress, VerificationStage stage, ulong epoch, ulong total, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private ulong _done;

    public void Took(ulong count)
    {
        _done += count;
        if (progress is null) return;
        var seconds = time.GetElapsedTime(_began).TotalSeconds;
        var rate = seconds > 0 ? _done / seconds : 0;
        var left = total > _done ? total - _done : 0;
        progress.Report(new VerificationProgress(stage, epoch, _done, total, rate, rate > 0 ? TimeSpan.FromSeconds(Math.Min(left / rate, TimeSpan.MaxValue.TotalSeconds / 2)) : null));
    }
}
