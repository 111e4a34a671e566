using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Primitives;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>All tests share one stage and one browser, and come one after the other: what one of them stops, the next one has again.</summary>
[CollectionDefinition(Name)]
public sealed class PageCollection : ICollectionFixture<PageStage>
{
    public const string Name = "page";
}

/// <summary>A chain with the contracts on it, a node that serves the page, a history behind them, and a browser to look at it with.</summary>
public sealed partial class PageStage : IAsyncLifetime
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private readonly List<IDisposable> _owned = [];
    private Chromium? _browser;
    private NodeProcess? _node;
    private int _claimants;

    public Workspace Workspace { get; private set; } = null!;

    public LocalChain Chain { get; private set; } = null!;

    public Cast Cast { get; private set; } = null!;

    public Deployment Deployment { get; private set; } = null!;

    public Market Market { get; private set; } = null!;

    /// <summary>Runs with a relay, and tells the page of the chain's endpoint.</summary>
    public NodeProcess Node => _node ?? throw new InvalidOperationException("The node was not started.");

    public Chromium Browser => _browser ?? throw new InvalidOperationException("The browser was not started.");

    /// <summary>What an operator types in where the page asks for a key.</summary>
    public string OperatorKey { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            Workspace = Own(Workspace.Create("page"));
            var browser = Chromium.StartAsync(Workspace);
            Chain = Own(await LocalChain.StartAsync(Workspace, Workspace.FreePort(), "auto", limit.Token, "aged"));
            Cast = new Cast(Chain.Provider);
            Deployment = await Deployment.DeployAsync(Workspace, Chain, Cast, limit.Token);
            Market = new Market(Chain, Deployment);
            _node = Own(await NodeProcess.StartAsync(Workspace, Chain, Deployment, Cast, Workspace.FreePort(), limit.Token, flags: Flags()));
            var key = AddOperatorAsync(limit.Token);
            await SeedAsync(limit.Token);
            OperatorKey = await key;
            _browser = await browser;
        }
        catch
        {
            // A fixture that did not come about is not asked to end.
            await DisposeAsync();
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        foreach (var owned in Enumerable.Reverse(_owned)) owned.Dispose();
        _owned.Clear();
    }

    /// <summary>An account with something to claim in both tokens, which no other test gets. It has coin for gas, unless <paramref name="coin"/> says otherwise.</summary>
    public async Task<Person> NextClaimantAsync(CancellationToken cancellation, bool coin = true)
    {
        var i = Interlocked.Increment(ref _claimants) - 1;
        Assert.True(i < Claimants.Count, $"The stage has {Claimants.Count} accounts to claim with, and all were taken: raise ClaimantCount.");
        if (coin) await SetBalanceAsync(Claimants[i].Address, (UInt256)1_000_000_000_000_000_000, cancellation);
        return Claimants[i];
    }

    /// <summary>Asks the chain's node itself, also for what no chain offers.</summary>
    public async Task<JsonElement> AskChainAsync(string method, CancellationToken cancellation, params object[] parameters)
    {
        using var response = await Http.PostAsJsonAsync(Chain.Rpc, new { jsonrpc = "2.0", id = 1, method, @params = parameters }, cancellation);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        return answer.TryGetProperty("result", out var result) ? result : throw new StageException(StageException.Failed, $"{method} was refused: {answer}");
    }

    public Task SetBalanceAsync(Address account, UInt256 wei, CancellationToken cancellation) =>
        AskChainAsync("hardhat_setBalance", cancellation, account.ToString(), $"0x{System.Numerics.BigInteger.Parse(wei.ToString(), CultureInfo.InvariantCulture):x}");

    /// <summary>Looks at a page, and holds afterwards that nothing went wrong on it that was not expected.</summary>
    public Task VisitAsync(Func<Visit, Task> test, VisitOptions? options = null) => Visit.RunAsync(this, test, options ?? new VisitOptions());

    /// <summary>The stage's node is away meanwhile; afterwards it is back at the same address, on the same data.</summary>
    public async Task WithoutNodeAsync(Func<Task> test, CancellationToken cancellation)
    {
        await Node.StopAsync();
        try
        {
            await test();
        }
        finally
        {
            await Node.RestartAsync(cancellation);
        }
    }

    /// <summary>A node with other flags stands in the stage's node's place meanwhile.</summary>
    public Task WithFlagsAsync(IReadOnlyDictionary<string, string> flags, Func<Task> test, CancellationToken cancellation) => WithoutNodeAsync(
        async () =>
        {
            var all = Flags();
            foreach (var (flag, value) in flags) all[flag] = value;
            using var other = await NodeProcess.StartAsync(Workspace, Chain, Deployment, Cast, Node.Api.Port, cancellation, dataDir: Workspace.PathOf("data"), flags: all);
            await test();
            await other.StopAsync();
        },
        cancellation);

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private Dictionary<string, string> Flags() => new(StringComparer.Ordinal)
    {
        ["--page-rpc"] = Chain.Rpc.ToString(),
        ["--relay"] = "on",
        ["--relay-batch-seconds"] = "0",
        ["--relay-budget"] = "10",
        ["--push-above"] = $"{Deployment.Dollar.Address}=40",
        ["--push-max-cost-percent"] = "100",
    };

    private async Task<string> AddOperatorAsync(CancellationToken cancellation)
    {
        using var added = JsonDocument.Parse(await CommandAsync(
            ["operator", "add", "page", "--deployment", Deployment.File, "--data-dir", Workspace.PathOf("data"), "--json"], cancellation));
        return added.RootElement.GetProperty("key").GetString() ?? throw new StageException(StageException.Failed, "opensettle operator add showed no key.");
    }
}
