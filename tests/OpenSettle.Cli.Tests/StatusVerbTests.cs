using OpenSettle.Cli.Screen;

namespace OpenSettle.Cli.Tests;

public sealed class StatusVerbTests : IAsyncLifetime
{
    private const string Status = """
        {"chainId":31337,"client":"builtin","chain":{"head":12345,"final":12330,"read":12345,"behind":0,"pendingPayments":0,
           "backfill":{"next":6000,"last":12330,"blocksPerSecond":410.5,"logsPerSecond":1.5,"secondsLeft":185}},
         "endpoints":[{"name":"a.example","state":"ok","latencyMilliseconds":12,"failures":0},{"name":"b.example","state":"failing","why":"\u001b[2Jno answer","failures":3}],
         "booksBlock":6000,"models":3,"payments":1200,"usageEvents":54321,"usage":{"position":9,"chain":"0x00","waiting":2,"conflicts":1},"activeEpoch":6,
         "latestEpoch":{"number":7,"attempt":0,"state":"proposed","readyAt":4102444800,"payments":12},
         "tokens":[{"token":"0x5FbDB2315678afecb367f032d93F642f64180aa3","symbol":"USDX","decimals":6,"received":"1234567890000","unswept":"34567890000","undivided":"200000000000","suspense":"0","owed":"500000000000","paid":"500000000000","balanced":true}],
         "transactions":[{"purpose":"propose 7","state":"sent","versions":1,"waits":"gas is 300 gwei"}],
         "sweeps":[{"token":"0x5FbDB2315678afecb367f032d93F642f64180aa3","amount":"5","models":2,"why":"not worth its gas yet"}],
         "drift":{"tokens":[]},"alerts":[{"name":"lag","message":"the chain stands","since":"2026-11-22T00:00:00+00:00"}],"pushes":{"refusingAccounts":2}}
        """;

    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Fact]
    public async Task Status_OfABusyNode_TellsAllOfItOnOneScreen()
    {
        Node.Answer("/api/v1/status", Status);
        var (code, output, errors) = await Node.RunAsync("status");
        Assert.Equal((0, string.Empty), (code, errors));
        string[] expected =
        [
            "ALERT     lag: the chain stands (since", "head 12,345, final 12,330 (15 behind the head), books 6,000 6,330 blocks behind", "48 %, 6,000 of 12,330, 410 blocks/s, 3 min 5 s left",
            "epoch 7 is proposed; its window ends 2100-01-01", "closed > built > signed > [proposed] > active > attested > pushed", "3 models, 1,200 payments, 54,321 usage events",
            "2 usage events: GET /api/v1/quarantine", "USDX      1,234,567.89 received", "█ 500,000 paid", "░ 34,567.89 waits at pay addresses", "propose 7 (sent): waits, gas is 300 gwei",
            "1 of 2 well, answers within 12 ms", "b.example is failing: \\u{1b}[2Jno answer", "2 accounts refused theirs",
        ];
        var text = string.Join(' ', output.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));
        Assert.All(expected, words => Assert.Contains(words, string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries)) + text, StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', output);
        Assert.All(output.ReplaceLineEndings("\n").Split('\n'), line => Assert.True(Inert.Width(line) <= Page.Columns || line.Contains("0x", StringComparison.Ordinal), line));
    }

    [Fact]
    public async Task Status_AsJson_IsTheNodesAnswer()
    {
        Node.Answer("/api/v1/status", Status);
        var (code, output, _) = await Node.RunAsync("status", "--json");
        Assert.Equal((0, Status), (code, output.TrimEnd()));
    }

    [Fact]
    public async Task Status_OfANodeThatHasNothingYet_IsToldTheSame()
    {
        Node.Answer("/api/v1/status", """{"chainId":1,"endpoints":[],"models":0,"payments":0,"usageEvents":0,"activeEpoch":0,"tokens":[],"transactions":[]}""");
        var (code, output, _) = await Node.RunAsync("status");
        Assert.Equal(0, code);
        Assert.Contains("not read yet", output, StringComparison.Ordinal);
        Assert.Contains("none yet", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"chainId":"x"}""")]
    [InlineData("[]")]
    public async Task Status_OfAnotherForm_IsNoNodes(string answer)
    {
        Node.Answer("/api/v1/status", answer);
        Assert.Equal((int)ExitCode.Api, (await Node.RunAsync("status")).Code);
    }

    [Fact]
    public async Task Watch_OfNoSeconds_IsRefused() => Assert.Equal((int)ExitCode.Usage, (await Node.RunAsync("status", "--watch", "0")).Code);
}
