using System.IO.Compression;
using OpenSettle.Epochs;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests;

public sealed class BundleFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-bundles-").FullName;

    private string Bundles => NodeOptionsPaths.In(_folder).Bundles;

    [Fact]
    public async Task Written_IsCompressedOnDiskAndReadsBack()
    {
        var folder = Folder();
        var bundle = await BuiltAsync();
        var hash = folder.Write(bundle);
        var path = Path.Combine(Bundles, $"{hash}.bundle.gz");
        Assert.Equal([path], Directory.GetFiles(Bundles));
        Assert.Equal(path, folder.PathOf(hash));

        using var inside = new MemoryStream();
        using (var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress)) gzip.CopyTo(inside);
        Assert.Equal(hash, Keccak256.Hash(inside.ToArray()));
        Assert.True(new FileInfo(path).Length < inside.Length);

        using var opened = folder.Open(hash);
        var (whole, actual) = BundleReader.Read(opened);
        Assert.Equal((hash, bundle.Payments.Count()), (actual, whole.Payments.Count()));
        var read = folder.Read(hash);
        Assert.Equal((bundle.Root, bundle.After.Accounts.Count), (read.Root, read.After.Accounts.Count));
        Assert.Empty(read.Payments);
    }

    [Fact]
    public async Task WrittenTwice_IsOneFile()
    {
        var folder = Folder();
        var bundle = await BuiltAsync();
        Assert.Equal(folder.Write(bundle), folder.Write(bundle));
        Assert.Single(Directory.GetFiles(Bundles));
    }

    [Fact]
    public async Task Truncated_Anywhere_HaltsAndNamesTheFile()
    {
        var folder = Folder();
        var hash = folder.Write(await BuiltAsync());
        var path = folder.PathOf(hash);
        var bytes = await File.ReadAllBytesAsync(path);
        for (var length = 0; length < bytes.Length; length++)
        {
            await File.WriteAllBytesAsync(path, bytes[..length]);
            AssertHalts(folder, hash);
        }
    }

    [Fact]
    public async Task Changed_InAnyByte_HaltsOrHasTheSameBundle()
    {
        var folder = Folder();
        var bundle = await BuiltAsync();
        var hash = folder.Write(bundle);
        var path = folder.PathOf(hash);
        var bytes = await File.ReadAllBytesAsync(path);
        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 0x10;
            await File.WriteAllBytesAsync(path, changed);
            // The first ten bytes are the header of gzip, and its time and system say nothing of the bundle; nor do the
            // unused bits of the byte before its last eight.
            if (at >= 10 && at != bytes.Length - 9) AssertHalts(folder, hash);
            else if (Record.Exception(() => folder.Read(hash)) is { } refused) Assert.IsType<SettlementHaltedException>(refused);
        }
    }

    [Fact]
    public async Task Appended_To_HaltsAndNamesTheFile()
    {
        var folder = Folder();
        var hash = folder.Write(await BuiltAsync());
        await File.AppendAllTextAsync(folder.PathOf(hash), " ");
        AssertHalts(folder, hash);
    }

    [Fact]
    public async Task Replaced_ByAnotherBundle_HaltsAndNamesTheFile()
    {
        var folder = Folder();
        var bundle = await BuiltAsync();
        var hash = folder.Write(bundle);
        var other = folder.Write(bundle with { PreviousBundle = hash });
        File.Copy(folder.PathOf(other), folder.PathOf(hash), overwrite: true);
        AssertHalts(folder, hash);
    }

    [Fact]
    public async Task Killed_WhileWriting_LeavesOnlyAPartialFile()
    {
        var folder = Folder();
        var bundle = await BuiltAsync();
        var seen = new List<string?>();
        var killed = bundle with { Payments = EndsEarly(bundle.Payments.First(), () => seen.AddRange(Directory.GetFiles(Bundles).Select(Path.GetFileName))) };
        Assert.Throws<OperationCanceledException>(() => folder.Write(killed));
        Assert.Equal(["epoch-1.partial"], seen);
        Assert.Equal(["epoch-1.partial"], Directory.GetFiles(Bundles).Select(Path.GetFileName));

        var hash = folder.Write(bundle);
        Assert.Equal([folder.PathOf(hash)], Directory.GetFiles(Bundles));
        Assert.Equal(bundle.Root, folder.Read(hash).Root);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<DividedPayment> EndsEarly(DividedPayment first, Action look)
    {
        yield return first;
        look();
        throw new OperationCanceledException("killed");
    }

    private static void AssertHalts(BundleFolder folder, Hash32 hash)
    {
        var halted = Assert.Throws<SettlementHaltedException>(() => folder.Read(hash));
        Assert.Contains(folder.PathOf(hash), halted.Message, StringComparison.Ordinal);
        Assert.Contains("Bring it back", halted.Message, StringComparison.Ordinal);
    }

    /// <summary>The bundle that a node built, with its payments.</summary>
    private static async Task<Bundle> BuiltAsync()
    {
        using var node = new TestNode(EpochStepTests.Paid());
        await node.RunAsync(5);
        using var bytes = node.Bundles.Open(node.Epoch(1)!.BundleHash);
        return BundleReader.Read(bytes).Bundle;
    }

    private BundleFolder Folder() => new(NodeOptionsPaths.In(_folder));
}
