using System.Text.Json;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using static OpenSettle.Ethereum.Tests.Attestations.SdkVectors;

namespace OpenSettle.Ethereum.Tests.Attestations;

/// <summary>Uids, data, digests and signatures, against those of EAS's own SDK.</summary>
public sealed class SdkVectorTests
{
    public static TheoryData<StatementKind> Kinds => [.. SchemaUid.Kinds];

    public static TheoryData<string> Versions => [.. Root.GetProperty("delegated").EnumerateArray().Select(entry => Text(entry, "version"))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Schema_OfEveryKind_HasTheSdksUid(StatementKind kind)
    {
        Assert.Equal(Text(Kind(kind), "text"), SchemaUid.Text(kind));
        Assert.Equal(Word(Kind(kind), "uid"), SchemaUid.Of(kind, Resolver));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Data_ThatTheSdkEncoded_IsReadAndWrittenAgain(StatementKind kind)
    {
        var data = Hex.Decode(Text(Kind(kind), "data"));
        var statement = StatementCodec.Decode(kind, data, out var problem);
        Assert.Null(problem);
        Assert.NotNull(statement);
        Assert.Equal(kind, statement.Kind);
        Assert.Equal(Hex.Encode(data), Hex.Encode(StatementCodec.Encode(statement)));
    }

    [Fact]
    public void Data_ThatTheSdkEncoded_SaysWhatItWasGiven()
    {
        var provenance = Assert.IsType<ProvenanceStatement>(Read(StatementKind.Provenance));
        Assert.Equal(["trained-on", "fine-tuned-from"], provenance.Relations);
        Assert.Equal("https://data.example/ä", provenance.Uri);
        var evaluation = Assert.IsType<EvaluationStatement>(Read(StatementKind.Evaluation));
        Assert.Equal(("accuracy", "0.87", 100UL, Keccak256.HashText("set")), (evaluation.Metric, evaluation.Value, evaluation.N, evaluation.EvalSetHash));
        var record = Assert.IsType<UsageRecordStatement>(Read(StatementKind.UsageRecord));
        Assert.Equal([(UInt256)5UL, UInt256.MaxAmount], record.Revenue.Select(revenue => revenue.Amount));
        Assert.Equal((8UL, 10UL), (record.Domains[0].Successes, record.Domains[0].Trials));
        static Statement? Read(StatementKind kind) => StatementCodec.Decode(kind, Hex.Decode(Text(Kind(kind), "data")));
    }

    [Fact]
    public void Uid_OnChain_IsThatOfThePackedFields()
    {
        var content = new EasAttestation(
            default, Schemas[StatementKind.Evaluation], Number(Root, "time"), Evaluation.ExpirationTime, 0, Evaluation.RefUid, Evaluation.Recipient, Attester, Revocable: true, Evaluation.Data);
        foreach (var entry in Root.GetProperty("onChain").EnumerateArray()) Assert.Equal(Word(entry, "uid"), AttestationUid.Of(content, entry.GetProperty("bump").GetUInt32()));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Request_ByDelegation_HasTheSdksDigestAndSignature(string version)
    {
        var expected = Root.GetProperty("delegated").EnumerateArray().Single(entry => Text(entry, "version") == version);
        var form = Form(Word(expected, "typeHash"));
        var dialect = new EasDialect(ChainId, Service, form, version);
        Assert.Equal(Word(expected, "domainSeparator"), TypedDataHash.DomainSeparator(new TypedDataDomain("EAS", version, ChainId, Service)));
        var schema = Schemas[StatementKind.Evaluation];
        await SameAsync(DelegatedTypedData.Attest(dialect, Attester, schema, Evaluation, 5, 1_850_000_000), expected.GetProperty("attest"));
        await SameAsync(DelegatedTypedData.Revoke(dialect, Attester, schema, Keccak256.HashText("uid"), 6, 1_850_000_000), expected.GetProperty("revoke"));
    }

    /// <summary>The deployments that EAS's package lists: each has a form, and the call that this form uses.</summary>
    [Fact]
    public void Deployments_ThatThePackageLists_TakeOneOfTheForms()
    {
        var seen = new HashSet<DelegationForm>();
        foreach (var entry in Root.GetProperty("forms").EnumerateArray())
        {
            var form = Form(Word(entry, "typeHash"));
            var call = new EasDialect(ChainId, Service, form, "1.3.0").AttestCall(default, Evaluation, new RecoverableSignature(default, default, 27), Attester, 0);
            Assert.Equal(Text(entry, "selector"), Hex.Encode(call.Data.Span[..4]));
            seen.Add(form);
        }

        Assert.Equal([DelegationForm.First, DelegationForm.WithDeadline, DelegationForm.WithAttester], seen.Order());
    }

    [Fact]
    public void Request_InNoKnownForm_IsNotMade()
    {
        var none = new EasDialect(ChainId, Service, DelegationForm.None, string.Empty);
        Assert.Throws<ArgumentException>(() => DelegatedTypedData.Attest(none, Attester, default, Evaluation, 0, 0));
        Assert.Throws<InvalidOperationException>(() => none.AttestCall([]));
        Assert.Contains("Attest directly", none.Refusal, StringComparison.Ordinal);
    }

    private static async Task SameAsync(TypedData data, JsonElement expected)
    {
        Assert.Equal(Word(expected, "digest"), data.Digest());
        using var signer = Signer();
        var signature = await signer.SignTypedDataAsync(data, CancellationToken.None);
        // Both sign as RFC 6979 says, so that even the signatures are the same.
        Assert.Equal(new RecoverableSignature(Word(expected, "r"), Word(expected, "s"), expected.GetProperty("v").GetByte()), signature);
    }

    private static DelegationForm Form(Hash32 typeHash) =>
        Enum.GetValues<DelegationForm>().Single(form => form != DelegationForm.None && DelegatedTypedData.AttestTypeHash(form) == typeHash);
}
