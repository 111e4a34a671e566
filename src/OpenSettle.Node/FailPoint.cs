using System.Diagnostics;
using System.Globalization;

namespace OpenSettle.Node;

/// <summary>
/// The boundaries between durable steps, by name. A test ends the process at one of them, as a crash there would; where nothing
/// is armed, passing one costs a comparison.
/// </summary>
public static class FailPoint
{
    /// <summary>
    /// Arms one: its name, or name and which time it is passed ("epoch.built:2"). With <see cref="Stops"/> behind it the process does not end
    /// there, but stands still until it is told to go on.
    /// </summary>
    public const string Variable = "OPENSETTLE_FAILPOINT";

    /// <summary>As a machine that sleeps, or a collection of garbage that takes minutes.</summary>
    public const string Stops = "/stop";

    public const string Journaled = "watch.journaled";
    public const string Posted = "book.posted";
    public const string SweepPlanned = "sweep.planned";
    public const string EpochClosed = "epoch.closed";
    public const string BundleWritten = "epoch.bundle-written";
    public const string EpochBuilt = "epoch.built";
    public const string ProposalSigned = "proposal.signed";
    public const string ProposalPlanned = "proposal.planned";
    public const string ActivationPlanned = "activation.planned";
    public const string AttestationPlanned = "attestation.planned";
    public const string PushPlanned = "push.planned";
    public const string ResumeTaken = "resume.taken";
    public const string Judged = "proposal.judged";
    public const string VetoPlanned = "veto.planned";
    public const string SendSigned = "send.signed";
    public const string SendStored = "send.stored";
    public const string SendBroadcast = "send.broadcast";
    public const string SendNoted = "send.noted";
    public const string SendSettled = "send.settled";

    private static string? s_armed;
    private static int s_passes;
    private static bool s_stops;

    /// <summary>Those that a node which settles passes, in the order in which money does.</summary>
    public static IReadOnlyList<string> Settling { get; } =
    [
        Journaled, Posted, SweepPlanned, EpochClosed, BundleWritten, EpochBuilt, ProposalSigned, ProposalPlanned, ActivationPlanned, AttestationPlanned, PushPlanned, ResumeTaken,
        SendSigned, SendStored, SendBroadcast, SendNoted, SendSettled,
    ];

    /// <summary>Those that a watchtower passes on its way to a veto.</summary>
    public static IReadOnlyList<string> Watching { get; } = [Judged, VetoPlanned, SendSigned, SendStored, SendBroadcast, SendNoted, SendSettled];

    public static IReadOnlyList<string> All { get; } = [.. Settling.Union(Watching)];

    /// <summary>Arms what the variable names. False where it names none that there is.</summary>
    public static bool TryArm(string? value)
    {
        var stops = value?.EndsWith(Stops, StringComparison.Ordinal) == true;
        var parts = (stops ? value![..^Stops.Length] : value ?? string.Empty).Split(':', 2);
        var passes = 1;
        if (!All.Contains(parts[0], StringComparer.Ordinal)) return false;
        if (parts.Length > 1 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out passes) || passes == 0)) return false;
        (s_passes, s_armed, s_stops) = (passes, parts[0], stops);
        return true;
    }

    /// <summary>Passes a boundary.</summary>
    internal static void At(string name)
    {
        if (s_armed is null || s_armed != name || --s_passes > 0) return;
        if (s_stops)
        {
            s_armed = null;
            using var stop = Process.Start("kill", ["-STOP", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
            stop.WaitForExit();
            return;
        }

        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
