using System.Globalization;
using System.Numerics;
using BenchmarkDotNet.Attributes;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>keccak-256 of what an inner node of a tree hashes.</summary>
public class KeccakBenchmark
{
    private readonly byte[] _data = new byte[64];
    private readonly byte[] _hash = new byte[32];

    [Benchmark]
    public void SixtyFourBytes() => Keccak256.Hash(_data, _hash);
}

/// <summary>One amount among 1,000 contributors.</summary>
public class SplitBenchmark
{
    private readonly DividedPayment[] _payments;
    private readonly List<BigInteger> _weights;
    private readonly BigInteger _amount;

    public SplitBenchmark()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(1, 1000).Select(i => new SplitRow(CoreArea.Account(i), (UInt128)random.Next(1, 1_000_000), "data")).ToList();
        var terms = new Terms(0, new ModelId(Hash32.Zero), 1, new SplitTable(1, rows), 1, CoreArea.Account(1), []);
        var payment = new Payment(
            new LogPosition(1, 1), 1, Hash32.Zero, terms.Model, Address.Zero, 123_456_789_012_345, Address.Zero, Hash32.Zero, PaymentRoute.Rail);
        _payments = [new(new SettledPayment(payment, payment.Amount), terms)];
        _weights = [.. rows.Select(row => (BigInteger)row.Weight)];
        _amount = BigInteger.Parse(payment.Amount.ToString(), CultureInfo.InvariantCulture);
    }

    [Benchmark]
    public DivisionResult Ours() => Division.Divide(_payments, []);

    [Benchmark]
    public BigInteger BigIntegers()
    {
        var whole = _weights.Aggregate(BigInteger.Zero, (sum, weight) => sum + weight);
        var parts = _weights.Select(weight => _amount * weight / whole).ToList();
        return _amount - parts.Aggregate(BigInteger.Zero, (sum, part) => sum + part);
    }
}
