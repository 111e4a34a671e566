using System.Globalization;
using System.Numerics;
using BenchmarkDotNet.Attributes;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>One amount among 1,000 contributors.</summary>
public class SplitBenchmark
{
    private const int Contributors = 1000;

    private readonly DividedPayment[] _payments = PaymentAmong(Contributors);
    private readonly List<BigInteger> _weights;
    private readonly BigInteger _amount;

    public SplitBenchmark()
    {
        _weights = [.. _payments[0].Terms.Split.Rows.Select(row => (BigInteger)row.Weight)];
        _amount = BigInteger.Parse(_payments[0].Settled.Settled.ToString(), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// All of a division, its result included. The terms are the same object in every run, as they are for all payments and
    /// tokens of an epoch: they sort and merge their rows once, and that is no part of a division.
    /// </summary>
    [Benchmark]
    public DivisionResult Ours() => Division.Divide(_payments, []);

    [Benchmark]
    public BigInteger BigIntegers()
    {
        var whole = _weights.Aggregate(BigInteger.Zero, (sum, weight) => sum + weight);
        var parts = _weights.Select(weight => _amount * weight / whole).ToList();
        return _amount - parts.Aggregate(BigInteger.Zero, (sum, part) => sum + part);
    }

    /// <summary>
    /// What a division allocates, and how much more for each contributor more: 32 bytes are its amount in the one array of
    /// the result, and no object has as few as would then be left.
    /// </summary>
    internal static IEnumerable<(string Key, Figure Figure)> Allocations()
    {
        var (some, more) = (Allocated(Contributors), Allocated(2 * Contributors));
        var each = (more.Median - some.Median) / Contributors;
        if (each > UInt256.Size + 0.1) throw new InvalidOperationException($"A contributor more costs {each} bytes, so more than its place in the result is allocated.");
        yield return ("split_1k_bytes", Figure.Of(some, "bytes", null));
        yield return ("split_contributor_bytes", Figure.Of(new Samples([each]), "bytes", null));
    }

    private static Samples Allocated(int contributors)
    {
        var payments = PaymentAmong(contributors);
        var values = new List<double>();
        for (var i = 0; i < 2 * Harness.Runs; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            _ = Division.Divide(payments, []);
            values.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        // The first runs merge the terms' rows, and fill caches.
        return new Samples([.. values.Skip(Harness.Runs)]);
    }

    private static DividedPayment[] PaymentAmong(int contributors)
    {
        var random = new Random(1);
        var rows = Enumerable.Range(1, contributors).Select(i => new SplitRow(CoreArea.Account(i), (UInt128)random.Next(1, 1_000_000), "data")).ToList();
        var terms = new Terms(0, new ModelId(Hash32.Zero), 1, new SplitTable(1, rows), 1, CoreArea.Account(1), []);
        var payment = new Payment(
            new LogPosition(1, 1), 1, Hash32.Zero, terms.Model, Address.Zero, 123_456_789_012_345, Address.Zero, Hash32.Zero, PaymentRoute.Rail);
        return [new(new SettledPayment(payment, payment.Amount), terms)];
    }
}
