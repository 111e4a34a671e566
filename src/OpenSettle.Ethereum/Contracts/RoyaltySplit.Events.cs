using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

public static partial class RoyaltySplit
{
    internal static readonly AbiEvent TokenListedEvent = new("TokenListed(address,uint128)");
    internal static readonly AbiEvent SweptEvent = new("Swept(bytes32,address,uint256)");

    internal static readonly AbiEvent EpochProposedEvent =
        new("EpochProposed(uint64,uint32,bytes32,bytes32,bytes32,uint64,bytes32,uint64,(address,uint128)[],string)");

    internal static readonly AbiEvent EpochVetoedEvent = new("EpochVetoed(uint64,uint32,bytes32)");
    internal static readonly AbiEvent EpochActivatedEvent = new("EpochActivated(uint64,bytes32)");
    internal static readonly AbiEvent ClaimedEvent = new("Claimed(address,address,uint256,uint256)");

    public static Hash32 TokenListedTopic => TokenListedEvent.Topic;

    public static Hash32 SweptTopic => SweptEvent.Topic;

    public static Hash32 EpochProposedTopic => EpochProposedEvent.Topic;

    public static Hash32 EpochVetoedTopic => EpochVetoedEvent.Topic;

    public static Hash32 EpochActivatedTopic => EpochActivatedEvent.Topic;

    public static Hash32 ClaimedTopic => ClaimedEvent.Topic;

    /// <summary>The event that a log of the vault tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log)
    {
        var topic = log.EventTopic();
        if (topic == SweptEvent.Topic)
        {
            var indexed = log.Indexed(2);
            return new Swept(indexed.Word(), indexed.Account(), log.Plain().UInt());
        }

        if (topic == ClaimedEvent.Topic)
        {
            var indexed = log.Indexed(2);
            var plain = log.Plain();
            return new Claimed(indexed.Account(), indexed.Account(), plain.UInt(), plain.UInt());
        }

        if (topic == EpochProposedEvent.Topic) return ReadEpochProposed(log.Indexed(3), log.Plain());
        if (topic == EpochVetoedEvent.Topic)
        {
            var indexed = log.Indexed(3);
            return new EpochVetoed(indexed.UInt64(), indexed.UInt32(), indexed.Word());
        }

        if (topic == EpochActivatedEvent.Topic)
        {
            var indexed = log.Indexed(2);
            return new EpochActivated(indexed.UInt64(), indexed.Word());
        }

        return topic == TokenListedEvent.Topic ? new TokenListed(log.Indexed(1).Account(), log.Plain().UInt(128)) : null;
    }

    private static EpochProposed ReadEpochProposed(AbiReader indexed, AbiReader plain)
    {
        var (epoch, attempt, root) = (indexed.UInt64(), indexed.UInt32(), indexed.Word());
        var (previousRoot, bundleHash, lastBlock, lastBlockHash) = (plain.Word(), plain.Word(), plain.UInt64(), plain.Word());
        var readyAt = plain.UInt64();
        var totals = plain.Array(2, static (ref AbiReader total) => new TokenTotal(total.Account(), total.UInt(128)));
        return new EpochProposed(
            new Proposal(epoch, attempt, previousRoot, root, bundleHash, lastBlock, lastBlockHash, totals, plain.Text()), readyAt);
    }

    /// <summary>A token is settled by this vault from now on.</summary>
    public sealed record TokenListed(Address Token, UInt256 SmallestLeaf) : ContractEvent;

    /// <summary>Money of a pay address arrived; the amount is measured.</summary>
    public sealed record Swept(Hash32 ModelId, Address Token, UInt256 Amount) : ContractEvent;

    /// <param name="Proposal">The proposal, whole.</param>
    /// <param name="ReadyAt">Block time in seconds from which it can be activated.</param>
    public sealed record EpochProposed(Proposal Proposal, ulong ReadyAt) : ContractEvent;

    public sealed record EpochVetoed(ulong Epoch, uint Attempt, Hash32 Root) : ContractEvent;

    public sealed record EpochActivated(ulong Epoch, Hash32 Root) : ContractEvent;

    /// <param name="Account">Who was paid.</param>
    /// <param name="Token">The zero address: native coin.</param>
    /// <param name="Amount">Paid out now.</param>
    /// <param name="Cumulative">All that the account was ever paid of the token.</param>
    public sealed record Claimed(Address Account, Address Token, UInt256 Amount, UInt256 Cumulative) : ContractEvent;
}
