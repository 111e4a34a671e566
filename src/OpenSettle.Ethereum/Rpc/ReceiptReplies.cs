using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// A block's receipts with all that its header commits to. Nothing of it is taken before the receipts give the header's
/// root; what the root does not cover (places and hashes beside the logs) has to be what it says it is.
/// </summary>
internal static class ReceiptReplies
{
    public const string OfBlock = "eth_getBlockReceipts";
    public const string OfTransaction = "eth_getTransactionReceipt";

    // From here on types are not types, but the beginning of a list.
    private const ulong LastType = 0x7f;
    private const byte DepositType = 0x7e;

    /// <summary>The logs of a block by all of its receipts, or null where the endpoint does not have it.</summary>
    public static LogEntry[]? Block(ref ReplyCursor reply, SealedHeader block)
    {
        if (reply.IsNull) return null;
        reply.EnterArray(ReplyReader.Result);
        // Receipts after the first are objects too. Most often that is exact, and the logs are put where they stay.
        var logs = new LogList(reply.Rest.Length, Math.Max(0, block.Transactions.Count - 1));
        var receipts = new List<SealedReceipt>();
        while (reply.NextItem())
        {
            if (Receipt(ref reply, block.Header.Hash, ref logs) is { } receipt) receipts.Add(receipt);
            else reply.Reply.Refuse($"a receipt is of another block than {block.Header.Hash}.");
        }

        return Prove(reply.Reply, block, [.. receipts], logs.ToArray());
    }

    /// <summary>One receipt of a block and its logs, or null where the transaction is not in that block (any more).</summary>
    public static (SealedReceipt Receipt, LogEntry[] Logs)? Transaction(ref ReplyCursor reply, Hash32 block)
    {
        if (reply.IsNull) return null;
        var logs = new LogList(reply.Rest.Length);
        return Receipt(ref reply, block, ref logs) is { } receipt ? (receipt, logs.ToArray()) : null;
    }

    /// <summary>Gives the logs where they are the block's.</summary>
    public static LogEntry[] Prove(ReplyReader reply, SealedHeader block, ReadOnlySpan<SealedReceipt> receipts, LogEntry[] logs)
    {
        var (header, transactions) = (block.Header, block.Transactions);
        if (receipts.Length != transactions.Count) reply.Refuse($"block {header.Number} has {transactions.Count} transactions, and {receipts.Length} receipts came.");
        var next = 0;
        for (var i = 0; i < receipts.Length; i++)
        {
            ref readonly var receipt = ref receipts[i];
            if (receipt.Transaction != transactions[i]) reply.Refuse($"receipt {i} of block {header.Number} is of {receipt.Transaction}, not of {transactions[i]}.");
            for (var end = receipt.FirstLog + receipt.LogCount; next < end; next++)
            {
                ref readonly var log = ref logs[next];
                if (log.TransactionHash != receipt.Transaction || log.BlockHash != header.Hash || log.BlockNumber != header.Number)
                    reply.Refuse($"log {next} of block {header.Number} belongs to another transaction or block than its receipt.");
                if (log.LogIndex != next) reply.Refuse($"log {next} of block {header.Number} has the index {log.LogIndex}.");
            }
        }

        var root = ReceiptsTrie.Root(receipts, logs);
        if (root != block.ReceiptsRoot)
        {
            reply.Refuse(
                $"the receipts of block {header.Number} give the root {root}, and its header has {block.ReceiptsRoot}: the endpoint does not tell the truth, or the "
                + "receipts of its chain have fields that are not known here. For such a chain, set completeness to \"second\".");
        }

        return logs;
    }

    /// <summary>Null where it is of another block.</summary>
    private static SealedReceipt? Receipt(ref ReplyCursor reply, Hash32 block, ref LogList logs)
    {
        reply.EnterObject("receipt");
        var fields = new ObjectFields(Field.Names);
        Hash32 transaction = default;
        Hash32 itsBlock = default;
        ulong type = 0;
        ulong status = 0;
        ulong gas = 0;
        ulong nonce = 0;
        ulong version = 0;
        byte[]? bloom = null;
        byte[] outcome = [];
        var first = logs.Count;
        while (fields.Next(ref reply))
        {
            if (reply.IsNull) continue;
            var name = Field.Names[fields.Current];
            switch (fields.Current)
            {
                case Field.TransactionHash: transaction = reply.Hash(name); break;
                case Field.BlockHash: itsBlock = reply.Hash(name); break;
                case Field.Type: type = reply.UInt64(name); break;
                case Field.Status: status = reply.UInt64(name); break;
                case Field.Root: outcome = reply.Data(name); break;
                case Field.CumulativeGas: gas = reply.UInt64(name); break;
                case Field.Bloom: bloom = reply.Data(name); break;
                case Field.Logs: LogReplies.Append(ref reply, ref logs); break;
                case Field.DepositNonce: nonce = reply.UInt64(name); break;
                default: version = reply.UInt64(name); break;
            }
        }

        // Some clients answer for a transaction that still waits.
        if (!fields.Has(Field.BlockHash) || itsBlock != block) return null;
        fields.Require(reply.Reply, Field.TransactionHash, Field.CumulativeGas, Field.Logs);
        if (type > LastType) reply.Reply.Refuse("'type' is not that of a transaction.");
        if (fields.Has(Field.Status)) outcome = Outcome(reply.Reply, status);
        else fields.Require(reply.Reply, Field.Root);
        // It is committed to: what some node leaves out follows from the logs.
        bloom ??= LogsBloom.Of(logs.Since(first));
        return new SealedReceipt(transaction, (byte)type, outcome, gas, bloom, first, logs.Count - first)
        {
            // Before the Canyon fork of OP chains receipts had a nonce, and their roots did not.
            Deposit = type == DepositType && fields.Has(Field.DepositVersion) ? (nonce, version) : null,
        };
    }

    private static byte[] Outcome(ReplyReader reply, ulong status)
    {
        if (status > 1) reply.Refuse("'status' is neither 0 nor 1.");
        return status == 0 ? [] : [1];
    }

    private static class Field
    {
        public const int TransactionHash = 0;
        public const int BlockHash = 1;
        public const int Type = 2;
        public const int Status = 3;
        public const int Root = 4;
        public const int CumulativeGas = 5;
        public const int Bloom = 6;
        public const int Logs = 7;
        public const int DepositNonce = 8;
        public const int DepositVersion = 9;

        public static readonly FieldNames Names = new(
            "transactionHash", "blockHash", "type", "status", "root", "cumulativeGasUsed", "logsBloom", "logs", "depositNonce", "depositReceiptVersion");
    }
}
