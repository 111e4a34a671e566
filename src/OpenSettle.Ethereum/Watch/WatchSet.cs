using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Watch;

/// <summary>Which logs matter to a deployment: those of its contracts, and payments into pay addresses in listed tokens.</summary>
public sealed class WatchSet
{
    private readonly WatchedDeployment _deployment;
    private readonly HashSet<Address> _contracts;
    private readonly HashSet<Address> _payAddresses;
    private readonly HashSet<Address> _tokens;

    public WatchSet(WatchedDeployment deployment)
        : this(deployment, [], [])
    {
    }

    private WatchSet(WatchedDeployment deployment, HashSet<Address> payAddresses, HashSet<Address> tokens)
    {
        _deployment = deployment;
        _contracts = [deployment.Id.Registry, deployment.Id.Rail, deployment.Id.Vault, deployment.Resolver];
        _payAddresses = payAddresses;
        _tokens = tokens;
    }

    public IReadOnlySet<Address> Contracts => _contracts;

    public IReadOnlySet<Address> PayAddresses => _payAddresses;

    /// <summary>Listed ERC-20 tokens.</summary>
    public IReadOnlySet<Address> Tokens => _tokens;

    public void AddPayAddress(Address account) => _payAddresses.Add(account);

    /// <summary>Native coin, the zero address, has no contract that would say anything.</summary>
    public void AddToken(Address token)
    {
        if (!token.IsZero) _tokens.Add(token);
    }

    /// <summary>Whether the log matters.</summary>
    public bool Wants(in LogEntry log)
    {
        if (_contracts.Contains(log.Address)) return true;
        if (log.Topics.Count == 0) return false;
        if (log.Topics[0] == ModelAccount.NativeReceivedTopic) return _payAddresses.Contains(log.Address);
        return log.Topics[0] == Erc20.TransferTopic && _tokens.Contains(log.Address) && Erc20.Decode(log) is { } transfer && _payAddresses.Contains(transfer.To);
    }

    /// <summary>Takes what a log of ours says of new pay addresses and tokens: true where it says so.</summary>
    public bool Learn(in LogEntry log)
    {
        if (log.Address == _deployment.Id.Registry && ModelRegistry.Decode(log) is ModelRegistry.ModelRegistered model) return _payAddresses.Add(model.PayAddress);
        return log.Address == _deployment.Id.Vault && RoyaltySplit.Decode(log) is RoyaltySplit.TokenListed { Token.IsZero: false } listed && _tokens.Add(listed.Token);
    }

    public WatchSet Copy() => new(_deployment, [.. _payAddresses], [.. _tokens]);
}
