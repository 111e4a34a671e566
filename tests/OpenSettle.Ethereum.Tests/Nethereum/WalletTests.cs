using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Nethereum;

/// <summary>Accounts from a mnemonic, by any path and passphrase, with every client: against ethers 6.17, and against each other.</summary>
public sealed class WalletTests
{
    private const string Junk = "test test test test test test test test test test test junk";

    private static readonly string[] Passphrases = [string.Empty, "TREZOR", " ", "pä55 ﬁ ½", "ゔ", "ガギグ", "가각힣", "\u212b\u2126", "\u1e9b\u0323", "Ǆ ŉ ⅷ ㌔ ﷺ", "🜁", "e\u0301\u0327"];

    private static readonly string[] Mnemonics =
    [
        Junk,
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
    ];

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [InlineData(Junk, "", "m/44'/60'/0'/0/7", "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955")]
    [InlineData(Junk, "TREZOR", "m/0", "0xB72ca432671BC4B4a5e5D20FFB9d5E8592210B24")]
    [InlineData(
        "legal winner thank year wave sausage worth useful legal winner thank yellow", "pä55 ﬁ ½ ゔ 가", "m/44'/60'/3'/1/2147483647",
        "0x0398cB5Ff6d425252a4E1088e3ebE33F852a6F9C")]
    [InlineData(
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage above", "🜁\u1e9b\u0323", "m/2147483647'/0/1'/2/3'/4/5'/6",
        "0x992dd0A9342b9C83c0484d5ddAC0D63B828E8fCC")]
    [InlineData(
        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote", " x ", "m/44'/60'/0'/0/0",
        "0xA43EfD4BfDe7B5a9624Ce34366E00f91eD05d278")]
    // Keys that begin with a zero byte, and hardened children of such keys: libraries have left that byte out.
    [InlineData(Junk, "", "m/44'/60'/0'/0/140", "0xb24e6C5d01d14be3918ed712aCe1b2f7F2Bef53a")]
    [InlineData(Junk, "", "m/44'/60'/0'/0/388", "0xf9B4eaaB82202D7cc2FB961D1846a223d2cD9464")]
    [InlineData(Junk, "", "m/44'/60'/21'/5'", "0x71cA59Ef2182430Bb819F10c1ad35E7a46c223a4")]
    [InlineData(Junk, "", "m/44'/60'/42'/5'", "0xd00A4Db995F8865a43c14fEafB68C4126dA807f9")]
    public async Task Account_OfAPath_IsThatOfEthers(string mnemonic, string passphrase, string path, string account)
    {
        foreach (var (name, provider) in Clients.All(TimeProvider.System))
        {
            var signer = provider.SignerFromMnemonic(mnemonic, passphrase, HdPath.Parse(path));
            Assert.True(signer.Address == Address.Parse(account), $"{name}: {signer.Address}");
            // It signs with the key that it has the address of.
            var signed = await signer.SignTransactionAsync(new TransactionRequest(1, 0, 1, 2, 21_000, default(Address), 3, default), CancellationToken.None);
            Assert.Equal(Keccak256.Hash(signed.Raw.Span), signed.Hash);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Accounts_OfRandomPathsAndPassphrases_AreThoseOfTheBuiltinClient(string name)
    {
        var random = new Random(6);
        var (builtin, provider) = (Clients.Named("builtin", TimeProvider.System), Clients.Named(name, TimeProvider.System));
        var seen = new HashSet<Address>();
        for (var round = 0; round < 36; round++)
        {
            var steps = Enumerable.Range(0, random.Next(1, 9)).Select(_ => $"{random.Next()}{(random.Next(2) == 0 ? "'" : string.Empty)}");
            var path = HdPath.Parse($"m/{string.Join('/', steps)}");
            var (words, passphrase) = (Mnemonics[random.Next(Mnemonics.Length)], Passphrases[round % Passphrases.Length]);
            var account = provider.SignerFromMnemonic(words, passphrase, path).Address;
            Assert.True(account == builtin.SignerFromMnemonic(words, passphrase, path).Address, $"round {round}");
            Assert.True(seen.Add(account), $"round {round} has the account of another path.");
        }
    }
}
