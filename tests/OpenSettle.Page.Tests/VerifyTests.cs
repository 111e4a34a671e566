using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OpenSettle.Page.Tests.Harness;

namespace OpenSettle.Page.Tests;

/// <summary>The reader's browser holds what the node says of a model against the chain: it is green, and red whatever the node lies about.</summary>
[Collection(PageCollection.Name)]
public sealed partial class VerifyTests(PageStage stage)
{
    [Fact]
    public Task Check_OfAnHonestNode_HoldsInAllItLooksAt() => stage.VisitAsync(async visit =>
    {
        var told = await CheckAsync(visit);
        Assert.True(told.Holds >= 15 && told.Differs == 0, $"{told.Holds} hold, {told.Differs} differ: {told.Text}");
        // Each kind of thing was among them.
        foreach (var group in (string[])["Contracts", "Registry", "Document", "Records", "Attestations", "Figures"]) Assert.Contains($"{group}: ", told.Text, StringComparison.Ordinal);
        Assert.Equal(0, await visit.Page.Locator(".verify-bad").CountAsync());
        await visit.LooksAsync("model-verified");
    });

    [Theory]
    [InlineData("owner", "Registry: Owner")]
    [InlineData("weights", "Registry: Digest of its weights")]
    [InlineData("status", "Registry: Status")]
    [InlineData("listed record", "Records: Epoch 2")]
    [InlineData("record's path", "Records: Epoch 2")]
    [InlineData("record root", "Records: Epoch 2")]
    [InlineData("epoch's root", "Records: Epoch 2")]
    [InlineData("epoch's bundle", "Records: Epoch 2")]
    [InlineData("attester", "Attestations: ")]
    [InlineData("what is attested", "Attestations: ")]
    [InlineData("uses", "Figures: ")]
    [InlineData("revenue", "Figures: ")]
    [InlineData("document", "Document: ")]
    public Task Check_OfANodeThatLies_TurnsRedAndSaysWhere(string about, string where) => stage.VisitAsync(async visit =>
    {
        var lie = await LieAsync(visit.Page, about);
        var told = await CheckAsync(visit);
        Assert.True(lie.Told > 0, "The lie was never told.");
        Assert.True(told.Differs > 0, $"Nothing differs: {told.Text}");
        Assert.Contains(told.Lines, line => line.StartsWith("Differs", StringComparison.Ordinal) && line.Contains(where, StringComparison.Ordinal));
        // In words, and not in colour alone; before all that the page says of the model.
        Assert.Equal("Something differs: do not rely on this page", await visit.Page.Locator("main h2").First.InnerTextAsync());
        await Assertions.Expect(visit.Page.Locator(".verify-bad [role=alert]")).ToContainTextAsync("differ");
        if (about == "uses") await visit.LooksAsync("model-lie");
    });

    [Fact]
    public Task Check_WithNobodyToAskForTheChain_SaysSoAndIsNotGreen() => stage.VisitAsync(async visit =>
    {
        await visit.Page.RouteAsync($"**/models/{stage.Tune.Id}", async route =>
        {
            var response = await route.FetchAsync();
            var body = (await response.TextAsync()).Replace($"content=\"{stage.Chain.Rpc}\"", "content=\"\"", StringComparison.Ordinal);
            await route.FulfillAsync(new RouteFulfillOptions { Response = response, Body = body });
        });
        var told = await CheckAsync(visit);
        Assert.Equal(0, told.Differs);
        Assert.Contains(told.Lines, line => line.StartsWith("Not checked", StringComparison.Ordinal) && line.Contains("Contracts: Chain", StringComparison.Ordinal));
        Assert.Equal(0, await visit.Page.Locator(".verify-good").CountAsync());
    });

    private Task<Lie> LieAsync(IPage page, string about)
    {
        var model = stage.Tune.Id;
        return about switch
        {
            "owner" => Passport(passport => Set(passport, "owner", stage.Cast.Ben.Address.ToChecksumString())),
            "weights" => Passport(passport => Set(passport, "identityHash", $"0x{new string('1', 64)}")),
            "status" => Passport(passport => Set(passport, "status", "salvage")),
            "attester" => Passport(passport => Set(First(passport, "attestations"), "attester", stage.Cast.Ben.Address.ToChecksumString())),
            "what is attested" => Passport(passport => passport["attestations"]?.AsArray().Sum(one => Lies.SetTexts(one?["says"], Values, "0.990000")) ?? 0),
            "uses" => Passport(passport => Figure(passport, "usage.uses")),
            "revenue" => Passport(passport => Figure(passport, "revenue.settled")),
            "document" => page.TellAsync("**/api/v1/documents/**", document => Set(document["document"] is JsonObject inner ? inner : document, "name", "Something better")),
            "listed record" => page.TellAsync(
                $"**/api/v1/models/{model}/records{{,?*}}", list => (list as JsonArray ?? list["records"]?.AsArray())?.Sum(record => record?["epoch"]?.GetValue<ulong>() == 2 ? More(record, "uses") : 0) ?? 0),
            "record's path" => Record(proof => SetItem(proof["proof"], 0)),
            "record root" => Record(proof => Set(proof["epoch"], "recordRoot", $"0x{new string('2', 64)}")),
            "epoch's root" => Record(proof => Set(proof["epoch"], "root", $"0x{new string('3', 64)}")),
            "epoch's bundle" => Record(proof => Set(proof["epoch"], "bundleHash", $"0x{new string('4', 64)}")),
            _ => throw new ArgumentOutOfRangeException(nameof(about), about, "no such lie"),
        };

        Task<Lie> Passport(Func<JsonNode, int> change) => page.TellAsync($"**/api/v1/models/{model}/passport{{,?*}}", change);
        Task<Lie> Record(Func<JsonNode, int> change) => page.TellAsync($"**/api/v1/models/{model}/records/2", change);
    }

    private static readonly HashSet<string> Values = new(["value"], StringComparer.Ordinal);

    private static JsonNode? First(JsonNode node, string list) => node[list]?[0];

    private static int Set(JsonNode? node, string name, string text)
    {
        if (node is not JsonObject members || members[name] is not { } before || before.ToString() == text) return 0;
        members[name] = text;
        return 1;
    }

    private static int SetItem(JsonNode? list, int index)
    {
        if (list is not JsonArray array || array.Count <= index) return 0;
        array[index] = $"0x{new string('5', 64)}";
        return 1;
    }

    private static int More(JsonNode record, string name)
    {
        record[name] = record[name]?.GetValueKind() == System.Text.Json.JsonValueKind.String
            ? (UInt128.Parse(record[name]?.ToString() ?? "0", CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture)
            : (record[name]?.GetValue<ulong>() ?? 0) + 1;
        return 1;
    }

    private static int Figure(JsonNode passport, string id) => passport["figures"]?.AsArray().Sum(figure => figure?["id"]?.ToString() == id && figure["value"] is not null ? More(figure, "value") : 0) ?? 0;

    private async Task<(int Holds, int Differs, int Unchecked, string Text, IReadOnlyList<string> Lines)> CheckAsync(Visit visit)
    {
        await visit.OpenAsync($"models/{stage.Tune.Id}");
        await visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check now" }).ClickAsync();
        var sum = visit.Page.Locator(".verify-sum");
        await Assertions.Expect(sum).ToContainTextAsync(Counts(), new LocatorAssertionsToContainTextOptions { Timeout = 15_000 });
        var counts = Counts().Match(await sum.InnerTextAsync());
        await visit.Page.Locator(".verify .checks").EvaluateAllAsync<int>("(lists) => { for (const list of lists) list.open = true; return lists.length; }");
        var lines = await visit.Page.Locator(".verify .check-list li").EvaluateAllAsync<string[]>("(items) => items.map((item) => item.textContent)");
        return (Number("holds"), Number("differs"), Number("unchecked"), string.Join('\n', lines), lines);

        int Number(string group) => int.Parse(counts.Groups[group].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"(?<holds>[\d,]+) hold, (?<differs>[\d,]+) differ, (?<unchecked>[\d,]+) could not be checked", RegexOptions.None, 1000)]
    private static partial Regex Counts();
}
