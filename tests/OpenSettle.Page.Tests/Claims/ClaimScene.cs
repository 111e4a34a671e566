using Microsoft.Playwright;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Page.Tests.Harness;
using OpenSettle.Primitives;

namespace OpenSettle.Page.Tests.Claims;

/// <summary>An account's page with a wallet in the browser, and what the chain says of it.</summary>
internal sealed class ClaimScene(PageStage stage, Visit visit, Address account)
{
    /// <summary>Two blocks a second, and a busy machine.</summary>
    private const int Patience = 20_000;

    private static readonly CancellationToken Never = CancellationToken.None;

    public Visit Visit { get; } = visit;

    public IPage Page => Visit.Page;

    public ILocator Panel => Page.Locator("#claim");

    public async Task OpenAsync()
    {
        await Visit.OpenAsync($"accounts/{account.ToChecksumString()}");
        await Panel.Locator(".claim-panel").WaitForAsync();
    }

    public async Task ConnectAsync()
    {
        await Button("Connect a wallet to claim").ClickAsync();
        await Button("Test wallet").ClickAsync();
        await Panel.Locator(".wallet-bar").WaitForAsync();
    }

    /// <summary>Opened, connected, and every proof held against the vault.</summary>
    public async Task ReadyAsync()
    {
        await OpenAsync();
        await ConnectAsync();
        await SeeAsync("asked by your own wallet");
    }

    public ILocator Button(string name) => Panel.GetByRole(AriaRole.Button, new() { Name = name });

    /// <summary>The button that claims, once it can be pressed.</summary>
    public async Task PressAsync(string name)
    {
        var button = Panel.Locator(".claim-press:not([aria-disabled])").GetByText(name, new() { Exact = true });
        await button.WaitForAsync(new() { Timeout = Patience });
        await button.ClickAsync();
    }

    public Task SeeAsync(string words) => Panel.GetByText(words).First.WaitForAsync(new() { Timeout = Patience });

    public async Task<bool> ShowsAsync(string words) => (await Panel.InnerTextAsync()).Contains(words, StringComparison.OrdinalIgnoreCase);

    public async Task MoreWaysAsync()
    {
        await Panel.Locator("details.ways > summary").ClickAsync();
        await Panel.GetByText("The recipient of all later claims").WaitForAsync();
    }

    /// <summary>The panel alone, as it is now.</summary>
    public Task ShotAsync(string name) => Panel.ScreenshotAsync(new LocatorScreenshotOptions { Path = Path.Combine(Visit.Shots, $"{name}.png"), Animations = ScreenshotAnimations.Disabled });

    /// <summary>It is mined, and the vault's own events say what was paid.</summary>
    public Task DoneAsync() => Panel.Locator(".claim-progress .notice.good").WaitForAsync(new() { Timeout = Patience });

    /// <summary>What the node says can be claimed, by token.</summary>
    public async Task<IReadOnlyDictionary<Address, UInt256>> DueAsync()
    {
        var claim = await stage.Node.GetAsync($"api/v1/accounts/{account}/claim", Never);
        return claim.GetProperty("claims").EnumerateArray().ToDictionary(
            one => Address.Parse(one.GetProperty("token").GetString() ?? string.Empty), one => UInt256.Parse(one.GetProperty("amount").GetString() ?? string.Empty));
    }

    public Task<UInt256> DollarsAsync(Address of) => stage.Chain.Client.AskAsync(stage.Deployment.Dollar.Address, new Erc20.BalanceOf(of), BlockRef.Latest, Never);

    public Task<UInt256> CoinAsync(Address of) => stage.Chain.Client.GetBalanceAsync(of, BlockRef.Latest, Never);

    public Task<UInt256> ClaimedAsync(Address token) => stage.Chain.Client.AskAsync(stage.Deployment.Id.Vault, new RoyaltySplit.ClaimedOf(account, token), BlockRef.Latest, Never);

    /// <summary>What the node says of the account's claim is changed on its way.</summary>
    public static Func<IPage, Task> Lying(Func<string, string> lie) => page => page.RouteAsync(url => url.EndsWith("/claim", StringComparison.Ordinal), async route =>
    {
        var response = await route.FetchAsync();
        await route.FulfillAsync(new RouteFulfillOptions { Response = response, Body = lie(await response.TextAsync()) });
    });

    /// <summary>An address that nobody used before.</summary>
    public static Address Somebody(string name) => Address.FromBytes(Keccak256.HashText(name).ToArray().AsSpan(12));
}
