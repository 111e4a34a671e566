using System.Runtime.InteropServices;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Watch;

/// <summary>Which logs matter to a deployment: those of its contracts, and payments into pay addresses in listed tokens.</summary>
public sealed class WatchSet
{
    private static readonly BloomBits Transfers = BloomBits.Of(Erc20.TransferTopic);
    private static readonly BloomBits NativeReceipts = BloomBits.Of(ModelAccount.NativeReceivedTopic);

    private readonly WatchedDeployment _deployment;
    private readonly HashSet<Address> _contracts;
    private readonly IReadOnlyDictionary<Hash32, StatementKind> _schemas;
    private readonly HashSet<Address> _payAddresses;
    private readonly HashSet<Address> _tokens;

    // What to look for in blooms: found once for all headers, and taken along by copies.
    private readonly BloomBits[] _contractBits;
    private readonly BloomBits _easBits;
    private readonly BloomBits[] _schemaBits;
    private readonly List<BloomBits> _tokenBits = [];
    private readonly List<AccountBits> _accountBits = [];

    public WatchSet(WatchedDeployment deployment)
    {
        _deployment = deployment;
        _contracts = [deployment.Id.Registry, deployment.Id.Rail, deployment.Id.Vault, deployment.Resolver];
        _contractBits = [.. _contracts.Select(BloomBits.Of)];
        _schemas = deployment.Schemas();
        _easBits = BloomBits.Of(deployment.Eas);
        _schemaBits = [.. _schemas.Keys.Select(BloomBits.Of)];
        _payAddresses = [];
        _tokens = [];
    }

    private WatchSet(WatchSet other)
    {
        (_deployment, _contracts, _contractBits) = (other._deployment, other._contracts, other._contractBits);
        (_schemas, _easBits, _schemaBits) = (other._schemas, other._easBits, other._schemaBits);
        (_payAddresses, _tokens) = ([.. other._payAddresses], [.. other._tokens]);
        (_accountBits, _tokenBits) = ([.. other._accountBits], [.. other._tokenBits]);
    }

    public IReadOnlySet<Address> Contracts => _contracts;

    public IReadOnlySet<Address> PayAddresses => _payAddresses;

    /// <summary>Listed ERC-20 tokens.</summary>
    public IReadOnlySet<Address> Tokens => _tokens;

    /// <summary>The attestation service and the schemas whose logs matter, where it is watched. Other contracts' attestations do not.</summary>
    public (Address Service, IReadOnlyCollection<Hash32> Schemas)? Attestations => _schemas.Count > 0 ? (_deployment.Eas, [.. _schemas.Keys]) : null;

    public void AddPayAddress(Address account) => TryAddPayAddress(account);

    /// <summary>Native coin, the zero address, has no contract that would say anything.</summary>
    public void AddToken(Address token)
    {
        if (!token.IsZero) TryAddToken(token);
    }

    /// <summary>Whether the log matters.</summary>
    public bool Wants(in LogEntry log)
    {
        if (_contracts.Contains(log.Address)) return true;
        if (log.Topics.Count == 0) return false;
        if (_schemas.Count > 0 && log.Address == _deployment.Eas && IsAttestation(in log)) return true;
        if (log.Topics[0] == ModelAccount.NativeReceivedTopic) return _payAddresses.Contains(log.Address);
        return log.Topics[0] == Erc20.TransferTopic && _tokens.Contains(log.Address) && Erc20.Decode(log) is { } transfer && _payAddresses.Contains(transfer.To);
    }

    /// <summary>
    /// Whether a block with this bloom may hold a log that matters: where it says no, there is none. In a block with many logs
    /// nearly all bits are set, and it says yes to nearly everything.
    /// </summary>
    /// <param name="bloom">256 bytes.</param>
    public bool MayHold(ReadOnlySpan<byte> bloom)
    {
        if (AnyIn(_contractBits, bloom)) return true;
        if (_schemaBits.Length > 0 && _easBits.AreIn(bloom) && AnyIn(_schemaBits, bloom)) return true;
        if (Transfers.AreIn(bloom) && AnyIn(CollectionsMarshal.AsSpan(_tokenBits), bloom))
        {
            foreach (ref readonly var account in CollectionsMarshal.AsSpan(_accountBits))
            {
                if (account.AsTopic.AreIn(bloom)) return true;
            }
        }

        if (!NativeReceipts.AreIn(bloom)) return false;
        foreach (ref readonly var account in CollectionsMarshal.AsSpan(_accountBits))
        {
            if (account.AsAddress.AreIn(bloom)) return true;
        }

        return false;
    }

    /// <summary>Takes what a log of ours says of new pay addresses and tokens: true where it says so.</summary>
    public bool Learn(in LogEntry log)
    {
        if (log.Address == _deployment.Id.Registry)
            return ModelRegistry.Decode(log) is ModelRegistry.ModelRegistered model && TryAddPayAddress(model.PayAddress);
        return log.Address == _deployment.Id.Vault
            && RoyaltySplit.Decode(log) is RoyaltySplit.TokenListed { Token.IsZero: false } listed
            && TryAddToken(listed.Token);
    }

    public WatchSet Copy() => new(this);

    /// <summary>Made or revoked, by one of the resolver's schemas, which is the last topic of both.</summary>
    private bool IsAttestation(in LogEntry log) =>
        log.Topics.Count == LogTopics.Most && (log.Topics[0] == Eas.AttestedTopic || log.Topics[0] == Eas.RevokedTopic) && _schemas.ContainsKey(log.Topics[LogTopics.Most - 1]);

    private static bool AnyIn(ReadOnlySpan<BloomBits> all, ReadOnlySpan<byte> bloom)
    {
        foreach (var bits in all)
        {
            if (bits.AreIn(bloom)) return true;
        }

        return false;
    }

    private bool TryAddPayAddress(Address account)
    {
        if (!_payAddresses.Add(account)) return false;
        _accountBits.Add(AccountBits.Of(account));
        return true;
    }

    private bool TryAddToken(Address token)
    {
        if (!_tokens.Add(token)) return false;
        _tokenBits.Add(BloomBits.Of(token));
        return true;
    }

    /// <summary>A pay address as the receiver of a transfer, and as the contract that tells of native coin.</summary>
    private readonly record struct AccountBits(BloomBits AsTopic, BloomBits AsAddress)
    {
        public static AccountBits Of(Address account) => new(BloomBits.Of(LogTopics.Word(account)), BloomBits.Of(account));
    }
}
