using System.Text;
using System.Text.Json;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Tests.Usage;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.IntakeHost;

namespace OpenSettle.Node.Tests.Http;

/// <summary>Signed batches through the endpoint, and what it answers where the journal takes nothing.</summary>
public sealed class SignedUsageEndpointTests : IAsyncLifetime
{
    private readonly BatchSigner _signer = new(SigningKey(), World.ChainId, World.Registry);
    private IntakeHost _intake = null!;
    private string _key = "";

    public async Task InitializeAsync()
    {
        _intake = await StartAsync();
        _key = _intake.AddGateway("signer", GatewayScopes.Send, address: SigningGateway);
    }

    public async Task DisposeAsync() => await _intake.DisposeAsync();

    [Fact]
    public async Task Batch_Signed_IsTakenOnceAndTheNextFollows()
    {
        var first = await SignAsync("1", "2");
        Assert.Equal((202, (2, 0, 0, 0, 0)), Result(await PostAsync(first, "1", "2")));
        Assert.Equal((202, (0, 0, 2, 0, 0)), Result(await PostAsync(first, "1", "2")));
        _signer.Taken(first);
        Assert.Equal((202, (1, 0, 0, 0, 0)), Result(await PostAsync(await SignAsync("3"), "3")));
        Assert.Equal((2UL, first.Digest), (_intake.Journal.LastBatch(SigningGateway).Number, _intake.Journal.Batch(SigningGateway, 2)?.Signed.Statement.Previous));
        Assert.Equal([1L, 1L, 2L], _intake.Journal.Events(0, 10).Select(row => row.Batch));
    }

    [Fact]
    public async Task Batch_OutOfOrder_Is409AndTellsTheLastOne()
    {
        var first = await SignAsync("1");
        await PostAsync(first, "1");
        _signer.Taken(first);
        var second = await SignAsync("2");
        _signer.Taken(second);
        var answer = await PostAsync(await SignAsync("3"), "3");
        answer.AssertProblem(409, "number the batch 2");
        Assert.Equal((1UL, first.Digest.ToString()), (answer.Body.GetProperty("lastBatch").GetUInt64(), answer.Body.GetProperty("lastDigest").GetString()));
        Assert.Single(_intake.Events());
    }

    [Fact]
    public async Task Batch_ThatAnEpochSettledAndThatWasLost_Is409AndTheNextIsTaken()
    {
        Assert.Equal(202, (await _intake.PostAsync(Event("0"))).Status);
        new UsageFromArchives(
            DataPaths.In(_intake.Folder), World.Deployment, [new SettledUsage(3, 5, [new SettledBatch(3, SigningGateway, 1, Hash32.Zero, 2), new SettledBatch(3, SigningGateway, 2, Hash32.Zero, 3)])],
            (_, _) => throw new InvalidOperationException(), _ => { }).Run(CancellationToken.None);
        await _intake.RestartAsync();
        var first = await SignAsync("1");
        var answer = await PostAsync(first, "1");
        answer.AssertProblem(409, "Epoch 3 settled it");
        Assert.Equal((2UL, Hash32.Zero.ToString(), 3UL), (answer.Body.GetProperty("lastBatch").GetUInt64(), answer.Body.GetProperty("lastDigest").GetString(), answer.Body.GetProperty("settledBy").GetUInt64()));
        Assert.Single(_intake.Events());

        // It knows its own second statement, the node does not: what the third names is taken as it is, and the fourth has to follow.
        _signer.Taken(first);
        _signer.Taken(await SignAsync("2"));
        var third = await SignAsync("3");
        Assert.Equal((202, (1, 0, 0, 0, 0)), Result(await PostAsync(third, "3")));
        var stranger = new BatchSigner(SigningKey(), World.ChainId, World.Registry, 3, Hash32.Zero);
        (await PostAsync(await stranger.SignAsync([ToBatched("4")], CancellationToken.None), "4")).AssertProblem(409, "number the batch 4");
        _signer.Taken(third);
        Assert.Equal(202, (await PostAsync(await SignAsync("4"), "4")).Status);
        (await PostAsync(first, "1")).AssertProblem(409, "Epoch 3 settled it");
    }

    [Fact]
    public async Task Batch_WithAKnownEvent_Is409AndNamesIt()
    {
        var first = await SignAsync("1");
        await PostAsync(first, "1");
        _signer.Taken(first);
        var answer = await PostAsync(await SignAsync("2", "1", "2"), "2", "1", "2");
        answer.AssertProblem(409, "Leave out the events");
        Assert.Equal([1, 2], answer.Body.GetProperty("knownEvents").EnumerateArray().Select(index => index.GetInt32()));
        Assert.Single(_intake.Events());
    }

    [Fact]
    public async Task Batch_ChangedOrOfAnotherGateway_IsRefused()
    {
        var signed = await SignAsync("1", "2");
        (await PostAsync(signed, "1", "3")).AssertProblem(400, "OpenSettle-Batch");
        (await PostAsync(signed, "1")).AssertProblem(400, "OpenSettle-Batch");
        var answer = await _intake.PostAsync(Body("1", "2"), Batch, _intake.Key, request => request.Headers.TryAddWithoutValidation("OpenSettle-Batch", BatchSigner.Header(signed)));
        answer.AssertProblem(403, Gateway.ToChecksumString());
        Assert.Empty(_intake.Events());
    }

    [Fact]
    public async Task Journal_ThatIsBusy_Is429AndTakesNothingFromTheQuota()
    {
        var answers = new Queue<AppendResult>([new AppendResult(AppendStatus.Busy), new AppendResult(AppendStatus.Busy), new AppendResult(AppendStatus.Busy)]);
        await using var intake = await StartAsync(appends: answers.Dequeue);
        var key = intake.AddGateway("small", GatewayScopes.SendUnsigned, perDay: 1);
        for (var i = 0; i < 3; i++)
        {
            var answer = await intake.PostAsync(Event("1"), key: key);
            answer.AssertProblem(429, "Nothing of this was taken");
            Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        }
    }

    [Fact]
    public async Task Disk_ThatIsFull_Is503AndSaysWhenToComeAgain()
    {
        await using var intake = await StartAsync(appends: () => throw new StorageException(StorageErrorKind.Full, "usage.sqlite: the disk is full."));
        var answer = await intake.PostAsync(Event("1"));
        answer.AssertProblem(503, "send them again");
        Assert.Equal(TimeSpan.FromSeconds(10), answer.Headers.RetryAfter?.Delta);
        Assert.DoesNotContain("sqlite", answer.Body.ToString(), StringComparison.Ordinal);
    }

    private static (int, (int, int, int, int, int)) Result(Answer answer) => (answer.Status, answer.Counts);

    private static string Body(params string[] ids) => $"[{string.Join(',', ids.Select(Text))}]";

    // A signed event's consumer is a hash already.
    private static string Text(string id) => Event(id, ("consumer-77", Model.ToString()));

    private ValueTask<SignedStatement> SignAsync(params string[] ids) => _signer.SignAsync([.. ids.Select(ToBatched)], CancellationToken.None);

    private Task<Answer> PostAsync(SignedStatement signed, params string[] ids) =>
        _intake.PostAsync(Body(ids), Batch, _key, request => request.Headers.TryAddWithoutValidation("OpenSettle-Batch", BatchSigner.Header(signed)));

    private static BatchedEvent ToBatched(string id)
    {
        var reader = EventReaderTests.Reader(MappingSet.Empty);
        var bytes = Encoding.UTF8.GetBytes(Text(id));
        reader.Begin(bytes);
        var json = new Utf8JsonReader(bytes);
        json.Read();
        Assert.True(reader.ReadCloudEvent(ref json));
        reader.Complete();
        return EventBody.Decode(reader.Bodies.Written).ToBatched();
    }
}
