using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Pipeline;

/// <summary>Plans the sweeps that bring pay addresses' money into the vault. It changes only when money is payable, never whose it is.</summary>
public sealed class SweepStep(NodeOptions options, IChainClient client, SqliteBooks books, ILogger<SweepStep> log)
{
    /// <summary>Pay addresses in one transaction: well within a block's gas.</summary>
    private const int MostModels = 100;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (cursor, waiting, smallest) = books.Read(session => (
            session.Chain.Cursor(), session.Payments.WaitingTotals(), session.Chain.ListedTokens().ToDictionary(token => token.Token, token => token.SmallestLeaf)));
        foreach (var token in waiting.GroupBy(row => row.Token))
        {
            // Below the smallest payable leaf a sweep could not make anybody richer.
            if (!smallest.TryGetValue(token.Key, out var least)) continue;
            ModelId[] models = [.. token.Where(row => row.Amount >= least).Select(row => row.Model).Take(MostModels)];
            if (models.Length == 0) continue;
            await books.WriteAsync(session => Plan(session, token.Key, models, cursor!.Block), cancellation);
        }
    }

    private void Plan(BooksSession session, Address token, ModelId[] models, ulong block)
    {
        // One sweep of a token at a time: the next one takes what has come since.
        if (session.Outbox.IsOpen($"sweep {token} ")) return;
        var purpose = $"sweep {token} at {block}";
        // And one token in a transaction: one that refuses its transfers keeps no other one back.
        var order = new SweepOrder(token, [.. models.Select(model => model.Value)]);
        // What it brings is divided in the epoch that comes, and so is what it costs.
        var epoch = (session.Epochs.Latest()?.Number ?? 0) + 1;
        session.Outbox.Plan(purpose, options.Deployment.Watched.Id.Vault, client.Encode(new RoyaltySplit.SweepCall([order])), epoch);
        log.SweepPlanned(token, models.Length);
    }
}
