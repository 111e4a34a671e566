using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A token's cumulative total: all that activated leaves and pushes of that token promise together.</summary>
/// <param name="Token">The zero address: native coin.</param>
/// <param name="Total">At most 128 bits.</param>
public sealed record TokenTotal(Address Token, UInt256 Total);

/// <summary>A token that the vault settles, and the smallest accrual that becomes payable.</summary>
public sealed record ListedToken(Address Token, UInt256 SmallestLeaf);

/// <summary>A signer and its signature: 65 bytes for a key, or whatever the signer's own contract takes.</summary>
public sealed record AttestorSignature(Address Signer, ReadOnlyMemory<byte> Data)
{
    public static AttestorSignature Of(Address signer, RecoverableSignature signature) => new(signer, signature.ToArray());
}

/// <summary>What a quorum of attestors signs and anyone may bring. The interface of the contract says what each part means.</summary>
public sealed record Proposal(
    ulong Epoch,
    uint Attempt,
    uint AttestorSet,
    Hash32 PreviousRoot,
    Hash32 Root,
    Hash32 PushRoot,
    Hash32 RecordRoot,
    Hash32 BundleHash,
    ulong LastBlock,
    Hash32 LastBlockHash,
    IReadOnlyList<TokenTotal> Totals,
    IReadOnlyList<Hash32> Revoked,
    string BundleUri)
{
    /// <summary>What the vault keeps of it once it is activated.</summary>
    public EpochRecord Record => new(Epoch, LastBlock, Root, RecordRoot, BundleHash);

    /// <summary>abi.encode(proposal).</summary>
    public byte[] Encode() => new AbiWriter().DynamicTuple(Write).ToArray();

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    public static Proposal Decode(ReadOnlySpan<byte> encoded) => Read(new AbiReader(encoded).Tuple());

    internal static Proposal Read(AbiReader tuple) => new(
        tuple.UInt64(), tuple.UInt32(), tuple.UInt32(), tuple.Word(), tuple.Word(), tuple.Word(), tuple.Word(), tuple.Word(), tuple.UInt64(), tuple.Word(),
        tuple.Array(2, static (ref AbiReader total) => new TokenTotal(total.Account(), total.UInt(128))),
        tuple.Array(1, static (ref AbiReader key) => key.Word()),
        tuple.Text());

    internal void Write(AbiWriter writer) =>
        writer
            .UInt(Epoch, 64)
            .UInt(Attempt, 32)
            .UInt(AttestorSet, 32)
            .Word(PreviousRoot)
            .Word(Root)
            .Word(PushRoot)
            .Word(RecordRoot)
            .Word(BundleHash)
            .UInt(LastBlock, 64)
            .Word(LastBlockHash)
            .Array(Totals, static (item, total) => item.Account(total.Token).UInt(total.Total, 128))
            .Array(Revoked, static (item, key) => item.Word(key))
            .Text(BundleUri);
}

/// <summary>The proposal whose window runs.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Digest">What its attestors signed (<see cref="ProposalTypedData"/>).</param>
/// <param name="ReadyAt">Block time in seconds from which it can be activated.</param>
public sealed record OpenProposal(ulong Epoch, Hash32 Digest, ulong ReadyAt);

/// <summary>What the vault keeps of an activated epoch, as the hash of its encoding.</summary>
public sealed record EpochRecord(ulong Epoch, ulong LastBlock, Hash32 Root, Hash32 RecordRoot, Hash32 BundleHash)
{
    /// <summary>keccak256(abi.encode(record)): what the vault's <c>epochHash</c> answers.</summary>
    public Hash32 Hash() =>
        Keccak256.Hash(Write(new AbiWriter()).ToArray());

    internal AbiWriter Write(AbiWriter writer) => writer.UInt(Epoch, 64).UInt(LastBlock, 64).Word(Root).Word(RecordRoot).Word(BundleHash);
}

/// <summary>One claim: all that the account ever earned of the token, with its proof.</summary>
public sealed record ClaimRequest(Address Account, Address Token, UInt256 Cumulative, IReadOnlyList<Hash32> Proof);

/// <summary>Pay addresses to sweep of one token.</summary>
public sealed record SweepOrder(Address Token, IReadOnlyList<Hash32> ModelIds);

/// <summary>What the governor can schedule, in the contract's numbers.</summary>
public enum ChangeKind
{
    Attestors = 0,
    Window = 1,
    Tokens = 2,
    Guardian = 3,
    Governor = 4,
}
