using System.Buffers.Binary;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Watch;

internal sealed record FakeBlock(BlockHeader Header, IReadOnlyList<LogEntry> Logs);

/// <summary>A chain that grows and is reorganised, and remembers the branches that it left.</summary>
internal sealed class FakeChain
{
    private readonly Random _random;
    private readonly Dictionary<Hash32, FakeBlock> _blocks = [];
    private ulong _serial;

    public FakeChain(Random random)
    {
        _random = random;
        Canonical = [];
        Grow(1);
    }

    /// <summary>The blocks from block 0 on.</summary>
    public IReadOnlyList<FakeBlock> Canonical { get; private set; }

    public List<IReadOnlyList<FakeBlock>> Left { get; } = [];

    public ulong Head => (ulong)Canonical.Count - 1;

    /// <summary>The newest block that was ever called final.</summary>
    public ulong Final { get; private set; }

    /// <summary>What the next blocks hold; random where it is null.</summary>
    public Func<IReadOnlyList<(Address Address, LogTopics Topics, byte[] Data)>>? Write { get; set; }

    public FakeBlock this[Hash32 hash] => _blocks[hash];

    public void Grow(int blocks)
    {
        var chain = Canonical.ToList();
        for (var i = 0; i < blocks; i++) chain.Add(Next(chain.Count == 0 ? null : chain[^1].Header));
        Canonical = chain;
    }

    /// <summary>Other blocks take the place of the last ones; they may be fewer.</summary>
    public void Reorganise(int depth, int blocks)
    {
        Left.Add(Canonical);
        Canonical = [.. Canonical.Take(Canonical.Count - depth)];
        Grow(blocks);
    }

    public void Finalize(ulong number) => Final = Math.Max(Final, number);

    /// <summary>The logs of a branch that are wanted, read one after the other: what a journal of it has to hold.</summary>
    public static IReadOnlyList<LogEntry> Wanted(IEnumerable<FakeBlock> branch, WatchedDeployment deployment)
    {
        var wanted = new WatchSet(deployment);
        var logs = new List<LogEntry>();
        foreach (var log in branch.Where(block => block.Header.Number >= deployment.FirstBlock).SelectMany(block => block.Logs))
        {
            if (!wanted.Wants(in log)) continue;
            wanted.Learn(in log);
            logs.Add(log);
        }

        return logs;
    }

    private Hash32 NextHash()
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ++_serial);
        return Hash32.FromBytes(bytes);
    }

    private FakeBlock Next(BlockHeader? parent)
    {
        var number = parent is null ? 0 : parent.Number + 1;
        var header = new BlockHeader(number, NextHash(), parent?.Hash ?? default, 1_700_000_000 + number, 7);
        var said = Write?.Invoke() ?? [.. Enumerable.Range(0, _random.Next(4)).Select(_ => FakeLogs.Random(_random))];
        // Others speak in between: the numbers of logs are not without gaps.
        LogEntry[] logs = [.. said.Select((log, i) => new LogEntry(log.Address, log.Topics, log.Data, number, header.Hash, NextHash(), (uint)(2 * i + 1)))];
        var block = new FakeBlock(header, logs);
        _blocks.Add(header.Hash, block);
        return block;
    }
}
