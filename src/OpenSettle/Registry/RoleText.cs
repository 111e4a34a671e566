using OpenSettle.Primitives;

namespace OpenSettle.Registry;

/// <summary>A role is a bytes32 on chain and a short text off chain.</summary>
public static class RoleText
{
    /// <summary>
    /// The text of a left-aligned word of printable ASCII without quote and backslash; any other word as hexadecimal, so
    /// that two words never have one text and none can disturb a file or a screen.
    /// </summary>
    public static string FromWord(Hash32 word)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        word.WriteTo(bytes);
        var length = bytes.IndexOf((byte)0);
        if (length < 0) length = bytes.Length;
        if (bytes[length..].ContainsAnyExcept((byte)0) || bytes.StartsWith("0x"u8)) return word.ToString();
        foreach (var b in bytes[..length])
        {
            if (b is < 0x20 or > 0x7e or (byte)'"' or (byte)'\\') return word.ToString();
        }

        return System.Text.Encoding.ASCII.GetString(bytes[..length]);
    }

    /// <summary>The word of a role's text, or null where the text does not fit into one.</summary>
    public static Hash32? ToWord(string role)
    {
        if (role.StartsWith("0x", StringComparison.Ordinal)) return Hash32.TryParse(role, out var word) ? word : null;
        if (role.Length > Hash32.Size || !System.Text.Ascii.IsValid(role)) return null;
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        bytes.Clear();
        System.Text.Encoding.ASCII.GetBytes(role, bytes);
        var candidate = Hash32.FromBytes(bytes);
        return FromWord(candidate) == role ? candidate : null;
    }
}
