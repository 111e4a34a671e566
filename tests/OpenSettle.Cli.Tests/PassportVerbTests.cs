using System.Globalization;
using System.Text;
using OpenSettle.Cli.Screen;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Passports;

namespace OpenSettle.Cli.Tests;

public sealed class PassportVerbTests : IAsyncLifetime
{
    private static readonly Address Dollar = Address.Parse("0x00000000000000000000000000000000000000d0");

    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Fact]
    public async Task Passport_OnPaper_SaysFirstWhatTheModelIsGoodFor()
    {
        var file = Plain();
        Node.Answer(file);
        var (code, output, errors) = await Node.RunAsync("passport", file.Passport.Model.ToString());
        Assert.Equal((0, ""), (code, errors));
        Fits(output);
        InOrder(output, "Contracts 7B", "Still good for", "nda-review: right in 0.790 to 0.922 of cases", "87 of 100 by judged uses that were paid for", "Look out", "self-payment", "Figures", "insufficient data (n 12 of 30)", "0.0000123456 USDC", "1,234.5 USDC", "= on chain", "+ attested");
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passport_AsJson_IsWhatTheNodeGave()
    {
        var file = Plain();
        Node.Answer(file);
        var (code, output, _) = await Node.RunAsync("passport", file.Passport.Model.ToString(), "--json");
        Assert.Equal(0, code);
        Alike.Require(file, PassportJson.Read(Encoding.UTF8.GetBytes(output.TrimEnd())));
    }

    [Fact]
    public async Task Figure_Asked_IsShownWithItsSeriesAndQuery()
    {
        var file = Plain();
        Node.Answer(file);
        var id = file.Passport.Model.ToString();
        var (code, output, _) = await Node.RunAsync("passport", id, "--figure", "revenue.settled:USDC");
        Assert.Equal(0, code);
        Fits(output);
        Assert.Contains("recompute: opensettle passport", output, StringComparison.Ordinal);
        Assert.Contains("1,234.5 USDC", output, StringComparison.Ordinal);
        Assert.Contains("2026-11-16", output, StringComparison.Ordinal);
        var (refused, _, errors) = await Node.RunAsync("passport", id, "--figure", "revenue.setled");
        Assert.Equal(2, refused);
        Assert.Contains("It has concentration.hhi, price.perUse, revenue.settled", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passports_OfStrangers_AreInertAndFitTheScreen()
    {
        var random = new RandomPassports(80);
        for (var i = 0; i < 150; i++)
        {
            var file = random.Next();
            Node.Answer(file);
            var (code, output, errors) = await Node.RunAsync("passport", file.Passport.Model.ToString());
            Assert.Equal((0, ""), (code, errors));
            Fits(output);
            Node.Answers.Clear();
        }
    }

    [Fact]
    public async Task Models_NamedByNumberOrPrefix_AreFoundWhereThatIsOne()
    {
        var file = Plain();
        Node.Answer(file);
        var id = file.Passport.Model.ToString();
        var near = id[..12] + new string('9', 54);
        Node.Answer("/api/v1/models", $$"""[{"id":"{{id}}","number":3},{"id":"{{near}}","number":4}]""");
        foreach (var name in new[] { "#3", "3", id[..14], id[2..14].ToUpperInvariant(), id })
            Assert.Equal(0, (await Node.RunAsync("passport", name, "--json")).Code);
        var (code, _, errors) = await Node.RunAsync("passport", id[..12]);
        Assert.Equal(6, code);
        Assert.Contains("begins the ids of 2 models", errors, StringComparison.Ordinal);
        Assert.Equal(6, (await Node.RunAsync("passport", "#9")).Code);
        foreach (var wrong in new[] { "0x12", "contracts", "#", "0xzz34567890", "" }) Assert.Equal(2, (await Node.RunAsync("passport", wrong)).Code);
    }

    [Fact]
    public async Task Answers_ThatAreNoPassport_AreToldAsTheNodesFault()
    {
        var file = Plain();
        var path = $"/api/v1/models/{file.Passport.Model}/passport";
        foreach (var answer in new[] { "", "{}", "[]", "{\"format\":\"opensettle-passport/2\"}", Encoding.UTF8.GetString(PassportJson.Write(file)).Replace("\"asOf\"", "\"asof\"", StringComparison.Ordinal) })
        {
            Node.Answer(path, answer);
            var (code, _, errors) = await Node.RunAsync("passport", file.Passport.Model.ToString());
            Assert.Equal(5, code);
            Assert.Contains("passport cannot be read", errors, StringComparison.Ordinal);
        }

        Node.Answers[path] = (200, PassportJson.Write(file with { Passport = file.Passport with { Model = new ModelId(Keccak256.HashText("other")) } }));
        Assert.Equal(5, (await Node.RunAsync("passport", file.Passport.Model.ToString())).Code);
        Node.Answer(path, """{"title":"Bad\u001b[31m","detail":"block"}""", 400);
        var refused = await Node.RunAsync("passport", file.Passport.Model.ToString());
        Assert.Equal(6, refused.Code);
        Assert.DoesNotContain("\u001b", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_TwoModels_ShowsBothSides()
    {
        var (a, b) = (Plain(), Plain("other"));
        b = b with { Passport = b.Passport with { Domains = [], Figures = [.. b.Passport.Figures.Take(1)] } };
        Node.Answer(a);
        Node.Answer(b);
        var (code, output, _) = await Node.RunAsync("compare", a.Passport.Model.ToString(), b.Passport.Model.ToString());
        Assert.Equal(0, code);
        Fits(output);
        InOrder(output, "A: #3", "B: #3", "nda-review", "A 0.790 to 0.922", "B –", "revenue.settled USDC", "A = 1,234.5 USDC", "B –");
        Assert.Contains(Node.Asked, asked => asked.EndsWith("?block=" + a.Passport.AsOf.Number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        Assert.Equal(2, (await Node.RunAsync("compare", a.Passport.Model.ToString(), a.Passport.Model.ToString())).Code);
    }

    [Fact]
    public async Task Export_ToEachForm_WritesItAndTellsWhatIsLeftOut()
    {
        var file = Plain();
        Node.Answer(file);
        var id = file.Passport.Model.ToString();
        foreach (var format in PassportExports.Formats)
        {
            var (code, output, errors) = await Node.RunAsync("export", id, "--format", format);
            Assert.Equal(0, code);
            Assert.Equal(Encoding.UTF8.GetString(PassportExports.Write(file, format).Content), output);
            Assert.Equal(format != "json", errors.Contains("left out:", StringComparison.Ordinal));
        }

        Assert.Equal(2, (await Node.RunAsync("export", id, "--format", "pdf")).Code);
        var path = Path.GetTempFileName();
        Assert.Equal(2, (await Node.RunAsync("export", id, "--format", "csv", "--out", path)).Code);
        File.Delete(path);
        Assert.Equal(0, (await Node.RunAsync("export", id, "--format", "csv", "--out", path)).Code);
        Assert.Equal(PassportExports.Write(file, "csv").Content, await File.ReadAllBytesAsync(path));
        File.Delete(path);
    }

    [Fact]
    public async Task Permissions_AskedOrListed_AreToldInWords()
    {
        var file = Plain();
        var use = RoleText.ToWord("commercial") ?? default;
        file = file with { Passport = file.Passport with { Permissions = [new StatedPermission(Address.Zero, use, 3, 1_800_000_000, Keccak256.HashText("t"), "https://x.org/\u202Egnp", null)] } };
        Node.Answer(file);
        var id = file.Passport.Model.ToString();
        var (code, output, _) = await Node.RunAsync("permissions", id);
        Assert.Equal(0, code);
        Fits(output);
        Assert.Contains("commercial: allowed under terms, for anybody", output, StringComparison.Ordinal);
        Assert.Contains("until 2027-01-15 08:00 UTC; by the registry's own word", output, StringComparison.Ordinal);
        Node.Answer($"/api/v1/models/{id}/permissions", """{"answer":"notAllowed","source":"attestation","attestation":"0x12","asOf":{"block":7,"time":9}}""");
        (code, output, _) = await Node.RunAsync("permissions", id, "--use", "commercial", "--account", Dollar.ToChecksumString());
        Assert.Equal(0, code);
        Assert.Contains("commercial: not allowed", output, StringComparison.Ordinal);
        Assert.Contains(Node.Asked, asked => asked.Contains($"account={Dollar.ToChecksumString()}&use=commercial", StringComparison.Ordinal));
        Assert.Equal(2, (await Node.RunAsync("permissions", id, "--use", new string('x', 33))).Code);
        Assert.Equal(2, (await Node.RunAsync("permissions", id, "--account", "0x1")).Code);
    }

    [Fact]
    public async Task Lineage_OfADiamond_IsATreeThatSaysEachFlowOnce()
    {
        var file = Plain();
        Node.Answer(file);
        string Id(string name) => Keccak256.HashText(name).ToString();
        Node.Answer($"/api/v1/models/{file.Passport.Model}/lineage", $$"""
            {"model":"{{file.Passport.Model}}","number":3,"asOf":{"block":1,"time":1},"parents":[{"model":"{{Id("a")}}","number":1,"share":250000},{"model":"{{Id("b")}}","number":2,"share":1}],
             "ancestors":[{"model":"{{Id("a")}}","number":1,"depth":1,"shareMillionths":250000,"parents":[],"flowed":[{"token":"{{Dollar}}","amount":"5000000"}]},
              {"model":"{{Id("b")}}","number":2,"depth":1,"shareMillionths":1,"parents":[{"model":"{{Id("a")}}","share":1000000}],"flowed":[]}],
             "children":[{"model":"{{Id("c")}}","number":9,"share":500000}]}
            """);
        var (code, output, _) = await Node.RunAsync("lineage", file.Passport.Model.ToString());
        Assert.Equal(0, code);
        Fits(output);
        InOrder(output, "> #1", "gets 25 % of what reaches the model; got 5 USDC", "> #2", "0.0001 %", "> #1", "100 %", "< #9");
        Assert.Single(output.Split("got 5 USDC")[1..]);
    }

    [Fact]
    public async Task Find_Asked_ListsWhatTheNodeFound()
    {
        Node.Answer("/api/v1/status", $$"""{"tokens":[{"token":"{{Dollar}}","symbol":"USDC","decimals":6}]}""");
        Node.Answer("/api/v1/find", $$"""
            {"asOf":{"block":1,"time":2},"items":[{"model":"{{Keccak256.HashText("m")}}","number":12,"name":"Evil \u202ename\u001b[2J","domain":"nda-review","basis":"paidUsage","successes":"87","trials":"100",
             "low":"0.790196","high":"0.922428","price":"1250.500000","token":"{{Dollar}}","status":"active","flags":["concentrated"]}],"next":"790196.12"}
            """);
        var (code, output, _) = await Node.RunAsync("find", "--domain", "nda review", "--min-n", "100", "--lower-bound", "0.75", "--max-price", "0.01", "--token", Dollar.ToString());
        Assert.Equal(0, code);
        Fits(output);
        InOrder(output, "#12 Evil", "nda-review: 0.790 to 0.922 (87 of 100 by paid uses)", "0.0012505 USDC a use", "look out: concentrated", "--after 790196.12");
        Assert.Contains(Node.Asked, asked => asked.StartsWith("/api/v1/find?domain=nda%20review&minN=100&lowerBound=0.75&maxPrice=0.01&token=0x", StringComparison.Ordinal));
        foreach (var wrong in new[] { new[] { "--lower-bound", "1.5" }, ["--lower-bound", "x"], ["--max-price", "1"], ["--limit", "0"], ["--token", "usdc"] })
            Assert.Equal(2, (await Node.RunAsync(["find", "--domain", "d", .. wrong])).Code);
    }

    /// <summary>80 columns, and nothing that moves the cursor or hides.</summary>
    private static void Fits(string output)
    {
        foreach (var line in output.ReplaceLineEndings("\n").Split('\n'))
        {
            Assert.True(Inert.Width(line) <= Page.Columns, $"{Inert.Width(line)} columns: {line}");
            Assert.DoesNotContain(line, c => char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
        }
    }

    private static void InOrder(string text, params string[] parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is not where it should be in:\n{text}");
            at = found + part.Length;
        }
    }

    private static PassportFile Plain(string name = "plain")
    {
        var token = Dollar.ToString();
        var passport = new Passport(
            "1", 31337, new ModelId(Keccak256.HashText(name)), new BlockPoint(1234, 1_763_640_000), 12, Dollar, Dollar, Keccak256.HashText("weights"), 0, false, Keccak256.HashText("doc"), "",
            [new DomainStanding(Keccak256.HashText("d"), "nda-review", DomainBasis.PaidUsage, 87, 100, "0.790196", "0.922428")],
            [
                new Figure("concentration.hhi", token, FigureState.Insufficient, null, null, null, 12, 30, FigureLevel.OnChain, 1, 2, [], null),
                new Figure("price.perUse", token, FigureState.Known, "12.345600", null, null, 12, 1, FigureLevel.Attested, 1, 2, [], null),
                new Figure("revenue.settled", token, FigureState.Known, "1234500000", null, null, 12, 1, FigureLevel.OnChain, 1, 2, [new FigurePoint("2026-11-16", "5000000", 2)], "A note."),
            ],
            [new PassportFlag("self-payment", token, "An owner pays itself.")], [], [], [], []);
        return new PassportFile(passport, 3, [new TokenName(Dollar, "USDC", 6)], new ModelDocument { Name = "Contracts 7B", Description = "Reviews." });
    }
}
