using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>Consecutive blocks and all of their logs that are wanted, in chain order.</summary>
public sealed record BlockRange(IReadOnlyList<BlockHeader> Headers, IReadOnlyList<LogEntry> Logs);

/// <summary>Reads ranges of blocks, and does not return before it knows that no log is missing.</summary>
public interface IRangeSource
{
    /// <summary>
    /// Reads the range: each header follows the one before it, and each log lies in one of them. What the logs say of new
    /// pay addresses and tokens is added to <paramref name="wanted"/> on the way, and looked for in the same range.
    /// </summary>
    /// <exception cref="ChainException">Of kind <see cref="ChainErrorKind.RangeTooLarge"/> where less has to be asked for at once.</exception>
    Task<BlockRange> ReadAsync(ulong first, ulong last, WatchSet wanted, CancellationToken cancellation);
}
