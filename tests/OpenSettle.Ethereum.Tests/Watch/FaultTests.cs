using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>
/// What endpoints do wrong, between the watcher and a real node: each time the journal stays as it was, or goes on rightly, and
/// it has the whole chain once the fault is over.
/// </summary>
[Trait("Category", "Anvil")]
public sealed class FaultTests : IAsyncLifetime, IDisposable
{
    private const string Blocks = "eth_getBlockByNumber";
    private const string Logs = "eth_getLogs";
    private const string Receipts = "eth_getBlockReceipts";

    private AnvilChain? _chain;
    private FaultProxy? _proxy;

    private AnvilChain Chain => _chain ?? throw new InvalidOperationException("The chain is not there yet.");

    private FaultProxy Proxy => _proxy ?? throw new InvalidOperationException("The proxy is not there yet.");

    public static TheoryData<string, string, string, ChainErrorKind> Refused => new()
    {
        // What comes, over which way of reading, in answer to what; and what it is called.
        { "null", "filters", Logs, ChainErrorKind.BadReply },
        { "null", "second", Logs, ChainErrorKind.BadReply },
        { "null", "receipts", Receipts, ChainErrorKind.UnknownBlock },
        { "null", "bloom", Logs, ChainErrorKind.BadReply },
        { "null", "receipts", Blocks, ChainErrorKind.BadReply },
        { "no list", "filters", Logs, ChainErrorKind.BadReply },
        { "empty", "receipts", Receipts, ChainErrorKind.BadReply },
        { "empty", "bloom", Logs, ChainErrorKind.BadReply },
        { "cut", "filters", Logs, ChainErrorKind.Unreachable },
        { "cut", "receipts", Receipts, ChainErrorKind.Unreachable },
        { "cut", "receipts", Blocks, ChainErrorKind.Unreachable },
        { "one missing", "receipts", Receipts, ChainErrorKind.BadReply },
        { "doubled", "filters", Logs, ChainErrorKind.BadReply },
        { "doubled", "bloom", Logs, ChainErrorKind.BadReply },
        { "doubled", "receipts", Receipts, ChainErrorKind.BadReply },
        { "reversed", "filters", Logs, ChainErrorKind.BadReply },
        { "reversed", "bloom", Logs, ChainErrorKind.BadReply },
        { "another log", "receipts", Receipts, ChainErrorKind.BadReply },
        { "429", "receipts", Blocks, ChainErrorKind.RateLimited },
        { "429", "filters", Logs, ChainErrorKind.RateLimited },
        { "reset", "receipts", Blocks, ChainErrorKind.Unreachable },
        { "reset", "receipts", Receipts, ChainErrorKind.Unreachable },
        { "reset after", "filters", Logs, ChainErrorKind.Unreachable },
        { "502", "receipts", Receipts, ChainErrorKind.Unreachable },
    };

    public async Task InitializeAsync()
    {
        _chain = await AnvilChain.StartAsync(new Random(5), slots: 8);
        _proxy = new FaultProxy(_chain.Node.Endpoint);
        await _chain.MineAsync(60);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _proxy?.Dispose();
        _chain?.Dispose();
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Backfill_WithAFault_IsRefusedByNameAndChangesNothing(string fault, string source, string method, ChainErrorKind kind)
    {
        using var watch = Watch(source);
        // Some of it is there already.
        await watch.StepAsync();
        await RequireRefusedAsync(watch, fault, method, kind);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Tip_WithAFault_IsRefusedByNameAndChangesNothing(string fault, string source, string method, ChainErrorKind kind)
    {
        using var watch = Watch(source);
        await watch.SettleAsync();
        await Chain.MineAsync(6);
        // What became final meanwhile needs no reading, and comes first.
        Assert.Equal(WatchStage.Finalized, (await watch.StepAsync()).Stage);
        await RequireRefusedAsync(watch, fault, method, kind);
    }

    [Fact]
    public async Task Step_WithAStaleHead_TakesNothingBack()
    {
        using var watch = Watch("receipts");
        await watch.SettleAsync();
        var journal = watch.Journal.Describe();
        foreach (var behind in (ulong[])[1, 5, 15, 16, 20, 50])
        {
            Proxy.HoldBack = behind;
            var report = await watch.StepAsync();
            Assert.Equal((WatchStage.Idle, behind), (report.Stage, report.Behind));
            Assert.Equal(journal, watch.Journal.Describe());
        }

        await RequireWholeAfterwardsAsync(watch);
    }

    [Fact]
    public async Task Step_WithHeadersOfAnotherFork_ChangesNothing()
    {
        using var watch = Watch("receipts");
        await watch.SettleAsync();
        var last = Assert.NotNull(watch.Journal.Position().Last);
        var old = await HeadersAsync(last.Number - 9, last.Number);
        await Chain.ReorganiseAsync(10);
        var journal = watch.Journal.Describe();
        // The head is of the new fork; below it come headers of the old one, of the new one, and of the old one again.
        Proxy.Rule = call => call.Method == Blocks && old.TryGetValue(call.First, out var header) && header.Number % 3 != 0
            ? Fault.Change(_ => header.Json.DeepClone())
            : null;
        var refused = await Assert.ThrowsAsync<ChainException>(watch.StepAsync);
        Assert.Equal(ChainErrorKind.BadReply, refused.Kind);
        Assert.Equal(journal, watch.Journal.Describe());
        await RequireWholeAfterwardsAsync(watch);
    }

    [Fact]
    public async Task Step_WithAHeadOfAnotherForkAndNothingElseOfIt_ChangesNothing()
    {
        using var watch = Watch("receipts");
        await watch.SettleAsync();
        var last = Assert.NotNull(watch.Journal.Position().Last);
        await Chain.ReorganiseAsync(3);
        var other = JsonNode.Parse((await Chain.Node.CallAsync(Blocks, "latest", false)).GetRawText()) ?? throw new InvalidOperationException("The node has no head.");
        await Chain.ReorganiseAsync(3);
        await watch.SettleAsync();
        var journal = watch.Journal.Describe();
        Proxy.Rule = call => call is { Method: Blocks, First: "latest" } ? Fault.Change(_ => other.DeepClone()) : null;
        var refused = await Assert.ThrowsAsync<ChainException>(watch.StepAsync);
        Assert.Contains($"block {last.Number} is on two branches at once", refused.Message, StringComparison.Ordinal);
        Assert.Equal(journal, watch.Journal.Describe());
        await RequireWholeAfterwardsAsync(watch);
    }

    [Theory]
    [InlineData("receipts")]
    [InlineData("filters")]
    public async Task Step_WithAnEndpointThatDrips_IsComplete(string source)
    {
        using var watch = Watch(source);
        Proxy.On(Blocks, Fault.Drip()).On(Logs, Fault.Drip()).On(Receipts, Fault.Drip());
        await watch.SettleAsync();
        await watch.RequireWholeAsync();
    }

    [Fact]
    public async Task Step_WithABoundOnRanges_IsCompleteInSmallerOnes()
    {
        using var watch = Watch("filters");
        var refused = 0;
        Proxy.Rule = call =>
        {
            if (call.Method != Logs || call.Parameters[0] is not JsonObject filter || Number(filter["toBlock"]) - Number(filter["fromBlock"]) < 3) return null;
            refused++;
            return Fault.Error(-32005, "query returned more than 10000 results");
        };
        await watch.SettleAsync();
        // Eight blocks and four, on the way down; and not again for each range.
        Assert.Equal(2, refused);
        await RequireWholeAfterwardsAsync(watch);
    }

    [Fact]
    public async Task Step_AskedToWait_SaysForHowLong()
    {
        using var watch = Watch("receipts");
        Proxy.On(Blocks, Fault.TooMany(30));
        var refused = await Assert.ThrowsAsync<ChainException>(watch.StepAsync);
        Assert.Equal((ChainErrorKind.RateLimited, TimeSpan.FromSeconds(30)), (refused.Kind, refused.RetryAfter));
        await RequireWholeAfterwardsAsync(watch);
    }

    private static ulong Number(JsonNode? quantity) => Convert.ToUInt64(quantity?.GetValue<string>(), 16);

    private AnvilWatch Watch(string source) => new(Proxy.Endpoint, source, new WatchOptions { FirstBlock = 1, StartBlocks = 8, MostBlocks = 8, StepTime = TimeSpan.Zero });

    private async Task RequireRefusedAsync(AnvilWatch watch, string fault, string method, ChainErrorKind kind)
    {
        var journal = watch.Journal.Describe();
        Proxy.On(method, Named(fault));
        for (var i = 0; i < 3; i++)
        {
            var refused = await Assert.ThrowsAsync<ChainException>(watch.StepAsync);
            Assert.Equal((kind, true), (refused.Kind, refused.IsTransient));
            Assert.Equal(journal, watch.Journal.Describe());
        }

        await RequireWholeAfterwardsAsync(watch);
    }

    private async Task RequireWholeAfterwardsAsync(AnvilWatch watch)
    {
        Proxy.Heal();
        await watch.SettleAsync();
        await watch.RequireWholeAsync();
    }

    private static Fault Named(string fault) => fault switch
    {
        "null" => Fault.Null,
        "no list" => Fault.Change(static _ => new JsonObject()),
        "empty" => Fault.Empty,
        "cut" => Fault.Cut,
        "one missing" => Fault.LastMissing,
        "doubled" => Fault.Doubled,
        "reversed" => Fault.Reversed,
        "another log" => Fault.Change(ChangeALog),
        "429" => Fault.TooMany(),
        "reset" => Fault.Reset,
        "reset after" => Fault.ResetAfter,
        "502" => Fault.Status(502),
        _ => throw new ArgumentException($"There is no fault '{fault}'.", nameof(fault)),
    };

    /// <summary>The data of a receipt's first log are other ones: an amount, for instance.</summary>
    private static JsonNode? ChangeALog(JsonNode? result)
    {
        foreach (var receipt in result as JsonArray ?? [])
        {
            if (receipt?["logs"] is JsonArray { Count: > 0 } logs && logs[0] is JsonObject log) log["data"] = "0x01";
        }

        return result;
    }

    private async Task<Dictionary<string, (ulong Number, JsonNode Json)>> HeadersAsync(ulong first, ulong last)
    {
        var headers = new Dictionary<string, (ulong, JsonNode)>(StringComparer.Ordinal);
        for (var number = first; number <= last; number++)
        {
            var header = await Chain.Node.CallAsync(Blocks, $"0x{number:x}", false);
            headers.Add($"0x{number:x}", (number, JsonNode.Parse(header.GetRawText()) ?? throw new InvalidOperationException($"There is no block {number}.")));
        }

        return headers;
    }
}
