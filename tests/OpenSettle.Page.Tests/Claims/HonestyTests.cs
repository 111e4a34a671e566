using System.Text.Json.Nodes;
using Microsoft.Playwright;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Page.Tests.Harness;
using OpenSettle.Primitives;

namespace OpenSettle.Page.Tests.Claims;

/// <summary>The page believes the vault, and not the node that serves it; what goes wrong is said in words.</summary>
[Collection(PageCollection.Name)]
public sealed class HonestyTests(PageStage stage)
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Node_LiesAboutAnAmount_ItIsRedAndOnlyTheRestIsClaimed()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        var dollar = stage.Deployment.Dollar.Address;
        await SceneAsync(wallet, async scene =>
        {
            await scene.ReadyAsync();
            await scene.SeeAsync("Not proven");
            await scene.Visit.LooksAsync("claim-lie");
            Assert.Equal(1, await scene.Panel.Locator(".row-unproven").CountAsync());
            await scene.PressAsync("Claim 1 token");
            await scene.DoneAsync();
            Assert.Equal(UInt256.Zero, await scene.ClaimedAsync(dollar));
        }, ClaimScene.Lying(text => Changed(text, claim =>
        {
            var one = claim["claims"]?.AsArray().Single(one => Address.Parse(one?["token"]?.GetValue<string>() ?? string.Empty) == dollar) ?? throw new InvalidOperationException("There is no claim of the dollar.");
            one["amount"] = "999000000";
            one["cumulative"] = "999000000";
        })));
    }

    [Fact]
    public async Task Node_NamesAnotherVault_ClaimsStayOffUntilSomebodySaysOtherwise()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        var lies = false;
        await SceneAsync(wallet, async scene =>
        {
            await scene.ReadyAsync();
            lies = true;
            await scene.Page.ReloadAsync();
            await scene.SeeAsync("This node names another vault than before");
            await scene.ShotAsync("claim-other-vault");
            await scene.Visit.AccessibleAsync("another vault");
            Assert.Equal(0, await scene.Panel.Locator(".claim-press").CountAsync());
            lies = false;
            await scene.Page.ReloadAsync();
            await scene.SeeAsync("asked by your own wallet");
        }, ClaimScene.Lying(text => lies ? Changed(text, claim => claim["vault"] = stage.Deployment.Id.Registry.ToString()) : text));
    }

    [Fact]
    public async Task Root_ChangedBetweenLookAndPress_ItIsAskedAgainAndMoreIsPaid()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        var late = false;
        await SceneAsync(wallet, async scene =>
        {
            await scene.ReadyAsync();
            await scene.Panel.Locator(".claim-press:not([aria-disabled])").WaitForAsync();
            var before = (await scene.DueAsync())[stage.Deployment.Dollar.Address];
            late = true;
            await stage.Market.PayAsync(stage.Cast.Bank, stage.Shared, stage.Deployment.Dollar, 50_000_000, Market.Text("more clauses"), Never);
            await stage.SettledAsync(Never);
            await scene.PressAsync("Claim 2 tokens");
            await scene.SeeAsync("It is not what you saw any more");
            Assert.Empty(wallet.Sent);
            await scene.PressAsync("Claim 2 tokens");
            await scene.DoneAsync();
            Assert.True(await scene.DollarsAsync(person.Address) > before);
        }, async page =>
        {
            // The page learns of nothing by itself meanwhile.
            await page.RouteAsync(url => url.Contains("/api/v1/status", StringComparison.Ordinal) || url.Contains("/api/v1/stream", StringComparison.Ordinal), route => late ? route.AbortAsync("aborted") : route.ContinueAsync());
        });
    }

    [Fact]
    public async Task Vault_Paused_SaysThatClaimsGoOn()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        var guardian = new Person("Guardian", stage.Cast.Guardian);
        await stage.Market.SendAsync(guardian, stage.Deployment.Id.Vault, new RoyaltySplit.PauseCall(3600), UInt256.Zero, Never);
        try
        {
            await SceneAsync(wallet, async scene =>
            {
                await scene.ReadyAsync();
                await scene.SeeAsync("The vault is paused");
                await scene.PressAsync("Claim 2 tokens");
                await scene.DoneAsync();
            });
        }
        finally
        {
            await stage.Market.SendAsync(guardian, stage.Deployment.Id.Vault, new RoyaltySplit.UnpauseCall(), UInt256.Zero, Never);
        }
    }

    [Fact]
    public async Task Sent_AndThePageIsLoadedAgain_IsFoundAndSeenToItsEnd()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        await stage.AskChainAsync("evm_setIntervalMining", Never, 0);
        try
        {
            await SceneAsync(wallet, async scene =>
            {
                await scene.ReadyAsync();
                await scene.PressAsync("Claim 2 tokens");
                await scene.SeeAsync("waiting until it is mined");
                await scene.Page.ReloadAsync();
                await scene.SeeAsync("Sent before this page was loaded");
                // It goes on by itself, and nothing is pressed or sent again.
                await stage.AskChainAsync("evm_setIntervalMining", Never, 500);
                await scene.DoneAsync();
                Assert.Single(wallet.Sent);
            });
        }
        finally
        {
            await stage.AskChainAsync("evm_setIntervalMining", Never, 500);
        }
    }

    [Fact]
    public async Task Recipient_ThatRefuses_IsSaidBeforeAnythingIsSigned()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        await SceneAsync(wallet, async scene =>
        {
            await scene.ReadyAsync();
            await scene.Panel.GetByRole(AriaRole.Checkbox, new() { Name = "Claim dUSD" }).UncheckAsync();
            await scene.MoreWaysAsync();
            // A contract that takes no coin.
            await scene.Panel.GetByLabel("Address", new() { Exact = true }).FillAsync(stage.Deployment.Id.Registry.ToString());
            await scene.SeeAsync("The token or the recipient refused the money");
            await scene.PressAsync("Claim 1 token");
            await scene.Panel.Locator(".notice.bad[role=alert]").GetByText("The token or the recipient refused the money").WaitForAsync();
            Assert.Empty(wallet.Sent);
        });
    }

    [Fact]
    public Task Browser_WithoutAWallet_SaysWhatToDo() => stage.VisitAsync(async visit =>
    {
        var scene = new ClaimScene(stage, visit, stage.Wallet);
        await scene.OpenAsync();
        await scene.Button("Connect a wallet to claim").ClickAsync();
        await scene.SeeAsync("This browser has no wallet");
        await scene.ShotAsync("claim-no-wallet");
        await visit.AccessibleAsync("no wallet");
    });

    private Task SceneAsync(TestWallet wallet, Func<ClaimScene, Task> test, Func<IPage, Task>? prepare = null) =>
        stage.VisitAsync(visit => test(new ClaimScene(stage, visit, wallet.Account)), wallet.Options(prepare: prepare));

    private static string Changed(string text, Action<JsonNode> change)
    {
        var claim = JsonNode.Parse(text) ?? throw new InvalidOperationException("The node answered nothing.");
        change(claim);
        return claim.ToJsonString();
    }
}
