using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Usage;

/// <summary>A pulled batch is believed for its signature alone: each part of it that is damaged is told.</summary>
public sealed class BatchFileTests
{
    private static readonly BuiltinProvider Provider = new(TimeProvider.System);
    private static readonly BatchVector Vector = BatchVector.All[3];

    [Fact]
    public void Batch_AsItWasSigned_IsTaken()
    {
        var (batch, problem) = Read(Bytes());
        Assert.Null(problem);
        Assert.Equal((Vector.Digest, 4UL), (batch!.Signed.Digest, batch.Batch.Number));
        Assert.Equal(Vector.Root, batch.Batch.Root());
        Assert.Equal(Vector.Events.Select(e => e.Identity()), batch.Batch.Events.Select(e => e.Id));
    }

    [Fact]
    public void Batch_ThatWasNotAskedFor_IsRefused()
    {
        Assert.Contains("was asked for", Read(Bytes(), number: 5).Problem, StringComparison.Ordinal);
        Assert.Contains("was asked for", Read(Bytes(), gateway: BatchVector.Registry).Problem, StringComparison.Ordinal);
        Assert.Contains("is signed for chain 31337", Read(Bytes(), chainId: 1).Problem, StringComparison.Ordinal);
        Assert.Contains("is signed for chain 31337", Read(Bytes(), registry: BatchVector.Gateway).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_WithAnyByteChanged_IsRefused()
    {
        var whole = Bytes();
        for (var at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 1;
            Assert.NotNull(Read(damaged).Problem);
        }
    }

    [Fact]
    public void Batch_CutAnywhere_IsRefused()
    {
        var whole = Bytes();
        for (var length = 0; length < whole.Length; length++) Assert.NotNull(Read(whole[..length]).Problem);
    }

    [Fact]
    public void Batch_WithLinesDroppedTurnedOrRepeated_IsRefused()
    {
        var lines = System.Text.Encoding.UTF8.GetString(Bytes()).Split('\n')[..^1];
        Assert.Contains("6 events, and 7 are signed", Read([.. lines[..^1]]).Problem, StringComparison.Ordinal);
        Assert.Contains("there twice", Read([.. lines, lines[1]]).Problem, StringComparison.Ordinal);
        Assert.Contains("give root", Read([lines[0], lines[3], lines[2], lines[1], .. lines[4..]]).Problem, StringComparison.Ordinal);
        Assert.Contains("no event", Read([lines[0]]).Problem, StringComparison.Ordinal);
        Assert.Contains("event 0: ", Read([lines[0], .. lines]).Problem, StringComparison.Ordinal);
        Assert.Contains("begin as a batch", Read([.. lines.Select(line => line.Replace("opensettle-usage-batch\",1", "opensettle-usage-batch\",2", StringComparison.Ordinal))]).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_SignedAnewBySomebodyElse_IsRefused()
    {
        // Everything fits but the key.
        Assert.True(BatchHeader.TryParse(Vector.Header, out var statement, out _, out _));
        using var thief = Provider.SignerFromPrivateKey(Keccak256.HashText("thief"));
        var signature = await thief.SignTypedDataAsync(UsageBatchTypedData.Of(BatchVector.ChainId, BatchVector.Registry, statement), CancellationToken.None);
        var (_, problem) = Read(Bytes(signature.ToArray()));
        Assert.StartsWith($"signature: {thief.Address.ToChecksumString()} made it", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Proof_OfEachLine_LeadsToTheRootAndOfNoOtherLine()
    {
        foreach (var vector in BatchVector.All)
        {
            var events = vector.Events.Select(e => e.ToBatched()).ToList();
            var tree = BatchTree.OfEvents(events);
            Assert.Equal((vector.Root, events.Count), (tree.Root, tree.Count));
            for (var i = 0; i < events.Count; i++)
            {
                Assert.True(BatchTree.Verify(events[i].ToText(), tree.Proof(i), vector.Root));
                Assert.False(BatchTree.Verify((events[i] with { Units = events[i].Units ^ 1 }).ToText(), tree.Proof(i), vector.Root));
            }
        }
    }

    private static (PulledBatch? Batch, string? Problem) Read(string[] lines) => Read(System.Text.Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    private static (PulledBatch? Batch, string? Problem) Read(byte[] bytes, ulong number = 4, Address? gateway = null, ulong? chainId = null, Address? registry = null)
    {
        using var stream = new MemoryStream(bytes);
        return BatchFile.Read(stream, chainId ?? BatchVector.ChainId, registry ?? BatchVector.Registry, (gateway ?? BatchVector.Gateway, number), Provider.Recover);
    }

    private static byte[] Bytes(byte[]? signature = null)
    {
        Assert.True(BatchHeader.TryParse(Vector.Header, out var statement, out var signed, out _));
        return
        [
            .. BatchFile.Head(BatchVector.ChainId, BatchVector.Registry, new SignedStatement(statement, Vector.Digest, signature ?? signed)),
            .. Vector.Events.SelectMany(e => (byte[])[.. e.ToBatched().ToText(), (byte)'\n']),
        ];
    }
}
