using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Usage;

public sealed class SignedUsageTests
{
    private static readonly BuiltinProvider Provider = new(TimeProvider.System);

    [Fact]
    public void Lines_OfTheSameEvents_AreThoseOfTheExample()
    {
        var told = 0;
        foreach (var vector in BatchVector.All)
        {
            var lines = vector.Events.Select(e => System.Text.Encoding.UTF8.GetString(e.ToBatched().ToText())).ToList();
            if (vector.Lines is { } expected)
            {
                Assert.Equal(expected, lines);
                told++;
            }

            foreach (var e in vector.Events)
            {
                var writer = new CanonicalWriter();
                EventLine.Write(writer, new EventView(EventBody.Encode(e)));
                Assert.Equal(e.ToBatched().ToText(), writer.Written.ToArray());
                Assert.Equal(e.ToBatched().ToText(), BatchedEvent.Parse(writer.Written).ToText());
            }
        }

        Assert.Equal((5, 4), (BatchVector.All.Count, told));
    }

    [Fact]
    public async Task Batches_SignedHere_AreThoseOfTheExampleByteForByte()
    {
        using var signer = Provider.SignerFromPrivateKey(BatchVector.PrivateKey);
        var batches = new BatchSigner(signer, BatchVector.ChainId, BatchVector.Registry);
        foreach (var vector in BatchVector.All)
        {
            var signed = await batches.SignAsync([.. vector.Events.Select(e => e.ToBatched())], CancellationToken.None);
            Assert.Equal((vector.Root, vector.Digest), (signed.Statement.Root, signed.Digest));
            Assert.True(BatchHeader.TryParse(vector.Header, out var statement, out var signature, out _));
            Assert.Equal(signed.Statement, statement);
            Assert.Equal(signed.Signature.ToArray(), signature);
            Assert.Equal((vector.Digest, null), BatchSignature.Check(BatchVector.ChainId, BatchVector.Registry, statement, signature, Provider.Recover));
            // ethers writes the address with its checksum.
            Assert.Equal(vector.Header, BatchSigner.Header(signed).Replace(BatchVector.Gateway.ToString(), BatchVector.Gateway.ToChecksumString(), StringComparison.Ordinal));
            batches.Taken(signed);
        }

        Assert.Equal((5UL, BatchVector.All[^1].Digest), batches.Last);
        var again = new BatchSigner(signer, BatchVector.ChainId, BatchVector.Registry, 3, BatchVector.All[2].Digest);
        Assert.Equal(BatchVector.All[3].Digest, (await again.SignAsync([.. BatchVector.All[3].Events.Select(e => e.ToBatched())], CancellationToken.None)).Digest);
    }

    [Fact]
    public async Task Taken_OfABatchThatDoesNotFollow_IsRefused()
    {
        using var signer = Provider.SignerFromPrivateKey(BatchVector.PrivateKey);
        var batches = new BatchSigner(signer, BatchVector.ChainId, BatchVector.Registry);
        var first = await batches.SignAsync([BatchVector.All[0].Events[0].ToBatched()], CancellationToken.None);
        Assert.Throws<ArgumentException>(() => batches.Taken(first with { Statement = first.Statement with { Number = 2 } }));
        Assert.Throws<ArgumentException>(() => batches.Taken(first with { Statement = first.Statement with { Gateway = BatchVector.Registry } }));
        batches.Taken(first);
        Assert.Throws<ArgumentException>(() => batches.Taken(first));
        Assert.True((await batches.SignAsync([BatchVector.All[1].Events[0].ToBatched()], CancellationToken.None)).Statement.Follows(first));
        Assert.True(first.Statement.Follows(null));
        Assert.False(first.Statement.Follows(first));
        await Assert.ThrowsAsync<ArgumentException>(async () => await batches.SignAsync([], CancellationToken.None));
    }

    [Fact]
    public async Task Digest_OfEachClient_IsTheSame()
    {
        var data = UsageBatchTypedData.Of(1, BatchVector.Registry, new BatchStatement(BatchVector.Gateway, 7, BatchVector.PrivateKey, 3, 4, 5, BatchVector.PrivateKey));
        foreach (var provider in ChainProviders.All(TimeProvider.System))
        {
            using var signer = provider.SignerFromPrivateKey(BatchVector.PrivateKey);
            var signature = await signer.SignTypedDataAsync(data, CancellationToken.None);
            Assert.Equal((provider.Name, BatchVector.Gateway, BatchVector.Gateway), (provider.Name, provider.Recover(data.Digest(), signature), Provider.Recover(data.Digest(), signature)));
        }
    }

    [Theory]
    [InlineData("number=1;", "", "number is missing")]
    [InlineData("number=1;", "number=1;number=1;", "number is there twice")]
    [InlineData("number=1;", "number=01;", "number: a whole number")]
    [InlineData("number=1;", "number=+1;", "number: a whole number")]
    [InlineData("number=1;", "number=9223372036854775808;", "number: a whole number")]
    [InlineData("count=1;", "count=;", "count: a whole number")]
    [InlineData("number=1;", "number=1; ", "' root' is none of its fields")]
    [InlineData("number=1;", "number=1;;", "'' is none of its fields")]
    [InlineData("number=1;", "number=1;more=2;", "'more' is none of its fields")]
    [InlineData("gateway=0x19a59825c8e1d0c8A0", "gateway=0x19a59825c8e1d0c8a0", "gateway: an address")]
    [InlineData("gateway=0x", "gateway=", "gateway: an address")]
    [InlineData("root=0x", "root=0x0", "root: 0x and 64")]
    [InlineData("previous=0x00", "previous=0x0", "previous: 0x and 64")]
    [InlineData("signature=0x", "signature=0x00", "signature: 0x and 130")]
    public void Header_ThatIsNotOne_IsRefusedInWords(string part, string instead, string problem)
    {
        var header = BatchVector.All[0].Header;
        Assert.Contains(part, header, StringComparison.Ordinal);
        Assert.False(BatchHeader.TryParse(header.Replace(part, instead, StringComparison.Ordinal), out _, out _, out var said));
        Assert.StartsWith(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Header_WithItsFieldsInAnotherOrder_SaysTheSame()
    {
        var header = BatchVector.All[1].Header;
        Assert.True(BatchHeader.TryParse(string.Join(';', header.Split(';').Reverse()), out var turned, out var turnedSignature, out _));
        Assert.True(BatchHeader.TryParse(header, out var statement, out var signature, out _));
        Assert.Equal(statement, turned);
        Assert.Equal(signature, turnedSignature);
        Assert.False(BatchHeader.TryParse(header + new string(' ', 1024), out _, out _, out _));
    }

    [Fact]
    public void Signature_OfAnythingElse_IsRefused()
    {
        var vector = BatchVector.All[2];
        Assert.True(BatchHeader.TryParse(vector.Header, out var statement, out var signature, out _));
        string? Check(BatchStatement changed, byte[] made, ulong chain = 31337, Address? registry = null) =>
            BatchSignature.Check(chain, registry ?? BatchVector.Registry, changed, made, Provider.Recover).Problem;

        Assert.Null(Check(statement, signature));
        Assert.NotNull(Check(statement with { Number = 4 }, signature));
        Assert.NotNull(Check(statement with { Root = statement.Previous }, signature));
        Assert.NotNull(Check(statement with { Count = 4 }, signature));
        Assert.NotNull(Check(statement with { FirstTime = 4 }, signature));
        Assert.NotNull(Check(statement with { LastTime = 4 }, signature));
        Assert.NotNull(Check(statement with { Previous = statement.Root }, signature));
        Assert.NotNull(Check(statement with { Gateway = BatchVector.Registry }, signature));
        Assert.NotNull(Check(statement, signature, chain: 1));
        Assert.NotNull(Check(statement, signature, registry: BatchVector.Gateway));
        Assert.Contains("64 bytes", Check(statement, signature[..64]), StringComparison.Ordinal);
        Assert.Contains("v 27 or 28", Check(statement, [.. signature[..64], 1]), StringComparison.Ordinal);
        Assert.Contains("s low", Check(statement, HighS(signature)), StringComparison.Ordinal);
    }

    /// <summary>The other signature that the curve allows, and no contract takes.</summary>
    private static byte[] HighS(byte[] signature)
    {
        var order = UInt256.FromBigEndian(Hash32.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").ToArray());
        byte[] high = [.. signature];
        (order - UInt256.FromBigEndian(signature.AsSpan(32, 32))).WriteBigEndian(high.AsSpan(32, 32));
        high[64] = (byte)(27 + 28 - signature[64]);
        return high;
    }
}
