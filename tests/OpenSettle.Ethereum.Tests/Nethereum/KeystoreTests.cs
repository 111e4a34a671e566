using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Nethereum;

/// <summary>Keystores that ethers 6.17 wrote, or reads, with every client. They are cheap ones: this is about their form.</summary>
public sealed class KeystoreTests
{
    private const string Account = "0xD1B69E23d1d02D13B4C64d50b44EE72d4F1e3D3a";
    private const string Secret = "a1b2c3d4e5f6";

    private static readonly (string Password, string Text)[] Files =
    [
        ("correct horse", Scrypt("6522ada6598c9c65b77564c3749091fbaf6555f89dba0cebf96a3eb41f9d9867", 1024, 1, 8, "3bca7a289cca94b4935a7f097f0a97642c6805abd64dd7b24b898b3f0c2757c8")),
        ("pä55 語 🜁", Scrypt("a8ef5647dfcc20a1393ee6629cf57580edafc6f246cc958223ac2033b1f04412", 512, 8, 1, "918e0480895e52523e9ba678ef9c72c0a9334891f85e7ce97ea700619a1e6de7")),
        (string.Empty, Scrypt("547991d0ae2f07f24821c27783decb273e6e210c3c3673922a7f2419dc777682", 2048, 2, 4, "6d810649c0d1ddc45db5dccdb77482e5aed154173484430acf7377a3b1e5d842")),
        (
            "correct horse",
            """
            {"version":3,"id":"0e0e0e0e-0e0e-4e0e-8e0e-0e0e0e0e0e0e","address":"d1b69e23d1d02d13b4c64d50b44ee72d4f1e3d3a","crypto":{
             "ciphertext":"2fa0166346fabd40cf774fe13fbf3808b4c43809d1f50d8c22286d556bf4126d","cipherparams":{"iv":"09090909090909090909090909090909"},
             "cipher":"aes-128-ctr","kdf":"pbkdf2","kdfparams":{"dklen":32,"salt":"0707070707070707070707070707070707070707070707070707070707070707",
             "c":1000,"prf":"hmac-sha256"},"mac":"12e3553ba9817fd34016867751ac261e267fcaf2c49f192f7fa7024c77dccc01"}}
            """),
    ];

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Keystore_OfEthers_OpensToItsKey(string name)
    {
        var provider = Clients.Named(name, TimeProvider.System);
        var key = provider.SignerFromPrivateKey(Hash32.Parse("0x00a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f"));
        var request = new TransactionRequest(31337, 4, 1, 2, 21_000, default(Address), 3, default);
        var expected = await key.SignTransactionAsync(request, CancellationToken.None);
        foreach (var (password, text) in Files)
        {
            var signer = provider.SignerFromKeystore(text, password);
            Assert.Equal(Address.Parse(Account), signer.Address);
            Assert.Equal(expected.Hash, (await signer.SignTransactionAsync(request, CancellationToken.None)).Hash);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keystore_WithAnotherPassword_IsRefused(string name)
    {
        foreach (var (password, text) in Files)
        {
            foreach (var wrong in new[] { password + "x", password.ToUpperInvariant() + " ", "another" }) Assert.Contains("password", Refusal(name, text, wrong));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keystore_ThatAsksForTooMuchOrIsWrong_IsRefused(string name)
    {
        (string From, string To)[] changes =
        [
            ("\"n\":1024", "\"n\":1000"), ("\"n\":1024", "\"n\":0"), ("\"n\":1024", "\"n\":-1024"), ("\"n\":1024", "\"n\":1073741824"), ("\"n\":1024", "\"n\":1e99"),
            ("\"n\":1024", "\"n\":1024,\"n\":1073741824"), ("\"r\":8", "\"r\":2147483647"), ("\"p\":1", "\"p\":2147483647"), ("\"p\":1", "\"p\":0"), ("\"dklen\":32", "\"dklen\":16"),
            ("\"dklen\":32", "\"dklen\":2147483647"), ("\"version\":3", "\"version\":4"), ("aes-128-ctr", "aes-128-cbc"), ("\"kdf\":\"scrypt\"", "\"kdf\":\"none\""),
            ("ffffffffffffffffffffffffffffffff", "ff"), ("ffffffffffffffffffffffffffffffff", "zz"), ("d1b69e23", "d1b69e24"), ("\"mac\":\"3b", "\"mac\":\"3c"),
            ("\"Crypto\":{", "\"Crypto\":[{"), ("\"n\":1024", "\"n\":\"1024\""), ("5a5a", string.Empty),
        ];
        var (password, text) = Files[0];
        foreach (var (from, to) in changes)
        {
            Assert.Contains(from, text);
            _ = Refusal(name, text.Replace(from, to), password);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keystore_Damaged_IsRefusedOrTheSame(string name)
    {
        var random = new Random(9);
        var provider = Clients.Named(name, TimeProvider.System);
        var (password, text) = Files[3];
        for (var round = 0; round < 400; round++)
        {
            var damaged = text.ToCharArray();
            // One place at a time: the vector is held by the address alone, which a file may leave out.
            damaged[random.Next(damaged.Length)] = (char)random.Next(32, 127);
            try
            {
                Assert.Equal(Address.Parse(Account), provider.SignerFromKeystore(new string(damaged), password).Address);
            }
            catch (KeystoreException refusal)
            {
                Assert.DoesNotContain(Secret, refusal.ToString(), StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    private static string Refusal(string name, string text, string password)
    {
        var refusal = Assert.Throws<KeystoreException>(() => Clients.Named(name, TimeProvider.System).SignerFromKeystore(text, password));
        Assert.DoesNotContain(Secret, refusal.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("horse", refusal.ToString());
        return refusal.Message;
    }

    private static string Scrypt(string ciphertext, int n, int p, int r, string mac) =>
        $$$"""
        {"address":"d1b69e23d1d02d13b4c64d50b44ee72d4f1e3d3a","id":"01010101-0101-4101-8101-010101010101","version":3,"Crypto":{"cipher":"aes-128-ctr",
         "cipherparams":{"iv":"ffffffffffffffffffffffffffffffff"},"ciphertext":"{{{ciphertext}}}","kdf":"scrypt","kdfparams":{
         "salt":"{{{string.Concat(Enumerable.Repeat("5a", 32))}}}","n":{{{n}}},"dklen":32,"p":{{{p}}},"r":{{{r}}}},"mac":"{{{mac}}}"}}
        """;
}
