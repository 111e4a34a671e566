using OpenSettle.Primitives;

namespace OpenSettle.Registry;

/// <summary>Who shares something, and by which weights: accounts ascending, each once.</summary>
public sealed class WeightTable
{
    private readonly Address[] _accounts;
    private readonly UInt256[] _weights;

    // The same weights where each has 64 bits, as tables that people write have: a quarter of the memory to go through.
    private readonly ulong[]? _small;

    private WeightTable(Address[] accounts, UInt256[] weights, UInt256 sum)
    {
        (_accounts, _weights, Sum) = (accounts, weights, sum);
        Least = weights.Length > 0 ? weights.Min() : UInt256.Zero;
        if (Array.TrueForAll(weights, static weight => weight.FitsUInt64)) _small = Array.ConvertAll(weights, static weight => (ulong)weight);
    }

    public static WeightTable Empty { get; } = new([], [], UInt256.Zero);

    public int Count => _accounts.Length;

    public ReadOnlySpan<Address> Accounts => _accounts;

    /// <summary>The accounts where they are, for results that do not copy them.</summary>
    internal ReadOnlyMemory<Address> SharedAccounts => _accounts;

    public ReadOnlySpan<UInt256> Weights => _weights;

    /// <summary>The sum of all weights.</summary>
    public UInt256 Sum { get; }

    /// <summary>The smallest weight: where it gets something, everybody does.</summary>
    public UInt256 Least { get; }

    /// <summary>Weights in any order; those of one account are added.</summary>
    public static WeightTable Of(IReadOnlyCollection<(Address Account, UInt256 Weight)> weights)
    {
        var accounts = new Address[weights.Count];
        var values = new UInt256[weights.Count];
        var count = 0;
        foreach (var (account, weight) in weights) (accounts[count], values[count++]) = (account, weight);
        Array.Sort(accounts, values);
        var kept = 0;
        var sum = UInt256.Zero;
        for (var i = 0; i < count; i++)
        {
            sum += values[i];
            if (kept > 0 && accounts[kept - 1] == accounts[i]) values[kept - 1] += values[i];
            else (accounts[kept], values[kept++]) = (accounts[i], values[i]);
        }

        return new WeightTable(accounts[..kept], values[..kept], sum);
    }

    /// <summary>A split's rows: <c>OWNER</c> is an account like others, and may have a row of its own too.</summary>
    public static WeightTable OfRows(IReadOnlyList<SplitRow> rows, Address owner) =>
        rows.Count == 0 ? Empty : Of([.. rows.Select(row => (row.Account ?? owner, (UInt256)row.Weight))]);

    /// <summary>The weight of an account; zero where it has none.</summary>
    public UInt256 WeightOf(Address account)
    {
        var index = Array.BinarySearch(_accounts, account);
        return index < 0 ? UInt256.Zero : _weights[index];
    }

    /// <summary>
    /// Divides an amount by the weights, of a whole that is at least their sum; rounds down. Fills the parts in the order of
    /// the accounts, and returns their sum.
    /// </summary>
    public UInt256 Divide(UInt256 amount, UInt256 whole, Span<UInt256> parts)
    {
        var share = new Proportion(amount, whole);
        if (_small is not null) return share.Of(_small, parts);
        var given = UInt256.Zero;
        for (var i = 0; i < _weights.Length; i++)
        {
            var part = share.Of(_weights[i]);
            parts[i] = part;
            given += part;
        }

        return given;
    }
}
