using System.Text.Json;
using Microsoft.Playwright;
using OpenSettle.Demo.Stage;
using OpenSettle.Page.Tests.Harness;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// The page in Chromium, in front of a real node on loopback: how long until there is something to read on a processor that is four times slower,
/// how much a first visit fetches, and the frames of a reader who scrolls through a hundred thousand rows.
/// </summary>
internal static class PageArea
{
    private const int Runs = 7;
    private const int Slower = 4;
    private const int Rows = 100_000;
    private const int Frames = 400;
    private const string Box = "[role=region][aria-label='Claims and pushes, newest first']";

    public static SortedDictionary<string, Figure> Measure() => new(MeasureAsync().GetAwaiter().GetResult(), StringComparer.Ordinal);

    private static async Task<Dictionary<string, Figure>> MeasureAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var workspace = Workspace.Create("bench-page");
        using var chain = await LocalChain.StartAsync(workspace, Workspace.FreePort(), "auto", limit.Token);
        var cast = new Cast(chain.Provider);
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, limit.Token);
        using var node = await NodeProcess.StartAsync(workspace, chain, deployment, cast, Workspace.FreePort(), limit.Token);
        var model = await PaidAsync(node, new Market(chain, deployment), deployment, cast, limit.Token);
        await using var browser = await Chromium.StartAsync(workspace);
        var figures = new Dictionary<string, Figure>(StringComparer.Ordinal);
        var most = 0.0;
        foreach (var (key, path, useful) in ((string, string, string)[])
            [("first_paint_ms", "", "main .stat-figure"), ("account_paint_ms", $"accounts/{cast.Ada.Address}", "main .money"), ("model_paint_ms", $"models/{model}", "main h2")])
        {
            var (times, kib) = await PaintsAsync(browser.Browser, new Uri(node.Api, path), useful);
            figures[key] = Figure.Of(times, "ms", 1000);
            most = Math.Max(most, kib);
        }

        figures["first_load_kib"] = Figure.Of(new Samples([most]), "KiB", 200);
        figures["scroll_p95_ms"] = Figure.Of(await ScrollAsync(browser.Browser, new Uri(node.Api, $"accounts/{cast.Ada.Address}"), deployment.Dollar), "ms", 34);
        await node.StopAsync();
        return figures;
    }

    private static async Task<string> PaidAsync(NodeProcess node, Market market, Deployment deployment, Cast cast, CancellationToken cancellation)
    {
        var model = await market.RegisterAsync(cast.Ada, "paged", Contract.SplitTable.Of([Market.OwnerRow(3, "training"), Market.Row(cast.Ben.Address, 1, "data")]), [], cancellation);
        await market.FundAsync(cast.Bank, 100_000_000, cancellation);
        await market.PayAsync(cast.Bank, model, deployment.Dollar, 10_000_000, Market.Text("use"), cancellation);
        await node.WaitAsync("the epoch is settled", status => status.GetProperty("activeEpoch").GetUInt64() == 1 && status.GetProperty("transactions").GetArrayLength() == 0, cancellation);
        return model.Id.ToString();
    }

    /// <summary>Each time a visitor who was never here. The paint is that of the first frame that has what he came for.</summary>
    private static async Task<(Samples Times, double Kib)> PaintsAsync(IBrowser browser, Uri address, string useful)
    {
        var times = new List<double>();
        var most = 0.0;
        // The first starts the browser's own parts, and counts for nothing.
        for (var i = 0; i <= Runs; i++)
        {
            await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
            var page = await context.NewPageAsync();
            var tools = await context.NewCDPSessionAsync(page);
            await tools.SendAsync("Emulation.setCPUThrottlingRate", new Dictionary<string, object>(StringComparer.Ordinal) { ["rate"] = Slower });
            await page.AddInitScriptAsync(
                $$"""
                const look = () => document.querySelector({{JsonSerializer.Serialize(useful)}}) === null
                  ? requestAnimationFrame(look)
                  : requestAnimationFrame(() => setTimeout(() => { window.paintedAt = performance.now(); }));
                requestAnimationFrame(look);
                """);
            await page.GotoAsync(address.ToString(), new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
            await page.WaitForFunctionAsync("() => window.paintedAt !== undefined");
            var read = await page.EvaluateAsync<JsonElement>(
                "() => ({ at: window.paintedAt, bytes: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource').filter((entry) => !entry.name.includes('/api/'))].reduce((sum, entry) => sum + entry.encodedBodySize, 0) })");
            if (i > 0) times.Add(read.GetProperty("at").GetDouble());
            most = Math.Max(most, read.GetProperty("bytes").GetDouble() / 1024);
        }

        return (new Samples(times), most);
    }

    /// <summary>Milliseconds from frame to frame, the 95th of a hundred, while somebody scrolls by a third of the box in each.</summary>
    private static async Task<Samples> ScrollAsync(IBrowser browser, Uri address, StageToken token)
    {
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
        var page = await context.NewPageAsync();
        await new LongHistory(Rows, token).ServeAsync(page);
        await page.GotoAsync(address.ToString());
        await page.Locator($"{Box} tbody tr:not(.gap)").First.WaitForAsync();
        await page.EvaluateAsync(
            """
            async (selector) => {
              const box = document.querySelector(selector);
              while (!(Number(box.querySelector("table").getAttribute("aria-rowcount")) > 0)) {
                box.scrollTop = box.scrollHeight;
                await new Promise((done) => setTimeout(done, 10));
              }
            }
            """,
            Box);
        var values = new List<double>();
        for (var i = 0; i < Harness.Runs; i++)
        {
            values.Add(await page.EvaluateAsync<double>(
                """
                async ([selector, frames, start]) => {
                  const box = document.querySelector(selector);
                  box.scrollTop = start * box.scrollHeight;
                  const frame = () => new Promise((done) => requestAnimationFrame(done));
                  for (let i = 0; i < 5; i++) await frame();
                  const times = [];
                  let last = await frame();
                  for (let i = 0; i < frames; i++) {
                    box.scrollTop += box.clientHeight / 3;
                    const now = await frame();
                    times.push(now - last);
                    last = now;
                  }
                  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)];
                }
                """,
                new object[] { Box, Frames, i / (double)(Harness.Runs + 1) }));
        }

        return new Samples(values);
    }
}
