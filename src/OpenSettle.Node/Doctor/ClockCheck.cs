using System.Runtime.CompilerServices;

namespace OpenSettle.Node.Doctor;

/// <summary>
/// This machine's clock against those of the endpoints' servers, and the newest block's time against it. Block time decides money; by
/// the clock events are told from events of the future, and transactions are offered anew.
/// </summary>
internal sealed class ClockCheck : ICheck
{
    /// <summary>So much is not told of: servers tell whole seconds, and answers take their time.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FarOff = TimeSpan.FromMinutes(2);

    private const string SetClock = "Set this machine's clock: timedatectl set-ntp true, or whatever keeps its time.";

    public string Name => "clock";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        // The one that is nearest: a single wrong server is not believed against another.
        var clocks = patient.Endpoints.Where(endpoint => endpoint.Clock is not null).Select(endpoint => (endpoint.Name, Off: endpoint.Clock!.Value.Ours - endpoint.Clock.Value.Theirs)).ToList();
        if (clocks.Count > 0)
        {
            var (name, off) = clocks.MinBy(clock => clock.Off.Duration());
            var told = $"this machine's clock is {Words.Of(off)} {(off > TimeSpan.Zero ? "ahead of" : "behind")} that of {name}";
            if (off.Duration() > FarOff) yield return Finding.Fault(Name, told + ".", SetClock);
            else if (off.Duration() > Tolerance) yield return Finding.Warning(Name, told + ".", SetClock);
            else yield return Finding.Ok(Name, $"within {(long)Tolerance.TotalSeconds} s of the endpoints' servers");
        }

        if (patient.Right is not [{ Head: { } head }, ..])
        {
            if (clocks.Count == 0) yield return Finding.Skipped(Name, Patient.NoChain);
            yield break;
        }

        var now = patient.Right[0].Clock?.Theirs ?? patient.Time.GetUtcNow();
        var ahead = (long)ulong.Min(head.Timestamp, long.MaxValue) - now.ToUnixTimeSeconds();
        if (ahead > FarOff.TotalSeconds && clocks.Count > 0)
            yield return Finding.Warning(Name, $"block {head.Number} is {Words.Of(TimeSpan.FromSeconds(ahead))} ahead of the time.", "Check with whoever runs the chain: windows and epochs go by block time.");
        else if (ahead > FarOff.TotalSeconds)
            yield return Finding.Fault(Name, $"this machine's clock is {Words.Of(TimeSpan.FromSeconds(ahead))} behind block {head.Number}.", SetClock);
        else if (clocks.Count == 0) yield return Finding.Ok(Name, "not behind the chain; the endpoints do not tell the time");
    }
}
