using System.Security.Cryptography;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests;

/// <summary>Signing, recovery and wallets, of each provider that this build has: all have to make the very same bytes.</summary>
public sealed class SigningTests
{
    private const string TestMnemonic = "test test test test test test test test test test test junk";

    private static readonly Hash32 SomeDigest = Keccak256.HashText("something to sign");

    private static readonly IReadOnlyList<IChainProvider> Providers = [.. Clients.All(TimeProvider.System).Select(client => client.Provider)];

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Transactions_OfTheVectors_AreSignedByteForByte(string name)
    {
        Assert.Equal(20, ChainVectors.Transactions.Count);
        foreach (var vector in ChainVectors.Transactions)
        {
            var signer = Named(name).SignerFromPrivateKey(vector.PrivateKey);
            var signed = await signer.SignTransactionAsync(vector.Request, CancellationToken.None);
            Assert.Equal(vector.From, signer.Address);
            Assert.Equal(vector.Raw, Hex.Encode(signed.Raw.Span));
            Assert.Equal(vector.Hash, signed.Hash);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Proposals_OfTheVectors_AreSignedByteForByte(string name)
    {
        Assert.Equal(10, ChainVectors.Proposals.Count);
        foreach (var vector in ChainVectors.Proposals)
        {
            var data = ProposalTypedData.Of(vector.ChainId, vector.Vault, vector.Proposal);
            Assert.Equal(vector.Digest, data.Digest());
            Assert.Equal(vector.Encoded, Hex.Encode(vector.Proposal.Encode()));
            Assert.Equal(vector.Encoded, Hex.Encode(Proposal.Decode(Hex.Decode(vector.Encoded)).Encode()));
            Assert.Equal(vector.RecordHash, vector.Proposal.Record.Hash());
            foreach (var expected in vector.Signatures)
            {
                var signature = await Named(name).SignerFromPrivateKey(expected.PrivateKey).SignTypedDataAsync(data, CancellationToken.None);
                Assert.Equal(expected.Signature, Hex.Encode(signature.ToArray()));
                Assert.Equal(expected.Signer, Named(name).Recover(vector.Digest, signature));
            }
        }
    }

    /// <summary>The vectors that Bitcoin's libraries share for RFC 6979 with secp256k1 and SHA-256.</summary>
    [Theory]
    [InlineData("Satoshi Nakamoto", "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8", "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")]
    [InlineData("All those moments will be lost in time, like tears in rain. Time to die...", "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b", "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21")]
    public void Digest_OfTheKnownVectors_HasTheKnownSignature(string text, string r, string s)
    {
        var digest = Hash32.FromBytes(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
        foreach (var provider in Providers)
        {
            var signature = Sign(provider.SignerFromPrivateKey(Word(1)), digest);
            Assert.Equal("0x" + r, signature.R.ToString());
            Assert.Equal("0x" + s, signature.S.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mnemonic_OfTheTestNodes_GivesTheirAccounts(string name)
    {
        Assert.Equal(Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), Named(name).SignerFromMnemonic(TestMnemonic, string.Empty, HdPath.Account(0)).Address);
        Assert.Equal(Address.Parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"), Named(name).SignerFromMnemonic(TestMnemonic, string.Empty, HdPath.Account(1)).Address);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mnemonic_WithWrongChecksum_IsRefusedWithoutItsWords(string name)
    {
        var refusal = Assert.Throws<FormatException>(() => Named(name).SignerFromMnemonic(TestMnemonic.Replace("junk", "test"), string.Empty, HdPath.Account(0)));
        Assert.DoesNotContain("test", refusal.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mnemonic_WithStrangeWordOrLength_IsRefusedWithoutItsWords(string name)
    {
        foreach (var wrong in new[] { TestMnemonic.Replace("junk", "junx"), "test test", string.Empty, TestMnemonic.ToUpperInvariant() })
        {
            var refusal = Assert.Throws<FormatException>(() => Named(name).SignerFromMnemonic(wrong, string.Empty, HdPath.Account(0)));
            Assert.DoesNotContain("junx", refusal.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PrivateKey_OutOfRange_IsRefused(string name)
    {
        Assert.Throws<ArgumentException>(() => Named(name).SignerFromPrivateKey(Hash32.Zero));
        Assert.Throws<ArgumentException>(() =>
            Named(name).SignerFromPrivateKey(Hash32.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Signer_Printed_NeverShowsItsKey(string name)
    {
        var key = Hash32.Parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
        var signer = Named(name).SignerFromPrivateKey(key);
        Assert.DoesNotContain("ac0974", $"{signer} {Sign(signer, SomeDigest)}", StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Recover_OfChangedDigest_IsAnotherAddress(string name)
    {
        var signer = Named(name).SignerFromPrivateKey(Word(7));
        var signature = Sign(signer, SomeDigest);
        Assert.Equal(signer.Address, Named(name).Recover(SomeDigest, signature));
        Assert.NotEqual(signer.Address, Named(name).Recover(Keccak256.HashText("something else"), signature));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Recover_OfInvalidSignature_IsNull(string name)
    {
        var order = UInt256.FromBigEndian(Hash32.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").ToArray());
        var valid = Sign(Named(name).SignerFromPrivateKey(Word(7)), SomeDigest);
        var highS = Word(order - UInt256.FromBigEndian(valid.S.ToArray()));
        RecoverableSignature[] invalid =
        [
            valid with { V = 0 },
            valid with { V = 29 },
            valid with { R = Hash32.Zero },
            valid with { S = Hash32.Zero },
            valid with { R = Word(order) },
            valid with { R = Word(UInt256.MaxValue) },
            valid with { S = Word(order) },
            // The same point's other signature: valid mathematics, refused by contracts.
            new RecoverableSignature(valid.R, highS, (byte)(55 - valid.V)),
            // No point has this x.
            valid with { R = Word(5) },
        ];
        foreach (var signature in invalid) Assert.Null(Named(name).Recover(SomeDigest, signature));
    }

    [Fact]
    public void Signatures_OfAllProviders_AreEqual()
    {
        var random = new Random(7);
        for (var round = 0; round < 20; round++)
        {
            var bytes = new byte[64];
            random.NextBytes(bytes);
            var (key, digest) = (Hash32.FromBytes(bytes.AsSpan(0, 32)), Hash32.FromBytes(bytes.AsSpan(32)));
            var signatures = new List<RecoverableSignature>();
            foreach (var provider in Providers) signatures.Add(Sign(provider.SignerFromPrivateKey(key), digest));
            Assert.Single(signatures.Distinct());
            Assert.All(Providers, provider => Assert.Equal(Providers[0].SignerFromPrivateKey(key).Address, provider.Recover(digest, signatures[0])));
        }
    }

    private static IChainProvider Named(string name) => Clients.Named(name, TimeProvider.System);

    // Digests as such are signed by nobody but the vectors' tests.
    private static RecoverableSignature Sign(ISigner signer, Hash32 digest) => ((IDigestSigner)signer).SignDigest(digest);

    private static Hash32 Word(UInt256 value)
    {
        var bytes = new byte[32];
        value.WriteBigEndian(bytes);
        return Hash32.FromBytes(bytes);
    }
}
