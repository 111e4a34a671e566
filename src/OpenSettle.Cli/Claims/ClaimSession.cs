using OpenSettle.Cli.Attesting;
using OpenSettle.Cli.Verbs;
using OpenSettle.Epochs;
using OpenSettle.Ethereum;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Claims;

/// <summary>What every way of claiming needs: a node that gives proofs, the chain, and who signs.</summary>
internal sealed class ClaimSession : IDisposable
{
    private const byte CoinDecimals = 18;

    private readonly NodeOptions _options;
    private readonly ChainEndpoints _chain;
    private readonly ISigner? _signer;

    private ClaimSession(NodeOptions options, IChainProvider provider, ChainEndpoints chain, NodeApi api, ISigner? signer) =>
        (_options, Provider, _chain, Api, _signer, Search) = (options, provider, chain, api, signer, new ClaimSearch(api, chain.Settling, options.Deployment));

    /// <summary>The settings that it reads.</summary>
    public static IReadOnlyList<SettingDefinition> Settings { get; } =
    [
        Node.Configuration.Settings.Api, Node.Configuration.Settings.Rpc, Node.Configuration.Settings.Deployment, Node.Configuration.Settings.Client,
        Node.Configuration.Settings.RpcTimeoutSeconds, Node.Configuration.Settings.MaxFeeGwei, Node.Configuration.Settings.SenderKey, .. Node.Configuration.Settings.ForKeys,
    ];

    public IChainProvider Provider { get; }

    public NodeApi Api { get; }

    public ClaimSearch Search { get; }

    public DeploymentId Id => _options.Deployment.Watched.Id;

    public IReadOnlyList<TokenInfo> Tokens => _options.Deployment.Tokens;

    public IChainClient Client => _chain.Settling;

    /// <summary>The account of the key; null without one.</summary>
    public Address? Account => _signer?.Address;

    public ISigner Signer => _signer ?? throw NoKey();

    /// <param name="needsKey">False where nothing is signed: then it goes without one, too.</param>
    public static async Task<ClaimSession> OpenAsync(SettingsReader settings, bool needsKey, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var provider = Providers.Choose(options.Client, Clock.Real);
        if (options.SenderKey is null && needsKey) throw NoKey();
        // Before anything is asked of others: a key that cannot be had is the caller's own affair.
        var signer = options.SenderKey is { } key ? await new SignerFactory(options, provider, Clock.Real).OpenAsync(Node.Configuration.Settings.SenderKey, key, cancellation) : null;
        var session = new ClaimSession(options, provider, Providers.Connect(options, provider, Clock.Real), NodeApi.Of(settings), signer);
        try
        {
            await ClaimVerb.RequireChainAsync(session._chain, cancellation);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public Task<T> AskAsync<T>(ContractView<T> view, CancellationToken cancellation) => Client.AskAsync(Id.Vault, view, BlockRef.Latest, cancellation);

    /// <summary>How much gas a call of the vault takes. What would be refused is told before anything is sent.</summary>
    public async Task<GasNeed> EstimateAsync(Address from, ContractCall call, CancellationToken cancellation)
    {
        var head = await Client.GetBlockAsync(BlockRef.Latest, cancellation)
            ?? throw new ChainException(ChainErrorKind.BadReply, Client.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");
        var gas = await Client.EstimateGasAsync(new CallRequest(from, Id.Vault, Client.Encode(call), UInt256.Zero), cancellation);
        return new GasNeed(gas, gas * (head.BaseFee + await Client.GetPriorityFeeAsync(cancellation)));
    }

    public async Task RequireCoinAsync(GasNeed need, CancellationToken cancellation)
    {
        var has = await Client.GetBalanceAsync(Signer.Address, BlockRef.Latest, cancellation);
        if (has < need.Cost) throw NoCoin($"it has {Amounts.Format(has, CoinDecimals)} of the chain's coin, and the transaction costs about {Amounts.Format(need.Cost, CoinDecimals)}");
    }

    public async Task<TransactionReceipt> SendAsync(ContractCall call, CancellationToken cancellation)
    {
        try
        {
            return await new OneShotSender(Client, Signer, Id.ChainId, _options.MaxFeePerGas, Clock.Real).SendAsync(Id.Vault, call, cancellation);
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.InsufficientFunds)
        {
            throw NoCoin("it does not have enough of the chain's coin for the gas");
        }
    }

    /// <summary>What the vault says in a receipt.</summary>
    public IReadOnlyList<ContractEvent?> Said(TransactionReceipt receipt) =>
        [.. receipt.Logs.Where(log => log.Address == Id.Vault).Select(log => Client.Decode(ContractKind.Vault, log))];

    public void Dispose()
    {
        _signer?.Dispose();
        _chain.Dispose();
        Api.Dispose();
    }

    private VerbException NoCoin(string why) =>
        new(ExitCode.Refused, $"{Signer.Address.ToChecksumString()} cannot pay for the transaction: {why}. Send it coin, or let anybody else claim for it: the money goes to the account whoever sends.");

    private static VerbException NoKey()
    {
        var key = Node.Configuration.Settings.SenderKey;
        return new VerbException(ExitCode.Usage, $"{key.Key} is not set ({key.Help}). Set {key.EnvironmentName}, or {key.Flag} file:PATH, or ask with --dry-run.");
    }
}
