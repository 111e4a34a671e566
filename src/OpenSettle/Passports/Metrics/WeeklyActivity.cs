using System.Numerics;

namespace OpenSettle.Passports;

/// <summary>Who was active in which week: one bit each.</summary>
internal sealed class WeeklyActivity(int accounts, int weeks)
{
    private readonly int _words = Math.Max(1, (weeks + 63) / 64);
    private readonly ulong[] _bits = new ulong[accounts * Math.Max(1, (weeks + 63) / 64)];

    public int Accounts => accounts;

    public int Weeks => weeks;

    public void Mark(int account, int week)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)week, (uint)weeks);
        _bits[account * _words + week / 64] |= 1UL << (week % 64);
    }

    /// <summary>Marks every week of another's account; both have as many weeks.</summary>
    public void MarkAll(int account, WeeklyActivity other, int from)
    {
        for (var i = 0; i < _words; i++) _bits[account * _words + i] |= other._bits[from * _words + i];
    }

    public bool IsActive(int account, int week) => (_bits[account * _words + week / 64] & (1UL << (week % 64))) != 0;

    /// <summary>The first week of activity; −1 without any.</summary>
    public int First(int account)
    {
        for (var i = 0; i < _words; i++)
        {
            var word = _bits[account * _words + i];
            if (word != 0) return i * 64 + BitOperations.TrailingZeroCount(word);
        }

        return -1;
    }

    public int Count(int account)
    {
        var count = 0;
        for (var i = 0; i < _words; i++) count += BitOperations.PopCount(_bits[account * _words + i]);
        return count;
    }

    /// <summary>In how many of these weeks the account was active.</summary>
    public int Count(int account, int from, int until)
    {
        var count = 0;
        for (var week = from; week < until; week++) count += IsActive(account, week) ? 1 : 0;
        return count;
    }
}
