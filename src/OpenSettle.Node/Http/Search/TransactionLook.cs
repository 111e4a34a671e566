using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

/// <summary>
/// What is known of a transaction by its hash. The books have no index of hashes, which would cost each payment more than it serves: the chain is
/// asked which block it is in, and the books what it did there.
/// </summary>
internal sealed class TransactionLook(NodeOptions options, IBooks books, NodeState state, IChainClient client)
{
    /// <returns>Null where nobody knows it, or where the chain could not be asked, and why.</returns>
    public async Task<(FoundTransactionAnswer? Found, string? Why)> FindAsync(Hash32 hash, CancellationToken cancellation)
    {
        TransactionReceipt? receipt = null;
        string? why = null;
        try
        {
            receipt = await client.GetReceiptAsync(hash, cancellation);
        }
        catch (ChainException e)
        {
            why = e.Message;
        }

        return (books.Read(session => Describe(session, hash, receipt, why)), why);
    }

    private FoundTransactionAnswer? Describe(BooksSession session, Hash32 hash, TransactionReceipt? receipt, string? why)
    {
        var own = session.Outbox.OfHash(hash) is var (record, version)
            ? new SignedTransactionAnswer(record.Purpose, record.State, record.Epoch, version.Nonce, version.Number, version.Fills)
            : null;
        if (receipt is null) return own is null ? null : new FoundTransactionAnswer(hash, null, null, null, null, own, [], [], why);
        var (block, cursor) = (receipt.BlockNumber, session.Chain.Cursor());
        var isFinal = cursor is not null && block <= cursor.Block;
        IReadOnlyList<PaymentAnswer> payments = isFinal
            ? [.. session.Payments.InBlock(block).Where(row => row.Payment.Transaction == hash).Select(row => ReadEndpoints.Describe(row.Payment, final: true, row.Settled, row.Epoch))]
            : [.. state.Pending.After(cursor).Where(payment => payment.Transaction == hash).Select(payment => ReadEndpoints.Describe(payment, final: false))];
        // What was agreed on, as far as it was read; of a block that nobody read yet, what the endpoint says.
        List<LogEntry> logs = [.. session.Journal.Logs(block, block).Where(log => log.Transaction == hash).Select(log => BooksJournal.ToEntry(log, default))];
        if (logs.Count == 0 && !isFinal) logs.AddRange(receipt.Logs);
        return new FoundTransactionAnswer(
            hash, block, session.Journal.Block(block)?.Timestamp, isFinal, receipt.Succeeded, own, payments,
            [.. logs.Select(Describe).OfType<TransactionEventAnswer>()], why);
    }

    /// <summary>Null of contracts that are not this deployment's, and of what tells of a payment: that is told as one.</summary>
    private TransactionEventAnswer? Describe(LogEntry log)
    {
        var id = options.Deployment.Watched.Id;
        ContractKind? kind = log.Address == id.Vault ? ContractKind.Vault : log.Address == id.Registry ? ContractKind.Registry : null;
        if (kind is not { } contract || client.Decode(contract, log) is not { } said) return null;
        TransactionEventAnswer Said(string what, Hash32? model = null, Address? account = null, Address? to = null, Address? token = null, UInt256? amount = null, ulong? epoch = null, string? name = null) =>
            new(log.LogIndex, what, name, model, account, to, token, amount, epoch);
        return said switch
        {
            RoyaltySplit.Claimed it => Said("claim", account: it.Account, token: it.Token, amount: it.Amount),
            RoyaltySplit.ClaimRedirected it => Said("claimTo", account: it.Account, to: it.To, token: it.Token, amount: it.Amount),
            RoyaltySplit.ClaimRefused it => Said("claimRefused", account: it.Account, to: it.To, token: it.Token, amount: it.Amount),
            RoyaltySplit.Pushed it => Said("push", token: it.Token, amount: it.Amount, epoch: it.Epoch),
            RoyaltySplit.PushRefused it => Said("pushRefused", to: it.Recipient, amount: it.Amount, epoch: it.Epoch),
            RoyaltySplit.PushTaken it => Said("take", account: it.Account, to: it.To, amount: it.Amount, epoch: it.Epoch),
            RoyaltySplit.RecipientSet it => Said("recipient", account: it.Account, to: it.Recipient),
            RoyaltySplit.EpochProposed it => Said("proposed", epoch: it.Proposal.Epoch),
            RoyaltySplit.EpochVetoed it => Said("vetoed", epoch: it.Epoch),
            RoyaltySplit.EpochActivated it => Said("activated", epoch: it.Epoch),
            RoyaltySplit.Revoked it => Said("revoked", epoch: it.Epoch),
            RoyaltySplit.Swept it => Said("swept", model: it.ModelId, token: it.Token, amount: it.Amount),
            ModelRegistry.ModelRegistered it => Said("model", model: it.ModelId, account: it.Creator),
            _ => Said("other", name: said.GetType().Name),
        };
    }
}
