namespace OpenSettle.Node.Tests;

public sealed class BackgroundStreamTests
{
    [Fact]
    public void Written_InPiecesOfAnySize_ComesOutWholeAndInOrder()
    {
        var random = new Random(8);
        var bytes = new byte[3_000_000];
        random.NextBytes(bytes);
        using var inner = new MemoryStream();
        using (var stream = new BackgroundStream(inner))
        {
            for (var at = 0; at < bytes.Length;)
            {
                var length = Math.Min(bytes.Length - at, random.Next(4) == 0 ? random.Next(700_000) : random.Next(300));
                stream.Write(bytes, at, length);
                at += length;
            }

            stream.Complete();
        }

        Assert.Equal(bytes, inner.ToArray());
    }

    [Fact]
    public void Nothing_Written_CompletesEmpty()
    {
        using var inner = new MemoryStream();
        using var stream = new BackgroundStream(inner);
        stream.Complete();
        Assert.Empty(inner.ToArray());
    }

    [Fact]
    public void Failure_OfWhatIsBehind_IsThrownToTheWriter()
    {
        using var full = new MemoryStream(new byte[10]);
        using var stream = new BackgroundStream(full);
        Assert.Throws<NotSupportedException>(() =>
        {
            for (var i = 0; i < 100; i++) stream.Write(new byte[100_000]);
            stream.Complete();
        });
    }

    [Fact]
    public void Failure_AtTheEnd_IsThrownToo()
    {
        using var full = new MemoryStream(new byte[10]);
        using var stream = new BackgroundStream(full);
        stream.Write(new byte[20]);
        Assert.Throws<NotSupportedException>(stream.Complete);
    }

    [Fact]
    public void Disposed_WithoutItsEnd_Ends()
    {
        using var inner = new MemoryStream();
        var stream = new BackgroundStream(inner);
        stream.Write(new byte[1_000_000]);
        stream.Dispose();
        Assert.True(inner.Length < 1_000_000);
    }
}
