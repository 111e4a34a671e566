using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>Where the money of a group came from.</summary>
public enum MoneySource
{
    Unknown = 0,

    /// <summary>Payments that no event names.</summary>
    Plain = 1,

    /// <summary>Payments that events name.</summary>
    Named = 2,

    /// <summary>Money that waited for a table.</summary>
    Released = 3,
}

/// <summary>What tells one group of an epoch from another.</summary>
/// <param name="Terms">The number of its terms in the epoch.</param>
public readonly record struct MoneyKey(int Terms, Address Token, MoneySource Source);

/// <summary>Money of one token that came under equal terms and in one way. Each unit of it is divided alike.</summary>
/// <param name="Payments">How many payments brought it.</param>
public sealed record MoneyGroup(Terms Terms, Address Token, MoneySource Source, ulong Payments, UInt256 Money)
{
    public MoneyKey Key => new(Terms.Id, Token, Source);
}

/// <summary>An epoch's payments, summed up by groups: a bundle of any length needs the memory of its terms.</summary>
/// <param name="Head">The bundle; whether its payments are in it does not matter.</param>
/// <param name="Groups">In order of terms, token and source.</param>
public sealed record EpochMoney(Bundle Head, IReadOnlyList<MoneyGroup> Groups)
{
    /// <summary>Made once: every account's explanation looks into it.</summary>
    internal InfluenceTables Influence { get; } = new(Head.Usage);

    /// <summary>Of a bundle that has its payments.</summary>
    public static EpochMoney Of(Bundle bundle)
    {
        var sums = new Sums();
        foreach (var payment in bundle.Payments) sums.Add(payment);
        return new EpochMoney(bundle, sums.Groups());
    }

    /// <summary>Of a bundle's bytes, with the keccak-256 of them.</summary>
    /// <exception cref="BundleFormatException">The bytes are no bundle.</exception>
    public static (EpochMoney Money, Hash32 Hash) Read(Stream source)
    {
        var sums = new Sums();
        var (bundle, hash) = BundleReader.Read(source, (_, payment) => sums.Add(payment));
        return (new EpochMoney(bundle, sums.Groups()), hash);
    }

    /// <summary>So many payments of a group, after one in chain order.</summary>
    /// <exception cref="BundleFormatException">The bytes are no bundle.</exception>
    public static (IReadOnlyList<DividedPayment> Payments, Hash32 Hash) ReadPayments(Stream source, MoneyKey group, LogPosition? after, int most)
    {
        var payments = new List<DividedPayment>();
        var (_, hash) = BundleReader.Read(source, (_, payment) =>
        {
            if (payments.Count < most && KeyOf(payment) == group && !(payment.Settled.Payment.At <= after)) payments.Add(payment);
        });
        return (payments, hash);
    }

    /// <summary>The group of a payment; none where it settled nothing.</summary>
    internal static MoneyKey? KeyOf(DividedPayment payment) => payment.Settled.Settled.IsZero
        ? null
        : new MoneyKey(payment.Terms.Id, payment.Settled.Payment.Token, payment.Named > 0 ? MoneySource.Named : MoneySource.Plain);

    private sealed class Sums
    {
        private readonly Dictionary<MoneyKey, (Terms Terms, ulong Payments, UInt256 Money)> _sums = [];

        public void Add(DividedPayment payment)
        {
            if (KeyOf(payment) is not { } key) return;
            var sum = _sums.GetValueOrDefault(key);
            _sums[key] = (payment.Terms, sum.Payments + 1, sum.Money + payment.Settled.Settled);
        }

        public IReadOnlyList<MoneyGroup> Groups() =>
        [
            .. _sums.OrderBy(pair => (pair.Key.Terms, pair.Key.Token, pair.Key.Source))
                .Select(pair => new MoneyGroup(pair.Value.Terms, pair.Key.Token, pair.Key.Source, pair.Value.Payments, pair.Value.Money)),
        ];
    }
}
