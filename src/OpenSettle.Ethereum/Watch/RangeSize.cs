namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// How many blocks to ask for at once: doubles while ranges are quick and hold little, halves where they do not. What was refused
/// is not asked for again until many smaller ranges went well: an endpoint's limit is fixed more often than not.
/// </summary>
public sealed class RangeSize
{
    /// <summary>So many full ranges below what was refused lift it.</summary>
    public const int Patience = 32;

    private readonly ulong _most;
    private readonly int _mostLogs;
    private readonly TimeSpan _slow;
    private ulong _ceiling;
    private int _atCeiling;

    public RangeSize(ulong start, ulong most, int mostLogs, TimeSpan slow)
    {
        ArgumentOutOfRangeException.ThrowIfZero(start);
        ArgumentOutOfRangeException.ThrowIfZero(most);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostLogs);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(slow, TimeSpan.Zero);
        (_most, _mostLogs, _slow, _ceiling) = (most, mostLogs, slow, most);
        Blocks = Math.Min(start, most);
    }

    /// <summary>How many blocks the next range has, where there are as many.</summary>
    public ulong Blocks { get; private set; }

    /// <summary>The range was read.</summary>
    public void Took(ulong blocks, int logs, TimeSpan elapsed)
    {
        if (logs > _mostLogs || elapsed > _slow)
        {
            Blocks = Half(Math.Min(blocks, Blocks));
            return;
        }

        // What is left at the end of a chain says nothing of larger ranges.
        if (blocks < Blocks) return;
        if (Blocks == _ceiling && _ceiling < _most && ++_atCeiling >= Patience) Lift();
        // Twice as much has to fit too: otherwise every other range would be too large.
        if (logs <= _mostLogs / 2 && elapsed <= _slow / 2) Blocks = Math.Min(Twice(Blocks), _ceiling);
    }

    /// <summary>The endpoint does not serve so many blocks at once: false where it was one, and there is nothing to halve.</summary>
    public bool TryShrink(ulong blocks)
    {
        if (blocks <= 1) return false;
        Blocks = Half(blocks);
        _ceiling = Blocks;
        _atCeiling = 0;
        return true;
    }

    private static ulong Half(ulong blocks) => Math.Max(1, blocks / 2);

    private ulong Twice(ulong blocks) => blocks > _most / 2 ? _most : blocks * 2;

    private void Lift()
    {
        _ceiling = Twice(_ceiling);
        _atCeiling = 0;
    }
}
