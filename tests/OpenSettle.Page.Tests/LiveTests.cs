using System.Globalization;
using Microsoft.Playwright;
using OpenSettle.Demo.Stage;
using OpenSettle.Page.Tests.Harness;

namespace OpenSettle.Page.Tests;

/// <summary>The page stays open while things happen: it shows them by itself, and says where it cannot.</summary>
[Collection(PageCollection.Name)]
public sealed class LiveTests(PageStage stage)
{
    private const string Unreachable = "ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_SOCKET_NOT_CONNECTED";

    [Fact]
    public async Task Payment_MadeWhileThePageIsOpen_ShowsWithoutReload()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await stage.VisitAsync(async visit =>
        {
            await visit.OpenAsync(string.Empty);
            await visit.Page.EvaluateAsync("() => { window.sameDocument = true; }");
            var before = stage.Market.Payments;
            await visit.Page.GetByText(Payments(before)).WaitForAsync();
            await stage.Market.PayAsync(stage.Cast.Bank, stage.Base, stage.Deployment.Dollar, 1_000_000, Market.Text("live"), limit.Token);
            await visit.Page.GetByText(Payments(before + 1)).WaitForAsync();
            Assert.True(await visit.Page.EvaluateAsync<bool>("() => window.sameDocument === true"), "The page was loaded anew.");
        });
        await stage.SettledAsync(limit.Token);

        static string Payments(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} payments");
    }

    [Fact]
    public async Task Node_ThatStopsAndComesBack_IsSaidInWordsAndRecoveredByItself()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await stage.VisitAsync(async visit =>
        {
            visit.Expect(Unreachable);
            await visit.OpenAsync(string.Empty);
            await visit.Page.GetByText("Live", new PageGetByTextOptions { Exact = true }).WaitForAsync();
            await stage.WithoutNodeAsync(
                async () =>
                {
                    await visit.Page.GetByText("The node does not answer").WaitForAsync();
                    await visit.Page.GetByText("This page asks again by itself.").WaitForAsync();
                    // What was there stays.
                    Assert.True(await visit.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Money" }).IsVisibleAsync());
                    await visit.ShotAsync("node-away");
                    await visit.AccessibleAsync("a node that is away");
                },
                limit.Token);
            await visit.Page.GetByText("The node does not answer").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
            await visit.Page.GetByText("Live", new PageGetByTextOptions { Exact = true }).WaitForAsync();
        });
    }

    [Fact]
    public async Task Node_ThatLetsNobodyReadWithoutAKey_IsReadWithOne()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await stage.WithFlagsAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["--api-reads"] = "keys" },
            () => stage.VisitAsync(async visit =>
            {
                visit.Expect("^answer: 401 |^console error: .*status of 401");
                var response = await visit.Page.GotoAsync(stage.Node.Api.ToString());
                Assert.Equal(200, response?.Status);
                var field = visit.Page.Locator("input[type=password]");
                await field.WaitForAsync();
                Assert.Equal("Key", await field.EvaluateAsync<string>("(field) => field.labels[0].textContent"));
                await visit.AccessibleAsync("a node that asks for a key");
                await visit.ShotAsync("key-asked");
                await field.FillAsync("osk_" + new string('x', 43));
                await field.PressAsync("Enter");
                await visit.Page.WaitForResponseAsync(answer => answer.Status == 401);
                await field.FillAsync(stage.OperatorKey);
                await field.PressAsync("Enter");
                await visit.Page.GetByText("Books up to block").WaitForAsync();
                await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Models" }).ClickAsync();
                await visit.Page.GetByText("Lexis 7B").Or(visit.Page.GetByRole(AriaRole.Cell).First).First.WaitForAsync();
                // It is for this tab alone, and not in what others may read.
                Assert.Null(await visit.Page.EvaluateAsync<string?>("(key) => [...Object.values({ ...localStorage }), document.cookie, location.href].find((text) => text.includes(key)) ?? null", stage.OperatorKey));
            }),
            limit.Token);
    }
}
