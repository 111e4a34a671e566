using System.Globalization;
using Microsoft.Playwright;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Page.Tests.Harness;
using OpenSettle.Registry;

namespace OpenSettle.Page.Tests;

/// <summary>Who runs the node watches it settle, and says what a person has to say.</summary>
[Collection(PageCollection.Name)]
public sealed class OpsTests(PageStage stage)
{
    [Fact]
    public async Task Epoch_SettledWhileThePageIsOpen_GoesThroughItsStepsWithoutReload()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var before = (await stage.SettledAsync(limit.Token)).GetProperty("latestEpoch").GetProperty("number").GetUInt64();
        await stage.VisitAsync(
            async visit =>
            {
                await visit.OpenAsync("ops");
                await visit.Page.EvaluateAsync("() => { window.sameDocument = true; }");
                var name = string.Create(CultureInfo.InvariantCulture, $"Epoch {before + 1}");
                var card = visit.Page.Locator("li.card").Filter(new LocatorFilterOptions { Has = visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = name, Exact = true }) });
                Assert.Equal(0, await card.CountAsync());
                // The page notes what it shows itself: a test that looks now and then may miss a state.
                await visit.Page.EvaluateAsync(
                    """
                    (name) => {
                      window.seen = [];
                      const look = () => {
                        const card = [...document.querySelectorAll("li.card")].find((one) => [...one.querySelectorAll("a")].some((link) => link.textContent === name));
                        const done = card?.querySelectorAll(".step.done").length;
                        if (done !== undefined && !window.seen.includes(done)) window.seen.push(done);
                      };
                      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
                    }
                    """,
                    name);
                await stage.Market.PayAsync(stage.Cast.Bank, stage.Base, stage.Deployment.Dollar, 2_000_000, Market.Text("operated"), limit.Token);
                await card.WaitForAsync(new LocatorWaitForOptions { Timeout = 25_000 });
                await visit.ShotAsync("ops-settling");
                var steps = await card.Locator(".step").CountAsync();
                Assert.True(steps >= 6, $"An epoch has {steps} steps.");
                while (await card.Locator(".step.done").CountAsync() < steps) await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
                var seen = await visit.Page.EvaluateAsync<int[]>("() => window.seen");
                Assert.True(seen.Length >= 2 && seen[^1] == steps && seen[0] < steps, $"It was seen with {string.Join(", ", seen)} of its {steps} steps done.");
                Assert.Equal([.. seen.Order()], seen);
                Assert.True(await card.GetByRole(AriaRole.Link).CountAsync() >= 3, "Its steps lead to their transactions.");
                Assert.True(await visit.Page.EvaluateAsync<bool>("() => window.sameDocument === true"), "The page was loaded anew.");
            },
            new VisitOptions { Key = stage.OperatorKey });
        await stage.SettledAsync(limit.Token);
    }

    [Fact]
    public Task Key_ThatDoesNotHold_IsRefusedInWordsUntilTheRightOneComes() => stage.VisitAsync(async visit =>
    {
        visit.Expect("^answer: 40[13] |^console error: .*status of 40[13]");
        await visit.OpenAsync("ops");
        Assert.Equal(0, await visit.Page.GetByText("Transactions under way").CountAsync());
        await visit.AccessibleAsync("a page that asks for a key");
        var field = visit.Page.Locator("main input[type=password], .notices input[type=password]").First;
        foreach (var key in (string[])["osk_" + new string('x', 43), stage.Node.GatewayKey])
        {
            await field.FillAsync(key);
            await field.PressAsync("Enter");
            await visit.Page.GetByText(key == stage.Node.GatewayKey ? "This key is a gateway's." : "This key does not hold").Or(visit.Page.GetByText("This node shows nothing without a key")).First.WaitForAsync();
        }

        await visit.ShotAsync("ops-key-refused");
        await field.FillAsync(stage.OperatorKey);
        await field.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Transactions under way" }).WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Forget the key" }).ClickAsync();
        await field.WaitForAsync();
        Assert.Equal(0, await visit.Page.GetByText("Transactions under way").CountAsync());
        Assert.Null(await visit.Page.EvaluateAsync<string?>("() => sessionStorage.getItem('opensettle key')"));
    });

    [Fact]
    public async Task Quarantine_WithUsageOfAModelThatNobodyKnows_IsExplainedAndLookedAtAgain()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await stage.Gateway.SendHeldAsync(
            [
                new MeteredEvent
                {
                    Source = "urn:gateway:page", Id = "of-no-model", Type = "ai.opensettle.usage.v1", Model = new ModelId(Market.Text("no model")), Domain = "chat", Outcome = Outcomes.Ok, Units = 1, Time = now,
                    Consumer = Market.Text("consumer 1"), Payment = default,
                },
            ],
            limit.Token);
        await stage.VisitAsync(
            async visit =>
            {
                await visit.OpenAsync("ops");
                await visit.Page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Usage that waits" }).WaitForAsync();
                await visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Look now" }).ClickAsync();
                await visit.Page.GetByText("1 event waited").First.WaitForAsync();
                await visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Read the settings again" }).ClickAsync();
                await visit.Page.Locator("section[aria-label=Settings] .notice").WaitForAsync();
                await visit.LooksAsync("ops-quarantine");
            },
            new VisitOptions { Key = stage.OperatorKey });
    }
}
