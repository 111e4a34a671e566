using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Blocks and receipts as the execution API writes them.</summary>
internal static class ChainReplies
{
    public static BlockHeader? Block(ref ReplyCursor reply)
    {
        if (reply.IsNull) return null;
        reply.EnterObject(ReplyReader.Result);
        var fields = new ObjectFields(BlockField.Names);
        ulong number = 0;
        ulong timestamp = 0;
        Hash32 hash = default;
        Hash32 parent = default;
        // Absent before EIP-1559, and on chains without it.
        UInt256 baseFee = default;
        while (fields.Next(ref reply))
        {
            if (reply.IsNull) continue;
            var name = BlockField.Names[fields.Current];
            switch (fields.Current)
            {
                case BlockField.Number: number = reply.UInt64(name); break;
                case BlockField.Hash: hash = reply.Hash(name); break;
                case BlockField.ParentHash: parent = reply.Hash(name); break;
                case BlockField.Timestamp: timestamp = reply.UInt64(name); break;
                default: baseFee = reply.Quantity(name); break;
            }
        }

        fields.Require(reply.Reply, BlockField.Number, BlockField.Hash, BlockField.ParentHash, BlockField.Timestamp);
        return new BlockHeader(number, hash, parent, timestamp, baseFee);
    }

    public static TransactionReceipt? Receipt(ref ReplyCursor reply)
    {
        if (reply.IsNull) return null;
        reply.EnterObject(ReplyReader.Result);
        var fields = new ObjectFields(ReceiptField.Names);
        Hash32 transaction = default;
        Hash32 block = default;
        ulong number = 0;
        ulong status = 0;
        ulong gas = 0;
        UInt256 price = default;
        Address? contract = null;
        UInt256 dataFee = default;
        ReadOnlySpan<byte> logs = default;
        while (fields.Next(ref reply))
        {
            if (reply.IsNull) continue;
            var name = ReceiptField.Names[fields.Current];
            switch (fields.Current)
            {
                case ReceiptField.TransactionHash: transaction = reply.Hash(name); break;
                case ReceiptField.BlockNumber: number = reply.UInt64(name); break;
                case ReceiptField.BlockHash: block = reply.Hash(name); break;
                case ReceiptField.Status: status = reply.UInt64(name); break;
                case ReceiptField.GasUsed: gas = reply.UInt64(name); break;
                case ReceiptField.EffectiveGasPrice: price = reply.Quantity(name); break;
                case ReceiptField.ContractAddress: contract = reply.Account(name); break;
                case ReceiptField.DataFee: dataFee = reply.Quantity(name); break;
                default: logs = reply.Raw(); break;
            }
        }

        // Some clients answer for a transaction that still waits; its logs lie in no block either.
        if (!fields.Has(ReceiptField.BlockHash)) return null;
        fields.Require(
            reply.Reply, ReceiptField.Status, ReceiptField.TransactionHash, ReceiptField.BlockNumber, ReceiptField.GasUsed, ReceiptField.EffectiveGasPrice, ReceiptField.Logs);
        if (status > 1) reply.Reply.Refuse("'status' is neither 0 nor 1.");
        var list = reply.On(logs);
        return new TransactionReceipt(transaction, number, block, status == 1, gas, price, contract, LogReplies.Logs(ref list)) { DataFee = dataFee };
    }

    private static class BlockField
    {
        public const int Number = 0;
        public const int Hash = 1;
        public const int ParentHash = 2;
        public const int Timestamp = 3;

        public static readonly FieldNames Names = new("number", "hash", "parentHash", "timestamp", "baseFeePerGas");
    }

    private static class ReceiptField
    {
        public const int TransactionHash = 0;
        public const int BlockNumber = 1;
        public const int BlockHash = 2;
        public const int Status = 3;
        public const int GasUsed = 4;
        public const int EffectiveGasPrice = 5;
        public const int ContractAddress = 6;
        public const int Logs = 7;

        // Rollups of OP's and Scroll's kind name it so; elsewhere there is none.
        public const int DataFee = 8;

        public static readonly FieldNames Names = new(
            "transactionHash", "blockNumber", "blockHash", "status", "gasUsed", "effectiveGasPrice", "contractAddress", "logs", "l1Fee");
    }
}
