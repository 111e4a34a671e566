using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>One word on who may do what, from the registry or an attestation.</summary>
/// <param name="Permission">Zero, of the registry alone, takes back what was said before.</param>
/// <param name="At">Null off chain.</param>
internal sealed record PermissionWords(Address Account, Hash32 Use, byte Permission, ulong Expires, Hash32 TermsHash, string Uri, Hash32? Attestation, LogPosition? At, ulong Time)
{
    /// <summary>What has not ended by that time.</summary>
    public static IEnumerable<PermissionWords> All(IEnumerable<RegistryPermission> registry, IEnumerable<JudgedAttestation> attestations, ulong time)
    {
        foreach (var said in registry)
        {
            if (said.Permission > 3) throw new ArgumentException($"The registry has no permission {said.Permission}.", nameof(registry));
            if (said.Expires == 0 || said.Expires > time) yield return new PermissionWords(said.Account, said.Use, said.Permission, said.Expires, said.TermsHash, said.Uri, null, said.At, 0);
        }

        foreach (var judged in attestations)
        {
            if (judged is not { Standing: AttestationStanding.Valid, Entry: { Statement: PermissionStatement said } entry }) continue;
            var expires = Sooner(said.Expires, entry.Expires);
            if (expires == 0 || expires > time) yield return new PermissionWords(said.Account, said.Use, said.Permission, expires, said.TermsHash, string.Empty, entry.Uid, entry.At, entry.Time);
        }
    }

    /// <summary>Null where nothing was said, or the last word takes back what was.</summary>
    public static PermissionWords? Newest(IEnumerable<PermissionWords> words)
    {
        PermissionWords? newest = null;
        foreach (var word in words)
        {
            if (newest is null || word.IsAfter(newest)) newest = word;
        }

        return newest is { Permission: 0 } ? null : newest;
    }

    private bool IsAfter(PermissionWords other)
    {
        if (At is not null != other.At is not null) return At is not null;
        if (At is { } own && other.At is { } at && own != at) return own > at;
        if (At is null && Time != other.Time) return Time > other.Time;
        // Said at once: the stricter word, and of two equal ones always the same.
        return Strictness != other.Strictness ? Strictness > other.Strictness : (Attestation ?? Hash32.Zero) > (other.Attestation ?? Hash32.Zero);
    }

    private int Strictness => Permission switch { 2 => 3, 3 => 2, 1 => 1, _ => 0 };

    private static ulong Sooner(ulong left, ulong right) => left == 0 ? right : right == 0 ? left : Math.Min(left, right);
}
