using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Contracts;

/// <summary>The calls with nested data, against the hashes of what ethers 6.17 encodes for the same arguments.</summary>
public sealed class CallEncodingTests
{
    private static readonly SplitRow[] Rows =
        [new(Account(0xa1), (UInt256)((UInt128.One << 96) - 1), Word(1)), new(Account(0xa2), 5, Word(2))];

    private static readonly ClaimRequest Claim = new(Account(0xd1), Account(0xd2), UInt256.MaxValue, [Word(30), Word(31)]);

    [Fact]
    public void Register_WithEveryTable_MatchesEthers() =>
        Matches(
            "0x2e8ae3ff51ca88ad871d99cc16e50d2a12f9ee88216ce41a3656f6efcb537251",
            ModelRegistry.RegisterCall(new Registration(
                Word(9), 86_400, Word(10), Word(11), "ipfs://model/ä", Rows, [new Parent(Word(12), 250_000)], [Account(0xb1), Account(0xb2), Account(0xb3)])));

    [Fact]
    public void SetSplit_MatchesEthers() =>
        Matches("0x877fd07c23f4f6fcf1a9c255e388fcaab08e43e6852f2a5f6934e659e3b9a0d4", ModelRegistry.SetSplitCall(Word(13), Rows));

    [Fact]
    public void SetGateway_MatchesEthers() =>
        Matches("0x5b12b483bda32c9c86fe493d26c7f1b37dc038b4d4f18c61007601c3abdc24cb", ModelRegistry.SetGatewayCall(Word(50), Account(0xf1), listed: true));

    [Fact]
    public void Propose_WithTotalsAndSignatures_MatchesEthers()
    {
        var proposal = new Proposal(
            7, 1, Word(20), Word(21), Word(22), 1_234_567, Word(23),
            [new TokenTotal(Address.Zero, UInt256.MaxAmount), new TokenTotal(Account(0xc1), 42)], "https://bundles.example/7.json");
        RecoverableSignature[] signatures = [new(Filled(0x11), Filled(0x22), 27), new(Filled(0x33), Filled(0x44), 28)];
        Matches("0xa1e9cf572d6237212439de2c20a2ffab71e35d36d09c35ad93e0f57670f00ed4", RoyaltySplit.ProposeCall(proposal, signatures));
    }

    [Fact]
    public void Claim_MatchesEthers() =>
        Matches("0xfbb216632fdae37622f7e4ebccb6986f62e496d2949c7709203bef5ab08d6fce", RoyaltySplit.ClaimCall(Claim));

    [Fact]
    public void ClaimMany_WithAndWithoutProof_MatchesEthers() =>
        Matches(
            "0xb779e420bcc235d4f0edb1f8328c6f295d4cdbd2e508a6b56b40c34b5f6e1905",
            RoyaltySplit.ClaimManyCall([Claim, new ClaimRequest(Account(0xd3), Address.Zero, 1, [])]));

    [Fact]
    public void Sweep_OfThreeModels_MatchesEthers() =>
        Matches("0x47c5d6ecf1981e18392d8c721e4fc8b5498be1752a232383ed94235a86288a28", RoyaltySplit.SweepCall(Account(0xe1), [Word(40), Word(41), Word(42)]));

    [Fact]
    public void Pay_MatchesEthers() =>
        Matches("0x06faa3b13a2173a058480e26db0d0167e8f5893617a471bbb0e32771b87d6225", InferencePayments.PayCall(Word(60), Account(0xf2), 1_000_000, Word(61)));

    [Fact]
    public void Proposal_WithATotalBeyond128Bits_Throws()
    {
        var proposal = new Proposal(1, 0, default, default, default, 0, default, [new TokenTotal(default, UInt256.MaxAmount + UInt256.One)], "");
        Assert.Throws<OverflowException>(() => RoyaltySplit.ProposeCall(proposal, []));
        Assert.Throws<OverflowException>(() => ProposalTypedData.Digest(1, default, proposal));
    }

    [Fact]
    public void ContractAddress_OfTheTestNodesFirstAccount_IsTheKnownOne() =>
        Assert.Equal(
            Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3"),
            ContractAddress.Create(Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), 0));

    private static void Matches(string hash, ReadOnlyMemory<byte> call) => Assert.Equal(Hash32.Parse(hash), Keccak256.Hash(call.Span));

    private static Hash32 Filled(byte value) => Hash32.FromBytes(Enumerable.Repeat(value, Hash32.Size).ToArray());

    private static Hash32 Word(byte value)
    {
        var bytes = new byte[Hash32.Size];
        bytes[^1] = value;
        return Hash32.FromBytes(bytes);
    }

    private static Address Account(byte value)
    {
        var bytes = new byte[Address.Size];
        bytes[^1] = value;
        return Address.FromBytes(bytes);
    }
}
