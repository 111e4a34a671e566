using System.Text.Json;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Tests.Usage;

/// <summary>A request held against the statement that goes with it.</summary>
public sealed class BatchCheckTests
{
    private static readonly TestModel Small = World.Model("small");
    private static readonly NodeOptions Options = TestNode.MakeOptions(Path.GetTempPath());
    private static readonly BatchCheck Batches = new(Options, World.Provider);

    private readonly TestGateway _gateway = new("eu");
    private readonly MeteredEvent[] _events;
    private readonly BatchSigner _signer = new(World.Provider.SignerFromPrivateKey(Keccak256.HashText("eu")), World.ChainId, World.Registry);

    public BatchCheckTests() => _events = [_gateway.Use(Small) with { Time = 1000 }, _gateway.Use(Small, 5, default, (World.Alice, 3), (World.Bob, 1)) with { Time = 999 }, _gateway.Use(Small) with { Time = 1001 }];

    [Fact]
    public async Task Batch_AsItWasSigned_IsGood()
    {
        var signed = await SignAsync();
        var (batch, problem) = Check(BatchSigner.Header(signed), _events);
        Assert.Null(problem);
        Assert.Equal((signed.Statement, signed.Digest), (batch!.Statement, batch.Digest));
        Assert.Equal(signed.Signature.ToArray(), batch.Signature.ToArray());
        Assert.Equal((999UL, 1001UL), (batch.Statement.FirstTime, batch.Statement.LastTime));
    }

    [Theory]
    [InlineData("count=3", "count=2", "count: 2 events are signed, and 3 were sent")]
    [InlineData("first=999", "first=998", "first: the earliest event is of 999, and 998 is signed")]
    [InlineData("last=1001", "last=1002", "last: the latest event is of 1001, and 1002 is signed")]
    [InlineData("number=1", "number=0", "number: batches are numbered from 1")]
    [InlineData("number=1", "number=2", "signature: ")]
    [InlineData("previous=0x00", "previous=0x01", "signature: ")]
    [InlineData("root=0x", "root=", "root: 0x and 64 hexadecimal digits")]
    [InlineData("", "", "last is missing")]
    public async Task Header_ThatDiffers_IsRefusedInWords(string part, string instead, string problem)
    {
        var header = BatchSigner.Header(await SignAsync());
        var changed = part.Length > 0 ? header.Replace(part, instead, StringComparison.Ordinal) : header.Replace("last=1001;", string.Empty, StringComparison.Ordinal);
        Assert.NotEqual(header, changed);
        var (batch, said) = Check(changed, _events);
        Assert.Null(batch);
        Assert.StartsWith($"OpenSettle-Batch: {problem}", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_ThatDifferInAnythingSigned_GiveAnotherRoot()
    {
        var header = BatchSigner.Header(await SignAsync());
        var e = _events[1];
        MeteredEvent[] changed =
        [
            e with { Source = "urn:x" }, e with { Id = "x" }, e with { Model = new Registry.ModelId(Keccak256.HashText("x")) }, e with { Domain = "x" }, e with { Outcome = "error" }, e with { Units = 6 },
            e with { Consumer = Keccak256.HashText("x") }, e with { Payment = Keccak256.HashText("x") }, e with { Attribution = null },
            e with { Attribution = e.Attribution! with { MethodHash = Hash32.Zero } },
            e with { Attribution = e.Attribution with { Weights = [.. e.Attribution.Weights.Select(row => row with { Weight = row.Weight + 1 })] } },
        ];
        foreach (var other in changed)
        {
            var (batch, problem) = Check(header, [_events[0], other, _events[2]]);
            Assert.Null(batch);
            Assert.Contains("root: the events give ", problem, StringComparison.Ordinal);
        }

        // A gateway finds its mistake by the line that should have been signed.
        Assert.EndsWith($"The first event's line is {System.Text.Encoding.UTF8.GetString(_events[0].ToBatched().ToText())}", Check(header, [_events[0], changed[0], _events[2]]).Problem, StringComparison.Ordinal);
        // What is only told is not signed.
        Assert.Null(Check(header, [_events[0] with { Cost = "1.5", Type = "other", Payer = World.Payer }, _events[1], _events[2]]).Problem);
    }

    [Theory]
    [InlineData(Hold.BeyondHorizon, false)]
    [InlineData(Hold.AheadOfTime, false)]
    [InlineData(Hold.UnknownModel, true)]
    [InlineData(Hold.UnlistedGateway, true)]
    public async Task Event_OfWhichNobodyKnowsWhetherItIsNew_IsInNoBatch(Hold hold, bool taken)
    {
        var (bodies, events) = TestGateway.Encode(_events);
        events[2] = events[2] with { Hold = hold };
        var (batch, problem) = Batches.Check(BatchSigner.Header(await SignAsync()), bodies, events);
        Assert.Equal(taken, batch is not null);
        Assert.Equal(!taken, problem?.Contains("event 2: its time lies", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Weights_ThatNoReaderTakes_AreNotSigned()
    {
        var header = BatchSigner.Header(await SignAsync());
        MeteredEvent With(params (Address Account, ulong Weight)[] rows) =>
            _events[1] with { Attribution = _events[1].Attribution! with { Weights = [.. rows.Select(row => new MeasuredWeight(row.Account, row.Weight, 0, 0))] } };
        Assert.Contains("event 1: the weight of", Check(header, [_events[0], With((World.Alice, 0)), _events[2]]).Problem, StringComparison.Ordinal);
        Assert.Contains("does not come after", Check(header, [_events[0], With((World.Alice, 1), (World.Alice, 1)), _events[2]]).Problem, StringComparison.Ordinal);
        Assert.Contains("does not come after", Check(header, [_events[0], With((Address.Zero, 1)), _events[2]]).Problem, StringComparison.Ordinal);
        Assert.Contains("event 0: a text has control characters", Check(header, [_events[0] with { Domain = "a\u0085" }, _events[1], _events[2]]).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_WithoutEvents_IsRefused() =>
        Assert.Contains("at least one event", Batches.Check(BatchSigner.Header(await SignAsync()), default, []).Problem, StringComparison.Ordinal);

    /// <summary>CloudEvents as the example for gateways sends them, through the reader of the intake.</summary>
    [Fact]
    public void Example_ForGateways_IsTakenAsItIsSent()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "batches.json")));
        var registry = Address.Parse(file.RootElement.GetProperty("registry").GetString()!);
        var check = new BatchCheck(TestNode.MakeOptions(Path.GetTempPath(), registry: registry), World.Provider);
        var rule = new HoldRule(new NodeState(), Options, new ManualTime());
        var readers = new UsageReaders(MappingSet.Empty, rule, new byte[32], World.ChainId);
        var batches = file.RootElement.GetProperty("batches").EnumerateArray().ToList();
        Assert.Equal(5, batches.Count);
        foreach (var batch in batches)
        {
            var body = System.Text.Encoding.UTF8.GetBytes(batch.GetProperty("events").GetRawText());
            var request = readers.Create();
            request.Begin(body, Address.Zero, signed: true);
            Assert.True(request.Read(body, UsageForm.Batch, null, []));
            Assert.Empty(request.Problems);
            var (signed, problem) = check.Check(batch.GetProperty("header").GetString()!, request.Bodies, request.ToAppended());
            Assert.Null(problem);
            Assert.Equal(batch.GetProperty("digest").GetString(), signed!.Digest.ToString());
        }
    }

    private static (SignedStatement? Signed, string? Problem) Check(string header, IReadOnlyList<MeteredEvent> events)
    {
        var (bodies, appended) = TestGateway.Encode(events);
        return Batches.Check(header, bodies, appended);
    }

    private ValueTask<SignedStatement> SignAsync() => _signer.SignAsync([.. _events.Select(e => e.ToBatched())], CancellationToken.None);
}
