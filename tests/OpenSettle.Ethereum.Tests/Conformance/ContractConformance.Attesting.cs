using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Tests.Attestations;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>What is attested: directly, by delegation, on the newest EAS and on its first version.</summary>
public sealed partial class ContractConformance
{
    private static readonly Hash32 Taken = Keccak256.HashText("in a file");

    private static RecordTree Record(Hash32 modelId) => RecordTree.Build(1, [new ModelRecord(new ModelId(modelId), 40, 0, 2, [new TokenRevenue(Address.Zero, 5)], [new DomainRecord(DomainWord.Of("a"), 8, 10, 0, 0)])]);

    /// <summary>The buyer owns the model, and calls itself an evaluator.</summary>
    private static async Task AttestAsync(ContractRun run, ModelId model)
    {
        var (stage, schemas) = (run.Attesting, new SchemaSet(run.Attesting.Resolver));
        Assert.Equal(stage.Service, await run.AskAsync(stage.Resolver, new SettlementResolver.Service()));
        foreach (var kind in SchemaUid.Kinds) Assert.Equal(schemas[kind], await run.AskAsync(stage.Resolver, new SettlementResolver.SchemaOf(kind)));
        foreach (var resolver in new[] { stage.Resolver, run.Legacy.Resolver })
        {
            var told = await run.CallAsync(run.Buyer, resolver, new SettlementResolver.SetEvaluatorCall(Registered: true, "https://evaluators.example/ä"));
            Assert.Equal([new SettlementResolver.EvaluatorSet(run.Buyer.Address, Registered: true, "https://evaluators.example/ä")], told);
            Assert.True(await run.AskAsync(resolver, new SettlementResolver.IsEvaluator(run.Buyer.Address)));
        }

        await AttestDirectlyAsync(run, model, schemas);
        await AttestByDelegationAsync(run, model, run.Attesting, DelegationForm.WithAttester);
        await AttestByDelegationAsync(run, model, run.Legacy, DelegationForm.First);
        var taken = Assert.IsType<Eas.RevokedOffchain>(Assert.Single(await run.CallAsync(run.Buyer, stage.Service, new Eas.RevokeOffchainCall(Taken))));
        Assert.Equal(taken.Timestamp, await run.AskAsync(stage.Service, new Eas.GetRevokeOffchain(run.Buyer.Address, Taken)));
    }

    private static async Task AttestDirectlyAsync(ContractRun run, ModelId model, SchemaSet schemas)
    {
        var (service, buyer) = (run.Attesting.Service, run.Buyer.Address);
        var first = await ProvenAsync(run, run.Attesting, await run.CallAsync(run.Buyer, service, new Eas.AttestCall(schemas[StatementKind.Provenance], Item(Statement(StatementKind.Provenance, model)))));
        Assert.Equal(first, [await run.AskAsync(run.Resolver, new SettlementResolver.Latest(model.Value, StatementKind.Provenance, buyer))]);
        var many = await ProvenAsync(run, run.Attesting, await run.CallAsync(run.Buyer, service, new Eas.MultiAttestCall(
        [
            new EasGroup(schemas[StatementKind.Evaluation], [Item(Statement(StatementKind.Evaluation, model)), Item(Statement(StatementKind.Evaluation, model))]),
            new EasGroup(schemas[StatementKind.Lineage], [Item(Statement(StatementKind.Lineage, model))]),
        ])));
        // Two of them are equal but for the number that tells them apart.
        Assert.Equal(3, many.Distinct().Count());
        Assert.Contains(new Eas.Revoked(Address.Zero, buyer, first[0], schemas[StatementKind.Provenance]), await run.CallAsync(run.Buyer, service, new Eas.RevokeCall(schemas[StatementKind.Provenance], first[0])));
        var told = await run.CallAsync(run.Buyer, service, new Eas.MultiRevokeCall(
            [new EasRevocations(schemas[StatementKind.Evaluation], [many[1], many[0]]), new EasRevocations(schemas[StatementKind.Lineage], [many[2]])]));
        Assert.Equal([many[1], many[0], many[2]], told.OfType<Eas.Revoked>().Select(log => log.Uid));
        Assert.Contains(new SettlementResolver.LatestSet(model.Value, StatementKind.Lineage, buyer, Hash32.Zero), told);
        Assert.NotEqual(0UL, (await run.AskAsync(service, new Eas.GetAttestation(many[2]))).RevocationTime);
    }

    /// <summary>The buyer signs, and the former owner brings it.</summary>
    private static async Task AttestByDelegationAsync(ContractRun run, ModelId model, EasStage stage, DelegationForm form)
    {
        var schemas = new SchemaSet(stage.Resolver);
        var chainId = await run.Owner.Client.GetChainIdAsync(CancellationToken.None);
        var dialect = await EasDialect.ReadAsync(run.Driver, chainId, stage.Service, CancellationToken.None);
        Assert.Equal(form, dialect.Form);
        Assert.Equal(DelegatedTypedData.AttestTypeHash(form), await run.AskAsync(stage.Service, new Eas.GetAttestTypeHash()));
        Assert.False((await run.AskAsync(stage.Service, new Eas.GetDomainSeparator())).IsZero);
        var deadline = form == DelegationForm.First ? 0 : (await run.LatestAsync()).Timestamp + 1_000;

        (Hash32, EasItem) Of(StatementKind kind) => (schemas[kind], Item(Statement(kind, model)));
        async Task<IReadOnlyList<ContractEvent>> BringAsync(params (Hash32, EasItem)[] items)
        {
            var nonce = await run.AskAsync(stage.Service, new Eas.GetNonce(run.Buyer.Address));
            var request = await DelegatedRequest.SignAsync(run.BuyerKey, dialect, items, nonce, deadline, CancellationToken.None);
            Assert.Null(request.WrongSignature(SdkVectors.Provider.Recover));
            return await run.CallAsync(run.Owner, stage.Service, request.Call());
        }

        var one = await ProvenAsync(run, stage, await BringAsync(Of(StatementKind.Contribution)));
        await ProvenAsync(run, stage, await BringAsync(Of(StatementKind.Evaluation), Of(StatementKind.Evaluation), Of(StatementKind.Permission)));
        var last = await run.AskAsync(stage.Service, new Eas.GetNonce(run.Buyer.Address));
        var revocation = await DelegatedRequest.SignRevocationAsync(run.BuyerKey, dialect, schemas[StatementKind.Contribution], one[0], last, deadline, CancellationToken.None);
        var told = await run.CallAsync(run.Owner, stage.Service, revocation.Call());
        Assert.Equal([new Eas.Revoked(Address.Zero, run.Buyer.Address, one[0], schemas[StatementKind.Contribution])], told.OfType<Eas.Revoked>());
    }

    /// <summary>The attestations that a transaction made, each read and proven by its uid.</summary>
    private static async Task<IReadOnlyList<Hash32>> ProvenAsync(ContractRun run, EasStage stage, IReadOnlyList<ContractEvent> told)
    {
        var schemas = new SchemaSet(stage.Resolver);
        var time = (await run.LatestAsync()).Timestamp;
        var uids = new List<Hash32>();
        foreach (var log in told.OfType<Eas.Attested>())
        {
            var content = await run.AskAsync(stage.Service, new Eas.GetAttestation(log.Uid));
            var (entry, problem) = AttestationReading.Read(log, content, schemas, new LogPosition(1, 0), time);
            Assert.Null(problem);
            Assert.Equal(run.Buyer.Address, entry?.Attester);
            Assert.NotNull(entry?.Statement);
            uids.Add(log.Uid);
        }

        Assert.NotEmpty(uids);
        return uids;
    }

    private static EasItem Item(Statement statement) => new(Address.Zero, 0, Revocable: true, Hash32.Zero, StatementCodec.Encode(statement));

    private static Statement Statement(StatementKind kind, ModelId model) => StatementCodecTests.Examples.First(example => example.Kind == kind) switch
    {
        ProvenanceStatement provenance => provenance with { Model = model },
        LineageStatement lineage => lineage with { Model = model },
        ContributionStatement contribution => contribution with { Model = model },
        PermissionStatement permission => permission with { Model = model },
        EvaluationStatement evaluation => evaluation with { Model = model },
        var other => throw new InvalidOperationException(Samples.Print(other)),
    };
}
