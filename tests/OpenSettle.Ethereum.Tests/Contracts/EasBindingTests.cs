using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Contracts;

/// <summary>What EAS and the resolver say of attestations.</summary>
public sealed class EasBindingTests
{
    private static readonly Address Recipient = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    private static readonly Address Attester = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");
    private static readonly Hash32 Uid = Keccak256.HashText("uid");
    private static readonly Hash32 Schema = Keccak256.HashText("schema");

    [Fact]
    public void Topics_OfTheService_AreTheKnownOnes() =>
        Assert.Equal(Hash32.Parse("0x8bf46bf4cfd674fa735a3d63ec1c9ad4153f033c290341f3a588b75685141b35"), Eas.AttestedTopic);

    [Fact]
    public void Attested_WhoseSchemaIsATopicBehindTheUid_IsDecoded() =>
        Assert.Equal(new Eas.Attested(Recipient, Attester, Uid, Schema), ContractEvents.Decode(ContractKind.Eas, Log(Eas.AttestedTopic)));

    [Fact]
    public void Revoked_WhoseSchemaIsATopicBehindTheUid_IsDecoded() =>
        Assert.Equal(new Eas.Revoked(Recipient, Attester, Uid, Schema), ContractEvents.Decode(ContractKind.Eas, Log(Eas.RevokedTopic)));

    [Fact]
    public void RevokedOffchain_Whole_IsDecoded()
    {
        var log = new LogEntry(default, [Eas.RevokedOffchainTopic, LogTopics.Word(Recipient), Uid, Word(77)], default, 1, default, default, 0);
        Assert.Equal(new Eas.RevokedOffchain(Recipient, Uid, 77), ContractEvents.Decode(ContractKind.Eas, log));
    }

    [Fact]
    public void LatestSet_Whole_IsDecoded()
    {
        var log = new LogEntry(
            default, [SettlementResolver.LatestSetEvent.Topic, Schema, Word((ulong)StatementKind.Evaluation), LogTopics.Word(Attester)], Uid.ToArray(), 1, default, default, 0);
        Assert.Equal(new SettlementResolver.LatestSet(Schema, StatementKind.Evaluation, Attester, Uid), SettlementResolver.Decode(log));
    }

    [Fact]
    public void EvaluatorSet_Whole_IsDecoded()
    {
        var data = new AbiWriter().Bool(value: true).Text("https://evaluators.example/1").ToArray();
        var log = new LogEntry(default, [SettlementResolver.EvaluatorSetEvent.Topic, LogTopics.Word(Attester)], data, 1, default, default, 0);
        Assert.Equal(new SettlementResolver.EvaluatorSet(Attester, Registered: true, "https://evaluators.example/1"), SettlementResolver.Decode(log));
    }

    [Fact]
    public void GetAttestation_OfAnUnknownUid_IsAllZero()
    {
        var answer = new AbiWriter().DynamicTuple(static tuple => tuple
            .Word(default).Word(default).UInt(0, 64).UInt(0, 64).UInt(0, 64).Word(default).Account(default).Account(default).Bool(value: false).Bytes([])).ToArray();
        var read = new Eas.GetAttestation(Uid).Read(answer);
        Assert.Equal(new EasAttestation(default, default, 0, 0, 0, default, default, default, Revocable: false, read.Data), read);
        Assert.True(read.Data.IsEmpty);
    }

    private static LogEntry Log(Hash32 topic) => new(default, [topic, LogTopics.Word(Recipient), LogTopics.Word(Attester), Schema], Uid.ToArray(), 1, default, default, 0);

    private static Hash32 Word(ulong number) => Hash32.FromBytes(new AbiWriter().UInt(number).ToArray());
}
