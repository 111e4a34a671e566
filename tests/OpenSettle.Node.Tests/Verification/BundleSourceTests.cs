using System.IO.Compression;
using System.Net;
using System.Text;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Verification;

/// <summary>The hash decides, whatever a place gives.</summary>
public sealed class BundleSourceTests : IDisposable
{
    // What is fetched need not be a bundle to have a hash.
    private static readonly byte[] Content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[\"opensettle-bundle\",1]\n", 500)));
    private static readonly Hash32 Hash = Keccak256.Hash(Content);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opensettle-fetch-");
    private readonly StubWeb _web = new();
    private readonly BundleFolder _into;

    public BundleSourceTests() => _into = new BundleFolder(NodeOptionsPaths.In(_folder.FullName));

    private string Kept => NodeOptionsPaths.In(_folder.FullName).Bundles;

    public void Dispose()
    {
        _web.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Bundle_InAFolderUnderEitherName_IsTakenCompressedOrNot(bool suffix, bool packed)
    {
        var mirror = Directory.CreateDirectory(Path.Combine(_folder.FullName, "mirror"));
        await File.WriteAllBytesAsync(Path.Combine(mirror.FullName, $"{Hash}{(suffix ? ".bundle.gz" : string.Empty)}"), packed ? Gzip(Content) : Content);
        var fetched = await FetchAsync([mirror.FullName]);
        Assert.Equal(mirror.FullName, fetched.From);
        AssertKept();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bundle_AtTheAddressOnChain_IsTakenCompressedOrNot(bool packed)
    {
        _web.Serve($"https://node.example/bundles/{Hash}", packed ? Gzip(Content) : Content);
        var fetched = await FetchAsync([], $"https://node.example/bundles/{Hash}");
        Assert.True(fetched.Found);
        AssertKept();
    }

    [Fact]
    public async Task Places_AreAskedInOrderAndTheAddressOnChainLast()
    {
        _web.Answer($"https://two.example/m/{Hash}.bundle.gz", HttpStatusCode.InternalServerError);
        _web.Serve($"https://node.example/bundles/{Hash}", Gzip(Content));
        var fetched = await FetchAsync(["https://one.example/m/", "https://user:word@two.example/m"], $"https://node.example/bundles/{Hash}");
        Assert.True(fetched.Found);
        Assert.Equal(
            [
                $"https://one.example/m/{Hash}.bundle.gz", $"https://one.example/m/{Hash}", $"https://two.example/m/{Hash}.bundle.gz", $"https://node.example/bundles/{Hash}",
            ],
            _web.Asked);
        Assert.Equal(["https://one.example/m: it does not have it", "https://two.example/m: it answers 500"], fetched.Refused);
        // A password goes to its place, and nowhere else.
        Assert.Equal([null, null, "Basic dXNlcjp3b3Jk", null], _web.Credentials);
    }

    [Fact]
    public async Task Bundle_AtHand_IsNotAskedFor()
    {
        await File.WriteAllBytesAsync(_into.PathOf(Hash), Gzip(Content));
        Assert.True((await FetchAsync(["https://one.example"])).Found);
        Assert.Empty(_web.Asked);
    }

    [Fact]
    public async Task Bundle_AtHandAndChanged_IsFetchedAnew()
    {
        await File.WriteAllBytesAsync(_into.PathOf(Hash), Gzip([.. Content, 1]));
        _web.Serve($"https://one.example/{Hash}", Content);
        var fetched = await FetchAsync(["https://one.example"]);
        Assert.Equal("https://one.example", fetched.From);
        AssertKept();
    }

    [Fact]
    public async Task Content_OfAnotherHash_IsRefusedAndTheNextPlaceAsked()
    {
        byte[] other = [.. Content, (byte)'x'];
        _web.Serve($"https://one.example/{Hash}.bundle.gz", Gzip(other));
        _web.Serve($"https://two.example/{Hash}.bundle.gz", Gzip(Content));
        var fetched = await FetchAsync(["https://one.example", "https://two.example"]);
        Assert.Equal("https://two.example", fetched.From);
        Assert.Equal([$"https://one.example: what it gives has the hash {Keccak256.Hash(other)}"], fetched.Refused);
        AssertKept();
    }

    [Fact]
    public async Task Content_CutOffAnywhere_IsNeverTaken()
    {
        var whole = Gzip(Content);
        for (var length = 0; length < whole.Length; length++)
        {
            _web.Serve($"https://one.example/{Hash}.bundle.gz", whole[..length]);
            var fetched = await FetchAsync(["https://one.example"]);
            // Without its last bytes, which only repeat what came, all of the content may be there: then it is the bundle.
            if (fetched.Found) Assert.Equal(Hash, Keccak256.Hash(Inflate(await File.ReadAllBytesAsync(_into.PathOf(Hash)))));
            else AssertNothingKept();
            File.Delete(_into.PathOf(Hash));
        }
    }

    [Fact]
    public async Task Bomb_IsRefusedWhileItIsRead()
    {
        // A few kilobytes that are gigabytes: zeros, packed twice over would be smaller still.
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 64; i++) gzip.Write(zeros);
        }

        _web.Serve($"https://one.example/{Hash}.bundle.gz", packed.ToArray());
        var fetched = await FetchAsync(["https://one.example"]);
        Assert.False(fetched.Found);
        Assert.Contains("grows without measure", Assert.Single(fetched.Refused), StringComparison.Ordinal);
        AssertNothingKept();
    }

    [Fact]
    public async Task Connection_ThatBreaksOff_IsTold()
    {
        _web.Serve($"https://one.example/{Hash}.bundle.gz", () => new UnreliableStream(Gzip(Content)[..20], breaks: true));
        var fetched = await FetchAsync(["https://one.example"]);
        Assert.Equal(["https://one.example: it broke off after 20 bytes"], fetched.Refused);
        AssertNothingKept();
    }

    [Fact]
    public async Task Place_ThatGivesNothingMore_IsWaitedForOnlySoLong()
    {
        _web.Serve($"https://one.example/{Hash}.bundle.gz", () => new UnreliableStream([], breaks: false));
        var time = new QuickTime(SourceStream.Patience);
        var fetched = await new BundleSource([_web.PlaceAt("https://one.example", time)], _web.Client, time).FetchAsync(Hash, null, _into, CancellationToken.None);
        Assert.Equal(["https://one.example: nothing more came within 30 s"], fetched.Refused);
    }

    [Fact]
    public async Task Place_ThatTricklesIn_IsGivenUp()
    {
        var time = new QuickTime(TimeSpan.Zero);
        var bytes = new UnreliableStream(Content, breaks: false);
        using var source = new SourceStream(bytes, null, time);
        Assert.Equal(10, await source.ReadAsync(new byte[10]));
        time.Advance(TimeSpan.FromSeconds(61));
        var given = await Assert.ThrowsAsync<PlaceException>(() => source.ReadExactlyAsync(new byte[10]).AsTask());
        Assert.Equal("after 61 s only 20 bytes had come", given.Message);
    }

    [Fact]
    public async Task Failure_OfAPlace_IsToldWithoutItsSecrets()
    {
        const string Key = "0123456789abcdef0123";
        _web.Fail($"https://one.example/{Key}/{Hash}.bundle.gz?token=hidden", $"connecting to https://one.example/{Key}?token=hidden failed");
        var fetched = await FetchAsync([$"https://one.example/{Key}?token=hidden"]);
        var refused = Assert.Single(fetched.Refused);
        Assert.StartsWith("https://one.example/***: ", refused, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, refused, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://one.example/x")]
    [InlineData("nowhere")]
    [InlineData("")]
    public async Task AddressOnChain_ThatIsNoWebAddress_IsNotAsked(string address)
    {
        var fetched = await FetchAsync([], address);
        Assert.Equal((false, "the address on chain is not one of http or https"), (fetched.Found, fetched.Why));
    }

    [Fact]
    public async Task Folder_ThatIsNotThere_IsTold()
    {
        var fetched = await FetchAsync([Path.Combine(_folder.FullName, "nothing")]);
        Assert.EndsWith(": there is no such folder", Assert.Single(fetched.Refused), StringComparison.Ordinal);
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return packed.ToArray();
    }

    private static byte[] Inflate(byte[] packed)
    {
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress)) gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private Task<Fetched> FetchAsync(IReadOnlyList<string> places, string? onChain = null) =>
        new BundleSource([.. places.Select(place => _web.PlaceAt(place))], _web.Client, new ManualTime()).FetchAsync(Hash, onChain, _into, CancellationToken.None);

    private void AssertKept()
    {
        Assert.Equal([_into.PathOf(Hash)], Directory.GetFiles(Kept));
        Assert.Equal(Content, Inflate(File.ReadAllBytes(_into.PathOf(Hash))));
    }

    private void AssertNothingKept() => Assert.Empty(Directory.GetFiles(Kept));
}
