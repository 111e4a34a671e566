using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>What the governor schedules, the guardian cancels, and anybody executes once its time has come.</summary>
public static partial class RoyaltySplit
{
    internal static readonly AbiFunction ScheduleFunction = new("schedule(uint8,bytes)");
    internal static readonly AbiFunction ScheduleGuardianFunction = new("scheduleGuardian(address,(address,bytes)[])");
    internal static readonly AbiFunction CancelFunction = new("cancel(uint8)");
    internal static readonly AbiFunction ExecuteFunction = new("execute(uint8,bytes)");
    internal static readonly AbiFunction ScheduledFunction = new("scheduled(uint8)", "bytes32,uint64");
    internal static readonly AbiFunction GuardianNonceFunction = new("guardianNonce()", "uint256");
    internal static readonly AbiFunction RestUntilFunction = new("restUntil()", "uint64");

    /// <summary>The longest pause that the vault takes, in seconds.</summary>
    public const uint LongestPause = 7 * 24 * 3600;

    public sealed record ScheduleCall(ChangeKind Kind, ReadOnlyMemory<byte> Change) : ContractCall(ScheduleFunction, new AbiWriter().UInt((byte)Kind, 8).Bytes(Change.Span));

    /// <summary>Signatures come in ascending order of their signers.</summary>
    public sealed record ScheduleGuardianCall(Address Guardian, IReadOnlyList<AttestorSignature> Signatures) : ContractCall(ScheduleGuardianFunction, new AbiWriter()
        .Account(Guardian).Array(Signatures, static (writer, signature) => writer.DynamicTuple(tuple => tuple.Account(signature.Signer).Bytes(signature.Data.Span))));

    public sealed record CancelCall(ChangeKind Kind) : ContractCall(CancelFunction, new AbiWriter().UInt((byte)Kind, 8));

    public sealed record ExecuteCall(ChangeKind Kind, ReadOnlyMemory<byte> Change) : ContractCall(ExecuteFunction, new AbiWriter().UInt((byte)Kind, 8).Bytes(Change.Span));

    /// <summary>The hash of what is scheduled of a kind, and block time in seconds from which it can be executed; zeros where nothing is.</summary>
    public sealed record Scheduled(ChangeKind Kind) : ContractView<(Hash32 DataHash, ulong ReadyAt)>(
        ScheduledFunction, new AbiWriter().UInt((byte)Kind, 8), static (ref AbiReader reader) => (reader.Word(), reader.UInt64()));

    /// <summary>Signed with the next change of the guardian, so that each signature is good for one.</summary>
    public sealed record GuardianNonce() : ContractView<UInt256>(GuardianNonceFunction, Answers.UInt);

    /// <summary>Block time in seconds until which there can be no pause; in the past, or zero, where there can be one now.</summary>
    public sealed record RestUntil() : ContractView<ulong>(RestUntilFunction, Answers.UInt64);

    /// <summary>Which logs tell that something of a kind was scheduled.</summary>
    public static IReadOnlyList<IReadOnlyList<Hash32>> ScheduledTopics(ChangeKind kind) =>
        [[ChangeScheduledEvent.Topic], [Hash32.FromBytes(new AbiWriter().UInt((byte)kind, 8).ToArray())]];
}

/// <summary>Another guardian, as EIP-712 data: what a quorum of attestors signs, so that no guardian can keep its place alone.</summary>
public static class GuardianChangeTypedData
{
    private static readonly TypedStruct[] Types = [new("GuardianChange", [new("guardian", "address"), new("attestorSet", "uint32"), new("nonce", "uint256")])];

    public static TypedData Of(ulong chainId, Address vault, Address guardian, uint attestorSet, UInt256 nonce) =>
        new(new TypedDataDomain("OpenSettle", "1", chainId, vault), Types, new TypedValue.Struct(guardian, (ulong)attestorSet, nonce));
}

/// <summary>What is scheduled, as the vault decodes it.</summary>
public abstract record VaultChange(ChangeKind Kind)
{
    public abstract ReadOnlyMemory<byte> Encode();

    /// <summary>Null where the bytes are not of that kind's form.</summary>
    public static VaultChange? Decode(ChangeKind kind, ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new AbiReader(data);
            return kind switch
            {
                ChangeKind.Attestors => new Attestors(reader.Array(1, static (ref AbiReader item) => item.Account()), reader.UInt32()),
                ChangeKind.Window => new Window(reader.UInt32()),
                ChangeKind.Tokens => new Tokens(reader.Array(2, static (ref AbiReader token) => new ListedToken(token.Account(), token.UInt(128)))),
                ChangeKind.Guardian => new Guardian(reader.Account()),
                ChangeKind.Governor => new Governor(reader.Account()),
                _ => null,
            };
        }
        catch (AbiException)
        {
            return null;
        }
    }

    public sealed record Attestors(IReadOnlyList<Address> Members, uint Threshold) : VaultChange(ChangeKind.Attestors)
    {
        public override ReadOnlyMemory<byte> Encode() => new AbiWriter().Array(Members, static (item, attestor) => item.Account(attestor)).UInt(Threshold, 32).ToArray();
    }

    public sealed record Window(uint Seconds) : VaultChange(ChangeKind.Window)
    {
        public override ReadOnlyMemory<byte> Encode() => new AbiWriter().UInt(Seconds, 32).ToArray();
    }

    public sealed record Tokens(IReadOnlyList<ListedToken> Listed) : VaultChange(ChangeKind.Tokens)
    {
        public override ReadOnlyMemory<byte> Encode() => new AbiWriter().Array(Listed, static (item, token) => item.Account(token.Token).UInt(token.SmallestLeaf, 128)).ToArray();
    }

    public sealed record Guardian(Address Account) : VaultChange(ChangeKind.Guardian)
    {
        public override ReadOnlyMemory<byte> Encode() => new AbiWriter().Account(Account).ToArray();
    }

    public sealed record Governor(Address Account) : VaultChange(ChangeKind.Governor)
    {
        public override ReadOnlyMemory<byte> Encode() => new AbiWriter().Account(Account).ToArray();
    }
}
