using System.Globalization;
using System.Text.Json;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Attestations;

/// <summary>tests/vectors/attestations.json: what EAS's own SDK makes of the same attestations.</summary>
internal static class SdkVectors
{
    public static JsonElement Root { get; } = Load();

    public static IChainProvider Provider { get; } = Clients.Named("builtin", TimeProvider.System);

    public static Address Attester { get; } = Address.Parse(Text(Root, "attester"));

    public static Address Resolver { get; } = Address.Parse(Text(Root, "resolver"));

    public static Address Service { get; } = Address.Parse(Text(Root, "service"));

    public static ulong ChainId { get; } = Number(Root, "chainId");

    public static SchemaSet Schemas { get; } = new(Resolver);

    public static EasItem Evaluation { get; } = new(
        Address.Parse(Text(Root, "recipient")), Number(Root, "expirationTime"), Revocable: true, Word(Root, "refUID"), Hex.Decode(Text(Kind(StatementKind.Evaluation), "data")));

    public static ISigner Signer() => Provider.SignerFromPrivateKey(Word(Root, "privateKey"));

    public static JsonElement Kind(StatementKind kind) => Root.GetProperty("kinds").EnumerateArray().Single(entry => Text(entry, "kind") == kind.ToString());

    /// <summary>The SDK's file of an off-chain attestation.</summary>
    public static byte[] Offchain(int version) =>
        System.Text.Encoding.UTF8.GetBytes(Root.GetProperty("offchain").EnumerateArray().Single(entry => entry.GetProperty("version").GetInt32() == version).GetProperty("file").GetRawText());

    public static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? throw new FormatException(name);

    public static Hash32 Word(JsonElement parent, string name) => Hash32.Parse(Text(parent, name));

    public static ulong Number(JsonElement parent, string name) => ulong.Parse(Text(parent, name), CultureInfo.InvariantCulture);

    private static JsonElement Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "attestations.json")));
        return document.RootElement.Clone();
    }
}
