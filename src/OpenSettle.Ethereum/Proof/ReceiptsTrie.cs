using System.Buffers;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Proof;

/// <summary>
/// The root of a block's receipts: a Merkle-Patricia trie from rlp(index) to the receipt's bytes. Every node of it is
/// hashed, none is put into its parent whole: a receipt has 256 bytes of bloom, and an inner node holds a hash.
/// </summary>
internal static class ReceiptsTrie
{
    /// <summary>The root where there is no receipt: the hash of the empty text.</summary>
    public static readonly Hash32 Empty = Keccak256.Hash([0x80]);

    /// <summary>What may stand before a value in its leaf: a path, and three beginnings.</summary>
    public const int MostAround = MostNibbles + 3 * RlpBackward.MostPrefix;

    // Of rlp(index): a length and up to four bytes, two nibbles each.
    private const int MostNibbles = 2 * (1 + sizeof(int));

    private const int Children = 16;

    // Sixteen hashes, an empty value, and the list's beginning.
    private const int BranchRoom = Children * (1 + Hash32.Size) + 1 + RlpBackward.MostPrefix;

    private const byte NoChild = 0x80;

    // In a path's first nibble.
    private const byte LeafFlag = 2;
    private const byte OddFlag = 1;

    public static Hash32 Root(ReadOnlySpan<SealedReceipt> receipts, ReadOnlySpan<LogEntry> logs)
    {
        if (receipts.IsEmpty) return Empty;
        var building = new Building(receipts, logs);
        try
        {
            return building.Node(0, receipts.Length, 0);
        }
        finally
        {
            building.Dispose();
        }
    }

    /// <summary>The nibbles of rlp(index).</summary>
    internal static int Path(int index, Span<byte> nibbles)
    {
        Span<byte> room = stackalloc byte[1 + sizeof(int)];
        var rlp = new RlpBackward(room);
        rlp.Integer((ulong)index);
        var key = rlp.Written;
        for (var i = 0; i < key.Length; i++) (nibbles[2 * i], nibbles[2 * i + 1]) = ((byte)(key[i] >> 4), (byte)(key[i] & 0xf));
        return 2 * key.Length;
    }

    /// <summary>The index that is at this place once all are sorted by their paths: zero is 0x80, and comes between 127 and 128.</summary>
    internal static int IndexAt(int place, int count)
    {
        const int Last = 0x7f;
        var zero = Math.Min(Last, count - 1);
        return place < zero ? place + 1 : place == zero ? 0 : place;
    }

    private ref struct Building(ReadOnlySpan<SealedReceipt> receipts, ReadOnlySpan<LogEntry> logs)
    {
        private readonly ReadOnlySpan<SealedReceipt> _receipts = receipts;
        private readonly ReadOnlySpan<LogEntry> _logs = logs;
        private byte[] _room = [];

        public readonly void Dispose()
        {
            if (_room.Length > 0) ArrayPool<byte>.Shared.Return(_room);
        }

        /// <summary>The hash of the node above the receipts at these places, whose paths are the same up to a depth.</summary>
        public Hash32 Node(int first, int end, int depth)
        {
            Span<byte> low = stackalloc byte[MostNibbles];
            var length = Path(IndexAt(first, _receipts.Length), low);
            if (end - first == 1) return Leaf(IndexAt(first, _receipts.Length), low[depth..length]);

            Span<byte> high = stackalloc byte[MostNibbles];
            var shared = low[depth..length].CommonPrefixLength(high[depth..Path(IndexAt(end - 1, _receipts.Length), high)]);
            if (shared == 0) return Branch(first, end, depth);

            var below = Branch(first, end, depth + shared);
            Span<byte> room = stackalloc byte[MostAround + Hash32.Size];
            var rlp = new RlpBackward(room);
            rlp.Word(below);
            WritePath(ref rlp, low.Slice(depth, shared), 0);
            rlp.EndList(0);
            return Keccak256.Hash(rlp.Written);
        }

        private Hash32 Branch(int first, int end, int depth)
        {
            Span<byte> nibbles = stackalloc byte[MostNibbles];
            Span<byte> room = stackalloc byte[BranchRoom];
            var rlp = new RlpBackward(room);
            // No path ends within another.
            rlp.Raw(NoChild);
            for (var child = Children - 1; child >= 0; child--)
            {
                var start = end;
                while (start > first)
                {
                    Path(IndexAt(start - 1, _receipts.Length), nibbles);
                    if (nibbles[depth] != child) break;
                    start--;
                }

                if (start == end) rlp.Raw(NoChild);
                else rlp.Word(Node(start, end, depth + 1));
                end = start;
            }

            rlp.EndList(0);
            return Keccak256.Hash(rlp.Written);
        }

        private Hash32 Leaf(int index, scoped ReadOnlySpan<byte> path)
        {
            ref readonly var receipt = ref _receipts[index];
            var room = receipt.Room(_logs);
            if (room > _room.Length)
            {
                Dispose();
                _room = ArrayPool<byte>.Shared.Rent(room);
            }

            var rlp = new RlpBackward(_room);
            receipt.Write(ref rlp, _logs);
            rlp.EndText();
            WritePath(ref rlp, path, LeafFlag);
            rlp.EndList(0);
            return Keccak256.Hash(rlp.Written);
        }

        private static void WritePath(ref RlpBackward rlp, scoped ReadOnlySpan<byte> nibbles, byte kind)
        {
            Span<byte> bytes = stackalloc byte[1 + MostNibbles / 2];
            var odd = nibbles.Length % 2;
            bytes[0] = (byte)((kind + odd * OddFlag) << 4 | (odd == 1 ? nibbles[0] : 0));
            for (var i = odd; i < nibbles.Length; i += 2) bytes[1 + i / 2] = (byte)(nibbles[i] << 4 | nibbles[i + 1]);
            rlp.Bytes(bytes[..(1 + nibbles.Length / 2)]);
        }
    }
}
