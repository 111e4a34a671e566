using OpenSettle.Epochs;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

public static partial class SettlementResolver
{
    internal static readonly AbiFunction AttestRecordFunction = new(
        "attestRecord((uint64,uint64,bytes32,bytes32,bytes32),(bytes32,uint64,uint64,uint64,address[],uint128[],bytes32[],uint64[],uint64[]),bytes32[])");

    /// <summary>Attests one model's record of an activated epoch. Anyone may, once.</summary>
    /// <param name="Epoch">The one whose hash the vault keeps.</param>
    /// <param name="Proof">From the record's leaf to the epoch's record root.</param>
    /// <exception cref="OverflowException">Revenue that 128 bits do not hold: no vault can have it.</exception>
    public sealed record AttestRecordCall(EpochRecord Epoch, ModelRecord Record, IReadOnlyList<Hash32> Proof) : ContractCall(AttestRecordFunction, Write(Epoch, Record, Proof))
    {
        private static AbiWriter Write(EpochRecord epoch, ModelRecord record, IReadOnlyList<Hash32> proof) => epoch.Write(new AbiWriter())
            .DynamicTuple(tuple => tuple
                .Word(record.Model.Value)
                .UInt(epoch.Epoch, 64)
                .UInt(record.Uses, 64)
                .UInt(record.Consumers, 64)
                .Array(record.Revenue, static (item, revenue) => item.Account(revenue.Token))
                .Array(record.Revenue, static (item, revenue) => item.UInt(revenue.Amount, 128))
                .Array(record.Domains, static (item, domain) => item.Word(domain.Domain))
                .Array(record.Domains, static (item, domain) => item.UInt(domain.Successes, 64))
                .Array(record.Domains, static (item, domain) => item.UInt(domain.Trials, 64)))
            .Array(proof, static (item, node) => item.Word(node));
    }
}
