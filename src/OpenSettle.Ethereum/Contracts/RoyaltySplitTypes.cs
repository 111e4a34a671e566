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

    /// <summary>What is proposed, whichever set of attestors signs it.</summary>
    public Hash32 ContentHash() => Keccak256.Hash((this with { AttestorSet = 0 }).Encode());

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

/// <summary>An entry of an epoch's pushes, as its leaf has it.</summary>
public sealed record PushItem(ulong Index, Address Account, Address Recipient, Address Token, UInt256 Amount);

/// <summary>An entry of a batch whose recipient is not its account; at: its place in the batch, from 0.</summary>
public sealed record PushRedirection(ulong At, Address Recipient);

/// <summary>Consecutive entries of one epoch's pushes, all of one token, under one multiproof.</summary>
/// <param name="Entries">36 bytes for each: account, and amount in 16 bytes.</param>
/// <param name="Runs">The multiproof's flags as lengths of runs, two bytes each: so many true, so many false, and so on.</param>
public sealed record PushBatch(
    ulong Epoch, Address Token, ulong First, ReadOnlyMemory<byte> Entries, IReadOnlyList<PushRedirection> Redirections, IReadOnlyList<Hash32> Proof, ReadOnlyMemory<byte> Runs)
{
    private const int EntrySize = 36;
    private const int AmountSize = 16;

    /// <summary>A batch of entries that stand one after the other in the tree.</summary>
    public static PushBatch Of(ulong epoch, Epochs.PushTree tree, int first, int count)
    {
        var proof = tree.MultiProof([.. Enumerable.Range(first, count)]);
        var (entries, redirections) = (new byte[count * EntrySize], new List<PushRedirection>());
        Span<byte> word = stackalloc byte[UInt256.Size];
        for (var i = 0; i < count; i++)
        {
            var leaf = proof.Leaves[i];
            // The contract numbers them by their place, from the first one on.
            if (leaf.Index != first + i || leaf.Entry.Token != tree.Entries[first].Token) throw new ArgumentException("The entries of a batch are one after the other, and of one token.", nameof(count));
            if (!leaf.Entry.Amount.FitsUInt128) throw new ArgumentException("An entry has more than 128 bits.", nameof(tree));
            leaf.Entry.Account.WriteTo(entries.AsSpan(i * EntrySize));
            leaf.Entry.Amount.WriteBigEndian(word);
            word[^AmountSize..].CopyTo(entries.AsSpan(i * EntrySize + Address.Size));
            if (leaf.Entry.Recipient != leaf.Entry.Account) redirections.Add(new PushRedirection((ulong)i, leaf.Entry.Recipient));
        }

        return new PushBatch(epoch, tree.Entries[first].Token, (ulong)first, entries, redirections, proof.Proof, RunsOf(proof.ProofFlags));
    }

    /// <summary>Runs come in pairs, the first one of true flags; a run longer than two bytes goes on after an empty one.</summary>
    private static byte[] RunsOf(IReadOnlyList<bool> flags)
    {
        var runs = new List<ushort>();
        foreach (var flag in flags)
        {
            while (runs.Count == 0 || flag != (runs.Count % 2 == 1)) runs.Add(0);
            if (runs[^1] == ushort.MaxValue) runs.AddRange([0, 0]);
            runs[^1]++;
        }

        if (runs.Count % 2 == 1) runs.Add(0);
        var bytes = new byte[runs.Count * sizeof(ushort)];
        for (var i = 0; i < runs.Count; i++) System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(i * sizeof(ushort)), runs[i]);
        return bytes;
    }
}

/// <summary>What the governor can schedule, in the contract's numbers.</summary>
public enum ChangeKind
{
    Attestors = 0,
    Window = 1,
    Tokens = 2,
    Guardian = 3,
    Governor = 4,
}
