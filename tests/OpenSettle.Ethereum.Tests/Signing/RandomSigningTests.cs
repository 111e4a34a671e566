using System.Text.Json;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Ethereum.Tests.Signing.SigningCorpus;

namespace OpenSettle.Ethereum.Tests.Signing;

/// <summary>Random transactions and typed data, over the whole range of every field: each client signs them as ethers does.</summary>
public sealed class RandomSigningTests
{
    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Transactions_OfRandomFields_AreSignedByteForByte(string name) => await EachAsync("transaction", async line =>
    {
        var signer = Signer(name, line);
        var request = Request(line);
        var signed = await signer.SignTransactionAsync(request, CancellationToken.None);
        Assert.Equal(Address.Parse(Text(line, "from")), signer.Address);
        Assert.Equal(Text(line, "raw"), Hex.Encode(signed.Raw.Span));
        Assert.Equal(Text(line, "hash"), signed.Hash.ToString());
        Assert.Equal(request, signed.Request);
    });

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TypedData_OfRandomTypes_IsSignedByteForByte(string name) => await EachAsync("typed", async line =>
    {
        var signer = Signer(name, line);
        var data = Data(line.GetProperty("payload"));
        var signature = await signer.SignTypedDataAsync(data, CancellationToken.None);
        Assert.Equal(Text(line, "digest"), data.Digest().ToString());
        Assert.Equal(Text(line, "signature"), Hex.Encode(signature.ToArray()));
        Assert.Equal(Address.Parse(Text(line, "from")), Clients.Named(name, TimeProvider.System).Recover(data.Digest(), signature));
    });

    [Fact]
    public async Task TypedData_OfRandomTypes_IsWrittenAsOthersWriteIt() => await EachAsync("typed", line =>
    {
        var data = Data(line.GetProperty("payload"));
        using var written = JsonDocument.Parse(data.ToJson());
        Assert.True(JsonElement.DeepEquals(line.GetProperty("payload"), written.RootElement), $"written: {written.RootElement}");
        // Not there where a struct holds itself, which ethers refuses.
        if (line.GetProperty("encodeType").GetString() is { } encoded) Assert.Equal(encoded, new TypedDataTypes(data.Types).Encode(data.PrimaryType));
        return Task.CompletedTask;
    });

    private static ISigner Signer(string name, JsonElement line) => Clients.Named(name, TimeProvider.System).SignerFromPrivateKey(Hash32.Parse(Text(line, "privateKey")));
}
