using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;

namespace OpenSettle.Ethereum.Tests.Proof;

public sealed class HeaderHashTests
{
    public static TheoryData<string> Names => [.. GoldenBlock.All.Select(block => block.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Header_OfEachFork_GivesItsHash(string name)
    {
        var block = GoldenBlock.Named(name);
        var header = block.Sealed();
        Assert.Equal(block.Header["hash"]?.GetValue<string>(), header.Header.Hash.ToString());
        Assert.Equal(block.Header["parentHash"]?.GetValue<string>(), header.Header.ParentHash.ToString());
        Assert.Equal(block.Header["receiptsRoot"]?.GetValue<string>(), header.ReceiptsRoot.ToString());
        Assert.Equal(Convert.ToUInt64(block.Header["timestamp"]?.GetValue<string>(), 16), header.Header.Timestamp);
        Assert.Equal(Convert.ToUInt64(block.Header["baseFeePerGas"]?.GetValue<string>() ?? "0x0", 16), (ulong)header.Header.BaseFee);
        Assert.Equal(LogsBloom.Size, header.Bloom.Length);
        Assert.Equal(block.Header["transactions"]?.AsArray().Select(hash => hash?.GetValue<string>()), header.Transactions.Select(hash => hash.ToString()));
    }

    [Fact]
    public void Golden_CoverEachField_ThatAnyForkHas()
    {
        // Amsterdam's are on no chain yet.
        var all = GoldenBlock.All.SelectMany(block => block.Header.Select(field => field.Key)).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(["blockAccessListHash", "slotNumber"], HeaderField.All.Select(field => field.Name).Where(name => !all.Contains(name)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Header_WithAnyFieldChanged_IsRefused(string name)
    {
        var block = GoldenBlock.Named(name);
        foreach (var (field, value) in block.Header.Where(field => field.Key != "transactions" && field.Key != "number"))
        {
            var text = value?.GetValue<string>() ?? string.Empty;
            var last = text[^1] == '0' ? '1' : '0';
            // Where there are no bytes, one more.
            var changed = Changed(block, field, text == "0x" ? "0x00" : $"{text[..^1]}{last}");
            var refusal = Assert.Throws<ChainException>(() => GoldenBlock.ReadHeader(changed, block.Number));
            Assert.Equal(ChainErrorKind.BadReply, refusal.Kind);
            Assert.Contains("does not give that hash", refusal.Message);
            Assert.Contains("completeness", refusal.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Header_WithoutAField_IsRefused(string name)
    {
        var block = GoldenBlock.Named(name);
        foreach (var (field, said) in block.Header.ToArray())
        {
            // An integer of a fork that is zero, and one that is not there while a later one is, are the same text.
            if (said is JsonValue zero && zero.GetValue<string>() == "0x0" && HeaderField.All.Any(known => known.Name == field && known.Optional)) continue;
            foreach (var value in new[] { null, "remove" })
                Assert.Equal(ChainErrorKind.BadReply, Assert.Throws<ChainException>(() => GoldenBlock.ReadHeader(Changed(block, field, value), block.Number)).Kind);
        }
    }

    [Fact]
    public void Header_WithAFieldOfALaterFork_IsRefused()
    {
        var block = GoldenBlock.Named("london");
        Assert.Throws<ChainException>(() => GoldenBlock.ReadHeader(Changed(block, "slotNumber", "0x0"), block.Number));
    }

    [Fact]
    public void Header_OfAnotherBlock_IsRefused()
    {
        var block = GoldenBlock.Named("prague");
        var refusal = Assert.Throws<ChainException>(() => GoldenBlock.ReadHeader(block.Header.ToJsonString(), block.Number + 1));
        Assert.Contains($"got block {block.Number}", refusal.Message);
        Assert.Null(GoldenBlock.ReadHeader("null", block.Number));
    }

    [Fact]
    public void Hash_WithAFieldMissingInBetween_HasAnEmptyTextInItsPlace()
    {
        // As geth encodes optional fields; told apart from the same header without what follows.
        var fields = new byte[]?[HeaderField.All.Length];
        for (var i = 0; i < 16; i++) fields[i] = new byte[HeaderField.All[i].Size];
        var london = HeaderHash.Of(fields);
        fields[17] = [0];
        var without = HeaderHash.Of(fields);
        fields[16] = [];
        Assert.Equal(without, HeaderHash.Of(fields));
        Assert.NotEqual(london, without);
    }

    [Fact]
    public void Hash_OfAHeaderWithLongExtraData_IsMadeToo()
    {
        var fields = new byte[]?[HeaderField.All.Length];
        for (var i = 0; i < 15; i++) fields[i] = new byte[HeaderField.All[i].Size];
        fields[12] = new byte[4_000];
        var hash = HeaderHash.Of(fields);
        fields[12] = new byte[4_001];
        Assert.NotEqual(hash, HeaderHash.Of(fields));
    }

    private static string Changed(GoldenBlock block, string field, string? value)
    {
        var changed = block.Header.DeepClone().AsObject();
        if (value == "remove") changed.Remove(field);
        else changed[field] = value is null ? null : JsonValue.Create(value);
        return changed.ToJsonString();
    }
}
