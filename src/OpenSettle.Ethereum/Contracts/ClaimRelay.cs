using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>Brings many signed claims to the vault in one transaction.</summary>
public static class ClaimRelay
{
    internal static readonly AbiFunction ClaimSignedManyFunction = new("claimSignedMany(((address,address,uint256,bytes32[]),address,uint256,bytes)[])");
    internal static readonly AbiFunction VaultFunction = new("vault()", "address");
    internal static readonly AbiEvent RelayedEvent = new("Relayed(address,address,address,uint256)", indexed: 3);
    internal static readonly AbiEvent NotRelayedEvent = new("NotRelayed(address,address,bytes)", indexed: 2);

    private static readonly EventTable Events = new EventTable()
        .Add(RelayedEvent, static (indexed, plain) => new Relayed(indexed.Account(), indexed.Account(), indexed.Account(), plain.UInt()))
        .Add(NotRelayedEvent, static (indexed, plain) => new NotRelayed(indexed.Account(), indexed.Account(), plain.Bytes()));

    /// <summary>Each claim is tried; one that is refused is passed over.</summary>
    public sealed record ClaimSignedManyCall(IReadOnlyList<SignedClaim> Claims) : ContractCall(ClaimSignedManyFunction, new AbiWriter().Array(
        Claims, static (writer, claim) => writer.DynamicTuple(tuple => claim.Write(tuple))))
    {
        /// <summary>What each would be paid, out of the answer to a simulated call; zero where it would be refused.</summary>
        /// <exception cref="AbiException">It is not what the function returns.</exception>
        public static IReadOnlyList<UInt256> ReadAmounts(ReadOnlySpan<byte> answer) => new AbiReader(answer).Array(1, Answers.UInt);
    }

    /// <summary>The only contract that it calls.</summary>
    public sealed record Vault() : ContractView<Address>(VaultFunction, Answers.Account);

    /// <summary>The event that a log of the relay tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log) => Events.Decode(log);

    public sealed record Relayed(Address Account, Address Token, Address To, UInt256 Amount) : ContractEvent;

    /// <param name="Account">Whose claim was refused.</param>
    /// <param name="Token">The zero address: native coin.</param>
    /// <param name="Reason">The beginning of what the vault answered; empty where the gas ran out.</param>
    public sealed record NotRelayed(Address Account, Address Token, ReadOnlyMemory<byte> Reason) : ContractEvent;
}
