namespace OpenSettle.Node.Usage;

/// <summary>What one request may be at most.</summary>
internal static class UsageLimits
{
    /// <summary>Bytes of a body, and of what it unpacks to.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    public const int MostEvents = 1000;

    /// <summary>How deeply a body may be nested.</summary>
    public const int MostDepth = 32;

    /// <summary>The last second of the year 9999.</summary>
    public const ulong LastSecond = 253_402_300_799;
}
