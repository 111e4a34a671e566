using System.Globalization;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Governing;

/// <summary>What the vault would refuse, or what it would take and nobody should want, said before anything is signed.</summary>
internal static class GovernChecks
{
    public static Address Account(string flag, string? text) => Address.TryParse(text, out var account) && !account.IsZero
        ? account
        : throw new VerbException(ExitCode.Usage, $"{flag}: '{Inert.Of(text ?? string.Empty, 80)}' is not an account: 0x and 40 hexadecimal digits, not all zero, mixed case with a right checksum.");

    /// <summary>The set that is meant: given whole, or as what changes of the one that there is.</summary>
    /// <param name="threshold">How many sign; null: as many as now.</param>
    public static VaultChange.Attestors Attestors(VaultState vault, IReadOnlyList<Address> set, IReadOnlyList<Address> add, IReadOnlyList<Address> remove, uint? threshold)
    {
        if (set.Count > 0 && add.Count + remove.Count > 0) throw new VerbException(ExitCode.Usage, "--set: it is the whole set; with it there is no --add and no --remove.");
        if (set.Count + add.Count + remove.Count == 0 && threshold is null) throw new VerbException(ExitCode.Usage, "which attestors? Give --set A,B,C, or --add and --remove, or --threshold alone.");
        if (remove.Where(account => !vault.Attestors.Contains(account)).Select(account => (Address?)account).FirstOrDefault() is { } stranger) throw new VerbException(ExitCode.Refused, $"--remove: {stranger.ToChecksumString()} is not an attestor.");
        if (add.Where(account => vault.Attestors.Contains(account)).Select(account => (Address?)account).FirstOrDefault() is { } member) throw new VerbException(ExitCode.Refused, $"--add: {member.ToChecksumString()} is an attestor already.");
        IReadOnlyList<Address> members = set.Count > 0 ? set : [.. vault.Attestors.Where(account => !remove.Contains(account)), .. add];
        if (members.GroupBy(account => account).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new VerbException(ExitCode.Usage, $"{(set.Count > 0 ? "--set" : "--add")}: {twice.Key.ToChecksumString()} stands there twice.");
        var needed = threshold ?? vault.Threshold;
        if (needed == 0 || needed > members.Count)
            throw new VerbException(ExitCode.Usage, $"--threshold: {needed.ToString(CultureInfo.InvariantCulture)} of {members.Count.ToString(CultureInfo.InvariantCulture)} attestors cannot sign. Give a number from 1 to {members.Count.ToString(CultureInfo.InvariantCulture)}.");
        if (needed == vault.Threshold && members.Count == vault.Attestors.Count && members.All(vault.Attestors.Contains)) throw new VerbException(ExitCode.Refused, "nothing would change: these are the attestors, and so many of them sign.");
        return new VaultChange.Attestors(members, needed);
    }

    public static IEnumerable<string> Doubts(VaultState vault, VaultChange.Attestors next)
    {
        if (next.Threshold == 1) yield return "One signature will be enough: one stolen key then proposes what it likes.";
        else if (2UL * next.Threshold <= (ulong)next.Members.Count) yield return "Not more than half of them have to sign: two parts of the set can then sign different epochs.";
        if (next.Threshold < vault.Threshold) yield return $"Fewer have to sign than now: {next.Threshold.ToString(CultureInfo.InvariantCulture)}, and not {vault.Threshold.ToString(CultureInfo.InvariantCulture)}.";
        foreach (var member in next.Members)
        {
            if (member == vault.Governor) yield return $"{member.ToChecksumString()} is the governor, too: roles are to be of different keys.";
            if (member == vault.Guardian) yield return $"{member.ToChecksumString()} is the guardian, too: it would not veto what it signed.";
        }
    }

    /// <summary>The governor schedules, the guardian cancels: one account that is both could replace the attestors, and so take money.</summary>
    public static void RequireOther(string role, Address account, Address holder, string otherRole, Address other)
    {
        if (account == holder) throw new VerbException(ExitCode.Refused, $"nothing would change: {account.ToChecksumString()} is the {role}.");
        if (account == other) throw Both(account, otherRole);
    }

    public static VerbException Both(Address account, string otherRole) =>
        new(ExitCode.Refused, $"{account.ToChecksumString()} is the {otherRole}, or is to be: each of the two has to watch the other, so name an account of other people.");

    public static uint Seconds(string name, string? text, uint most) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 && seconds <= most
            ? seconds
            : throw new VerbException(ExitCode.Usage, $"{name}: '{Inert.Of(text ?? string.Empty, 40)}' is not a number of seconds from 1 to {most.ToString(CultureInfo.InvariantCulture)}.");

    /// <summary>EPOCH.ATTEMPT, as logs and the watchtower name a proposal.</summary>
    public static (ulong Epoch, uint Attempt) Proposal(string? text)
    {
        var parts = (text ?? string.Empty).Split('.');
        return parts.Length == 2 && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) && epoch > 0
            ? (epoch, attempt)
            : throw new VerbException(ExitCode.Usage, $"proposal: '{Inert.Of(text ?? string.Empty, 40)}' is not EPOCH.ATTEMPT: 12.0 is the first attempt at epoch 12.");
    }

    /// <summary>TOKEN:SMALLEST.</summary>
    public static ListedToken Token(string text)
    {
        var parts = text.Split(':');
        return parts.Length == 2 && UInt256.TryParse(parts[1], out var smallest) && !smallest.IsZero && smallest <= (UInt256)UInt128.MaxValue
            ? new ListedToken(Account("token", parts[0]), smallest)
            : throw new VerbException(ExitCode.Usage, $"token: '{Inert.Of(text, 100)}' is not TOKEN:SMALLEST, with the smallest accrual that becomes payable in the token's smallest units, from 1 on.");
    }
}
