using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>
/// Holds what nodes wrote against the chain: to the unit, at the block to which the books go. It finds what a crash may
/// do: money that is lost, or counted twice; an epoch that is there twice, or not; a transaction that the node does not know of.
/// </summary>
/// <param name="source">Opens the books; null: the files in the workspace, copied.</param>
internal sealed class Audit(StageFixture stage, ChainRecord chain, Func<IAuditedBooks>? source = null)
{
    private readonly Func<IAuditedBooks> _open = source ?? (() => DataCopy.Of(stage.Workspace, stage.Deployment.Id));
    private readonly List<string> _problems = [];

    /// <summary>Everything that differs; empty where all agree.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellation)
    {
        _problems.Clear();
        using var copy = _open();
        // After the copy: what the books know of is on the chain.
        await chain.ExtendAsync(cancellation);
        foreach (var check in copy.Checks.Where(check => check.Problem is not null)) _problems.Add($"{check.Name}: {check.Problem}");
        Epochs();
        Transactions(copy.Versions());
        if (copy.Books.Read(session => session.Chain.Cursor()) is { } cursor)
        {
            Payments(copy.Books, cursor.Block);
            EpochsInBooks(copy.Books, cursor.Block);
            Accounts(copy, cursor.Block);
            foreach (var token in stage.Deployment.Tokens) await TokenAsync(copy.Books, token, cursor.Block, cancellation);
        }

        return [.. _problems];
    }

    /// <summary>When nothing is under way any more: what all transactions took is what the node's account lost.</summary>
    public async Task<IReadOnlyList<string>> RunSettledAsync(UInt256 before, CancellationToken cancellation)
    {
        await RunAsync(cancellation);
        using var copy = _open();
        var spent = copy.Versions().Aggregate(UInt256.Zero, (sum, version) => sum + version.Cost);
        var left = await stage.Chain.Client.GetBalanceAsync(stage.Cast.Operator, BlockRef.Latest, cancellation);
        Equal("wei that the node's account lost, by the chain and by the outbox", before - left, spent);
        return [.. _problems];
    }

    /// <summary>By the chain alone: every number proposed, activated and attested once, one after the other.</summary>
    private void Epochs()
    {
        var proposed = chain.Events<RoyaltySplit.EpochProposed>().Select(said => said.Proposal).ToList();
        foreach (var twice in proposed.GroupBy(proposal => (proposal.Epoch, proposal.Attempt)).Where(group => group.Count() > 1))
            _problems.Add($"epoch {twice.Key.Epoch}.{twice.Key.Attempt} was proposed {twice.Count()} times");
        var active = chain.Events<RoyaltySplit.EpochActivated>().ToList();
        for (var i = 0; i < active.Count; i++)
        {
            Equal("the number of an activation", (ulong)(i + 1), active[i].Epoch);
            if (!proposed.Exists(proposal => proposal.Epoch == active[i].Epoch && proposal.Root == active[i].Root)) _problems.Add($"epoch {active[i].Epoch} is active with a root that was not proposed");
        }

        foreach (var twice in chain.Events<SettlementResolver.EpochAttested>().GroupBy(attested => attested.Epoch).Where(group => group.Count() > 1))
            _problems.Add($"epoch {twice.Key} was attested {twice.Count()} times");
    }

    /// <summary>Each mined transaction of the node's account is one that it stored; each purpose was mined once; each did something.</summary>
    private void Transactions(IReadOnlyList<StoredVersion> versions)
    {
        var stored = versions.ToDictionary(version => version.Hash);
        foreach (var mined in chain.Operator)
        {
            if (!stored.TryGetValue(mined.Hash, out var version))
            {
                _problems.Add($"transaction {mined.Hash} with nonce {mined.Nonce} was mined in block {mined.Block}, and the outbox does not have it");
                continue;
            }

            if (version.Nonce != mined.Nonce) _problems.Add($"'{version.Purpose}' was mined with nonce {mined.Nonce}, and stored with {version.Nonce}");
            if (version.GasUsed is { } gas && (gas != mined.GasUsed || version.GasPrice != mined.GasPrice))
                _problems.Add($"'{version.Purpose}' took {mined.GasUsed} gas at {mined.GasPrice}, and the outbox says {gas} at {version.GasPrice}");
            if (mined is { Succeeded: true, Effects: 0 } && !version.Fills) _problems.Add($"'{version.Purpose}' was mined as {mined.Hash} and did nothing: its effect was there already");
        }

        var byHash = chain.Operator.ToDictionary(mined => mined.Hash);
        foreach (var purpose in versions.Where(version => !version.Fills && byHash.TryGetValue(version.Hash, out var mined) && mined.Succeeded).GroupBy(version => version.Purpose))
        {
            if (purpose.Count() > 1) _problems.Add($"'{purpose.Key}' was mined {purpose.Count()} times");
        }

        foreach (var missing in versions.Where(version => version.GasUsed is not null && !byHash.ContainsKey(version.Hash)))
            _problems.Add($"'{missing.Purpose}' is final by the outbox, and the chain does not have {missing.Hash}");
    }

    /// <summary>Every payment of the chain is in the books once, with its amount, and nothing else is.</summary>
    private void Payments(IBooks books, ulong block)
    {
        var expected = chain.Payments.Where(payment => payment.At.Block <= block).Select(payment => $"{payment}").ToList();
        var actual = books.Read(session => session.Payments.Recent(int.MaxValue)).Select(row => row.Payment)
            .Select(payment => (payment.Route, Paid: new PaidIn(
                new LogAt(payment.At.Block, payment.At.LogIndex), new ModelIdText(payment.Model.ToString()), payment.Token, payment.Amount, payment.Route == PaymentRoute.Rail)))
            .ToList();
        // Nobody forces coin on a pay address here: an excess would be money that a log was lost of.
        foreach (var (_, excess) in actual.Where(row => row.Route == PaymentRoute.Excess)) _problems.Add($"the books have an excess that no log explains: {excess}");
        var known = actual.Where(row => row.Route != PaymentRoute.Excess).Select(row => $"{row.Paid}").ToList();
        foreach (var lost in expected.Except(known, StringComparer.Ordinal)) _problems.Add($"not in the books: {lost}");
        foreach (var made in known.Except(expected, StringComparer.Ordinal)) _problems.Add($"not on the chain: {made}");
        Equal("payments", (ulong)expected.Count, (ulong)known.Count);
    }

    private void EpochsInBooks(IBooks books, ulong block)
    {
        var (epochs, vetoed) = books.Read(session =>
        {
            var all = session.Epochs.List(int.MaxValue);
            return (all, all.SelectMany(epoch => session.Epochs.Vetoed(epoch.Number)).Select(attempt => $"{attempt.Number}.{attempt.Attempt}").Order(StringComparer.Ordinal).ToList());
        });
        var active = chain.Events<RoyaltySplit.EpochActivated>(block).Select(said => $"{said.Epoch} {said.Root}").ToList();
        Equal("epochs that are active", string.Join("; ", active), string.Join("; ", epochs.Where(epoch => epoch.IsActive).OrderBy(epoch => epoch.Number).Select(epoch => $"{epoch.Number} {epoch.Root}")));
        var attested = chain.Events<SettlementResolver.EpochAttested>(block).Select(said => said.Epoch).Order().ToList();
        var known = epochs.Where(epoch => epoch.State is EpochState.Attested or EpochState.Pushed).Select(epoch => epoch.Number).Order().ToList();
        Equal("epochs that are attested", string.Join(", ", attested), string.Join(", ", known));
        // One that was opened again after its veto is no row of its own until it is closed.
        var lost = chain.Events<RoyaltySplit.EpochVetoed>(block).Where(said => epochs.Any(epoch => epoch.Number == said.Epoch)).Select(said => $"{said.Epoch}.{said.Attempt}").Order(StringComparer.Ordinal);
        Equal("attempts that were vetoed", string.Join(", ", lost), string.Join(", ", vetoed));
        var open = chain.Said.Where(said => said.At.Block <= block).Aggregate((Proposal?)null, (before, said) => said.Event switch
        {
            RoyaltySplit.EpochProposed proposed => proposed.Proposal,
            RoyaltySplit.EpochActivated or RoyaltySplit.EpochVetoed => null,
            _ => before,
        });
        var ours = epochs.FirstOrDefault(epoch => epoch.State == EpochState.Proposed);
        Equal("the open proposal", open is null ? "none" : $"{open.Epoch}.{open.Attempt} {open.Root}", ours is null ? "none" : $"{ours.Number}.{ours.Attempt} {ours.Root}");
    }

    /// <summary>What each account was promised is what the last active bundle says, and what it was paid is what the logs say.</summary>
    private void Accounts(IAuditedBooks copy, ulong block)
    {
        var (active, settled) = copy.Books.Read(session => (session.Epochs.LatestActive(), session.Ledger.All(AccountKind.Settled)));
        var promised = active is null ? [] : copy.Bundle(active.BundleHash).After.Accounts
            .Where(account => !account.Promised.IsZero).ToDictionary(account => (account.Account, account.Token), account => account.Promised);
        var paid = chain.Events<RoyaltySplit.Claimed>(block).Select(claim => (claim.Account, claim.Token, claim.Amount)).Concat(Pushed(copy.Books, block))
            .GroupBy(row => (row.Account, row.Token)).ToDictionary(group => group.Key, group => Sum(group.Select(row => row.Amount)));
        var books = settled.ToDictionary(row => (Account: row.Account.ToAddress(), row.Token), row => row.Totals);
        foreach (var key in promised.Keys.Union(paid.Keys).Union(books.Keys))
        {
            var totals = books.GetValueOrDefault(key);
            Equal($"{key.Account}, token {key.Token}: promised by the bundle and by the ledger", promised.GetValueOrDefault(key), totals.In);
            Equal($"{key.Account}, token {key.Token}: paid by the chain and by the ledger", paid.GetValueOrDefault(key), totals.Out);
            if (totals.Out > totals.In) _problems.Add($"{key.Account}, token {key.Token}: was paid {totals.Out} of {totals.In}");
        }
    }

    /// <summary>
    /// What the pushes paid to whom: the entries are those of the root that the vault has, each was tried once, and what a batch paid by
    /// its log is what its entries sum to. Nobody refuses here.
    /// </summary>
    private List<(Address Account, Address Token, UInt256 Amount)> Pushed(IBooks books, ulong block)
    {
        var paid = new List<(Address Account, Address Token, UInt256 Amount)>();
        var roots = chain.Events<RoyaltySplit.EpochProposed>(block).GroupBy(said => said.Proposal.Epoch).ToDictionary(group => group.Key, group => group.Last().Proposal.PushRoot);
        foreach (var epoch in chain.Events<RoyaltySplit.EpochActivated>(block).Select(said => said.Epoch).Where(epoch => !roots[epoch].IsZero))
        {
            var rows = books.Read(session => session.Pushes.Range(epoch, 0, long.MaxValue));
            var tree = PushTree.Build([.. rows.Select(row => new PushEntry(row.Account, row.Recipient, row.Token, row.Amount))]);
            Equal($"epoch {epoch}: the push root of the vault and of the books' entries", roots[epoch], tree.Root);
            var tried = new HashSet<ulong>();
            foreach (var batch in chain.Events<RoyaltySplit.Pushed>(block).Where(batch => batch.Epoch == epoch))
            {
                var entries = rows.Where(row => row.Index >= batch.First && row.Index < batch.First + batch.Count).ToList();
                Equal($"epoch {epoch}: paid by the push from entry {batch.First} on, by its log and by its entries", batch.Amount, Sum(entries.Select(row => row.Amount)));
                foreach (var row in entries)
                {
                    if (!tried.Add(row.Index)) _problems.Add($"epoch {epoch}: entry {row.Index} was pushed twice");
                    paid.Add((row.Account, row.Token, row.Amount));
                }
            }

            var known = rows.Where(row => row.State == PushState.Paid).Select(row => row.Index);
            Equal($"epoch {epoch}: entries that were pushed, by the chain and by the books", string.Join(", ", tried.Order()), string.Join(", ", known));
        }

        return paid;
    }

    /// <summary>The vault's own word at the books' block, and its balance there.</summary>
    private async Task TokenAsync(IBooks books, StageToken token, ulong block, CancellationToken cancellation)
    {
        var (client, vault, at) = (stage.Chain.Client, stage.Deployment.Id.Vault, BlockRef.At(block));
        var credited = await client.AskAsync(vault, new RoyaltySplit.CreditedOf(token.Address), at, cancellation);
        var promised = await client.AskAsync(vault, new RoyaltySplit.PromisedOf(token.Address), at, cancellation);
        var paid = await client.AskAsync(vault, new RoyaltySplit.PaidOf(token.Address), at, cancellation);
        var balance = token.Address.IsZero
            ? await client.GetBalanceAsync(vault, at, cancellation)
            : await client.AskAsync(token.Address, new Erc20.BalanceOf(vault), at, cancellation);
        var (ledger, settled) = books.Read(session => (
            session.Ledger.TrialBalances().FirstOrDefault(row => row.Token == token.Address) ?? new TrialBalance(token.Address, default, default, default, default, default, default, default),
            Sum(session.Ledger.All(AccountKind.Settled).Where(row => row.Token == token.Address).Select(row => row.Totals.In))));
        Equal($"{token.Symbol} credited, by the vault and by the ledger", credited, ledger.Received - ledger.Transit);
        Equal($"{token.Symbol} promised, by the vault and by the ledger", promised, settled);
        Equal($"{token.Symbol} paid, by the vault and by the ledger", paid, ledger.Paid);
        Equal($"{token.Symbol} in the vault", credited - paid, balance);
        Equal($"{token.Symbol} paid in, by the chain's logs and by the ledger", Sum(chain.Payments.Where(payment => payment.At.Block <= block && payment.Token == token.Address).Select(payment => payment.Amount)), ledger.Received);
        if (paid > promised || promised > credited) _problems.Add($"{token.Symbol}: paid {paid} <= promised {promised} <= credited {credited} does not hold");
    }

    private static UInt256 Sum(IEnumerable<UInt256> amounts) => amounts.Aggregate(UInt256.Zero, (sum, amount) => sum + amount);

    private void Equal<T>(string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual)) _problems.Add($"{what}: {expected} and {actual} should be equal");
    }
}
