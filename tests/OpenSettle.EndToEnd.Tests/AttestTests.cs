using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>The command line attests on a real EAS, and EAS's own SDK reads it; and the other way round.</summary>
public sealed class AttestTests(StageFixture stage) : IClassFixture<StageFixture>, IDisposable
{
    private const int AdaIndex = 6;
    private const int BenIndex = 7;
    private const int ChloeIndex = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly CancellationTokenSource _limit = new(Patience);

    private CancellationToken Stop => _limit.Token;

    public void Dispose() => _limit.Dispose();

    /// <summary>What an owner says of a model: five statements in one transaction, each read field by field by the SDK; then taken back.</summary>
    [Fact]
    public async Task Statements_OfAnOwner_AreReadByTheSdkAndTakenBack()
    {
        var (parent, model) = await ModelsAsync("owner's statements");
        var data = stage.Workspace.PathOf("data.txt");
        await File.WriteAllTextAsync(data, "the first line\n", Stop);
        var statements = stage.Workspace.PathOf("statements.json");
        var id = model.Id.ToString();
        await File.WriteAllTextAsync(
            statements,
            JsonSerializer.Serialize(new object[]
            {
                new { kind = "provenance", model = id, dataset = new[] { $"{data}:trained-on", $"{Market.Text("set")}:distilled-from" }, identity = Market.Text("weights").ToString(), uri = "https://data.example/1" },
                new { kind = "permission", model = id, account = "anybody", use = "resale", permission = "allowed", expires = "2099-01-01" },
                new { kind = "lineage", model = id, parent = new[] { $"{parent.Id}:250000" }, version = 1 },
                new { kind = "contribution", model = id, account = stage.Cast.Ben.Address.ToString(), role = "data", weight = 12, method = "rows" },
                new { kind = "permission", model = id, account = stage.Cast.Ben.Address.ToString(), use = "resale", permission = "constrained", terms = data },
            }),
            Stop);

        var dry = await AttestAsync(AdaIndex, ["file", statements, "--dry-run"]);
        Assert.False(dry.GetProperty("sent").GetBoolean());
        Assert.True(dry.GetProperty("gas").GetUInt64() > 500_000);
        var sent = await AttestAsync(AdaIndex, ["file", statements, "--yes"]);
        string[] uids = [.. sent.GetProperty("requests").EnumerateArray().Select(request => request.GetProperty("uid").GetString() ?? string.Empty)];
        var read = await PeerAsync("read", [.. uids]);
        Assert.Equal(["provenance", "lineage", "contribution", "permission", "permission"], sent.GetProperty("requests").EnumerateArray().Select(request => request.GetProperty("kind").GetString()));
        Assert.All(read.EnumerateArray(), one => Assert.Equal((stage.Cast.Ada.Address, model.PayAddress), (Address.Parse(Text(one, "attester")), Address.Parse(Text(one, "recipient")))));

        var provenance = read[0].GetProperty("fields");
        Assert.Equal([Keccak256.HashText("the first line\n").ToString(), Market.Text("set").ToString()], Texts(provenance, "datasetHashes"));
        Assert.Equal(["trained-on", "distilled-from"], Texts(provenance, "relations"));
        Assert.Equal((id, Market.Text("weights").ToString(), "https://data.example/1"), (Text(provenance, "modelId"), Text(provenance, "identityHash"), Text(provenance, "uri")));
        var lineage = read[1].GetProperty("fields");
        Assert.Equal([parent.Id.ToString(), "250000", "1"], [.. Texts(lineage, "parents"), .. Texts(lineage, "shares"), Text(lineage, "version")]);
        var contribution = read[2].GetProperty("fields");
        Assert.Equal(("12", RoleText.ToWord("data").ToString(), DomainWord.Of("rows").ToString()), (Text(contribution, "weight"), Text(contribution, "role"), Text(contribution, "method")));
        Assert.Equal(("1", "4070908800"), (Text(read[3].GetProperty("fields"), "permission"), Text(read[3], "expirationTime")));
        Assert.Equal(("3", Keccak256.HashText("the first line\n").ToString()), (Text(read[4].GetProperty("fields"), "permission"), Text(read[4].GetProperty("fields"), "termsHash")));

        await AttestAsync(AdaIndex, ["revoke", uids[0], uids[3], uids[4], "--yes"]);
        read = await PeerAsync("read", [.. uids]);
        Assert.Equal([true, false, false, true, true], read.EnumerateArray().Select(one => Text(one, "revocationTime") != "0"));
        await RefusedAsync(AdaIndex, 6, "was revoked before", ["revoke", uids[0], "--yes"]);
        await RefusedAsync(BenIndex, 6, "'s, not ", ["revoke", uids[1], "--yes"]);
    }

    /// <summary>An evaluator registers, commits to a set, and only then says what came out.</summary>
    [Fact]
    public async Task Evaluation_AfterItsCommitment_IsReadByTheSdk()
    {
        var (_, model) = await ModelsAsync("evaluation");
        var set = Market.Text("the set").ToString();
        string[] commit = ["commit", model.Id.ToString(), "--domain", "nda-review", "--metric", "accuracy", "--set", set, "--yes"];
        await RefusedAsync(ChloeIndex, 6, "is not registered as an evaluator", commit);
        await AttestAsync(ChloeIndex, ["evaluator", "--register", "--uri", "https://evaluators.example/chloe", "--yes"]);
        var committed = OnlyUid(await AttestAsync(ChloeIndex, commit));
        string[] results = ["evaluation", model.Id.ToString(), "--domain", "nda-review", "--metric", "accuracy", "--value", "0.87", "--n", "100", "--yes"];
        await RefusedAsync(ChloeIndex, 6, "is to another model, domain, set, metric or method", [.. results, "--set", Market.Text("another").ToString(), "--commitment", committed]);
        var evaluated = OnlyUid(await AttestAsync(ChloeIndex, [.. results, "--set", set, "--commitment", committed]));
        await RefusedAsync(ChloeIndex, 6, "is not a commitment", [.. results, "--set", set, "--commitment", evaluated]);

        var read = await PeerAsync("read", committed, evaluated);
        Assert.Equal(("0", string.Empty, set), (Text(read[0].GetProperty("fields"), "n"), Text(read[0].GetProperty("fields"), "value"), Text(read[0].GetProperty("fields"), "evalSetHash")));
        Assert.Equal(("100", "0.87", "accuracy"), (Text(read[1].GetProperty("fields"), "n"), Text(read[1].GetProperty("fields"), "value"), Text(read[1].GetProperty("fields"), "metric")));
        Assert.Equal((committed, DomainWord.Of("nda-review").ToString()), (Text(read[1], "refUID"), Text(read[1].GetProperty("fields"), "domain")));
        await AttestAsync(ChloeIndex, ["evaluator", "--leave", "--yes"]);
    }

    /// <summary>The owner signs, and another account pays. What was sent, or is not the attester's, is not sent again.</summary>
    [Fact]
    public async Task Requests_ByDelegation_AreTheSignersWhoeverSendsThem()
    {
        var (_, model) = await ModelsAsync("delegation");
        var (one, two) = (stage.Workspace.PathOf($"one-{model.Id}.json"), stage.Workspace.PathOf($"two-{model.Id}.json"));
        await AttestAsync(AdaIndex, ["permission", model.Id.ToString(), "--account", "anybody", "--use", "resale", "--permission", "not-allowed", "--delegated", "--out", one]);
        var uid = OnlyUid(await AttestAsync(BenIndex, ["send", one, "--yes"]));
        var read = await PeerAsync("read", uid);
        Assert.Equal((stage.Cast.Ada.Address, "2"), (Address.Parse(Text(read[0], "attester")), Text(read[0].GetProperty("fields"), "permission")));
        await RefusedAsync(BenIndex, 6, "it was sent already", ["send", one, "--yes"]);

        await AttestAsync(AdaIndex, ["revoke", uid, "--delegated", "--out", two]);
        await File.WriteAllTextAsync(one, (await File.ReadAllTextAsync(two, Stop)).Replace("\"deadline\": \"", "\"deadline\": \"9", StringComparison.Ordinal), Stop);
        await RefusedAsync(BenIndex, 6, "is not signed by", ["send", one, "--yes"]);
        await AttestAsync(BenIndex, ["send", two, "--yes"]);
        Assert.NotEqual("0", Text((await PeerAsync("read", uid))[0], "revocationTime"));
    }

    [Fact]
    public async Task File_OffChain_IsTakenByTheSdk()
    {
        var (_, model) = await ModelsAsync("off chain");
        var file = stage.Workspace.PathOf($"offchain-{model.Id}.json");
        var signed = await AttestAsync(AdaIndex, ["provenance", model.Id.ToString(), "--dataset", $"{Market.Text("a")}:merged", "--uri", "https://data.example/ä", "--offchain", "--out", file]);
        var verdict = await PeerAsync("verify", file);
        Assert.True(verdict.GetProperty("valid").GetBoolean());
        Assert.Equal((OnlyUid(signed), stage.Cast.Ada.Address), (Text(verdict, "uid"), Address.Parse(Text(verdict, "signer"))));
        Assert.Equal("https://data.example/ä", Text(verdict.GetProperty("fields"), "uri"));
        // What was signed is not written over.
        await RefusedAsync(AdaIndex, 2, "--out: cannot write", ["provenance", model.Id.ToString(), "--offchain", "--out", file]);
    }

    /// <summary>What the SDK attests and signs, this reads and proves; and the resolver's rules hold for the file.</summary>
    [Fact]
    public async Task Attestation_OfTheSdk_IsReadAndProven()
    {
        var (_, model) = await ModelsAsync("the SDK's");
        var schemas = new SchemaSet(stage.Deployment.Resolver);
        var client = stage.Chain.Client;
        var service = await client.AskAsync(stage.Deployment.Resolver, new SettlementResolver.Service(), BlockRef.Latest, Stop);
        var file = stage.Workspace.PathOf($"sdk-{model.Id}.json");
        object[] values = [model.Id.ToString(), Market.Text("weights").ToString(), new[] { Market.Text("set").ToString() }, new[] { "trained-on" }, "https://data.example/语"];
        var written = await PeerAsync("write", stage.Cast.AdaKey.ToString(), schemas[StatementKind.Provenance].ToString(), JsonSerializer.Serialize(values), file);

        var uid = Hash32.Parse(Text(written, "uid"));
        var content = await client.AskAsync(service, new Eas.GetAttestation(uid), BlockRef.Latest, Stop);
        Assert.True(AttestationUid.Proves(content));
        var log = new Eas.Attested(Address.Zero, stage.Cast.Ada.Address, uid, schemas[StatementKind.Provenance]);
        var (entry, problem) = AttestationReading.Read(log, content, schemas, new LogPosition(1, 0), content.Time);
        Assert.Null(problem);
        Assert.Equal("https://data.example/语", Assert.IsType<ProvenanceStatement>(entry?.Statement).Uri);
        Assert.Equal(uid, await client.AskAsync(stage.Deployment.Resolver, new SettlementResolver.Latest(model.Id.Value, StatementKind.Provenance, stage.Cast.Ada.Address), BlockRef.Latest, Stop));

        var (signed, fault) = OffchainFile.Parse(await File.ReadAllBytesAsync(file, Stop));
        Assert.Null(fault);
        Assert.NotNull(signed);
        var rules = new OffchainRules(stage.Deployment.Id.ChainId, service, schemas, stage.Chain.Provider.Recover);
        Assert.Equal(OffchainOutcome.Accepted, rules.Judge(signed, new Owner(model.Id, stage.Cast.Ada.Address), signed.Message.Time).Outcome);
        Assert.Equal(OffchainOutcome.NotTheOwner, rules.Judge(signed, new Owner(model.Id, stage.Cast.Ben.Address), signed.Message.Time).Outcome);
        Assert.Equal((uid, Hash32.Parse(Text(written, "offchain"))), (signed.Message.RefUid, signed.Uid));
    }

    /// <summary>Bad input is named, and nothing is sent.</summary>
    [Fact]
    public async Task Input_ThatIsWrong_IsNamed()
    {
        var (parent, model) = await ModelsAsync("bad input");
        var id = model.Id.ToString();
        var before = await stage.Chain.Client.GetNonceAsync(stage.Cast.Ada.Address, BlockRef.Latest, Stop);
        await RefusedAsync(AdaIndex, 6, "there is no model", ["provenance", Market.Text("nobody's").ToString(), "--yes"]);
        await RefusedAsync(BenIndex, 6, "does not own model", ["provenance", id, "--yes"]);
        await RefusedAsync(AdaIndex, 2, "model: '0x12' is not a hash: it has 2 characters behind 0x", ["provenance", "0x12", "--yes"]);
        await RefusedAsync(AdaIndex, 2, "ends in no known relation", ["provenance", id, "--dataset", "0x00:copied-from", "--yes"]);
        await RefusedAsync(AdaIndex, 2, "is in the past", ["permission", id, "--account", "anybody", "--use", "resale", "--permission", "allowed", "--expires", "2020-01-01", "--yes"]);
        await RefusedAsync(AdaIndex, 2, "is not a number", ["evaluation", id, "--domain", "a", "--metric", "accuracy", "--value", "NaN", "--n", "3", "--set", Market.Text("s").ToString(), "--yes"]);
        await RefusedAsync(AdaIndex, 6, "the lineage is circular", ["lineage", parent.Id.ToString(), "--parent", $"{id}:1", "--version", "1", "--yes"]);
        await RefusedAsync(AdaIndex, 2, "the lineage is circular", ["lineage", id, "--parent", $"{id}:1", "--version", "1", "--yes"]);
        await RefusedAsync(AdaIndex, 2, "--yes: nobody is there to be asked", ["lineage", id, "--parent", $"{parent.Id}:1", "--version", "1"]);
        Assert.Equal(before, await stage.Chain.Client.GetNonceAsync(stage.Cast.Ada.Address, BlockRef.Latest, Stop));
    }

    private static string OnlyUid(JsonElement output) => Assert.Single(output.GetProperty("requests").EnumerateArray()).GetProperty("uid").GetString() ?? throw new InvalidOperationException("There is no uid.");

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? throw new InvalidOperationException($"{name} is null.");

    private static string[] Texts(JsonElement parent, string name) => [.. parent.GetProperty(name).EnumerateArray().Select(item => item.GetString() ?? string.Empty)];

    private async Task<(StageModel Parent, StageModel Model)> ModelsAsync(string name)
    {
        var market = new Market(stage.Chain, stage.Deployment);
        var parent = await market.RegisterAsync(stage.Cast.Ada, $"parent of {name}", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], Stop);
        return (parent, await market.RegisterAsync(stage.Cast.Ada, name, Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [new Contract.Parent(parent.Id.Value, 250_000)], Stop));
    }

    private Task RefusedAsync(int account, int code, string words, IReadOnlyList<string> arguments) => new AttestCommand(stage, Stop).RefusedAsync(account, code, words, arguments);

    private Task<JsonElement> AttestAsync(int account, IReadOnlyList<string> arguments) => new AttestCommand(stage, Stop).AttestAsync(account, arguments);

    private async Task<JsonElement> PeerAsync(string command, params string[] arguments)
    {
        var service = await stage.Chain.Client.AskAsync(stage.Deployment.Resolver, new SettlementResolver.Service(), BlockRef.Latest, Stop);
        using var peer = ChildProcess.Start(
            "EAS's SDK", "node", ["tests/contracts/eas-peer.mjs", command, stage.Chain.Rpc.ToString(), service.ToChecksumString(), .. arguments], stage.Workspace.Root, stage.Workspace.PathOf("eas-peer.log"));
        await peer.RequireSuccessAsync("Its output says why.", Stop);
        return AttestCommand.LastLine(peer.Tail());
    }

    private sealed record Owner(ModelId Model, Address Account) : IRulesView
    {
        public Address? OwnerOf(ModelId model) => model == Model ? Account : null;

        public bool IsEvaluator(Address account) => false;

        public ulong RevokedAt(Address attester, Hash32 uid) => 0;
    }
}
