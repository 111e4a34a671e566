using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Page.Tests.Harness;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Page.Tests;

/// <summary>Whoever registers a model writes texts that everybody sees. They do nothing, they hide nothing, and they break no layout.</summary>
[Collection(PageCollection.Name)]
public sealed class HostileTests(PageStage stage)
{
    // What turns the eye comes first: headings show eighty letters.
    private const string Name = "\u202Egnp.evil\u202C\u200Bz\u0301\u0302\u0303\u0304\u0305\u0306\u0307<script>window.hostile='name'</script><img src=x onerror=\"window.hostile='name'\">";
    private const string Prose = "'\"><svg onload=window.hostile='prose'><a href=\"javascript:window.hostile='link'\">x</a> \u2066tfel\u2069 {{7*7}} ${7*7} &lt;b&gt;";
    private const string Domain = "<img src=x onerror=window.hostile='domain'>\u202Eniamod";

    private static readonly HashSet<string> Texts = new(["name", "description", "limitations", "uri", "domain", "metadataUri", "license", "task"], StringComparer.Ordinal);

    [Fact]
    public async Task Model_WhoseTextsAreMarkupAndTurnTheEye_IsShownAsWhatItIs()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var model = await RegisterAsync(limit.Token);
        var domain = Uri.EscapeDataString(Domain);
        foreach (var path in (string[])["models", $"models/{model.Id}", $"compare?a={model.Id}&b={stage.Tune.Id}", $"find?domain={domain}", $"search?q={Uri.EscapeDataString("<img src=x onerror=window.hostile='q'>\u202E")}", $"accounts/{stage.Cast.Iris.Address}"])
        {
            await stage.VisitAsync(async visit =>
            {
                await visit.OpenAsync(path);
                await InertAsync(visit);
                await visit.FitsAsync(320, 1280);
                await visit.AccessibleAsync($"hostile texts at {path}");
                if (path != $"models/{model.Id}") return;
                var text = await visit.Page.Locator("main").InnerTextAsync();
                Assert.Contains("‹U+202E›", text, StringComparison.Ordinal);
                Assert.Contains("<script>window.hostile='name'</script>", text, StringComparison.Ordinal);
                await visit.ShotAsync("hostile-model");
            });
        }
    }

    [Theory]
    [InlineData("models")]
    [InlineData("model")]
    [InlineData("compare")]
    [InlineData("find")]
    public Task Texts_OfAHundredThousandLetters_BreakNoLayout(string page) => stage.VisitAsync(async visit =>
    {
        var path = page switch
        {
            "model" => $"models/{stage.Tune.Id}",
            "compare" => $"compare?a={stage.Tune.Id}&b={stage.Base.Id}",
            "find" => "find?domain=nda-review",
            _ => page,
        };
        var lie = await visit.Page.TellAsync("**/api/v1/{models,find,compare}**", answer => Lies.SetTexts(answer, Texts, new string('W', 100_000)));
        await visit.OpenAsync(path);
        Assert.True(lie.Told > 0, "No answer had a text to make longer.");
        await visit.FitsAsync(320, 390, 1280);
        Assert.True(await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollHeight") < 40_000, "The page became as long as its texts.");
        await visit.AccessibleAsync($"long texts at {path}");
    });

    private async Task<StageModel> RegisterAsync(CancellationToken cancellation)
    {
        // Somebody else's form of document: name and description are taken from it.
        var document = JsonSerializer.SerializeToUtf8Bytes(new { name = Name, description = Prose });
        await stage.SetBalanceAsync(stage.Cast.Iris.Address, 1_000_000_000_000_000_000UL, cancellation);
        var model = await stage.RegisterAsync(
            stage.Cast.Iris, "hostile", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [new Contract.Parent(stage.Base.Id.Value, 10_000)], cancellation, document, "javascript:window.hostile='uri'");
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await stage.Gateway.SendAsync(
            [
                .. Enumerable.Range(0, 40).Select(i => new MeteredEvent
                {
                    Source = "urn:gateway:page", Id = $"hostile-{i}", Type = "ai.opensettle.usage.v1", Model = model.Id, Domain = Domain, Outcome = Outcomes.Ok, Units = 1, Time = now,
                    Consumer = Market.Text($"consumer {i}"), Payment = default,
                }),
            ],
            cancellation);
        return model;
    }

    private static async Task InertAsync(Visit visit)
    {
        Assert.Null(await visit.Page.EvaluateAsync<string?>("() => window.hostile ?? null"));
        Assert.Equal(0, await visit.Page.Locator("main script, main img, main svg[onload], [onerror], a[href^='javascript:']").CountAsync());
        var bare = await visit.Page.EvaluateAsync<string[]>(
            """
            () => {
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              const bare = [];
              while (walker.nextNode() !== null) if (/[\u202A-\u202E\u2066-\u2069\u200B]/.test(walker.currentNode.data)) bare.push(walker.currentNode.data.slice(0, 80));
              for (const element of document.querySelectorAll("[title], [aria-label]")) for (const name of ["title", "aria-label"])
                if (/[\u202A-\u202E\u2066-\u2069\u200B]/.test(element.getAttribute(name) ?? "")) bare.push(`${name}: ${element.getAttribute(name).slice(0, 80)}`);
              if (/[\u202A-\u202E\u2066-\u2069\u200B]/.test(document.title)) bare.push(`title of the tab: ${document.title}`);
              return bare;
            }
            """);
        Assert.Empty(bare);
    }
}
