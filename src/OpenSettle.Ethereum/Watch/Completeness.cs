namespace OpenSettle.Ethereum.Watch;

/// <summary>How it is known that no log of a range is missing.</summary>
public enum Completeness
{
    Unknown = 0,

    /// <summary>
    /// Blocks whose bloom may hold something give all their receipts, and these have to give the header's receipts root: proven
    /// by the block's hash.
    /// </summary>
    Receipts,

    /// <summary>Two endpoints have to give the same logs.</summary>
    Second,

    /// <summary>
    /// Blocks whose bloom may hold something and that gave nothing are proven by their receipts. A block that gave some of its
    /// logs and kept others back is not found out.
    /// </summary>
    Bloom,
}
