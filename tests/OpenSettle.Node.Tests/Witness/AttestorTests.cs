using System.Net;
using System.Text;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Tests.Verification;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Witness;

/// <summary>A leader without keys publishes its candidate; attestors bring it what they sign, or why they do not.</summary>
public sealed class AttestorTests
{
    private static readonly TestModel Small = Model("small");

    [Fact]
    public async Task Candidate_ThatAQuorumRecomputes_IsProposedWithItsSignatures()
    {
        using var stage = await BuiltAsync(keys: []);
        await using var api = await TestApi.StartAsync(stage.Node);
        using var first = Attestor(stage, api, AttestorKeys[0]);
        using var second = Attestor(stage, api, AttestorKeys[2]);
        await first.TickAsync();
        await stage.Node.TickAsync();
        Assert.Equal((EpochState.Built, 1), (stage.Node.Epoch(1)!.State, stage.Node.Candidates.Current()!.Signatures.Count));
        Assert.Contains(stage.Node.State.Alerts.All, alert => alert.Message == "Epoch 1 has 1 of 2 signatures. No key is here (attestorKeys): attestors name this node by leaders, and bring theirs.");
        await second.TickAsync();
        await second.TickAsync();
        await stage.Node.RunAsync(20);
        Assert.Equal((1UL, EpochState.Pushed), (stage.Chain.State.Epoch, stage.Node.Epoch(1)!.State));
        Assert.DoesNotContain(stage.Node.State.Alerts.All, alert => alert.Name == "signatures");
        var (_, signatures) = Calldata.ReadProposal(stage.Node.Find("propose epoch 1.0")!.Data.Span)!.Value;
        Assert.Equal(new[] { Of(AttestorKeys[0]), Of(AttestorKeys[2]) }.Order(), signatures.Select(signature => signature.Signer));
    }

    [Fact]
    public async Task Candidate_WithoutABatchThatAttestorsHold_IsRefusedAndBuiltAnewOnceItCame()
    {
        using var stage = VerifyStage.Of(WatchStepTests.Listed());
        var (chain, node, gateway) = (stage.Chain, stage.Node, stage.Gateway);
        node.OwnAttestors = [];
        node.Restart();
        chain.Mine(block => block.SetGateway(Small, gateway.Address, listed: true));
        await gateway.SendAsync(node, gateway.Use(Small, 5));
        stage.Publish();
        await using var api = await TestApi.StartAsync(node);
        using var first = Attestor(stage, api, AttestorKeys[0]);
        using var second = Attestor(stage, api, AttestorKeys[1]);
        var late = gateway.Use(Small, 7);
        // Both attestors hold a batch that did not come to the leader.
        var signed = await gateway.SignAsync(late);
        stage.Publish(signed, [late]);
        await first.TickAsync();
        await second.TickAsync();
        chain.Mine(block => block.Pay(Small, Dollar, 1_000));
        chain.MineEmpty(4);
        await node.RunAsync(2);
        Assert.Equal(EpochState.Built, node.Epoch(1)!.State);
        stage.Publish();
        for (var i = 0; i < 2; i++)
        {
            await first.TickAsync();
            await second.TickAsync();
            await node.TickAsync();
        }

        var refused = node.Candidates.Current()!;
        Assert.True(refused.IsRefused);
        Assert.All(refused.Refusals, word => Assert.Contains($"batch 2 of gateway {gateway.Address.ToChecksumString()} is left out", word.Why, StringComparison.Ordinal));
        Assert.Contains(node.State.Alerts.All, alert => alert.Name == "signatures" && alert.Message.Contains("is left out", StringComparison.Ordinal));
        // The gateway sends it again.
        await TestGateway.BringAsync(node, signed, late);
        stage.Publish();
        for (var i = 0; i < 24 && chain.State.Epoch == 0; i++)
        {
            await node.RunAsync(1);
            stage.Publish();
            await first.TickAsync();
            await second.TickAsync();
        }

        Assert.Equal(1UL, chain.State.Epoch);
        Assert.Equal(2, node.Bundles.Read(node.Epoch(1)!.BundleHash).Usage.Batches.Count);
    }

    [Fact]
    public async Task Word_ThatIsNotAnAttestorsOnThisCandidate_IsNotTaken()
    {
        using var stage = await BuiltAsync(keys: [AttestorKeys[0]]);
        await stage.Node.TickAsync();
        foreach (var attestor in AttestorAddresses) stage.Chain.People.Add(attestor);
        await using var api = await TestApi.StartAsync(stage.Node);
        var candidate = stage.Node.Candidates.Current()!;
        var data = ProposalTypedData.Of(ChainId, World.Vault, candidate.Proposal);
        var good = await SignAsync(AttestorKeys[1], data);
        await RefusedAsync(api, Word(candidate.Digest, Alice, null, good), "is not an attestor of this vault");
        await RefusedAsync(api, Word(candidate.Digest, Of(AttestorKeys[2]), null, good), "the signature is not");
        await RefusedAsync(api, Word(Keccak256.HashText("another"), Of(AttestorKeys[1]), null, good), "not of the candidate");
        await RefusedAsync(api, Word(candidate.Digest, Of(AttestorKeys[1]), "I do not like it", good), "the signature is not");
        await RefusedAsync(api, Word(candidate.Digest, Of(AttestorKeys[1]), new string('x', 2_001), good), "1 to 2000 characters");
        foreach (var body in new[] { "", "{}", "[]", "null", "{\"digest\":1}", Word(candidate.Digest, Of(AttestorKeys[1]), null, ReadOnlyMemory<byte>.Empty), new string(' ', 40_000) })
        {
            using var answer = await PostAsync(api, body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.Single(stage.Node.Candidates.Current()!.Words);
        // A refusal gives way to a signature; a signature to nothing.
        var refusal = await SignAsync(AttestorKeys[1], RefusalTypedData.Of(ChainId, World.Vault, candidate.Digest, "it differs"));
        await TakenAsync(api, Word(candidate.Digest, Of(AttestorKeys[1]), "it differs", refusal));
        Assert.Equal("it differs", Assert.Single(stage.Node.Candidates.Current()!.Refusals).Why);
        await TakenAsync(api, Word(candidate.Digest, Of(AttestorKeys[1]), null, good));
        await TakenAsync(api, Word(candidate.Digest, Of(AttestorKeys[1]), "it differs", refusal));
        Assert.Empty(stage.Node.Candidates.Current()!.Refusals);
        Assert.True(stage.Node.Candidates.Current()!.IsSigned);
    }

    /// <summary>Words are public: whoever brings an old one again takes nothing back.</summary>
    [Fact]
    public async Task Refusal_ThatNamesADifference_StandsAgainstAnEarlierLack()
    {
        using var stage = await BuiltAsync(keys: []);
        await stage.Node.TickAsync();
        await using var api = await TestApi.StartAsync(stage.Node);
        var candidate = stage.Node.Candidates.Current()!;
        async Task SayAsync(string why) =>
            await TakenAsync(api, Word(candidate.Digest, Of(AttestorKeys[1]), why, await SignAsync(AttestorKeys[1], RefusalTypedData.Of(ChainId, World.Vault, candidate.Digest, why))));
        foreach (var why in new[] { "not recomputed yet: its bundle", "a leaf differs", "not recomputed yet: its bundle" }) await SayAsync(why);
        Assert.Equal("a leaf differs", Assert.Single(stage.Node.Candidates.Current()!.Refusals).Why);
    }

    /// <summary>One bad signature reverts a proposal: as few are sent as will do, and a contract's, which may change its mind, where there is no other.</summary>
    [Fact]
    public async Task Quorum_OfMoreThanEnough_IsOfKeysAndNoLargerThanTheThreshold()
    {
        using var stage = await BuiltAsync(keys: []);
        await stage.Node.TickAsync();
        var candidate = stage.Node.Candidates.Current()!;
        AttestorWord Signed(int index, int length) => new(candidate.Digest, Of(AttestorKeys[index]), null, new byte[length], DateTimeOffset.UnixEpoch);
        foreach (var contract in Enumerable.Range(0, 3))
        {
            var quorum = (candidate with { Words = [.. Enumerable.Range(0, 3).Select(i => Signed(i, i == contract ? 130 : 65))] }).Quorum;
            Assert.Equal(Enumerable.Range(0, 3).Where(i => i != contract).Select(i => Of(AttestorKeys[i])).Order(), quorum.Select(signature => signature.Signer));
        }

        Assert.Equal(2, (candidate with { Words = [Signed(0, 130), Signed(2, 65)] }).Quorum.Count);
    }

    /// <summary>An attestor has its next key beside those that count: it signs with these, and goes on.</summary>
    [Fact]
    public async Task Key_ThatIsNoAttestorsYet_KeepsTheOthersFromNothing()
    {
        using var stage = await BuiltAsync(keys: []);
        await using var api = await TestApi.StartAsync(stage.Node);
        using var attestor = new TestWitness(
            stage.Chain, stage.Bundles, stage.Usage, leaders: [api.Http.BaseAddress!],
            attestors: [.. Enumerable.Range(0, 6).Select(i => Keccak256.HashText($"next key {i}")), AttestorKeys[0], AttestorKeys[1]]);
        await attestor.TickAsync();
        Assert.Equal(new[] { Of(AttestorKeys[0]), Of(AttestorKeys[1]) }.Order(), stage.Node.Candidates.Current()!.Signatures.Select(signature => signature.Signer));
    }

    [Fact]
    public async Task Leader_ThatIsNotThere_IsToldAndNothingElseStops()
    {
        using var stage = await BuiltAsync(keys: []);
        using var attestor = new TestWitness(stage.Chain, stage.Bundles, stage.Usage, leaders: [new Uri("http://127.0.0.1:1")], attestors: AttestorKeys[0]);
        await attestor.TickAsync();
        var alert = Assert.Single(attestor.State.Alerts.All);
        Assert.Equal("leaders", alert.Name);
        Assert.Contains("http://127.0.0.1:1 does not answer", alert.Message, StringComparison.Ordinal);
        Assert.Contains("Check that leaders names the node that settles", alert.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AttestorsThatChanged_AreAskedAnewAndOldWordsCountNoMore()
    {
        using var stage = await BuiltAsync(keys: [AttestorKeys[0]]);
        await stage.Node.TickAsync();
        var before = stage.Node.Candidates.Current()!;
        stage.Chain.Mine(block => block.ChangeAttestors());
        await stage.Node.TickAsync();
        var after = stage.Node.Candidates.Current()!;
        Assert.Equal((1U, 2U), (before.Set.Version, after.Set.Version));
        Assert.NotEqual(before.Digest, after.Digest);
        Assert.Equal(Of(AttestorKeys[0]), Assert.Single(after.Words).Attestor);
    }

    /// <summary>An epoch is built, with a payment and usage, by a node that has these keys.</summary>
    private static async Task<VerifyStage> BuiltAsync(IReadOnlyList<Hash32> keys)
    {
        var stage = VerifyStage.Of(WatchStepTests.Listed());
        var (chain, node, gateway) = (stage.Chain, stage.Node, stage.Gateway);
        node.OwnAttestors = keys;
        node.Restart();
        chain.Mine(block => block.SetGateway(Small, gateway.Address, listed: true));
        await gateway.SendAsync(node, gateway.Use(Small, 5));
        stage.Publish();
        chain.Mine(block => block.Pay(Small, Dollar, 1_000));
        chain.MineEmpty(4);
        await node.RunAsync(2);
        stage.Publish();
        Assert.Equal(EpochState.Built, node.Epoch(1)!.State);
        return stage;
    }

    private static TestWitness Attestor(VerifyStage stage, TestApi api, Hash32 key) =>
        new(stage.Chain, stage.Bundles, stage.Usage, leaders: [api.Http.BaseAddress ?? throw new InvalidOperationException("The API has no address.")], attestors: key);

    private static Address Of(Hash32 key) => Provider.SignerFromPrivateKey(key).Address;

    private static async Task<ReadOnlyMemory<byte>> SignAsync(Hash32 key, TypedData data)
    {
        using var signer = Provider.SignerFromPrivateKey(key);
        return AttestorSignature.Of(signer.Address, await signer.SignTypedDataAsync(data, CancellationToken.None)).Data;
    }

    private static string Word(Hash32 digest, Address attestor, string? why, ReadOnlyMemory<byte> signature) =>
        System.Text.Json.JsonSerializer.Serialize(new { digest = digest.ToString(), attestor = attestor.ToString(), why, signature = Hex.Encode(signature.Span) });

    private static Task<HttpResponseMessage> PostAsync(TestApi api, string body) =>
        api.SendAsync(HttpMethod.Post, "/api/v1/candidate/words", change: request => request.Content = new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task TakenAsync(TestApi api, string body)
    {
        using var answer = await PostAsync(api, body);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private static async Task RefusedAsync(TestApi api, string body, string why)
    {
        using var answer = await PostAsync(api, body);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(why, await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
    }
}
