using OpenSettle.Cli.Verbs;
using OpenSettle.Epochs;
using OpenSettle.Ethereum;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Attesting;

/// <summary>What every way of attesting needs: the chain, the resolver with its schemas, the attestation service, and who attests.</summary>
internal sealed class AttestSession : IDisposable
{
    private readonly ChainEndpoints _chain;
    private readonly NodeOptions _options;
    private readonly ISigner? _signer;

    private AttestSession(NodeOptions options, IChainProvider provider, ChainEndpoints chain, ISigner? signer) =>
        (_options, Provider, _chain, _signer, Schemas) = (options, provider, chain, signer, new SchemaSet(options.Deployment.Watched.Resolver));

    /// <summary>The settings that it reads.</summary>
    public static IReadOnlyList<SettingDefinition> Settings { get; } =
    [
        Node.Configuration.Settings.Rpc, Node.Configuration.Settings.Deployment, Node.Configuration.Settings.Client, Node.Configuration.Settings.RpcTimeoutSeconds,
        Node.Configuration.Settings.MaxFeeGwei, Node.Configuration.Settings.SenderKey, .. Node.Configuration.Settings.ForKeys,
    ];

    public IChainProvider Provider { get; }

    public SchemaSet Schemas { get; }

    /// <summary>Where the attestation service is.</summary>
    public Address Service { get; private set; }

    public BlockHeader Head { get; private set; } = new(0, default, default, 0, default);

    public DeploymentId Id => _options.Deployment.Watched.Id;

    public IChainClient Client => _chain.Settling;

    /// <summary>The account of the key; null without one.</summary>
    public Address? Account => _signer?.Address;

    public ISigner Signer => _signer ?? throw NoKey();

    /// <param name="needsKey">False where nothing is signed: then it goes without one, too.</param>
    public static async Task<AttestSession> OpenAsync(SettingsReader settings, bool needsKey, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var provider = Providers.Choose(options.Client, Clock.Real);
        if (options.SenderKey is null && needsKey) throw NoKey();
        // Before anything is asked of others: a key that cannot be had is the caller's own affair.
        var signer = options.SenderKey is { } key ? await new SignerFactory(options, provider, Clock.Real).OpenAsync(Node.Configuration.Settings.SenderKey, key, cancellation) : null;
        var session = new AttestSession(options, provider, Providers.Connect(options, provider, Clock.Real), signer);
        try
        {
            await ClaimVerb.RequireChainAsync(session._chain, cancellation);
            session.Service = await session.AskAsync(session.Schemas.Resolver, new SettlementResolver.Service(), cancellation);
            // One stands for all of them: they are registered together.
            if (await session.AskAsync(session.Schemas.Resolver, new SettlementResolver.SchemaOf(StatementKind.Evaluation), cancellation) != session.Schemas[StatementKind.Evaluation])
                throw new VerbException(ExitCode.Chain, $"the resolver at {session.Schemas.Resolver.ToChecksumString()} has other schemas than this program: they are of different versions.");
            session.Head = await session.Client.GetBlockAsync(BlockRef.Latest, cancellation)
                ?? throw new ChainException(ChainErrorKind.BadReply, session.Client.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public Task<T> AskAsync<T>(Address contract, ContractView<T> view, CancellationToken cancellation) => Client.AskAsync(contract, view, BlockRef.Latest, cancellation);

    /// <summary>The content of an attestation, which is proven by its uid; null where the service has none.</summary>
    public async Task<EasAttestation?> FindAsync(Hash32 uid, CancellationToken cancellation)
    {
        var content = await AskAsync(Service, new Eas.GetAttestation(uid), cancellation);
        if (content.Uid.IsZero) return null;
        if (content.Uid != uid || !AttestationUid.Proves(content))
            throw new VerbException(ExitCode.Disagrees, $"the endpoint's answer for attestation {uid} does not have that uid. Do not trust it: set {Node.Configuration.Settings.Rpc.Flag} to another one.");
        return content;
    }

    /// <summary>How much gas it takes. What would be refused is told before anything is sent.</summary>
    public async Task<GasNeed> EstimateAsync(Address from, Address to, ContractCall call, CancellationToken cancellation)
    {
        try
        {
            var gas = await Client.EstimateGasAsync(new CallRequest(from, to, Client.Encode(call), UInt256.Zero), cancellation);
            return new GasNeed(gas, gas * (Head.BaseFee + await Client.GetPriorityFeeAsync(cancellation)));
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            throw Refused(e);
        }
    }

    public async Task<TransactionReceipt> SendAsync(Address to, ContractCall call, CancellationToken cancellation)
    {
        try
        {
            return await Screen.ProgressLine.WhileAsync(
                "waiting for the transaction", Clock.Real, new OneShotSender(Client, Signer, Id.ChainId, _options.MaxFeePerGas, Clock.Real).SendAsync(to, call, cancellation));
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            throw Refused(e);
        }
    }

    /// <summary>The uids that a transaction attested, in its order.</summary>
    public IReadOnlyList<Hash32> Attested(TransactionReceipt receipt) =>
        [.. receipt.Logs.Where(log => log.Address == Service).Select(log => Client.Decode(ContractKind.Eas, log)).OfType<Eas.Attested>().Select(log => log.Uid)];

    public void Dispose()
    {
        _signer?.Dispose();
        _chain.Dispose();
    }

    private static VerbException Refused(ChainException e) => new(ExitCode.Refused, $"the contract refuses: {AttestRefusals.Describe(e.RevertData)}", e);

    private static VerbException NoKey()
    {
        var key = Node.Configuration.Settings.SenderKey;
        return new VerbException(ExitCode.Usage, $"{key.Key} is not set: it is the key of the account that attests. Set {key.EnvironmentName}, or {key.Flag} file:PATH.");
    }
}

/// <param name="Cost">At the newest block's price, in wei.</param>
internal readonly record struct GasNeed(ulong Gas, UInt256 Cost);
