using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;

namespace OpenSettle.Node.Earnings;

/// <summary>Why there is no answer now. The message says what to do.</summary>
internal sealed class WhyUnavailableException(bool isOurs, string message) : Exception(message)
{
    /// <summary>Whether the node contradicts itself, and a person has to look at it.</summary>
    public bool IsOurs { get; } = isOurs;
}

/// <summary>What an account got of a token in an epoch, explained.</summary>
internal sealed record ExplainedToken(Address Token, UInt256 Earned, WhyThisAmount Why)
{
    public Fraction Rounding => Fraction.Of(Earned) - Why.Exact;
}

/// <summary>An epoch as it can be explained: its money by groups, and what waited before it.</summary>
internal sealed record ExplainedEpoch(SettledEpoch Epoch, EpochMoney Money, IReadOnlyList<Suspense> Waiting);

/// <summary>
/// Explains earnings from the bundles on disk. A bundle is streamed and summed up by groups, one at a time however many ask, and the newest
/// sums are kept; what the books say that the account got has to agree with them, or nothing is answered.
/// </summary>
internal sealed class WhyService(IBooks books, BundleFolder bundles, NodeState state, TimeProvider time) : IDisposable
{
    private const int MostKept = 3;

    /// <summary>Whoever waits longer for others' bundles is asked to come again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _turn = new(1, 1);

    // The newest last. Under the turn.
    private readonly List<ExplainedEpoch> _kept = [];

    /// <summary>The epoch, ready to be explained.</summary>
    /// <exception cref="WhyUnavailableException">Its bundle is not here, or too many ask.</exception>
    public Task<ExplainedEpoch> PrepareAsync(SettledEpoch epoch, CancellationToken cancellation) => InTurnAsync(() =>
    {
        if (_kept.Find(known => known.Epoch.BundleHash == epoch.BundleHash) is { } known) return known;
        var money = Read(epoch.BundleHash, EpochMoney.Read);
        // All that was ever earned of every account: the ledger says it too, account by account.
        money = money with { Head = money.Head with { After = money.Head.After with { Accounts = [] } } };
        var waiting = money.Head.Terms.Any(terms => terms.Releases) && !money.Head.PreviousBundle.IsZero ? HeadOf(money.Head.PreviousBundle).After.Suspense : [];
        var prepared = new ExplainedEpoch(epoch, money, waiting);
        if (_kept.Count == MostKept) _kept.RemoveAt(0);
        _kept.Add(prepared);
        return prepared;
    }, cancellation);

    /// <summary>Explains an account's earnings, by token.</summary>
    /// <exception cref="WhyUnavailableException">What the books say does not follow from the bundle.</exception>
    public IReadOnlyList<ExplainedToken> Explain(ExplainedEpoch epoch, Address account, Address? only)
    {
        var earned = books.Read(session => session.Earned.In(epoch.Epoch.Number, account));
        var explained = new List<ExplainedToken>();
        foreach (var (token, amount) in earned)
        {
            if (only is { } wanted && wanted != token) continue;
            var one = new ExplainedToken(token, amount, new WhyThisAmount(epoch.Money, epoch.Waiting, account, token));
            Require(epoch, account, one);
            explained.Add(one);
        }

        return explained;
    }

    /// <summary>So many payments of a group, after one.</summary>
    /// <exception cref="WhyUnavailableException">The bundle is not here, or too many ask.</exception>
    public Task<IReadOnlyList<DividedPayment>> PaymentsAsync(SettledEpoch epoch, MoneyKey group, LogPosition? after, int most, CancellationToken cancellation) =>
        InTurnAsync(() => Read(epoch.BundleHash, source => EpochMoney.ReadPayments(source, group, after, most)), cancellation);

    public void Dispose() => _turn.Dispose();

    /// <summary>What rounding can do is known: anything more is money that came from, or went, nowhere.</summary>
    private void Require(ExplainedEpoch epoch, Address account, ExplainedToken token)
    {
        var rounding = token.Rounding;
        if (rounding >= new Fraction(-token.Why.MostRounding([]), 1) && (rounding <= new Fraction(token.Why.MostRounding([]), 1) || rounding <= new Fraction(token.Why.MostRounding(Left(epoch)), 1))) return;
        var message = $"The books gave {account.ToChecksumString()} {token.Earned} of token {token.Token.ToChecksumString()} in epoch {epoch.Epoch.Number}, and its bundle {epoch.Epoch.BundleHash} explains {token.Why.Exact.ToDecimal(3)}. "
            + "One of the two was changed: opensettle db check, and opensettle verify.";
        state.Alerts.Set(AlertName(epoch.Epoch), message);
        throw new WhyUnavailableException(isOurs: true, message);
    }

    private IReadOnlyList<Residue> Left(ExplainedEpoch epoch) => epoch.Money.Head.PreviousBundle.IsZero ? [] : HeadOf(epoch.Money.Head.PreviousBundle).After.Residues;

    private Bundle HeadOf(Hash32 hash)
    {
        try
        {
            return bundles.Read(hash);
        }
        catch (SettlementHaltedException e)
        {
            throw new WhyUnavailableException(isOurs: false, e.Message);
        }
    }

    private T Read<T>(Hash32 hash, Func<Stream, (T Result, Hash32 Hash)> read)
    {
        try
        {
            using var source = bundles.Open(hash);
            var (result, actual) = read(source);
            return actual == hash ? result : throw new WhyUnavailableException(isOurs: false, $"The bundle {hash} was changed: its hash is {actual}. Bring it back from a mirror or a backup.");
        }
        catch (SettlementHaltedException e)
        {
            throw new WhyUnavailableException(isOurs: false, e.Message);
        }
        catch (Exception e) when (e is BundleFormatException or InvalidDataException or IOException)
        {
            throw new WhyUnavailableException(isOurs: false, $"The bundle {hash} cannot be read: {e.Message} Bring it back from a mirror or a backup.");
        }
    }

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await _turn.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new WhyUnavailableException(isOurs: false, "Many ask why, and each bundle is gone through for itself. Ask again in a minute.");
        }

        try
        {
            return work();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string AlertName(SettledEpoch epoch) => $"why epoch {epoch.Number}";
}
