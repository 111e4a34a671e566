using OpenSettle.Storage;
using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Passports;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Passports;

/// <summary>What the books know of a model beside its money, and the facts that a passport is computed from.</summary>
public sealed class PassportFactsTests
{
    private static readonly TestModel Small = Model("small");
    private static readonly EvaluationStatement Evaluation = new(Small.ModelId, DomainWord.Of("contracts"), "accuracy", "0.9", 100, Keccak256.HashText("set"), Keccak256.HashText("method"));

    [Fact]
    public async Task Facts_AsOfEachBlock_AreWhatWasKnownAtItsStart()
    {
        var chain = Chain();
        using var node = new TestNode(chain, eas: World.Eas);
        var uid = Hash32.Zero;
        chain.Mine(block => block.SetStatus(Small, ModelStatus.Deprecated), block => block.SetEvaluator(Carol, registered: true));
        chain.Mine(block => uid = block.Attest(Carol, Evaluation), block => block.SetPermission(Small, Bob, "training", UsePermission.NotAllowed));
        chain.Mine(block => block.Revoke(uid), block => block.SetPermission(Small, Bob, "training", UsePermission.Unset));
        chain.Mine(block => block.SetEvaluator(Carol, registered: false), block => block.Freeze(Small), block => block.SetMetadata(Small, Keccak256.HashText("more"), "ipfs://more"));
        chain.MineEmpty(1);
        var first = chain.Head - 5;
        await node.WatchAsync();
        await node.Worker.RunAllAsync(CancellationToken.None);

        (byte Status, bool Frozen, int Evaluators, int Attestations, bool Revoked, byte? Permission, string Uri) At(ulong after)
        {
            var facts = node.Source.Load(Small.ModelId, new BlockPoint(first + after, 1_000_000 + (first + after) * 12))!;
            return (facts.Status, facts.IsFrozen, facts.Evaluators.Count, facts.Attestations.Count, facts.Attestations.Any(entry => entry.RevokedAt > 0), facts.Permissions.Count == 0 ? null : facts.Permissions.Single().Permission, facts.MetadataUri);
        }

        Assert.Equal(((byte)0, false, 0, 0, false, null, "ipfs://model"), At(1));
        Assert.Equal(((byte)1, false, 1, 0, false, null, "ipfs://model"), At(2));
        Assert.Equal(((byte)1, false, 1, 1, false, (byte)2, "ipfs://model"), At(3));
        Assert.Equal(((byte)1, false, 1, 1, true, (byte)0, "ipfs://model"), At(4));
        Assert.Equal(((byte)1, true, 0, 1, true, (byte)0, "ipfs://more"), At(5));
        var entry = node.Source.Load(Small.ModelId, node.Source.Now()!.Value)!.Attestations.Single();
        Assert.Equal((Evaluation, uid, StatementKind.Evaluation, Carol, true), (entry.Statement, entry.Uid, entry.Kind, entry.Attester, entry.OnChain));
    }

    [Fact]
    public async Task Attestation_OfAnotherSchema_IsNoFactAndNoLogOfOurs()
    {
        var chain = Chain();
        using var node = new TestNode(chain, eas: World.Eas);
        var before = node.Books.Read(session => session.Journal.CountLogs());
        await node.WatchAsync();
        var known = node.Books.Read(session => session.Journal.CountLogs());
        chain.Mine(block => block.AttestElsewhere(Carol));
        chain.MineEmpty(1);
        await node.WatchAsync();
        Assert.True(known > before);
        Assert.Equal((known, (0L, 0L)), node.Books.Read(session => (session.Journal.CountLogs(), session.Attestations.Count())));
    }

    [Fact]
    public async Task Attestation_OnAChainWhoseEasIsNotWatched_IsNotLookedFor()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Attest(Carol, Evaluation));
        chain.MineEmpty(1);
        await node.WatchAsync();
        Assert.Equal((0L, 0L), node.Books.Read(session => session.Attestations.Count()));
    }

    [Theory]
    [InlineData("value")]
    [InlineData("expiry")]
    [InlineData("uid")]
    [InlineData("time")]
    public async Task Content_ThatAnEndpointMakesUp_IsRefusedAndAnotherIsAsked(string lie)
    {
        var chain = Chain();
        using var node = new TestNode(chain, eas: World.Eas);
        chain.Mine(block => block.Attest(Carol, Evaluation));
        chain.MineEmpty(1);
        await node.WatchAsync();
        chain.OnAttestation = said => lie switch
        {
            "value" => said with { Data = Ethereum.Attestations.StatementCodec.Encode(Evaluation with { Value = "1.0" }) },
            "expiry" => said with { ExpirationTime = 5 },
            "uid" => said with { Uid = Keccak256.HashText("other") },
            _ => said with { Time = said.Time + 1 },
        };
        var refused = await Assert.ThrowsAsync<PassportReadException>(() => node.Worker.ReadWordsAsync(CancellationToken.None));
        Assert.Contains("attestation", refused.Message, StringComparison.Ordinal);
        Assert.Equal((1L, 1L), node.Books.Read(session => session.Attestations.Count()));

        // The second that is asked tells the truth.
        var asked = 0;
        chain.OnAttestation = said => ++asked == 1 ? said with { ExpirationTime = 5 } : said;
        node.AttestationClients = [chain, chain];
        await node.Worker.ReadWordsAsync(CancellationToken.None);
        Assert.Equal((1L, 0L), node.Books.Read(session => session.Attestations.Count()));
        Assert.Equal(Evaluation, node.Source.Load(Small.ModelId, node.Source.Now()!.Value)!.Attestations.Single().Statement);
    }

    [Fact]
    public async Task Content_ThatIsNoStatement_IsKeptWithTheModelThatItsFirstWordNames()
    {
        var chain = Chain();
        using var node = new TestNode(chain, eas: World.Eas);
        chain.Mine(block => block.AttestBytes(Carol, StatementKind.Evaluation, [.. Small.Id.ToArray(), 1, 2, 3]), block => block.AttestBytes(Carol, StatementKind.Evaluation, [1]));
        chain.MineEmpty(1);
        await node.WatchAsync();
        await node.Worker.ReadWordsAsync(CancellationToken.None);
        var entry = Assert.Single(node.Source.Load(Small.ModelId, node.Source.Now()!.Value)!.Attestations);
        Assert.Null(entry.Statement);
        Assert.Equal((2L, 0L), node.Books.Read(session => session.Attestations.Count()));
    }

    [Fact]
    public async Task Revenue_OfEpochs_IsThatOfTheRecords_AndSaysWhoPaidWhen()
    {
        var gateway = new TestGateway("eu");
        var chain = EpochUsageTests.Pooled(gateway);
        using var node = new TestNode(chain);
        await gateway.SendAsync(node, gateway.Use(Small, 100, Keccak256.HashText("use")), gateway.Use(Small, 5));
        chain.Mine(block => block.PayFrom(Bob, Small, Dollar, 100), block => block.PayFrom(Bob, Small, Dollar, 60), block => block.Send(Small, Dollar, 40));
        await node.RunAsync(20);
        chain.Mine(block => block.PayFrom(Carol, Small, Dollar, 500));
        await node.RunAsync(20);
        chain.Mine(block => block.PayFrom(Carol, Small, Dollar, 7));
        chain.MineEmpty(1);
        await node.WatchAsync();

        var facts = node.Source.Load(Small.ModelId, node.Source.Now()!.Value)!;
        Assert.Equal([1UL, 2UL], facts.Epochs.Select(epoch => epoch.Number));
        Assert.All(facts.Epochs, epoch => Assert.Equal(
            (epoch.ActivatedAt > epoch.EndTime, chain.HashOf(epoch.LastBlock), epoch.RecordRoot.IsZero), (true, node.Epoch(epoch.Number)!.LastBlockHash, false)));
        Assert.Equal(
            [(1UL, Bob, 2UL, (UInt256)160), (1UL, Payer, 1UL, (UInt256)40), (2UL, Carol, 1UL, (UInt256)500)],
            facts.Revenue.Select(row => (row.Epoch, row.Payer, row.Payments, row.Settled)).OrderBy(row => row.Epoch).ThenByDescending(row => row.Settled));
        Assert.Equal(
            facts.Records.SelectMany(record => record.Record.Revenue, (record, revenue) => (record.Epoch, revenue.Token, revenue.Amount)),
            facts.Revenue.GroupBy(row => (row.Epoch, row.Token)).Select(rows => (rows.Key.Epoch, rows.Key.Token, rows.Aggregate(UInt256.Zero, (sum, row) => sum + row.Settled))));
        Assert.Equal([new TokenRevenue(Dollar, 707)], facts.Paid);
        Assert.Equal((UInt256)700, facts.Earnings.Aggregate(UInt256.Zero, (sum, earning) => sum + earning.Amount) + node.Bundles.Read(node.Epoch(2)!.BundleHash).After.Residues.Aggregate(UInt256.Zero, (sum, residue) => sum + residue.Amount));
        Assert.Null(node.Books.Read(session => session.Settled.CheckAgainstPayments()));

        // At the start of the block in which the second was activated it was not active; and what it settled was paid before.
        var second = 1UL;
        while (node.Books.Read(session => session.Epochs.ActivatedBefore(second + 1)).Count < 2) second++;
        var earlier = node.Source.Load(Small.ModelId, new BlockPoint(second, facts.Epochs[1].ActivatedAt))!;
        Assert.Equal(1UL, earlier.Epochs.Single().Number);
        Assert.All(earlier.Revenue, row => Assert.Equal(1UL, row.Epoch));
    }

    [Fact]
    public async Task Passport_OfABlock_IsTheSameWheneverItIsAskedFor()
    {
        var gateway = new TestGateway("eu");
        var chain = EpochUsageTests.Pooled(gateway);
        using var node = new TestNode(chain, eas: World.Eas);
        await gateway.SendAsync(node, gateway.Use(Small, 100, Keccak256.HashText("use")));
        var seen = new List<(BlockPoint Point, byte[] Json)>();
        for (var round = 0; round < 4; round++)
        {
            chain.Mine(block => block.PayFrom(round % 2 == 0 ? Bob : Carol, Small, Dollar, 100), block => block.SetStatus(Small, (ModelStatus)round), block => block.Attest(Carol, Evaluation with { N = (ulong)round + 1 }));
            await node.RunAsync(13);
            await node.Worker.ReadWordsAsync(CancellationToken.None);
            var now = node.Source.Now()!.Value;
            seen.Add((now, (await node.Passports.GetAsync(Small.ModelId, now, CancellationToken.None))!.Json));
        }

        Assert.Equal(4, seen.Select(one => Convert.ToHexString(one.Json)).Distinct().Count());
        node.Restart();
        foreach (var (point, json) in seen) Assert.Equal(json, (await node.Passports.GetAsync(Small.ModelId, point, CancellationToken.None))!.Json);
    }

    [Fact]
    [Trait("Books", "Files")]
    public async Task Books_OfBeforeThereWerePassports_GetAtAStartWhatTheJournalHas()
    {
        var gateway = new TestGateway("eu");
        var chain = EpochUsageTests.Pooled(gateway);
        using var node = new TestNode(chain);
        chain.Mine(block => block.PayFrom(Bob, Small, Dollar, 100), block => block.SetStatus(Small, ModelStatus.Retired), block => block.SetEvaluator(Carol, registered: true));
        await node.RunAsync(20);
        var before = BooksDigest.Of(node.Books);
        Assert.NotEqual(UInt256.Zero, node.Books.Read(session => session.Settled.Of(Small.ModelId, 0, 1)).Single().Settled);
        await node.Books.WriteAsync(session => session.Meta.Set(PassportFill.Key, [0]), CancellationToken.None);
        using (var older = new SqliteConnection($"Data Source={node.DatabaseFile};Pooling=False"))
        {
            older.Open();
            using var forget = older.CreateCommand();
            forget.CommandText = "DELETE FROM notices; DELETE FROM evaluators; DELETE FROM settled_revenue; UPDATE epochs SET activated_block = 0, activated_time = 0";
            forget.ExecuteNonQuery();
        }

        Assert.NotEqual(before.All, BooksDigest.Of(node.Books).All);

        var told = new List<string>();
        var watched = node.Options.Deployment.Watched with { Eas = World.Eas };
        await PassportStart.RunAsync(node.Books, watched, told.Add, CancellationToken.None);
        Assert.Equal(before, (BooksDigest.Of(node.Books).All, before.Parts));
        Assert.NotEmpty(told);
        // Attestations of before were not looked for: that is said, and stays said.
        var next = node.Books.Read(session => session.Journal.Last())!.Value.Number + 1;
        Assert.Equal(next, node.Books.Read(PassportFill.AttestationsFrom));
        told.Clear();
        await PassportStart.RunAsync(node.Books, watched, told.Add, CancellationToken.None);
        Assert.Empty(told);
        Assert.Equal(next, node.Books.Read(PassportFill.AttestationsFrom));
    }

    [Fact]
    public async Task Books_ThatAreNew_KnowAllAttestations()
    {
        using var node = new TestNode(Chain(), eas: World.Eas);
        await PassportStart.RunAsync(node.Books, node.Options.Deployment.Watched, _ => { }, CancellationToken.None);
        await node.WatchAsync();
        await PassportStart.RunAsync(node.Books, node.Options.Deployment.Watched, _ => { }, CancellationToken.None);
        Assert.Null(node.Books.Read(PassportFill.AttestationsFrom));
    }

    private static FakeChain Chain() => WatchStepTests.Listed();
}
