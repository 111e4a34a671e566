using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Tests.Attestations;

/// <summary>What an endpoint says of an attestation's content, against the uid in the log.</summary>
public sealed class AttestationReadingTests
{
    private static readonly SchemaSet Schemas = new(Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3"));
    private static readonly Address Attester = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    private static readonly LogPosition At = new(30, 4);
    private static readonly EasAttestation Content = Sealed(new EasAttestation(
        default, Schemas[StatementKind.Evaluation], 1_800_000_000, 1_900_000_000, 0, Keccak256.HashText("commitment"), Address.Zero, Attester, Revocable: true,
        StatementCodec.Encode(StatementCodecTests.Examples[5])));

    private static readonly Eas.Attested Log = new(Content.Recipient, Content.Attester, Content.Uid, Content.Schema);

    [Fact]
    public void Content_WithTheLogsUid_IsTheEntry()
    {
        var (entry, problem) = AttestationReading.Read(Log, Content, Schemas, At, Content.Time);
        Assert.Null(problem);
        Assert.Equal(
            new AttestationEntry(
                Content.Uid, Content.Schema, StatementKind.Evaluation, Attester, Address.Zero, Content.RefUid, 1_800_000_000, 1_900_000_000, 0, OnChain: true, At, entry?.Statement),
            entry);
        Assert.Equal(StatementCodecTests.Examples[5], entry?.Statement);
    }

    [Fact]
    public void Content_ThatWasMadeTwiceInItsBlock_IsTheEntry()
    {
        var second = Content with { Uid = AttestationUid.Of(Content, 1) };
        Assert.NotEqual(Content.Uid, second.Uid);
        Assert.NotNull(AttestationReading.Read(Log with { Uid = second.Uid }, second, Schemas, At, Content.Time).Entry);
    }

    [Fact]
    public void Content_WithDataOfNoSchema_IsAnEntryThatSaysNothing()
    {
        var other = Sealed(Content with { Data = new byte[] { 1, 2, 3 } });
        var (entry, problem) = AttestationReading.Read(Log with { Uid = other.Uid }, other, Schemas, At, other.Time);
        Assert.Null(problem);
        Assert.NotNull(entry);
        Assert.Null(entry.Statement);
    }

    [Fact]
    public void Content_UnderAnotherResolversSchema_IsNone() =>
        Assert.Equal((null, null), AttestationReading.Read(Log with { Schema = Keccak256.HashText("another") }, Content, Schemas, At, Content.Time));

    public static TheoryData<string> Lies => ["data", "reference", "expiry", "time", "revocable", "recipient", "attester", "schema", "uid", "nothing"];

    [Theory]
    [MemberData(nameof(Lies))]
    public void Content_ThatIsNotWhatTheChainHas_IsFound(string what)
    {
        var lie = what switch
        {
            "data" => Content with { Data = StatementCodec.Encode(StatementCodecTests.Examples[6]) },
            "reference" => Content with { RefUid = default },
            "expiry" => Content with { ExpirationTime = 0 },
            "time" => Content with { Time = 1 },
            "revocable" => Content with { Revocable = false },
            "recipient" => Content with { Recipient = Attester },
            "attester" => Content with { Attester = Address.Zero },
            "schema" => Content with { Schema = Schemas[StatementKind.Lineage] },
            "uid" => Content with { Uid = Keccak256.HashText("another") },
            _ => new EasAttestation(default, default, 0, 0, 0, default, default, default, Revocable: false, default),
        };
        var (entry, problem) = AttestationReading.Read(Log, lie, Schemas, At, Content.Time);
        Assert.Null(entry);
        Assert.StartsWith($"attestation {Content.Uid}: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Schemas_OfEveryKind_AreFoundByTheirUid()
    {
        Assert.Equal(7, Schemas.Uids.Count);
        Assert.All(SchemaUid.Kinds, kind => Assert.Equal(kind, Schemas.KindOf(Schemas[kind])));
    }

    private static EasAttestation Sealed(EasAttestation content) => content with { Uid = AttestationUid.Of(content) };
}
