using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>The kinds of lines, in their order. Their names are those of the lines, but for the first.</summary>
internal enum LineKind
{
    First,
    Deployment,
    Epoch,
    Previous,
    Token,
    Terms,
    Batch,
    Usage,
    Method,
    Open,
    Payment,
    Direct,
    Push,
    Account,
    Residue,
    Suspense,
    Total,
    Record,
    Revenue,
    Domain,
    Root,
    End,
}

/// <summary>What holds for lines of every kind.</summary>
internal static class BundleLines
{
    /// <summary>One order of lines, none twice: an epoch has one file.</summary>
    public static void AddAfter<T, TKey>(List<T> lines, T line, Func<T, TKey> key) where TKey : IComparable<TKey>
    {
        if (lines.Count > 0 && key(lines[^1]).CompareTo(key(line)) >= 0) throw new CanonicalFormatException($"'{key(line)}' does not come after '{key(lines[^1])}'.");
        lines.Add(line);
    }

    public static ulong NotZero(ulong value) => value == 0 ? throw Nothing() : value;

    public static UInt256 NotZero(UInt256 value) => value.IsZero ? throw Nothing() : value;

    private static CanonicalFormatException Nothing() => new("a line with nothing in it does not belong here.");
}
