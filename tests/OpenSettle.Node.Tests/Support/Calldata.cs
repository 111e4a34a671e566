using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>Reads the calls of the vault and of the resolver as they do.</summary>
internal static class Calldata
{
    public static (Proposal Proposal, IReadOnlyList<AttestorSignature> Signatures)? ReadProposal(ReadOnlySpan<byte> data)
    {
        if (!Is(data, RoyaltySplit.ProposeFunction)) return null;
        var reader = new AbiReader(data[4..]);
        return (Proposal.Read(reader.Tuple()), Items(data[4..], 1, static item => new AttestorSignature(item.Account(), item.Bytes())));
    }

    public static Proposal? ReadActivation(ReadOnlySpan<byte> data) =>
        Is(data, RoyaltySplit.ActivateFunction) ? Proposal.Decode(data[4..]) : null;

    public static (ulong Epoch, uint Attempt)? ReadVeto(ReadOnlySpan<byte> data)
    {
        if (!Is(data, RoyaltySplit.VetoFunction)) return null;
        var reader = new AbiReader(data[4..]);
        return (reader.UInt64(), (uint)reader.UInt64());
    }

    public static IReadOnlyList<SweepOrder>? ReadSweep(ReadOnlySpan<byte> data) => Is(data, RoyaltySplit.SweepFunction)
        ? Items(data[4..], 0, static item => new SweepOrder(item.Account(), item.Array(1, static (ref AbiReader model) => model.Word())))
        : null;

    public static PushBatch? ReadPush(ReadOnlySpan<byte> data)
    {
        if (!Is(data, RoyaltySplit.PushFunction)) return null;
        var tuple = data[4..][Number(data[4..], 0)..];
        var reader = new AbiReader(tuple);
        return new PushBatch(
            reader.UInt64(), reader.Account(), (ulong)reader.UInt(), reader.Bytes(),
            reader.Array(2, static (ref AbiReader item) => new PushRedirection((ulong)item.UInt(), item.Account())), reader.Array(1, static (ref AbiReader node) => node.Word()), reader.Bytes());
    }

    /// <summary>The entries of a batch, as the contract reads them.</summary>
    public static IReadOnlyList<PushItem> ItemsOf(PushBatch batch)
    {
        var items = new List<PushItem>();
        for (var i = 0; i * 36 < batch.Entries.Length; i++)
        {
            var entry = batch.Entries.Span.Slice(i * 36, 36);
            var account = Address.FromBytes(entry[..20]);
            var recipient = batch.Redirections.FirstOrDefault(redirection => redirection.At == (ulong)i)?.Recipient ?? account;
            items.Add(new PushItem(batch.First + (ulong)i, account, recipient, batch.Token, UInt256.FromBigEndian([.. new byte[16], .. entry[20..]])));
        }

        return items;
    }

    /// <summary>Whether batch and multiproof lead to a root: OpenZeppelin's algorithm, with the flags as lengths of runs.</summary>
    public static bool LeadsTo(PushBatch batch, IReadOnlyList<PushItem> items, Hash32 root)
    {
        var flags = new List<bool>();
        for (var i = 0; i < batch.Runs.Length; i += 2)
            flags.AddRange(Enumerable.Repeat(i % 4 == 0, System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(batch.Runs.Span[i..])));
        var leaves = items.Select(item => new PushLeaf((int)item.Index, new PushEntry(item.Account, item.Recipient, item.Token, item.Amount)));
        return PushTree.Verify(new MultiProof<PushLeaf>([.. leaves], batch.Proof, flags), root);
    }

    public static SignedClaim? ReadSignedClaim(ReadOnlySpan<byte> data) => Is(data, RoyaltySplit.ClaimSignedFunction) ? ReadClaim(data[4..]) : null;

    public static IReadOnlyList<SignedClaim>? ReadRelay(ReadOnlySpan<byte> data)
    {
        if (!Is(data, ClaimRelay.ClaimSignedManyFunction)) return null;
        var array = data[4..][Number(data[4..], 0)..];
        var claims = new List<SignedClaim>();
        for (var i = 0; i < Number(array, 0); i++) claims.Add(ReadClaim(array[32..][Number(array[32..], 32 * i)..]));
        return claims;
    }

    /// <summary>A tuple of request, recipient, deadline and signature; the request is a tuple too.</summary>
    private static SignedClaim ReadClaim(ReadOnlySpan<byte> tuple)
    {
        var request = new AbiReader(tuple[Number(tuple, 0)..]);
        var (account, token, cumulative) = (request.Account(), request.Account(), request.UInt());
        var proof = request.Array(1, static (ref AbiReader node) => node.Word());
        var rest = new AbiReader(tuple);
        rest.UInt();
        return new SignedClaim(new ClaimRequest(account, token, cumulative, proof), rest.Account(), rest.UInt(), rest.Bytes());
    }

    public static EpochRecord? ReadAttestation(ReadOnlySpan<byte> data)
    {
        if (!Is(data, SettlementResolver.AttestEpochFunction)) return null;
        var reader = new AbiReader(data[4..]);
        return new EpochRecord(reader.UInt64(), reader.UInt64(), reader.Word(), reader.Word(), reader.Word());
    }

    private delegate T TupleReader<out T>(AbiReader tuple);

    /// <summary>The argument in a place, which is an array of structs that hold something dynamic.</summary>
    private static List<T> Items<T>(ReadOnlySpan<byte> arguments, int at, TupleReader<T> read)
    {
        var array = arguments[Number(arguments, 32 * at)..];
        var items = array[32..];
        var all = new List<T>();
        for (var i = 0; i < Number(array, 0); i++) all.Add(read(new AbiReader(items[Number(items, 32 * i)..])));
        return all;
    }

    private static bool Is(ReadOnlySpan<byte> data, AbiFunction function) => data.Length >= 4 && data[..4].SequenceEqual(function.Selector);

    private static int Number(ReadOnlySpan<byte> data, int at) => (int)(ulong)UInt256.FromBigEndian(data.Slice(at, 32));
}
