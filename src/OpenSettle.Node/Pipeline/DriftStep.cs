using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Holds the books against the vault, token by token and account by account, both as of the books' last block. They never differ:
/// where they do, settlement stops before anything more is sent.
/// </summary>
public sealed class DriftStep(NodeOptions options, IStateQuorum quorum, IBooks books, NodeState state, TimeProvider time, ILogger<DriftStep> log)
{
    /// <summary>Accounts compared in one turn, of those of which nothing is new.</summary>
    private const int AccountsAtOnce = 50;

    /// <summary>Accounts compared in one turn, of those that were paid since: more wait for the next one, and settlement for none.</summary>
    private const int PaidAtOnce = 500;

    /// <summary>Questions under way at a time.</summary>
    private const int AskedAtOnce = 10;

    /// <summary>What the vault holds can change without a word of the vault: tokens are strangers' code.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Between the beginnings of two rounds through all accounts.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromHours(6);

    /// <summary>Endpoints without the block's state are not asked again before.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const string Unknown = "drift";

    private readonly Address _vault = options.Deployment.Watched.Id.Vault;
    // The vault says nothing of what the rail brings, and the rail does.
    private readonly Address[] _contracts = [options.Deployment.Watched.Id.Vault, options.Deployment.Watched.Id.Rail];
    private readonly Queue<Claimant> _paid = [];
    private ulong? _compared;
    private long? _lastEntry;
    private Claimant? _last;
    private DateTimeOffset _comparedAt;
    private DateTimeOffset _notBefore;
    private DateTimeOffset _nextRound;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (now < _notBefore || books.Read(session => session.Chain.Cursor()) is not { } cursor) return;
        var known = IsDue(cursor, now) ? await CompareTokensAsync(now, cancellation) : true;
        if (known && await CompareAccountsAsync(now, cancellation))
        {
            if (state.Drift.Reason is null) return;
            state.Drift = state.Drift with { Reason = null };
            state.ClearAlert(Unknown);
            return;
        }

        const string Why = "too few endpoints have the state of the books' last block: their history is too short, or they do not agree";
        _notBefore = now + Patience;
        state.Drift = state.Drift with { Reason = Why };
        state.SetAlert(Unknown, $"The books cannot be held against the chain: {Why}.");
    }

    private bool IsDue(ChainCursor cursor, DateTimeOffset now)
    {
        if (_compared is not { } before || now - _comparedAt >= Longest) return true;
        if (cursor.Block == before) return false;
        if (books.Read(session => session.Journal.Logs(before + 1, cursor.Block, _contracts)).Count > 0) return true;
        // Nothing happened: what held for the block before holds for this one.
        _compared = cursor.Block;
        return false;
    }

    /// <summary>Whether the chain could be asked.</summary>
    private async Task<bool> CompareTokensAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        // On one snapshot, and of one block.
        var (block, figures) = books.Read(session => (
            session.Chain.Cursor()?.Block ?? throw new StorageException(StorageErrorKind.Inconsistent, "The books had a block, and have none."), FiguresOf(session)));
        var drifts = new List<TokenDrift>();
        foreach (var figure in figures)
        {
            cancellation.ThrowIfCancellationRequested();
            if (await CompareAsync(figure, block, cancellation) is not { } drift) return false;
            if (drift.Problem is { } problem)
            {
                // Of a balanced endpoint a node may have answered that is not there yet: only what is said twice is believed.
                if (await CompareAsync(figure, block, cancellation) is not { } again) return false;
                if (again != drift) throw Wavers($"token {figure.Token}");
                state.Drift = state.Drift with { ComputedAt = now, Block = block, Tokens = [.. drifts, drift] };
                throw Halts($"token {figure.Token.ToChecksumString()}", $"drift {figure.Token.ToChecksumString()}", problem, block);
            }

            drifts.Add(drift);
        }

        (_compared, _comparedAt) = (block, now);
        state.Drift = state.Drift with { ComputedAt = now, Block = block, Tokens = drifts };
        return true;
    }

    private static List<LedgerFigures> FiguresOf(BooksSession session)
    {
        var balances = session.Ledger.TrialBalances().ToDictionary(balance => balance.Token);
        // Books of an earlier version posted an epoch when it was built: until it is active, they say more than the vault.
        var isEarly = session.Epochs.Latest() is { State: not (EpochState.Active or EpochState.Attested or EpochState.Pushed) } latest && session.Epochs.IsPosted(latest.Number);
        return [.. session.Chain.ListedTokens().Select(listed =>
        {
            var balance = balances.GetValueOrDefault(listed.Token) ?? TrialBalance.Of(listed.Token, new Dictionary<AccountKind, AccountTotals>());
            // What was ever settled is what activated epochs promise: their entries are posted with their activation.
            return new LedgerFigures(listed.Token, balance.Received - balance.Transit, isEarly ? null : balance.Settled + balance.Paid, balance.Paid);
        })];
    }

    /// <summary>Null where the chain does not say.</summary>
    private async Task<TokenDrift?> CompareAsync(LedgerFigures books, ulong block, CancellationToken cancellation)
    {
        if (await quorum.AskAgreedAsync(_vault, new RoyaltySplit.CreditedOf(books.Token), block, cancellation) is not { } credited) return null;
        var promised = quorum.AskAgreedAsync(_vault, new RoyaltySplit.PromisedOf(books.Token), block, cancellation);
        var paid = quorum.AskAgreedAsync(_vault, new RoyaltySplit.PaidOf(books.Token), block, cancellation);
        var balance = books.Token.IsZero
            ? quorum.GetAgreedBalanceAsync(_vault, block, cancellation)
            : quorum.AskAgreedAsync(books.Token, new Erc20.BalanceOf(_vault), block, cancellation);
        await Task.WhenAll(promised, paid, balance);
        if (await promised is not { } itPromised || await paid is not { } itPaid || await balance is not { } itHolds) return null;
        return new TokenDrift(
            books.Token, new Compared(books.Credited, credited), new Compared(books.Promised ?? itPromised, itPromised), new Compared(books.Paid, itPaid), new Compared(books.Credited - books.Paid, itHolds));
    }

    /// <summary>Those that were paid since the last turn, and then a slice of all. Whether the chain could be asked.</summary>
    private async Task<bool> CompareAccountsAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var (since, last) = books.Read(session => (_lastEntry is { } entry ? session.Claims.PaidSince(entry) : [], session.Claims.LastEntry()));
        _lastEntry = last;
        foreach (var claimant in since) _paid.Enqueue(claimant);
        for (var done = 0; done < PaidAtOnce && _paid.Count > 0; done += AskedAtOnce)
        {
            if (!await CompareAsync([.. _paid.Take(AskedAtOnce)], cancellation)) return false;
            for (var i = 0; i < AskedAtOnce; i++) _ = _paid.TryDequeue(out _);
        }

        // One round is enough until the next one's time, however few there are.
        if (now < _nextRound) return true;
        var slice = books.Read(session => session.Claims.After(_last, AccountsAtOnce));
        foreach (var some in slice.Chunk(AskedAtOnce))
        {
            if (!await CompareAsync(some, cancellation)) return false;
            _last = some[^1];
        }

        if (slice.Count < AccountsAtOnce) (_last, _nextRound) = (null, now + Round);
        return true;
    }

    private async Task<bool> CompareAsync(Claimant[] claimants, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var (block, sums) = books.Read(session => (session.Chain.Cursor()?.Block ?? 0, claimants.Select(session.Claims.Sum).ToArray()));
        var answers = await Task.WhenAll(claimants.Select(claimant => AskAsync(claimant, block, cancellation)));
        for (var i = 0; i < claimants.Length; i++)
        {
            var claimant = claimants[i];
            if (answers[i] is not { } claimed) return false;
            if (claimed == sums[i]) continue;
            if (await AskAsync(claimant, block, cancellation) is not { } again) return false;
            if (again != claimed) throw Wavers($"account {claimant.Account}");
            throw Halts(
                $"account {claimant.Account.ToChecksumString()}, token {claimant.Token.ToChecksumString()}", $"drift {claimant.Token.ToChecksumString()}",
                $"it claimed {claimed}, and the books say {sums[i]}", block);
        }

        state.Drift = state.Drift with { AccountsChecked = state.Drift.AccountsChecked + claimants.Length };
        return true;
    }

    private Task<UInt256?> AskAsync(Claimant claimant, ulong block, CancellationToken cancellation) =>
        quorum.AskAgreedAsync(_vault, new RoyaltySplit.ClaimedOf(claimant.Account, claimant.Token), block, cancellation);

    private SettlementHaltedException Halts(string of, string alert, string problem, ulong block)
    {
        var message = $"The books and the chain differ at block {block}, {of}: {problem}. Nothing more is sent. Ask another endpoint for the same block, and run 'opensettle db check'.";
        state.SetAlert(alert, message);
        log.Drifted(of, problem);
        return new SettlementHaltedException(message);
    }

    private static ChainException Wavers(string of) =>
        new(ChainErrorKind.Disagreement, "the endpoints", "eth_call", $"what was said of the {of} at one block differs from one question to the next");

    /// <summary>A token as the books have it.</summary>
    /// <param name="Promised">Null where the books cannot say.</param>
    private sealed record LedgerFigures(Address Token, UInt256 Credited, UInt256? Promised, UInt256 Paid);
}
