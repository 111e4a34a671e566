using OpenSettle.Cli.Attesting;
using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Verbs;
using OpenSettle.Ethereum;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Models;

/// <summary>What the verbs that change a model need of the chain: the registry, and somebody who signs.</summary>
internal sealed class ModelChain : IDisposable
{
    private readonly NodeOptions _options;
    private readonly ChainEndpoints _chain;
    private readonly ISigner? _signer;

    private ModelChain(NodeOptions options, ChainEndpoints chain, ISigner? signer) => (_options, _chain, _signer) = (options, chain, signer);

    public static IReadOnlyList<SettingDefinition> Settings =>
        [Node.Configuration.Settings.Api, Node.Configuration.Settings.Rpc, Node.Configuration.Settings.Deployment, Node.Configuration.Settings.Client, Node.Configuration.Settings.RpcTimeoutSeconds,
         Node.Configuration.Settings.MaxFeeGwei, Node.Configuration.Settings.SenderKey, .. Node.Configuration.Settings.ForKeys];

    /// <summary>The account of the key; null without one.</summary>
    public Address? Signer => _signer?.Address;

    public Address Account => _signer?.Address ?? throw new InvalidOperationException("Without a key nobody signs.");

    private Address Registry => _options.Deployment.Watched.Id.Registry;

    private IChainClient Client => _chain.Settling;

    /// <param name="needsKey">False where nothing is sent: then it goes without one, too.</param>
    public static async Task<ModelChain> OpenAsync(SettingsReader settings, CancellationToken cancellation, bool needsKey = true)
    {
        var options = NodeOptions.From(settings);
        var sender = Node.Configuration.Settings.SenderKey;
        if (options.SenderKey is null && needsKey) throw new VerbException(ExitCode.Usage, $"{sender.Key} is not set ({sender.Help}): the model is, or will be, that account's. Set {sender.EnvironmentName}, or {sender.Flag} file:PATH.");
        var provider = Providers.Choose(options.Client, Clock.Real);
        // Before anything is asked of others: a key that cannot be had is the caller's own affair.
        var signer = options.SenderKey is { } key ? await new SignerFactory(options, provider, Clock.Real).OpenAsync(sender, key, cancellation) : null;
        var chain = Providers.Connect(options, provider, Clock.Real);
        var opened = new ModelChain(options, chain, signer);
        try
        {
            await ClaimVerb.RequireChainAsync(chain, cancellation);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public Task<T> AskAsync<T>(ContractView<T> view, CancellationToken cancellation) => Client.AskAsync(Registry, view, BlockRef.Latest, cancellation);

    /// <summary>Tries a call without sending it.</summary>
    /// <exception cref="ChainException">It would revert.</exception>
    public Task TryAsync(ContractCall call, CancellationToken cancellation) => Client.CallAsync(new CallRequest(Account, Registry, Client.Encode(call), UInt256.Zero), BlockRef.Latest, cancellation);

    /// <summary>The newest block: its time is the chain's.</summary>
    public async Task<BlockHeader> HeadAsync(CancellationToken cancellation) => await Client.GetBlockAsync(BlockRef.Latest, cancellation)
        ?? throw new ChainException(ChainErrorKind.BadReply, Client.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");

    /// <summary>Tries a call as this account, and says what it takes.</summary>
    /// <exception cref="ChainException">It would revert.</exception>
    public async Task<GasNeed> EstimateAsync(Address from, ContractCall call, BlockHeader head, CancellationToken cancellation)
    {
        var gas = await Client.EstimateGasAsync(new CallRequest(from, Registry, Client.Encode(call), UInt256.Zero), cancellation);
        return new GasNeed(gas, gas * (head.BaseFee + await Client.GetPriorityFeeAsync(cancellation)));
    }

    public async Task<(TransactionReceipt Receipt, IReadOnlyList<ContractEvent?> Said)> SendAsync(ContractCall call, CancellationToken cancellation)
    {
        var signer = _signer ?? throw new InvalidOperationException("Without a key nothing is sent.");
        var sending = new OneShotSender(Client, signer, _options.Deployment.Watched.Id.ChainId, _options.MaxFeePerGas, Clock.Real).SendAsync(Registry, call, cancellation);
        var receipt = await ProgressLine.WhileAsync("waiting for the transaction", Clock.Real, sending);
        return (receipt, [.. receipt.Logs.Where(log => log.Address == Registry).Select(log => Client.Decode(ContractKind.Registry, log))]);
    }

    public void Dispose()
    {
        _chain.Dispose();
        _signer?.Dispose();
    }
}
