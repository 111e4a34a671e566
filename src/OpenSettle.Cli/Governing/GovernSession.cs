using OpenSettle.Cli.Attesting;
using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Verbs;
using OpenSettle.Epochs;
using OpenSettle.Ethereum;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Governing;

/// <summary>What every way of governing needs: the chain, the vault as it stands, and who sends.</summary>
internal sealed class GovernSession : IDisposable
{
    // Endpoints that serve less at once say so, and are asked for less.
    private const ulong MostBlocksAtOnce = 10_000;

    private readonly ChainEndpoints _chain;
    private readonly NodeOptions _options;
    private readonly ISigner? _signer;

    private GovernSession(NodeOptions options, IChainProvider provider, ChainEndpoints chain, ISigner? signer, VaultState vault, BlockHeader head) =>
        (_options, Provider, _chain, _signer, Vault, Head) = (options, provider, chain, signer, vault, head);

    /// <summary>The settings that it reads.</summary>
    public static IReadOnlyList<SettingDefinition> Settings { get; } =
    [
        Node.Configuration.Settings.Rpc, Node.Configuration.Settings.Deployment, Node.Configuration.Settings.Client, Node.Configuration.Settings.RpcTimeoutSeconds,
        Node.Configuration.Settings.MaxFeeGwei, Node.Configuration.Settings.SenderKey, .. Node.Configuration.Settings.ForKeys,
    ];

    public IChainProvider Provider { get; }

    /// <summary>As it is now.</summary>
    public VaultState Vault { get; }

    /// <summary>The newest block: its time is the chain's.</summary>
    public BlockHeader Head { get; }

    public DeploymentId Id => _options.Deployment.Watched.Id;

    public IReadOnlyList<TokenInfo> Tokens => _options.Deployment.Tokens;

    public IChainClient Client => _chain.Settling;

    /// <summary>The account of the key; null without one.</summary>
    public Address? Account => _signer?.Address;

    /// <param name="opensKey">False where nothing is sent by a key: then a key that is set is left alone.</param>
    /// <param name="needsKey">False where nothing is sent: then it goes without one, too.</param>
    public static async Task<GovernSession> OpenAsync(SettingsReader settings, bool opensKey, bool needsKey, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var sender = Node.Configuration.Settings.SenderKey;
        if (options.SenderKey is null && needsKey)
            throw new VerbException(ExitCode.Usage, $"{sender.Key} is not set: it is the key of the account that sends. Set {sender.EnvironmentName}, or {sender.Flag} file:PATH; --calldata prints what a multi-signature wallet has to send.");
        var provider = Providers.Choose(options.Client, Clock.Real);
        // Before anything is asked of others: a key that cannot be had is the caller's own affair.
        var signer = opensKey && options.SenderKey is { } key ? await new SignerFactory(options, provider, Clock.Real).OpenAsync(sender, key, cancellation) : null;
        var chain = Providers.Connect(options, provider, Clock.Real);
        try
        {
            await ClaimVerb.RequireChainAsync(chain, cancellation);
            var head = await chain.Settling.GetBlockAsync(BlockRef.Latest, cancellation)
                ?? throw new ChainException(ChainErrorKind.BadReply, chain.Settling.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");
            return new GovernSession(options, provider, chain, signer, await VaultState.ReadAsync(chain.Settling, options.Deployment.Watched.Id.Vault, cancellation), head);
        }
        catch
        {
            chain.Dispose();
            signer?.Dispose();
            throw;
        }
    }

    public Task<T> AskAsync<T>(ContractView<T> view, CancellationToken cancellation) => Client.AskAsync(Id.Vault, view, BlockRef.Latest, cancellation);

    public async Task<bool> HasCodeAsync(Address account, CancellationToken cancellation) => !(await Client.GetCodeAsync(account, BlockRef.Latest, cancellation)).IsEmpty;

    /// <summary>What is scheduled of a kind, its content found in the vault's logs and held against the hash that the vault keeps; null where nothing is.</summary>
    public async Task<Scheduled?> FindAsync(ChangeKind kind, CancellationToken cancellation)
    {
        var (hash, readyAt) = await AskAsync(new RoyaltySplit.Scheduled(kind), cancellation);
        if (hash.IsZero) return null;
        var first = _options.Deployment.Watched.FirstBlock;
        var (last, step) = (Head.Number, MostBlocksAtOnce);
        while (last >= first)
        {
            var from = last - first >= step ? last - step + 1 : first;
            IReadOnlyList<LogEntry> logs;
            try
            {
                logs = await Client.GetLogsAsync(new LogFilter(from, last, [Id.Vault], RoyaltySplit.ScheduledTopics(kind)), cancellation);
            }
            catch (ChainException e) when (e.Kind == ChainErrorKind.RangeTooLarge && step > 1)
            {
                step /= 2;
                continue;
            }

            var data = logs.Select(log => Client.Decode(ContractKind.Vault, log)).OfType<RoyaltySplit.ChangeScheduled>().LastOrDefault(said => said.Kind == kind && Keccak256.Hash(said.Data.Span) == hash)?.Data;
            if (data is not null) return new Scheduled(kind, hash, readyAt, data);
            if (from == 0) break;
            last = from - 1;
        }

        return new Scheduled(kind, hash, readyAt, null);
    }

    /// <summary>Tries a call as this account, and says what it takes.</summary>
    /// <exception cref="ChainException">It would revert.</exception>
    public async Task<GasNeed> EstimateAsync(Address from, ContractCall call, CancellationToken cancellation)
    {
        var gas = await Client.EstimateGasAsync(new CallRequest(from, Id.Vault, Client.Encode(call), UInt256.Zero), cancellation);
        return new GasNeed(gas, gas * (Head.BaseFee + await Client.GetPriorityFeeAsync(cancellation)));
    }

    public Task<TransactionReceipt> SendAsync(ContractCall call, CancellationToken cancellation)
    {
        var signer = _signer ?? throw new InvalidOperationException("Without a key nothing is sent.");
        return ProgressLine.WhileAsync("waiting for the transaction", Clock.Real, new OneShotSender(Client, signer, Id.ChainId, _options.MaxFeePerGas, Clock.Real).SendAsync(Id.Vault, call, cancellation));
    }

    public void Dispose()
    {
        _chain.Dispose();
        _signer?.Dispose();
    }
}

/// <summary>What is scheduled.</summary>
/// <param name="ReadyAt">Block time in seconds.</param>
/// <param name="Data">Its content, by its hash; null where the endpoint has no log of it.</param>
internal sealed record Scheduled(ChangeKind Kind, Hash32 Hash, ulong ReadyAt, ReadOnlyMemory<byte>? Data);

/// <summary>Who may do what, and for how long nothing may be done.</summary>
internal sealed record VaultState(
    Address Governor, Address Guardian, uint AttestorSet, IReadOnlyList<Address> Attestors, uint Threshold, uint Window, ulong PausedUntil, ulong RestUntil, UInt256 GuardianNonce, IReadOnlyList<Ethereum.Contracts.ListedToken> Tokens)
{
    /// <summary>How long a change waits.</summary>
    public TimeSpan Notice => TimeSpan.FromSeconds(2 * (double)Window);

    public static async Task<VaultState> ReadAsync(IChainClient client, Address vault, CancellationToken cancellation)
    {
        Task<T> AskAsync<T>(ContractView<T> view) => client.AskAsync(vault, view, BlockRef.Latest, cancellation);
        return new VaultState(
            await AskAsync(new RoyaltySplit.Governor()), await AskAsync(new RoyaltySplit.Guardian()), await AskAsync(new RoyaltySplit.AttestorSet()), await AskAsync(new RoyaltySplit.AttestorList()),
            await AskAsync(new RoyaltySplit.Threshold()), await AskAsync(new RoyaltySplit.Window()), await AskAsync(new RoyaltySplit.PausedUntil()), await AskAsync(new RoyaltySplit.RestUntil()),
            await AskAsync(new RoyaltySplit.GuardianNonce()), await AskAsync(new RoyaltySplit.ListedTokens()));
    }
}
