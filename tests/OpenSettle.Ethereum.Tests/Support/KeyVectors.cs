using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>Published vectors of wallets, and what another implementation made: tests/vectors/keys.json.</summary>
internal static class KeyVectors
{
    private static readonly JsonElement Root = Load("keys.json");

    /// <summary>Entropy, words, and the seed under the passphrase TREZOR.</summary>
    public static IReadOnlyList<(byte[] Entropy, string Words, string Seed)> Mnemonics { get; } =
        [.. Root.GetProperty("bip39").EnumerateArray().Select(each => (Hex.Decode("0x" + Text(each, "entropy")), Text(each, "mnemonic"), "0x" + Text(each, "seed")))];

    /// <summary>Seed, path, and the private key there in the extended form of BIP-32.</summary>
    public static IReadOnlyList<(byte[] Seed, HdPath Path, string Extended)> Paths { get; } =
        [.. Root.GetProperty("bip32").EnumerateArray().Select(each => (Hex.Decode("0x" + Text(each, "seed")), HdPath.Parse(Text(each, "path")), Text(each, "xprv")))];

    public static IReadOnlyList<WalletVector> Wallets { get; } =
        [.. Root.GetProperty("wallets").EnumerateArray().Select(each => new WalletVector(
            Text(each, "mnemonic"), Text(each, "passphrase"), HdPath.Parse(Text(each, "path")), Hash32.Parse(Text(each, "privateKey")), Address.Parse(Text(each, "address"))))];

    public static IReadOnlyList<KeystoreVector> Keystores { get; } = [.. Root.GetProperty("keystores").EnumerateArray().Select(ReadKeystore)];

    /// <summary>Keystores that this project wrote, and ethers opens.</summary>
    public static IReadOnlyList<KeystoreVector> WrittenKeystores { get; } = [.. Load("keystore-written.json").EnumerateArray().Select(ReadKeystore)];

    public static IReadOnlyList<(string Text, string Form)> Texts { get; } =
        [.. Root.GetProperty("nfkd").GetProperty("texts").EnumerateArray().Select(each => (Text(each, "text"), Text(each, "form")))];

    /// <summary>SHA-256 over the forms of all characters, one a line.</summary>
    public static string AllCharacters { get; } = Text(Root.GetProperty("nfkd"), "allCharacters");

    private static KeystoreVector ReadKeystore(JsonElement each) => new(Text(each, "password"), Hash32.Parse(Text(each, "privateKey")), Text(each, "json"));

    private static string Text(JsonElement parent, string field) => parent.GetProperty(field).GetString() ?? throw new FormatException($"{field} is not text.");

    private static JsonElement Load(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", file)));
        return document.RootElement.Clone();
    }
}

internal sealed record WalletVector(string Mnemonic, string Passphrase, HdPath Path, Hash32 PrivateKey, Address Address);

internal sealed record KeystoreVector(string Password, Hash32 PrivateKey, string Json);
