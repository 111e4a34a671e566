using System.Text.Json;
using OpenSettle.Cli.Screen;

namespace OpenSettle.Cli.Tests;

public sealed class EarningsVerbTests : IAsyncLifetime
{
    private const string Account = "0x00000000000000000000000000000000000000A1";
    private const string Token = "0x00000000000000000000000000000000000000d0";
    private const string ModelId = "0x1111111111111111111111111111111111111111111111111111111111111111";
    private const string Parent = "0x2222222222222222222222222222222222222222222222222222222222222222";

    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Fact]
    public async Task Earnings_OnPaper_KeepClaimableWaitingAndPaidApart()
    {
        Node.Answer($"/api/v1/accounts/{Account.ToLowerInvariant()}/earnings", Earnings("USD"));
        var (code, output, errors) = await Node.RunAsync("earnings", Account);
        Assert.Equal((0, ""), (code, errors));
        Fits(output);
        Assert.Contains("claimable", output, StringComparison.Ordinal);
        Assert.Contains("12.5", output, StringComparison.Ordinal);
        Assert.Contains("until it is 1", output, StringComparison.Ordinal);
        Assert.Contains("in epoch 8, can be active from 2026-11-22", output, StringComparison.Ordinal);
        Assert.Matches("undivided +3 +.*estimate", output);
        Assert.Matches("not final +0.25 +.*estimate", output);
        Assert.Contains("#3", output, StringComparison.Ordinal);
        Assert.Contains("data, code", output, StringComparison.Ordinal);
        Assert.Contains("influence", output, StringComparison.Ordinal);
        Assert.Contains("epoch 7 ████", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Earnings_AsJson_AreWhatTheNodeGave()
    {
        var json = Earnings("USD");
        Node.Answer($"/api/v1/accounts/{Account.ToLowerInvariant()}/earnings", json);
        var (code, output, _) = await Node.RunAsync("earnings", Account, "--json");
        Assert.Equal((0, JsonDocument.Parse(json).RootElement.GetRawText()), (code, output.TrimEnd()));
    }

    [Fact]
    public async Task Earnings_OfStrangers_MoveNoCursor()
    {
        Node.Answer($"/api/v1/accounts/{Account.ToLowerInvariant()}/earnings", Earnings("U\\u001b[2J\\u202eD"));
        var (code, output, _) = await Node.RunAsync("earnings", Account);
        Assert.Equal(0, code);
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\u202e', output);
    }

    [Theory]
    [InlineData("earnings", "0x12")]
    [InlineData("why", "alice")]
    public async Task Account_ThatIsNone_IsAUsageError(string verb, string account)
    {
        var (code, _, errors) = await Node.RunAsync(verb, account);
        Assert.Equal(2, code);
        Assert.Contains("40 hexadecimal digits", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_OnPaper_IsATreeFromTheTotalToThePayments()
    {
        var path = $"/api/v1/accounts/{Account.ToLowerInvariant()}/why";
        Node.Answer(path, $$"""
            {"account":"{{Account}}","epoch":7,"root":"{{ModelId}}","bundle":"{{ModelId}}","tokens":[{"token":"{{Token}}","symbol":"USD","decimals":6,"earned":"37000000",
            "exact":{"fraction":"75000001/2","decimal":"37500000.5"},"rounding":{"fraction":"-1000001/2","decimal":"-500000.5"},"allModels":3,"usage":[{"model":"{{ModelId}}","events":9,"counted":7,"units":"1","methods":[{"method":"{{ModelId}}","events":7}]}],
            "models":[{"model":"{{ModelId}}","number":3,"payments":2,"money":"100000000","exact":{"fraction":"1","decimal":"37500000.5"},"groups":[{"group":"4-named","source":"named","splitVersion":2,"lineageVersion":1,"owner":"{{Account}}","payments":2,
            "money":"100000000","part":{"fraction":"3/8","decimal":"0.375"},"exact":{"fraction":"1","decimal":"37500000.5"},"moreReasons":false,"reasons":[
            {"path":[{"model":"{{ModelId}}","number":3},{"model":"{{Parent}}","number":1}],"kind":"row","role":"data","weight":"45","of":"100","part":{"fraction":"1","decimal":"1"},"exact":{"fraction":"1","decimal":"30000000"} },
            {"path":[{"model":"{{ModelId}}","number":3}],"kind":"direct","weight":"1073741824","of":"4294967296","part":{"fraction":"1","decimal":"1"},"exact":{"fraction":"1","decimal":"7500000.5"} }]}]}]}]}
            """);
        var (code, output, errors) = await Node.RunAsync("why", Account, "--epoch", "7");
        Assert.Equal((0, ""), (code, errors));
        Fits(output);
        Assert.Contains("earned 37 USD in epoch 7", output, StringComparison.Ordinal);
        Assert.Contains("exactly 37.5000005, and rounding -0.5000005", output, StringComparison.Ordinal);
        Assert.Contains("30 by the row data: 45 of 100, up #3 → #1", output, StringComparison.Ordinal);
        Assert.Contains("by influence on those uses: 25 %", output, StringComparison.Ordinal);
        Assert.Contains("and 2 models more", output, StringComparison.Ordinal);
        Assert.Contains("7 of 9 events count", output, StringComparison.Ordinal);
        Assert.Contains(Node.Asked, asked => asked == path + "?epoch=7&limit=20");
    }

    [Fact]
    public async Task Why_OfAnEpochThatIsNot_IsRefused()
    {
        var (code, _, errors) = await Node.RunAsync("why", Account, "--epoch", "99");
        Assert.Equal(6, code);
        Assert.Contains("opensettle epochs", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Epochs_OnPaper_AreATable_AndOneHasItsSteps()
    {
        const string Line = """
            {"number":7,"attempt":1,"state":"pushed","firstBlock":100,"lastBlock":2000,"payments":12,"usageEvents":3,"endedAt":1795176000,"activatedAt":1795176600,
            "revenue":[{"token":"0x00000000000000000000000000000000000000d0","symbol":"USD","decimals":6,"amount":"1250000"}],"cost":"1500000000000000"}
            """;
        Node.Answer("/api/v1/epochs/summary", $"{{\"activeEpoch\":7,\"next\":7,\"epochs\":[{Line}]}}");
        var (code, output, errors) = await Node.RunAsync("epochs");
        Assert.Equal((0, ""), (code, errors));
        Fits(output);
        Assert.Contains("1.25 USD", output, StringComparison.Ordinal);
        Assert.Contains("0.0015", output, StringComparison.Ordinal);
        Assert.Contains("--before 7", output, StringComparison.Ordinal);
        Node.Answer("/api/v1/epochs/7/details", $$"""
            {"epoch":{{Line}},"root":"{{ModelId}}","pushRoot":"{{ModelId}}","recordRoot":"{{ModelId}}","bundleHash":"{{ModelId}}","bundleUri":"https://bundles.example/7","revoked":false,"activatedBlock":2001,"models":2,
            "transactions":[{"purpose":"propose epoch 7.1","state":"done","hash":"{{Parent}}","nonce":4,"versions":1,"gas":210000,"cost":"1000000000000000"}],"pushes":{"paid":3,"refused":1},"vetoed":[{"attempt":0,"root":"{{Parent}}","at":1795176000}]}
            """);
        (code, output, errors) = await Node.RunAsync("epochs", "7");
        Assert.Equal((0, ""), (code, errors));
        Fits(output);
        Assert.Contains("propose epoch 7.1: done, 210000 gas, 0.001", output, StringComparison.Ordinal);
        Assert.Contains("3 paid, 1 refused", output, StringComparison.Ordinal);
        Assert.Contains("attempt 0", output, StringComparison.Ordinal);
        (code, _, errors) = await Node.RunAsync("epochs", "8");
        Assert.Equal(6, code);
        Assert.Contains("no epoch 8", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_OfAnotherForm_IsOneLineAndNoFault()
    {
        Node.Answer($"/api/v1/accounts/{Account.ToLowerInvariant()}/earnings", """{"tokens":[{"token":7}]}""");
        var (code, _, errors) = await Node.RunAsync("earnings", Account);
        Assert.Equal(5, code);
        Assert.Contains("does not know", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "--set-recipient", Account, "--pushes" }, "stands alone")]
    [InlineData(new[] { Account, "--for", Token, "--to", Account }, "only the sender's own")]
    [InlineData(new[] { "--to", "0x0000000000000000000000000000000000000000" }, "nobody")]
    [InlineData(new[] { "--for", "alice" }, "40 hexadecimal digits")]
    public async Task Claim_AskedWrongly_SaysWhatIsWrong(string[] arguments, string remedy)
    {
        var (code, _, errors) = await Node.RunAsync(["claim", .. arguments]);
        Assert.Equal(2, code);
        Assert.Contains(remedy, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_OfNumbers_HasTheirPointsBelowEachOther()
    {
        using var written = new StringWriter();
        new Table(new Column("who"), new Column("amount", Side.Point), new Column("why", Gives: true)).Add("a", "1.25", new string('x', 90)).Add("bb", "1000", "y").Add("c", "0.5", "z").Print(new Page(written, colours: false));
        var lines = written.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Fits(written.ToString());
        Assert.Equal(4, lines.Length);
        var point = lines[1].IndexOf('.', StringComparison.Ordinal);
        Assert.Equal((point, point), (lines[3].IndexOf('.', StringComparison.Ordinal), lines[2].IndexOf("1000", StringComparison.Ordinal) + 4));
        Assert.EndsWith("…", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Table_TooWideWithNothingToGive_IsPrintedAsLines()
    {
        using var written = new StringWriter();
        new Table(new Column("root"), new Column("hash")).Add(ModelId, Parent).Print(new Page(written, colours: false));
        Fits(written.ToString());
        Assert.Contains(ModelId, written.ToString(), StringComparison.Ordinal);
        Assert.Contains(Parent, written.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 8, 4, "·")]
    [InlineData(1, 1000, 4, "▏")]
    [InlineData(8, 8, 4, "████")]
    [InlineData(5, 8, 4, "██▌")]
    public void Bar_IsAsLongAsItsValue_AndNothingButZeroIsWithoutAMark(ulong value, ulong longest, int room, string expected) => Assert.Equal(expected, Bars.Of(value, longest, room));

    [Theory]
    [InlineData("37500000.5", "37.5000005")]
    [InlineData("-500000.5", "-0.5000005")]
    [InlineData("0", "0")]
    [InlineData("0.000001", "0.000000000001")]
    public void Exact_InWholeTokens_LosesNoDigit(string units, string expected) => Assert.Equal(expected, new Money(Token, "USD", 6).Exact(units));

    private static string Earnings(string symbol) => $$"""
        {"account":"{{Account}}","epoch":7,"block":1234,"tokens":[{"token":"{{Token}}","symbol":"{{symbol}}","decimals":6,"earned":"93500000","claimable":"12500000","belowLeaf":"500000","smallestLeaf":"1000000","pushWaiting":"5000000",
        "paid":{"total":"75500000","byClaim":"75000000","byPush":"500000"},"inWindow":{"epoch":8,"state":"proposed","amount":"4000000","payable":"4500000","readyAt":1795348800},"coming":{"final":"3000000","notFinal":"250000"} }],
        "models":[{"model":"{{ModelId}}","number":3,"token":"{{Token}}","by":"rows","roles":["data","code"],"earned":"90000000","epochs":2,"lastEpoch":7},{"model":"{{Parent}}","number":1,"token":"{{Token}}","by":"pool","roles":[],"earned":"3500000","epochs":1,"lastEpoch":6}],
        "series":[{"epoch":6,"time":1795176000,"token":"{{Token}}","earned":"3500000"},{"epoch":7,"time":1795176600,"token":"{{Token}}","earned":"90000000"}],"entries":[]}
        """;

    private static void Fits(string output) => Assert.All(output.Split('\n'), line => Assert.True(Inert.Width(line.TrimEnd()) <= Page.Columns, line));
}
