using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Page.Tests.Harness;
using OpenSettle.Primitives;

namespace OpenSettle.Page.Tests.Claims;

/// <summary>People are paid by what they press in a browser, with a wallet that signs for real; what was paid is looked up on the chain.</summary>
[Collection(PageCollection.Name)]
public sealed class ClaimsTests(PageStage stage)
{
    private const string ClaimMany = "0xabce8ffe";
    private const string ClaimTo = "0x1351b867";

    private static readonly CancellationToken Never = CancellationToken.None;

    private Address Dollar => stage.Deployment.Dollar.Address;

    private Address Coin => stage.Deployment.Coin.Address;

    [Fact]
    public async Task AllTokens_ByKeyboardAlone_ArePaidInOneTransaction()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        await SceneAsync(wallet, async scene =>
        {
            var due = await scene.DueAsync();
            await scene.OpenAsync();
            await TabToAsync(scene.Page, "Connect a wallet to claim");
            await scene.Page.Keyboard.PressAsync("Enter");
            // The other wallet's name is inert, and its picture is not fetched: Visit would tell.
            await scene.SeeAsync("<img src=x onerror=alert(1)>");
            Assert.Equal(1, await scene.Panel.Locator("img").CountAsync());
            await TabToAsync(scene.Page, "Test wallet");
            await scene.Page.Keyboard.PressAsync("Enter");
            await scene.SeeAsync("asked by your own wallet");
            Assert.Equal(2, await scene.Panel.GetByText("Proven", new() { Exact = true }).CountAsync());
            await scene.SeeAsync("gas at the price of now");
            await scene.Visit.LooksAsync("claim-ready");
            await scene.Page.SetViewportSizeAsync(1280, 900);
            await TabToAsync(scene.Page, "Claim 2 tokens");
            await scene.Page.Keyboard.PressAsync("Enter");
            await scene.DoneAsync();
            await scene.SeeAsync("and final");
            await scene.ShotAsync("claim-done");
            await scene.Visit.AccessibleAsync("a claim that is done");
            Assert.Equal(ClaimMany, Assert.Single(wallet.Sent)[..10]);
            Assert.Equal(due[Dollar], await scene.DollarsAsync(person.Address));
            Assert.Equal((due[Dollar], due[Coin]), (await scene.ClaimedAsync(Dollar), await scene.ClaimedAsync(Coin)));
            // A fresh look at the vault: there is nothing left, and no second press.
            await scene.Button("Close").ClickAsync();
            await scene.Panel.GetByText("Paid", new() { Exact = true }).Or(scene.Panel.GetByText("There is nothing to claim now")).First.WaitForAsync();
            Assert.Equal(0, await scene.Panel.Locator(".claim-press:not([aria-disabled])").CountAsync());
        });
    }

    [Fact]
    public async Task ChosenToken_AloneAndAtAnotherAddress_TheOtherStays()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        var other = ClaimScene.Somebody("another purse");
        await SceneAsync(wallet, async scene =>
        {
            var due = await scene.DueAsync();
            await scene.ReadyAsync();
            await scene.Panel.GetByRole(AriaRole.Checkbox, new() { Name = "Claim ETH" }).UncheckAsync();
            await scene.MoreWaysAsync();
            var field = scene.Panel.GetByLabel("Address", new() { Exact = true });
            foreach (var (wrong, words) in new[]
            {
                ("0x12", "40 hexadecimal digits"), (Address.Zero.ToString(), "the money would be lost"), (stage.Deployment.Id.Vault.ToString(), "the vault itself"), (Dollar.ToString(), "a token's contract"),
                (OtherCase(other.ToChecksumString()), "The checksum does not hold"),
            })
            {
                await field.FillAsync(wrong);
                await scene.SeeAsync(words);
                Assert.Equal("true", await scene.Panel.Locator(".claim-press").GetAttributeAsync("aria-disabled"));
            }

            await field.FillAsync(stage.Deployment.Id.Registry.ToString());
            await scene.SeeAsync("A contract is at this address");
            await field.FillAsync(other.ToChecksumString());
            await scene.Visit.LooksAsync("claim-ways");
            await scene.PressAsync("Claim 1 token");
            await scene.DoneAsync();
            Assert.Equal(ClaimTo, Assert.Single(wallet.Sent)[..10]);
            Assert.Equal((due[Dollar], UInt256.Zero), (await scene.DollarsAsync(other), await scene.DollarsAsync(person.Address)));
            Assert.Equal(UInt256.Zero, await scene.ClaimedAsync(Coin));
        });
    }

    [Fact]
    public async Task SeveralTokens_ToAnotherAddressWithoutBatches_OneAfterTheOther()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        var other = ClaimScene.Somebody("a purse for both");
        await SceneAsync(wallet, async scene =>
        {
            var due = await scene.DueAsync();
            await scene.ReadyAsync();
            await scene.MoreWaysAsync();
            await scene.Panel.GetByLabel("Address", new() { Exact = true }).FillAsync(other.ToString());
            await scene.SeeAsync("one after the other");
            await scene.PressAsync("Claim 2 tokens");
            await scene.DoneAsync();
            Assert.Equal([ClaimTo, ClaimTo], wallet.Sent.Select(data => data[..10]));
            Assert.Equal((due[Dollar], due[Coin]), (await scene.DollarsAsync(other), await scene.CoinAsync(other)));
        });
    }

    [Fact]
    public async Task Rejected_InTheWallet_IsSaidAndNothingIsSentUntilTheNextPress()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person) { Rejections = 1 };
        await SceneAsync(wallet, async scene =>
        {
            await scene.ReadyAsync();
            await scene.PressAsync("Claim 2 tokens");
            await scene.SeeAsync("You declined it in the wallet");
            await scene.ShotAsync("claim-rejected");
            Assert.Empty(wallet.Sent);
            await scene.PressAsync("Claim 2 tokens");
            await scene.DoneAsync();
            Assert.Single(wallet.Sent);
        });
    }

    [Fact]
    public async Task WrongChain_TheWalletIsAskedToAddAndSwitch_AndThenClaims()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person).Elsewhere();
        await SceneAsync(wallet, async scene =>
        {
            await scene.OpenAsync();
            // Without a wallet the page's own endpoint is asked.
            await scene.SeeAsync("asked by the endpoint that this node's operator set");
            await scene.ConnectAsync();
            await scene.SeeAsync("The wallet is on chain 1");
            await scene.ShotAsync("claim-wrong-chain");
            wallet.Rejections = 1;
            var switching = string.Create(CultureInfo.InvariantCulture, $"Switch the wallet to chain {stage.Deployment.Id.ChainId}");
            await scene.Button(switching).ClickAsync();
            await scene.SeeAsync("You declined it in the wallet");
            await scene.Button(switching).ClickAsync();
            await scene.SeeAsync("asked by your own wallet");
            Assert.Contains("wallet_addEthereumChain", wallet.Asked);
            await scene.PressAsync("Claim 2 tokens");
            await scene.DoneAsync();
        });
    }

    [Fact]
    public async Task Sponsored_AnAccountWithoutCoin_SignsAndIsPaidByTheNode()
    {
        var person = await stage.NextClaimantAsync(Never, coin: false);
        var wallet = new TestWallet(stage, person);
        await SceneAsync(wallet, async scene =>
        {
            var due = await scene.DueAsync();
            await scene.ReadyAsync();
            await scene.SeeAsync("too little coin for the gas");
            await scene.ShotAsync("claim-no-gas");
            await scene.Button("Sign, and let the node pay").ClickAsync();
            await scene.PressAsync("Sign for 2 tokens");
            await scene.DoneAsync();
            await scene.ShotAsync("claim-sponsored");
            Assert.True(await scene.ShowsAsync("0.018 ETH paid to"));
            Assert.Empty(wallet.Sent);
            Assert.Equal(2, wallet.Signed.Count);
            Assert.Equal((due[Dollar], due[Coin]), (await scene.DollarsAsync(person.Address), await scene.CoinAsync(person.Address)));
            Assert.Equal(0UL, await stage.Chain.Client.GetNonceAsync(person.Address, BlockRef.Latest, Never));
        });
    }

    [Fact]
    public async Task ContractWallet_ItsOwnerSendsAndSigns_AndTheMoneyIsTheContracts()
    {
        var contract = (await stage.NextClaimantAsync(Never, coin: false)).Address;
        await SmartAccount.PlaceAsync(stage, contract, stage.WalletOwner.Address, Never);
        var wallet = new TestWallet(stage, stage.WalletOwner, contract);
        await SceneAsync(wallet, async scene =>
        {
            var due = await scene.DueAsync();
            await scene.ReadyAsync();
            await scene.SeeAsync("The account is a contract");
            await scene.Panel.GetByRole(AriaRole.Checkbox, new() { Name = "Claim ETH" }).UncheckAsync();
            await scene.PressAsync("Claim 1 token");
            await scene.DoneAsync();
            Assert.Equal(due[Dollar], await scene.DollarsAsync(contract));

            // The rest by a signature, which the contract itself is asked about.
            await scene.MoreWaysAsync();
            await scene.Panel.GetByLabel("I only sign, and the node pays the gas").CheckAsync();
            await scene.PressAsync("Sign for 1 token");
            await scene.SeeAsync("The node brings it to the vault");
            await scene.DoneAsync();
            Assert.Equal(due[Coin], await scene.CoinAsync(contract));
            Assert.Single(wallet.Signed);
        });
    }

    [Fact]
    public async Task Batch_OfAWalletThatTakesThem_IsOneTransactionToAnotherAddress()
    {
        var contract = (await stage.NextClaimantAsync(Never, coin: false)).Address;
        await SmartAccount.PlaceAsync(stage, contract, stage.WalletOwner.Address, Never);
        var wallet = new TestWallet(stage, stage.WalletOwner, contract) { TakesBatches = true };
        var other = ClaimScene.Somebody("a purse for a batch");
        await SceneAsync(wallet, async scene =>
        {
            var due = await scene.DueAsync();
            await scene.ReadyAsync();
            await scene.MoreWaysAsync();
            await scene.Panel.GetByLabel("Address", new() { Exact = true }).FillAsync(other.ToString());
            await scene.SeeAsync("one batch: all of it is done, or nothing");
            var before = await stage.Chain.Client.GetNonceAsync(stage.WalletOwner.Address, BlockRef.Latest, Never);
            await scene.PressAsync("Claim 2 tokens");
            await scene.DoneAsync();
            Assert.Equal((1, 1UL), (wallet.Batches, await stage.Chain.Client.GetNonceAsync(stage.WalletOwner.Address, BlockRef.Latest, Never) - before));
            Assert.Equal((due[Dollar], due[Coin]), (await scene.DollarsAsync(other), await scene.CoinAsync(other)));
        });
    }

    [Fact]
    public async Task StandingRecipient_IsSet_PaidBySomebodyElse_AndPutBack()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        var purse = ClaimScene.Somebody("a standing purse");
        IReadOnlyDictionary<Address, UInt256> due = new Dictionary<Address, UInt256>();
        await SceneAsync(wallet, async scene =>
        {
            due = await scene.DueAsync();
            await scene.ReadyAsync();
            await scene.MoreWaysAsync();
            await scene.Panel.GetByLabel("New recipient").FillAsync(purse.ToChecksumString());
            await scene.Button("Set the recipient").ClickAsync();
            await scene.DoneAsync();
            await scene.SeeAsync("the recipient that the account set");
        });

        // Somebody who claims for it pays the gas, and gets nothing.
        var helper = new TestWallet(stage, stage.Cast.LawFirm);
        await SceneAsync(helper, person.Address, async scene =>
        {
            await scene.ReadyAsync();
            await scene.SeeAsync("none of it comes to you");
            await scene.Panel.Locator("details.ways > summary").ClickAsync();
            await scene.SeeAsync("choose the account itself in the wallet");
            await scene.Panel.GetByRole(AriaRole.Checkbox, new() { Name = "Claim ETH" }).UncheckAsync();
            await scene.PressAsync("Claim 1 token");
            await scene.DoneAsync();
            Assert.Equal((due[Dollar], UInt256.Zero), (await scene.DollarsAsync(purse), await scene.DollarsAsync(person.Address)));
        });
        await SceneAsync(wallet, async scene =>
        {
            await scene.ReadyAsync();
            await scene.MoreWaysAsync();
            await scene.Button("Put it back to the account").ClickAsync();
            await scene.DoneAsync();
            await scene.SeeAsync("From now on claims go to the account itself");
            Assert.Equal(Address.Zero, (await stage.Chain.Client.AskAsync(stage.Deployment.Id.Vault, new RoyaltySplit.RecipientOf(person.Address), BlockRef.Latest, Never)).Recipient);
        });
    }

    [Fact]
    public async Task Paid_BySomebodyBetweenLookAndPress_NothingIsSentAndItIsSaid()
    {
        var person = await stage.NextClaimantAsync(Never);
        var wallet = new TestWallet(stage, person);
        await SceneAsync(wallet, async scene =>
        {
            await scene.ReadyAsync();
            await scene.Panel.Locator(".claim-press:not([aria-disabled])").WaitForAsync();
            var claim = JsonNode.Parse((await stage.Node.GetAsync($"api/v1/accounts/{person.Address}/claim", Never)).GetRawText());
            var call = claim?["claims"]?.AsArray().Single(one => Address.Parse(one?["token"]?.GetValue<string>() ?? string.Empty) == Dollar)?["toSelf"]?["data"]?.GetValue<string>();
            await stage.Market.SendAsync(stage.Cast.LawFirm, stage.Deployment.Id.Vault, Hex.Decode(call), UInt256.Zero, Never);
            await scene.PressAsync("Claim 2 tokens");
            await scene.SeeAsync("It is not what you saw any more");
            await scene.ShotAsync("claim-changed");
            Assert.Empty(wallet.Sent);
        });
    }

    [Fact]
    public async Task GasService_ThatSomebodyNames_GoesToTheWalletWithTheClaim()
    {
        var contract = (await stage.NextClaimantAsync(Never, coin: false)).Address;
        await SmartAccount.PlaceAsync(stage, contract, stage.WalletOwner.Address, Never);
        var wallet = new TestWallet(stage, stage.WalletOwner, contract) { TakesBatches = true, TakesPaymasters = true };
        await SceneAsync(wallet, async scene =>
        {
            var due = await scene.DueAsync();
            await scene.ReadyAsync();
            await scene.MoreWaysAsync();
            await scene.Panel.GetByLabel("Its address").FillAsync("http://gas.example");
            await scene.SeeAsync("A gas service has an address that begins with https://");
            // Only the wallet asks it: a request of the page's own would be one to a stranger.
            await scene.Panel.GetByLabel("Its address").FillAsync("https://gas.example/v1");
            await scene.PressAsync("Claim 2 tokens");
            await scene.DoneAsync();
            Assert.Equal("https://gas.example/v1", Assert.Single(wallet.Paymasters));
            Assert.Equal((due[Dollar], due[Coin]), (await scene.DollarsAsync(contract), await scene.CoinAsync(contract)));
        });
    }

    [Fact]
    public async Task Push_ThatWasRefused_IsTakenToAnotherAddress()
    {
        // The token does not pay Ben, who is owed more than what is pushed.
        var ben = stage.Cast.Ben;
        await stage.Market.SendAsync(ben, Dollar, new DemoContracts.SetBlockedCall(ben.Address, true), UInt256.Zero, Never);
        try
        {
            await stage.Market.PayAsync(stage.Cast.Bank, stage.Base, stage.Deployment.Dollar, 200_000_000, Market.Text("chat"), Never);
            await stage.SettledAsync(Never);
            await stage.Node.WaitAsync($"api/v1/accounts/{ben.Address}/claim", "the push was refused", claim => claim.GetProperty("pushes").GetArrayLength() > 0, Never);
            var claim = await stage.Node.GetAsync($"api/v1/accounts/{ben.Address}/claim", Never);
            var push = Assert.Single(claim.GetProperty("pushes").EnumerateArray());
            var wallet = new TestWallet(stage, ben);
            var other = ClaimScene.Somebody("a purse for Ben");
            await SceneAsync(wallet, async scene =>
            {
                await scene.ReadyAsync();
                await scene.SeeAsync("Waiting as payments of an epoch");
                await scene.MoreWaysAsync();
                await scene.Panel.GetByLabel("Address", new() { Exact = true }).FillAsync(other.ToChecksumString());
                await scene.ShotAsync("claim-push");
                await scene.Panel.Locator(".claim-pushes button:not([aria-disabled])").ClickAsync();
                await scene.DoneAsync();
                Assert.Equal(UInt256.Parse(push.GetProperty("amount").GetString() ?? string.Empty), await scene.DollarsAsync(other));
            });
        }
        finally
        {
            await stage.Market.SendAsync(ben, Dollar, new DemoContracts.SetBlockedCall(ben.Address, false), UInt256.Zero, Never);
        }
    }

    private Task SceneAsync(TestWallet wallet, Func<ClaimScene, Task> test, Func<IPage, Task>? prepare = null) => SceneAsync(wallet, wallet.Account, test, prepare);

    private Task SceneAsync(TestWallet wallet, Address account, Func<ClaimScene, Task> test, Func<IPage, Task>? prepare = null) =>
        stage.VisitAsync(visit => test(new ClaimScene(stage, visit, account)), wallet.Options(prepare: prepare));

    /// <summary>The Tab key, as often as it takes; somebody who uses no mouse gets there, too.</summary>
    private static async Task TabToAsync(IPage page, string name)
    {
        for (var i = 0; i < 150; i++)
        {
            if (await page.EvaluateAsync<bool>("(name) => document.activeElement?.tagName === 'BUTTON' && document.activeElement.textContent.includes(name) && document.activeElement.ariaDisabled !== 'true'", name)) return;
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"The Tab key never comes to “{name}”.");
    }

    /// <summary>One letter in the other case: the checksum does not hold any more.</summary>
    private static string OtherCase(string address)
    {
        var at = address.LastIndexOfAny([.. "abcdefABCDEF"]);
        var letter = address[at];
        return $"{address[..at]}{(char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter))}{address[(at + 1)..]}";
    }
}
