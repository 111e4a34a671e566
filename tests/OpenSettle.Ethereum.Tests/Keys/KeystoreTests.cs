using System.Text.Json;
using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Keys;

/// <summary>Keystores: those of the definition, of ethers and our own; and what is refused.</summary>
public sealed class KeystoreTests
{
    private const string Secret = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

    // The two files in the definition of Web3 Secret Storage; both have the password testpassword.
    private const string DefinitionsScrypt = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
        "kdfparams":{"dklen":32,"n":262144,"r":1,"p":8,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    private const string DefinitionsPbkdf2 = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
        "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    public static TheoryData<string> Names => EachCurve.Names;

    [Theory]
    [InlineData(DefinitionsScrypt)]
    [InlineData(DefinitionsPbkdf2)]
    public void Open_OfTheDefinitionsFiles_GivesTheirKey(string file) => Assert.Equal(Secret, Hex.Encode(Open(file, "testpassword")));

    [Theory]
    [MemberData(nameof(Names))]
    public void Signer_OfEthersKeystores_HasTheirKey(string name)
    {
        var provider = new BuiltinProvider(TimeProvider.System, EachCurve.All[name]);
        Assert.Equal(13, KeyVectors.Keystores.Count);
        foreach (var keystore in KeyVectors.Keystores)
        {
            Assert.Equal(keystore.PrivateKey, Hash32.FromBytes(Open(keystore.Json, keystore.Password)));
            Assert.Equal(provider.SignerFromPrivateKey(keystore.PrivateKey).Address, provider.SignerFromKeystore(keystore.Json, keystore.Password).Address);
        }
    }

    /// <summary>tests/vectors/keys.mjs --check opens the same ones with ethers.</summary>
    [Fact]
    public void Open_OfWhatWasWritten_GivesTheKey()
    {
        Assert.Equal(3, KeyVectors.WrittenKeystores.Count);
        foreach (var keystore in KeyVectors.WrittenKeystores) Assert.Equal(keystore.PrivateKey, Hash32.FromBytes(Open(keystore.Json, keystore.Password)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a password")]
    [InlineData("пароль 🔑 ﬁ")]
    public void Create_WithCheapDerivations_OpensAgain(string password)
    {
        KeystoreDerivation[] derivations = [new KeystoreDerivation.Scrypt([1, 2, 3], 16, 8, 2), new KeystoreDerivation.Pbkdf2([4, 5, 6], 10)];
        foreach (var derivation in derivations)
        {
            var text = Keystore.Create(Curves.Best, Hex.Decode(Secret), password, derivation);
            Assert.Equal(Secret, Hex.Encode(Open(text, password)));
            AssertWrongPassword(text, password + " ");
        }
    }

    [Fact]
    public void Create_AsTheUserHasIt_IsStrongAndEachTimeAnother()
    {
        var texts = new[] { Keystore.Create(Curves.Best, Hex.Decode(Secret), "p"), Keystore.Create(Curves.Best, Hex.Decode(Secret), "p") };
        Assert.All(texts, text => Assert.Equal(Secret, Hex.Encode(Open(text, "p"))));
        var (first, second) = (KeystoreFile.Parse(texts[0]), KeystoreFile.Parse(texts[1]));
        var derivation = Assert.IsType<KeystoreDerivation.Scrypt>(first.Derivation);
        Assert.Equal((131072, 8, 1, 32), (derivation.Cost, derivation.BlockSize, derivation.Parallel, derivation.Salt.Length));
        Assert.NotEqual(first.Iv, second.Iv);
        Assert.NotEqual(first.Derivation.Salt, second.Derivation.Salt);
        Assert.NotEqual(first.Ciphertext, second.Ciphertext);
        Assert.Equal(Address.Parse("0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b"), first.Account);
        foreach (var text in texts)
        {
            using var json = JsonDocument.Parse(text);
            Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", json.RootElement.GetProperty("id").GetString());
            Assert.DoesNotContain("7a28b5ba", text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Open_WithTheWrongPassword_SaysSoAndNoMore()
    {
        foreach (var keystore in KeyVectors.Keystores) AssertWrongPassword(keystore.Json, "another password");
    }

    [Fact]
    public void Open_WithAChangedCiphertextMacSaltOrIvAddress_IsRefused()
    {
        var keystore = KeyVectors.Keystores[^1];
        foreach (var (path, field) in new[] { ("", "ciphertext"), ("", "mac"), ("kdfparams", "salt") })
        {
            AssertWrongPassword(Changed(keystore.Json, crypto => Flip(path.Length == 0 ? crypto : crypto[path], field)), keystore.Password);
        }

        // The MAC does not cover the vector: another key comes out, which is not that of the address.
        AssertRefused(Changed(keystore.Json, crypto => Flip(crypto["cipherparams"], "iv")), keystore.Password, "The keystore's address is not that of its key.");
        var root = JsonNode.Parse(keystore.Json)?.AsObject() ?? [];
        root["address"] = "f39fd6e51aad88f6f4ce6ab8827279cfffb92266";
        AssertRefused(root.ToJsonString(), keystore.Password, "The keystore's address is not that of its key.");
        root.Remove("address");
        Assert.Equal(keystore.PrivateKey, Hash32.FromBytes(Open(root.ToJsonString(), keystore.Password)));
    }

    [Fact]
    public void Open_OfAKeyOutOfRange_IsRefused()
    {
        // A file can hold any 32 bytes under a right MAC: the stream that is laid over them comes out of a file with a known key.
        var keystore = KeyVectors.Keystores[^1];
        var (password, file) = (keystore.Password, KeystoreFile.Parse(keystore.Json));
        var zero = file.Ciphertext.Zip(keystore.PrivateKey.ToArray(), (a, b) => (byte)(a ^ b)).ToArray();
        var derivation = Assert.IsType<KeystoreDerivation.Pbkdf2>(file.Derivation);
        var key = System.Security.Cryptography.Rfc2898DeriveBytes.Pbkdf2(
            password, derivation.Salt, derivation.Rounds, System.Security.Cryptography.HashAlgorithmName.SHA256, 32);
        var mac = Keccak256.Hash([.. key[16..], .. zero]);
        var text = KeystoreWriter.Write(file with { Ciphertext = zero, Mac = mac.ToArray(), Account = null }, Guid.Empty);
        AssertRefused(text, password, "The keystore holds no private key of secp256k1.");
    }

    [Theory]
    [InlineData("n", 3)]
    [InlineData("n", 1)]
    [InlineData("n", 0)]
    [InlineData("n", -2)]
    [InlineData("n", 1 << 30)]
    [InlineData("n", 1 << 23)]
    [InlineData("r", 0)]
    [InlineData("r", int.MaxValue)]
    [InlineData("p", 0)]
    [InlineData("p", int.MaxValue)]
    [InlineData("p", 1 << 22)]
    [InlineData("dklen", 31)]
    [InlineData("dklen", 64)]
    public void Open_WithAbsurdScryptParameters_IsRefusedBeforeAnythingIsSpent(string field, int value) =>
        AssertCheaplyRefused(Changed(KeyVectors.Keystores[1].Json, crypto => Set(crypto["kdfparams"], field, value)));

    [Theory]
    [InlineData("c", 0)]
    [InlineData("c", -1)]
    [InlineData("c", int.MaxValue)]
    [InlineData("prf", "hmac-sha1")]
    [InlineData("prf", 1)]
    [InlineData("salt", "0g")]
    [InlineData("salt", "abc")]
    [InlineData("salt", null)]
    public void Open_WithWrongPbkdf2Parameters_IsRefusedBeforeAnythingIsSpent(string field, object? value) =>
        AssertCheaplyRefused(Changed(KeyVectors.Keystores[^1].Json, crypto => Set(crypto["kdfparams"], field, value)));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("{\"version\":3}")]
    [InlineData("{\"version\":\"3\",\"crypto\":{}}")]
    [InlineData("{\"version\":1,\"crypto\":{}}")]
    [InlineData("{\"version\":3,\"crypto\":[]}")]
    [InlineData("{\"version\":3,\"crypto\":{},\"Crypto\":{}}")]
    [InlineData("{\"version\":3.5,\"crypto\":{}}")]
    [InlineData("{\"version\":3e99,\"crypto\":{}}")]
    [InlineData("{\"version\":3,\"crypto\":{\"cipher\":\"\\ud800\"}}")]
    [InlineData("{\"version\":3,\"crypto\":{\"cipher\":\"aes-128-cbc\"}}")]
    [InlineData("{\"version\":3")]
    public void Open_OfSomethingElse_IsRefused(string text) => AssertCheaplyRefused(text);

    [Fact]
    public void Open_WithAFieldTwice_IsRefused()
    {
        // Whoever reads the first, and whoever reads the last, would see different files.
        var text = KeyVectors.Keystores[^1].Json;
        AssertRefused(text.Replace("\"version\":3", "\"version\":3,\"version\":3", StringComparison.Ordinal), "a password", "The keystore is not a JSON object.");
    }

    [Theory]
    [InlineData(1 << 18, 8, 5, "work")]
    [InlineData(1 << 10, 1, 1 << 14, "work")]
    [InlineData(1 << 19, 8, 1, "memory")]
    [InlineData(2, 1, 1 << 22, "memory")]
    public void Open_WithScryptParametersAboveABound_SaysWhich(int n, int r, int p, string bound)
    {
        var text = Changed(KeyVectors.Keystores[1].Json, crypto =>
        {
            Set(crypto["kdfparams"], "n", n);
            Set(crypto["kdfparams"], "r", r);
            Set(crypto["kdfparams"], "p", p);
        });
        Assert.Contains(bound, Assert.Throws<KeystoreException>(() => KeystoreFile.Parse(text)).Message);
    }

    [Fact]
    public void Parse_OfFourTimesGethsStandard_IsWithinTheBounds()
    {
        var text = Changed(KeyVectors.Keystores[1].Json, crypto =>
        {
            Set(crypto["kdfparams"], "n", 1 << 18);
            Set(crypto["kdfparams"], "r", 8);
            Set(crypto["kdfparams"], "p", 4);
        });
        Assert.Equal(1 << 18, Assert.IsType<KeystoreDerivation.Scrypt>(KeystoreFile.Parse(text).Derivation).Cost);
    }

    [Fact]
    public void Open_OfSomethingHugeOrDeep_IsRefused()
    {
        AssertCheaplyRefused(new string('[', 10_000));
        AssertCheaplyRefused("{\"version\":3,\"crypto\":" + string.Concat(Enumerable.Repeat("{\"crypto\":", 1000)));
        AssertCheaplyRefused("\ud800");
        // As many characters as a disk holds.
        AssertCheaplyRefused(new string(' ', 20_000_000));
    }

    private static void Flip(JsonNode? parent, string field)
    {
        var text = parent?[field]?.GetValue<string>() ?? throw new InvalidOperationException($"There is no {field}.");
        Set(parent, field, (text[0] == '0' ? '1' : '0') + text[1..]);
    }

    private static void Set(JsonNode? parent, string field, object? value) =>
        (parent ?? throw new InvalidOperationException($"There is no place for {field}."))[field] = value is null ? null : JsonValue.Create(value);

    private static string Changed(string json, Action<JsonNode> change)
    {
        var root = JsonNode.Parse(json) ?? throw new FormatException("There is no JSON.");
        change(root["crypto"] ?? root["Crypto"] ?? throw new FormatException("There is no crypto."));
        return root.ToJsonString();
    }

    private static void AssertWrongPassword(string text, string password)
    {
        var refusal = Assert.Throws<KeystoreException>(() => Open(text, password));
        Assert.Equal("The password is not this keystore's, or the file is damaged.", refusal.Message);
        Assert.Null(refusal.InnerException);
    }

    private static void AssertRefused(string text, string password, string message) =>
        Assert.Equal(message, Assert.Throws<KeystoreException>(() => Open(text, password)).Message);

    private static void AssertCheaplyRefused(string text)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<KeystoreException>(() => Open(text, "password"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Null(refusal.InnerException);
    }

    private static byte[] Open(string text, string password)
    {
        var secret = new byte[32];
        Keystore.WritePrivateKey(Curves.Best, text, password, secret);
        return secret;
    }
}
