using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Proof;

/// <summary>The trie again, as the yellow paper writes it: by sets of pairs, without thinking of what keys and values look like.</summary>
internal static class PlainTrie
{
    public static Hash32 Root(IReadOnlyList<byte[]> values)
    {
        var pairs = values.Select((value, index) => (Key: Nibbles(Integer(index)), Value: value)).ToList();
        return Keccak256.Hash(pairs.Count == 0 ? [0x80] : Node(pairs, 0));
    }

    private static byte[] Node(List<(byte[] Key, byte[] Value)> pairs, int depth)
    {
        if (pairs is [var (key, value)]) return List(Text(HexPrefix(key[depth..], leaf: true)), Text(value));

        var shared = 0;
        while (pairs.All(pair => pair.Key.Length > depth + shared && pair.Key[depth + shared] == pairs[0].Key[depth + shared])) shared++;
        if (shared > 0) return List(Text(HexPrefix(pairs[0].Key[depth..(depth + shared)], leaf: false)), Reference(pairs, depth + shared));

        var items = Enumerable.Range(0, 16).Select(nibble => pairs.Where(pair => pair.Key.Length > depth && pair.Key[depth] == nibble).ToList())
            .Select(child => child.Count == 0 ? Text([]) : Reference(child, depth + 1));
        return List([.. items, Text(pairs.Where(pair => pair.Key.Length == depth).Select(pair => pair.Value).SingleOrDefault([]))]);
    }

    private static byte[] Reference(List<(byte[] Key, byte[] Value)> pairs, int depth)
    {
        var node = Node(pairs, depth);
        return node.Length < 32 ? node : Text(Keccak256.Hash(node).ToArray());
    }

    private static byte[] HexPrefix(byte[] nibbles, bool leaf)
    {
        var flag = leaf ? 2 : 0;
        byte[] all = nibbles.Length % 2 == 1 ? [(byte)(flag + 1), .. nibbles] : [(byte)flag, 0, .. nibbles];
        return [.. all.Chunk(2).Select(pair => (byte)(pair[0] * 16 + pair[1]))];
    }

    private static byte[] Nibbles(byte[] bytes) => [.. bytes.SelectMany(one => new[] { (byte)(one / 16), (byte)(one % 16) })];

    // RlpList writes lists, and each of its items is what is wanted here.
    private static byte[] Integer(int value) => Text([.. BitConverter.GetBytes(value).Reverse().SkipWhile(one => one == 0)]);

    private static byte[] Text(byte[] value) => RlpItems.TryRead(new RlpList().Bytes(value).ToArray(), 1, out var items) ? items[0].ToArray() : throw new InvalidOperationException("An item.");

    private static byte[] List(params byte[][] items)
    {
        byte[] payload = [.. items.SelectMany(item => item)];
        if (payload.Length <= 55) return [(byte)(0xc0 + payload.Length), .. payload];
        byte[] length = [.. BitConverter.GetBytes(payload.Length).Reverse().SkipWhile(one => one == 0)];
        return [(byte)(0xf7 + length.Length), .. length, .. payload];
    }
}
