using OpenSettle.Ethereum.Attestations;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using static OpenSettle.Ethereum.Tests.Attestations.SdkVectors;

namespace OpenSettle.Ethereum.Tests.Attestations;

/// <summary>The resolver's rules for what no resolver saw.</summary>
public sealed class OffchainRulesTests
{
    private const ulong Now = 1_800_000_000;

    private static readonly ModelId Model = new(Keccak256.HashText("model"));
    private static readonly Address Stranger = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    private static readonly OffchainRules Rules = new(ChainId, Service, Schemas, Provider.Recover);

    [Fact]
    public void File_OfTheSdk_IsAccepted()
    {
        var verdict = Rules.Judge(OffchainFile.Parse(Offchain(2)).Attestation ?? throw new InvalidOperationException("It is a file."), new View(), Now);
        Assert.Equal((OffchainOutcome.Accepted, string.Empty), (verdict.Outcome, verdict.Message));
        Assert.Equal((Attester, false, null, StatementKind.Evaluation), (verdict.Entry?.Attester, verdict.Entry?.OnChain, verdict.Entry?.At, verdict.Entry?.Kind));
    }

    [Fact]
    public async Task Statement_OfTheOwner_IsAccepted() => await ExpectAsync(OffchainOutcome.Accepted, Kind(StatementKind.Lineage), new View { Owner = Attester });

    [Fact]
    public async Task Statement_OfAStranger_IsRefused()
    {
        foreach (var kind in SchemaUid.Kinds.Where(kind => kind < StatementKind.Evaluation)) await ExpectAsync(OffchainOutcome.NotTheOwner, Kind(kind), new View { Owner = Stranger });
    }

    [Fact]
    public async Task Evaluation_OfNoEvaluator_IsRefusedEvenToTheOwner() =>
        await ExpectAsync(OffchainOutcome.NotAnEvaluator, Kind(StatementKind.Evaluation), new View { Evaluator = Stranger, Owner = Attester });

    [Fact]
    public async Task Statement_OfNoModel_IsRefused() => await ExpectAsync(OffchainOutcome.UnknownModel, Kind(StatementKind.Evaluation), new View { Owner = null });

    [Fact]
    public async Task Statement_ThatOnlyTheResolverMakes_IsRefused()
    {
        await ExpectAsync(OffchainOutcome.ResolverOnly, Kind(StatementKind.Epoch), new View());
        await ExpectAsync(OffchainOutcome.ResolverOnly, Kind(StatementKind.UsageRecord), new View());
    }

    [Fact]
    public async Task Schema_OfAnotherResolver_IsRefused() =>
        await ExpectAsync(OffchainOutcome.UnknownSchema, Kind(StatementKind.Evaluation) with { Schema = SchemaUid.Of(StatementKind.Evaluation, Service) }, new View());

    [Fact]
    public async Task Data_OfAnotherSchema_IsRefused() =>
        await ExpectAsync(OffchainOutcome.Malformed, Kind(StatementKind.Evaluation) with { Data = Kind(StatementKind.Lineage).Data }, new View());

    [Fact]
    public async Task Times_ThatAreOver_OrNotYet_AreRefused()
    {
        var message = Kind(StatementKind.Evaluation);
        await ExpectAsync(OffchainOutcome.Accepted, message with { Time = Now + OffchainRules.ClockTolerance, ExpirationTime = 0 }, new View());
        await ExpectAsync(OffchainOutcome.FromTheFuture, message with { Time = Now + OffchainRules.ClockTolerance + 1, ExpirationTime = 0 }, new View());
        await ExpectAsync(OffchainOutcome.Expired, message with { ExpirationTime = Now }, new View());
        await ExpectAsync(OffchainOutcome.Accepted, message with { ExpirationTime = Now + 1 }, new View());
        await ExpectAsync(OffchainOutcome.Expired, message with { Time = Now + 5, ExpirationTime = Now + 3 }, new View());
    }

    [Fact]
    public async Task Attestation_ThatWasTakenBack_IsRefused() => await ExpectAsync(OffchainOutcome.Revoked, Kind(StatementKind.Evaluation), new View { Revoked = 5 });

    [Fact]
    public async Task Attestation_ThatIsNotWhatWasSigned_IsRefused()
    {
        var good = await SignedAsync(Kind(StatementKind.Evaluation));
        var other = good.Message with { Time = Now - 1 };
        Expect(OffchainOutcome.WrongUid, good with { Message = other });
        Expect(OffchainOutcome.WrongSignature, good with { Message = other, Uid = OffchainAttestation.UidOf(other) });
        Expect(OffchainOutcome.WrongSignature, good with { Signer = Stranger });
        Expect(OffchainOutcome.WrongSignature, good with { Signature = good.Signature with { R = default } });
        Expect(OffchainOutcome.WrongSignature, good with { Domain = good.Domain with { Version = "1.4.0" } });
        Expect(OffchainOutcome.OtherDeployment, good with { Domain = good.Domain with { ChainId = 1 } });
        Expect(OffchainOutcome.OtherDeployment, good with { Domain = good.Domain with { Service = Stranger } });
        static void Expect(OffchainOutcome outcome, OffchainAttestation attestation) => Assert.Equal(outcome, Rules.Judge(attestation, new View(), Now).Outcome);
    }

    private static OffchainMessage Kind(StatementKind kind) =>
        new(Schemas[kind], Address.Zero, Now, 0, Revocable: true, default, Hex.Decode(Text(SdkVectors.Kind(kind), "data")), Keccak256.HashText("salt"));

    private static async Task ExpectAsync(OffchainOutcome outcome, OffchainMessage message, View view)
    {
        var verdict = Rules.Judge(await SignedAsync(message), view, Now);
        Assert.Equal(outcome, verdict.Outcome);
        Assert.Equal(outcome == OffchainOutcome.Accepted, verdict.Entry is not null);
        Assert.Equal(outcome == OffchainOutcome.Accepted, verdict.Message.Length == 0);
    }

    private static async Task<OffchainAttestation> SignedAsync(OffchainMessage message)
    {
        using var signer = Signer();
        return await OffchainAttestation.SignAsync(signer, new OffchainDomain("1.3.0", ChainId, Service), message, CancellationToken.None);
    }

    private sealed record View : IRulesView
    {
        public Address? Owner { get; init; } = Stranger;

        public Address Evaluator { get; init; } = Attester;

        public ulong Revoked { get; init; }

        public Address? OwnerOf(ModelId model) => model == Model ? Owner : null;

        public bool IsEvaluator(Address account) => account == Evaluator;

        public ulong RevokedAt(Address attester, Hash32 uid) => Revoked;
    }
}
