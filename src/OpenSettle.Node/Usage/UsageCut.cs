using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>Whether the usage file is the one whose events the last epoch took.</summary>
internal static class UsageCut
{
    /// <exception cref="StartRefusedException">It ends before, or is another: an older copy, or one put in its place.</exception>
    public static void Require(SettledEpoch? latest, IUsageJournal usage, string file)
    {
        if (latest is not { UsagePosition: > 0 } epoch) return;
        if (usage.Sealed.Position < epoch.UsagePosition)
        {
            throw new StartRefusedException(
                $"{file} ends with event {usage.Sealed.Position}, and epoch {epoch.Number} took events up to {epoch.UsagePosition}. Restore it from a backup that is as new as the books; or put the books aside, and 'opensettle rebuild' makes both anew.");
        }

        if (usage.SealOf(epoch.UsagePosition) is not { } seal || seal.Position != epoch.UsagePosition || seal.Chain != epoch.UsageChain)
        {
            throw new StartRefusedException(
                $"{file} has other events up to {epoch.UsagePosition} than those that epoch {epoch.Number} took. Restore it from a backup of this node.");
        }
    }
}
