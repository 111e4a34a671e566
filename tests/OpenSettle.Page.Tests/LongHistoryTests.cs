using System.Text.Json;
using Microsoft.Playwright;
using OpenSettle.Page.Tests.Harness;

namespace OpenSettle.Page.Tests;

/// <summary>A history of a hundred thousand rows is a table like any other: few of them are in the document, and each is where it belongs.</summary>
[Collection(PageCollection.Name)]
public sealed class LongHistoryTests(PageStage stage)
{
    private const int All = 100_000;
    private const string Box = "[role=region][aria-label='Claims and pushes, newest first']";

    [Fact]
    public Task History_OfAHundredThousandRows_HoldsFewAndLosesNone() => stage.VisitAsync(async visit =>
    {
        var history = new LongHistory(All, stage.Deployment.Dollar);
        await history.ServeAsync(visit.Page);
        await visit.OpenAsync($"accounts/{stage.Cast.Ben.Address.ToChecksumString()}");
        var box = visit.Page.Locator(Box);
        await box.Locator("tbody tr:not(.gap)").First.WaitForAsync();
        await box.FocusAsync();

        // By the keyboard: each press of End goes to the last row that is there, and fetches more.
        for (var i = 0; i < 3; i++)
        {
            var before = await RowsAsync(visit);
            await EndAsync(visit);
            await visit.Page.WaitForFunctionAsync("([box, before]) => document.querySelector(box).scrollHeight > before", new object[] { Box, before.Height });
        }

        // The rest of the way, as fast as it goes.
        await visit.Page.EvaluateAsync(
            """
            async (selector) => {
              const box = document.querySelector(selector);
              const whole = () => Number(box.querySelector("table").getAttribute("aria-rowcount")) > 0;
              for (let turn = 0; turn < 5000 && !whole(); turn++) {
                box.scrollTop = box.scrollHeight;
                await new Promise((done) => setTimeout(done, 10));
              }
            }
            """,
            Box);
        await visit.Page.GetByText("100,000 in all.").WaitForAsync();
        Assert.Equal(history.Served.Count, history.Served.Distinct().Count());
        Assert.Equal(All, history.Rows);
        await EndAsync(visit);
        await AtEndAsync(visit);
        var last = await RowsAsync(visit);
        Assert.Equal(All - 1, last.Rows[^1].Value);
        Assert.Equal(All + 1, last.Rows[^1].Index);
        await Assertions.Expect(box.Locator("tbody tr:not(.gap)").Last).ToBeInViewportAsync();

        // Anywhere between: what is in sight is what belongs there, each once.
        var random = new Random(11);
        for (var i = 0; i < 30; i++)
        {
            var at = random.NextDouble();
            await visit.Page.EvaluateAsync("([selector, at]) => { const box = document.querySelector(selector); box.scrollTop = at * (box.scrollHeight - box.clientHeight); }", new object[] { Box, at });
            await SettleAsync(visit);
            var (rows, _, seen) = await RowsAsync(visit);
            Assert.InRange(rows.Count, 5, 150);
            Assert.All(rows, row => Assert.Equal(row.Index - 2, row.Value));
            Assert.Equal([.. rows.Select(row => row.Index)], Enumerable.Range(rows[0].Index, rows.Count));
            Assert.True(seen, $"At {at:0.###} of the way there is a gap in sight.");
        }

        await box.FocusAsync();
        await visit.Page.Keyboard.PressAsync("Home");
        await visit.Page.WaitForFunctionAsync("(box) => document.querySelector(box).scrollTop === 0", Box);
        await SettleAsync(visit);
        Assert.Equal(0, (await RowsAsync(visit)).Rows[0].Value);
        await visit.AccessibleAsync("a history of 100,000 rows");
    });

    [Fact]
    public Task History_WhosePageFails_SaysSoAndGoesOnWhereItStopped() => stage.VisitAsync(async visit =>
    {
        visit.Expect("^answer: 503 |^console error: .*status of 503");
        var history = new LongHistory(5_000, stage.Deployment.Dollar) { FailOnceAt = 2_000 };
        await history.ServeAsync(visit.Page);
        await visit.OpenAsync($"accounts/{stage.Cast.Ben.Address.ToChecksumString()}");
        await visit.Page.Locator(Box).FocusAsync();
        var again = visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Try again" });
        for (var i = 0; i < 20 && await again.CountAsync() == 0; i++)
        {
            await EndAsync(visit);
            await visit.Page.WaitForTimeoutAsync(100);
        }

        await visit.Page.GetByText("The books cannot be read now").WaitForAsync();
        await again.ClickAsync();
        await visit.Page.Locator(Box).FocusAsync();
        for (var i = 0; i < 40 && !await visit.Page.GetByText("5,000 in all.").IsVisibleAsync(); i++)
        {
            await EndAsync(visit);
            await visit.Page.WaitForTimeoutAsync(100);
        }

        await visit.Page.GetByText("5,000 in all.").WaitForAsync();
        await EndAsync(visit);
        await AtEndAsync(visit);
        Assert.Equal(4_999, (await RowsAsync(visit)).Rows[^1].Value);
    });

    /// <summary>
    /// Presses End once the box rests: the browser glides to the end, and a press on the way there, where rows have come meanwhile, ends
    /// it at the end that was. A person presses again.
    /// </summary>
    private static async Task EndAsync(Visit visit)
    {
        await visit.Page.EvaluateAsync(
            """
            (selector) => new Promise((done) => {
              let [at, frames] = [-1, 0];
              const look = () => {
                const { scrollTop } = document.querySelector(selector);
                frames = scrollTop === at ? frames + 1 : 0;
                at = scrollTop;
                if (frames < 5) requestAnimationFrame(look);
                else done();
              };
              look();
            })
            """,
            Box);
        await visit.Page.Keyboard.PressAsync("End");
    }

    private static async Task AtEndAsync(Visit visit)
    {
        await visit.Page.WaitForFunctionAsync("(selector) => { const box = document.querySelector(selector); return box.scrollTop + box.clientHeight >= box.scrollHeight - 1; }", Box);
        await SettleAsync(visit);
    }

    /// <summary>Two frames: one in which the table looks where it is, one in which it draws.</summary>
    private static async Task SettleAsync(Visit visit) => await visit.Page.EvaluateAsync("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))");

    private static async Task<(IReadOnlyList<(int Index, int Value)> Rows, double Height, bool Full)> RowsAsync(Visit visit)
    {
        var read = await visit.Page.EvaluateAsync<JsonElement>(
            """
            (selector) => {
              const box = document.querySelector(selector);
              const rows = [...box.querySelectorAll("tbody tr:not(.gap)")];
              const head = box.querySelector("thead").getBoundingClientRect().bottom;
              const seen = box.getBoundingClientRect();
              const full = rows[0].getBoundingClientRect().top <= Math.max(head, seen.top) + 1 && rows[rows.length - 1].getBoundingClientRect().bottom >= seen.top + box.clientHeight - 1;
              return { rows: rows.map((row) => [Number(row.getAttribute("aria-rowindex")), Number(row.querySelector("data.money").getAttribute("value"))]), height: box.scrollHeight, full };
            }
            """,
            Box);
        return ([.. read.GetProperty("rows").EnumerateArray().Select(row => (row[0].GetInt32(), row[1].GetInt32()))], read.GetProperty("height").GetDouble(), read.GetProperty("full").GetBoolean());
    }
}
