using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using TokenTotal = OpenSettle.Ethereum.Contracts.TokenTotal;

namespace OpenSettle.Ethereum.Tests.Contracts;

/// <summary>The calls with nested data, against the hashes of what ethers 6.17 encodes for the same arguments.</summary>
public sealed class CallEncodingTests
{
    private static readonly SplitTable Table = new(
        [new(Account(0xa1), (UInt256)((UInt128.One << 96) - 1), Word(1)), new(Account(0xa2), 5, Word(2))],
        (UInt256)((UInt128.One << 96) - 1),
        [new(Account(0xa3), 1, Word(3))],
        TableCommitment.None);

    private static readonly SplitTable Committed = SplitTable.Commit(new TableCommitment(Word(70), uint.MaxValue, UInt256.MaxAmount, "ipfs://tafel/ä"));

    private static readonly Parent[] Parents = [new(Word(12), 250_000)];

    private static readonly Proposal Proposed = new(
        7, 1, 2, Word(20), Word(21), Word(24), Word(25), Word(22), 1_234_567, Word(23),
        [new TokenTotal(Address.Zero, UInt256.MaxAmount), new TokenTotal(Account(0xc1), 42)], [Word(26), Word(27)], "https://bundles.example/7.json");

    private static readonly ClaimRequest Claim = new(Account(0xd1), Account(0xd2), UInt256.MaxValue, [Word(30), Word(31)]);

    [Fact]
    public void Register_WithEveryTable_MatchesEthers() =>
        Matches(
            "0x0470c052066a9ba3ce17f0b8f3c2fb935d52e92da7dd2188da84a43ddc95640a",
            new ModelRegistry.RegisterCall(new Registration(
                Word(9), 86_400, Word(10), Word(11), "ipfs://model/ä", 750, Table, Parents, [Account(0xb1), Account(0xb2), Account(0xb3)])));

    [Fact]
    public void SetSplit_MatchesEthers() =>
        Matches("0xf8b7afcd263d4a979a6f06ab710c0f9d9d31a424b070b2f65f81554f5a9c1d84", new ModelRegistry.SetSplitCall(Word(13), Table));

    [Fact]
    public void ConfirmSplit_OfACommittedTable_MatchesEthers() =>
        Matches("0x470e47d2348b6d2ff0c2780524a39a4750c36607d0e36f37f12c882853953f28", new ModelRegistry.ConfirmSplitCall(Word(13), Committed));

    [Fact]
    public void SetLineage_AndItsConfirmation_MatchEthers()
    {
        Matches("0xfc35bd99374dceb57178aa9f5a924806e4bbb560d8093adbe117d3c61c8afdbb", new ModelRegistry.SetLineageCall(Word(13), Parents));
        Matches("0x3f4f19808ebcf528fab2303b747b3169c66e7b28cdc4471bd66558f046b4be9e", new ModelRegistry.ConfirmLineageCall(Word(13), Parents));
    }

    [Fact]
    public void SetGateway_MatchesEthers() =>
        Matches("0x5b12b483bda32c9c86fe493d26c7f1b37dc038b4d4f18c61007601c3abdc24cb", new ModelRegistry.SetGatewayCall(Word(50), Account(0xf1), Listed: true));

    [Fact]
    public void SetMetadata_MatchesEthers() =>
        Matches("0xb94d6bba2601752af5810c61fc0804a8b9ca0018e0a31cf8b47d2611845b0428", new ModelRegistry.SetMetadataCall(Word(50), Word(51), "ipfs://document"));

    [Fact]
    public void Propose_WithSignaturesOfAKeyAndOfAContract_MatchesEthers() =>
        Matches(
            "0xc949e162333c47602e23ca77fb1a7ef84fce50f07c241d0ffc4d7365ea5881cb",
            new RoyaltySplit.ProposeCall(
                Proposed,
                [
                    AttestorSignature.Of(Account(0xe1), new RecoverableSignature(Filled(0x11), Filled(0x22), 27)),
                    new AttestorSignature(Account(0xe2), new byte[] { 1, 2, 3 }),
                ]));

    [Fact]
    public void Activate_MatchesEthers() =>
        Matches("0xb0b5501d8b0ae2ebd4380ca55897ad956b0c622de878da971582000a4314e79f", new RoyaltySplit.ActivateCall(Proposed));

    [Fact]
    public void Veto_MatchesEthers() => Matches("0x539ef9e02a99efe06543633ed5fd9837bcab50e7860dd0fcb23f863596372dc8", new RoyaltySplit.VetoCall(7, 3));

    [Fact]
    public void AttestEpoch_MatchesEthers() =>
        Matches("0x05eea9bc172dc413a558fbef17d9cf60b3b3a79eef7afa6b84decfa11c231109", new SettlementResolver.AttestEpochCall(Proposed.Record));

    [Fact]
    public void AttestRecord_WithAndWithoutLists_MatchesEthers()
    {
        var model = new Registry.ModelId(Word(60));
        Matches(
            "0x54f5d112507bbf9615a8f9574bda7bc4b68e3ee894c6791358da06bd485ed841",
            new SettlementResolver.AttestRecordCall(
                Proposed.Record,
                new ModelRecord(
                    model, 5, 4, 2, [new TokenRevenue(Address.Zero, UInt256.MaxAmount), new TokenRevenue(Account(0xc1), 42)],
                    [new DomainRecord(Word(61), 3, ulong.MaxValue, 1, 2), new DomainRecord(Word(62), 0, 1, 0, 0)]),
                [Word(30), Word(31)]));
        Matches("0x3e82c44ef93701b703d4094f5a4ad445f9dae592952bb6b65a52a98930add535", new SettlementResolver.AttestRecordCall(Proposed.Record, new ModelRecord(model, 0, 0, 0, [], []), []));
        Assert.Throws<OverflowException>(() => new SettlementResolver.AttestRecordCall(Proposed.Record, new ModelRecord(model, 0, 0, 0, [new TokenRevenue(Address.Zero, UInt256.MaxAmount + 1)], []), []));
    }

    [Fact]
    public void Claim_MatchesEthers() =>
        Matches("0x07f0164b00e13cdaeb5d2253f9b764cf380566a95e32fcc81b2208f078bbad40", new RoyaltySplit.ClaimCall(Claim));

    [Fact]
    public void ClaimMany_WithAndWithoutProof_MatchesEthers() =>
        Matches(
            "0xb779e420bcc235d4f0edb1f8328c6f295d4cdbd2e508a6b56b40c34b5f6e1905",
            new RoyaltySplit.ClaimManyCall([Claim, new ClaimRequest(Account(0xd3), Address.Zero, 1, [])]));

    [Fact]
    public void ClaimTo_MatchesEthers() =>
        Matches("0xe4333f8a313fe0e9f298b46c53be9a7836dd577d637da51ea1c02ffc9b741677", new RoyaltySplit.ClaimToCall(Claim, Account(0xd4)));

    [Fact]
    public void ClaimSigned_AndWhatIsSigned_MatchEthers()
    {
        Matches(
            "0xaad7938a1355aa0ce84153c2d491080cbacbe4a96ed1dda5632dd60efe5d6e60",
            new RoyaltySplit.ClaimSignedCall(Claim, Account(0xd4), 1_732_000_000, Enumerable.Repeat((byte)0x1b, 65).ToArray()));
        Assert.Equal(
            Hash32.Parse("0x0bb301bd1154cf52633d1ca8c7d23ab8fb4afd208f713cfca830e0ec08470ff1"),
            ClaimTypedData.Of(31_337, Account(0xe9), new ClaimOrder(Claim.Account, Claim.Token, Account(0xd4), Claim.Cumulative, 3, 1_732_000_000)).Digest());
    }

    [Fact]
    public void ClaimSignedMany_WithAndWithoutProof_MatchesEthers() => Matches(
        "0x364c66fc7b45349be903983a1582088b7186c7fd21c4a960278abd6cc8c27344",
        new ClaimRelay.ClaimSignedManyCall(
        [
            new SignedClaim(Claim, Account(0xd4), 1_234_567, Enumerable.Repeat((byte)0x11, 65).ToArray()),
            new SignedClaim(new ClaimRequest(Account(0xd3), Address.Zero, 1, []), Account(0xd5), UInt256.MaxValue, ReadOnlyMemory<byte>.Empty),
        ]));

    [Fact]
    public void Sweep_OfTwoTokens_MatchesEthers() =>
        Matches(
            "0xff91ad72211c934d74514266a3f1b6617dd9e22296faa209bd1e842b2702a2ad",
            new RoyaltySplit.SweepCall([new SweepOrder(Account(0xe1), [Word(40), Word(41), Word(42)]), new SweepOrder(Address.Zero, [])]));

    [Fact]
    public void Pay_MatchesEthers() =>
        Matches("0x06faa3b13a2173a058480e26db0d0167e8f5893617a471bbb0e32771b87d6225", new InferencePayments.PayCall(Word(60), Account(0xf2), 1_000_000, Word(61)));

    [Fact]
    public void Proposal_WithATotalBeyond128Bits_Throws()
    {
        var proposal = Proposed with { Totals = [new TokenTotal(default, UInt256.MaxAmount + UInt256.One)] };
        Assert.Throws<OverflowException>(() => new RoyaltySplit.ProposeCall(proposal, []));
        Assert.Throws<OverflowException>(() => ProposalTypedData.Of(1, default, proposal).Digest());
    }

    [Fact]
    public void ContractAddress_OfTheTestNodesFirstAccount_IsTheKnownOne() =>
        Assert.Equal(
            Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3"),
            ContractAddress.Create(Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), 0));

    private static void Matches(string hash, ContractCall call) => Assert.Equal(Hash32.Parse(hash), Keccak256.Hash(call.Data.Span));

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
