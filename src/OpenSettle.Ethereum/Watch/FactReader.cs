using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// Turns logs into what they mean. Pure: the same logs in the same order give the same facts, however they were cut into
/// ranges. It remembers which pay addresses and tokens there are, and forgets nothing: logs come in chain order, once each.
/// </summary>
public sealed class FactReader
{
    private readonly WatchedDeployment _deployment;
    private readonly Dictionary<Address, ModelId> _payAddresses = [];
    private readonly HashSet<Address> _tokens;
    private readonly IReadOnlyDictionary<Hash32, StatementKind> _schemas;
    private readonly List<(Hash32 Transaction, ulong Epoch, ulong Index)> _refused = [];
    private List<ChainFact> _facts = [];

    /// <param name="deployment">Whose logs these are.</param>
    /// <param name="book">The registry before the first of them.</param>
    /// <param name="tokens">The tokens that were listed before it.</param>
    public FactReader(WatchedDeployment deployment, RegistryBook book, IEnumerable<Address> tokens)
    {
        _deployment = deployment;
        _tokens = [.. tokens];
        _schemas = deployment.Schemas();
        foreach (var model in book.Models) _payAddresses.Add(model.PayAddress, model.Id);
    }

    /// <summary>The row of a split that stands for the token's owner, as the registry contract derives it.</summary>
    public static Address OwnerSentinel { get; } = Address.FromBytes(Keccak256.HashText("OpenSettle.OWNER").ToArray().AsSpan(12));

    /// <summary>What the next logs mean, in their order.</summary>
    /// <param name="logs">Whole blocks.</param>
    /// <param name="timeOf">The time of a block, in seconds.</param>
    /// <exception cref="AbiException">A log of our contracts cannot be read: the contracts are not those that this program knows.</exception>
    public IReadOnlyList<ChainFact> Read(IEnumerable<LogEntry> logs, Func<ulong, ulong> timeOf)
    {
        _facts = [];
        foreach (var log in logs) Take(log, new LogPosition(log.BlockNumber, log.LogIndex), timeOf(log.BlockNumber));
        return _facts;
    }

    private void Take(LogEntry log, LogPosition at, ulong time)
    {
        var id = _deployment.Id;
        if (log.Address == id.Registry) TakeRegistry(Contract.ModelRegistry.Decode(log), at, time);
        else if (log.Address == id.Rail) TakeRail(InferencePayments.Decode(log), at, time, log.TransactionHash);
        else if (log.Address == id.Vault) TakeVault(RoyaltySplit.Decode(log), at, time, log.TransactionHash);
        else if (log.Address == _deployment.Resolver) TakeResolver(SettlementResolver.Decode(log), at, time);
        else if (_schemas.Count > 0 && log.Address == _deployment.Eas) TakeAttestation(log, at, time);
        else if (_tokens.Contains(log.Address))
        {
            if (Erc20.Decode(log) is { } transfer) TakePayment(at, time, log.TransactionHash, transfer.To, transfer.From, log.Address, transfer.Amount);
        }
        else if (_payAddresses.ContainsKey(log.Address) && ModelAccount.Decode(log) is ModelAccount.NativeReceived received)
            TakePayment(at, time, log.TransactionHash, log.Address, received.Payer, Address.Zero, received.Amount);
    }

    private void TakeResolver(ContractEvent? said, LogPosition at, ulong time)
    {
        switch (said)
        {
            case SettlementResolver.EpochAttested e:
                _facts.Add(new EpochWasAttested(at, e.Epoch, e.Uid));
                break;
            case SettlementResolver.RecordAttested e:
                _facts.Add(new RecordWasAttested(at, e.Epoch, new ModelId(e.ModelId), e.Uid));
                break;
            case SettlementResolver.LatestSet e:
                _facts.Add(new LatestWasSet(at, new ModelId(e.ModelId), e.Uid));
                break;
            case SettlementResolver.EvaluatorSet e:
                _facts.Add(new EvaluatorWasSet(at, time, e.Evaluator, e.Registered, e.Uri));
                break;
            default:
                break;
        }
    }

    /// <summary>The service is not ours, and no money depends on what it says: a log that is none of its events is passed over.</summary>
    private void TakeAttestation(LogEntry log, LogPosition at, ulong time)
    {
        ContractEvent? said;
        try
        {
            said = Eas.Decode(log);
        }
        catch (AbiException)
        {
            return;
        }

        if (said is Eas.Attested made && _schemas.TryGetValue(made.Schema, out var kind)) _facts.Add(new AttestationWasMade(at, time, made.Uid, kind, made.Schema, made.Attester, made.Recipient));
        else if (said is Eas.Revoked revoked && _schemas.ContainsKey(revoked.Schema)) _facts.Add(new AttestationWasRevoked(at, time, revoked.Uid));
    }

    private void TakeRail(ContractEvent? said, LogPosition at, ulong time, Hash32 transaction)
    {
        if (said is not InferencePayments.Paid paid) return;
        _facts.Add(new PaymentMade(at, new Payment(
            at, time, transaction, new ModelId(paid.ModelId), paid.Token, paid.Amount, paid.Payer, paid.UsageRef, PaymentRoute.Rail)));
    }

    /// <summary>
    /// What came before the model was registered has no terms yet, and what came before its token was listed was not looked
    /// for then: the sweep finds both as an excess. A transfer of nothing pays nothing.
    /// </summary>
    private void TakePayment(LogPosition at, ulong time, Hash32 transaction, Address to, Address payer, Address token, UInt256 amount)
    {
        if (amount.IsZero || !_payAddresses.TryGetValue(to, out var model)) return;
        _facts.Add(new PaymentMade(at, new Payment(at, time, transaction, model, token, amount, payer, Hash32.Zero, PaymentRoute.PayAddress)));
    }

    private void TakeRegistry(ContractEvent? said, LogPosition at, ulong time)
    {
        if (NoticeOf(said, at, time) is { } notice)
        {
            _facts.Add(new NoticeWasGiven(at, notice));
            return;
        }

        RegistryFact? fact = said switch
        {
            Contract.ModelRegistry.ModelRegistered e => new Registry.ModelRegistered(
                at, time, new ModelId(e.ModelId), e.Number, e.Creator, e.PayAddress, e.NoticePeriod, e.IdentityHash, e.MetadataHash, e.Uri),
            Contract.ModelRegistry.SplitSet e => new Registry.SplitSet(
                at, time, new ModelId(e.ModelId), e.EffectiveAt,
                new Registry.SplitTable(e.Version, ToRows(e.Rows)) { PoolWeight = (UInt128)e.PoolWeight, Fallback = ToRows(e.FallbackRows) }),
            Contract.ModelRegistry.SplitCommitted e => new Registry.SplitSet(
                at, time, new ModelId(e.ModelId), e.EffectiveAt,
                new Registry.SplitTable(e.Version, []) { Commitment = new Registry.TableCommitment(e.Table.Hash, e.Table.Rows, e.Table.Weight) }),
            Contract.ModelRegistry.SplitCancelled e => new Registry.SplitCancelled(at, time, new ModelId(e.ModelId), e.Version),
            Contract.ModelRegistry.LineageSet e => new Registry.LineageSet(
                at, time, new ModelId(e.ModelId), e.EffectiveAt,
                new Lineage(e.Version, [.. e.Parents.Select(parent => new Registry.Parent(new ModelId(parent.ModelId), parent.Share))])),
            Contract.ModelRegistry.LineageCancelled e => new Registry.LineageCancelled(at, time, new ModelId(e.ModelId), e.Version),
            Contract.ModelRegistry.GatewaySet e => new Registry.GatewaySet(at, time, new ModelId(e.ModelId), e.Gateway, e.Listed),
            Contract.ModelRegistry.Transfer e => new OwnerChanged(at, time, new ModelId(e.ModelId), e.To),
            _ => null,
        };
        if (fact is null) return;
        if (fact is Registry.ModelRegistered registered) _payAddresses.Add(registered.PayAddress, registered.Model);
        _facts.Add(new RegistrySaid(at, fact));
    }

    private static ModelNotice? NoticeOf(ContractEvent? said, LogPosition at, ulong time) => said switch
    {
        Contract.ModelRegistry.StatusSet e => new StatusNotice(at, time, new ModelId(e.ModelId), (byte)e.Status),
        Contract.ModelRegistry.PermissionSet e => new PermissionNotice(
            at, time, new ModelId(e.ModelId), e.Account, e.Use, (byte)e.Permission, e.Expires, e.TermsHash, e.Uri),
        Contract.ModelRegistry.MetadataSet e => new MetadataNotice(at, time, new ModelId(e.ModelId), e.MetadataHash, e.Uri),
        Contract.ModelRegistry.Frozen e => new FrozenNotice(at, time, new ModelId(e.ModelId)),
        _ => null,
    };

    private void TakeVault(ContractEvent? said, LogPosition at, ulong time, Hash32 transaction)
    {
        switch (said)
        {
            case RoyaltySplit.TokenListed e:
                _tokens.Add(e.Token);
                _facts.Add(new TokenWasListed(at, new Epochs.ListedToken(e.Token, e.SmallestLeaf)));
                break;
            case RoyaltySplit.Swept e:
                _facts.Add(new PayAddressSwept(at, new Sweep(at, time, transaction, new ModelId(e.ModelId), e.Token, e.Amount)));
                break;
            case RoyaltySplit.Claimed e:
                _facts.Add(new AccountPaid(at, new Payout(at, transaction, e.Account, e.Token, e.Amount)));
                break;
            case RoyaltySplit.EpochProposed e:
                _facts.Add(new EpochWasProposed(at, e.Proposal, e.ReadyAt));
                break;
            case RoyaltySplit.EpochVetoed e:
                _facts.Add(new EpochWasVetoed(at, time, e.Epoch, e.Attempt));
                break;
            case RoyaltySplit.RecipientSet e:
                _facts.Add(new RecipientWasSet(at, e.Account, e.Recipient));
                break;
            case RoyaltySplit.Revoked e:
                _facts.Add(new RootWasRevoked(at, e.Epoch, e.Key));
                break;
            case RoyaltySplit.Paused e:
                _facts.Add(new VaultWasPaused(at, time, e.Until));
                break;
            case RoyaltySplit.Unpaused:
                _facts.Add(new VaultWasUnpaused(at, time));
                break;
            default:
                TakePush(said, at, time, transaction);
                break;
        }
    }

    private void TakePush(ContractEvent? said, LogPosition at, ulong time, Hash32 transaction)
    {
        switch (said)
        {
            case RoyaltySplit.PushRefused e:
                // Comes before the log of its batch, in the same transaction.
                _refused.Add((transaction, e.Epoch, ToIndex(e.Index)));
                break;
            case RoyaltySplit.Pushed e:
                var (first, count) = (ToIndex(e.First), ToIndex(e.Count));
                bool InBatch((Hash32 Transaction, ulong Epoch, ulong Index) entry) =>
                    entry.Transaction == transaction && entry.Epoch == e.Epoch && entry.Index >= first && entry.Index - first < count;
                _facts.Add(new PushMade(at, transaction, e.Epoch, e.Token, first, count, e.Amount, [.. _refused.Where(InBatch).Select(entry => entry.Index)]));
                _refused.RemoveAll(InBatch);
                break;
            case RoyaltySplit.PushTaken e:
                _facts.Add(new PushWasTaken(at, transaction, e.Epoch, ToIndex(e.Index), e.Account, e.To, e.Amount));
                break;
            case RoyaltySplit.EpochActivated e:
                _facts.Add(new EpochWasActivated(at, time, e.Epoch, e.Root));
                break;
            default:
                break;
        }
    }

    private static ulong ToIndex(UInt256 value) => value.FitsUInt64 ? (ulong)value : throw new AbiException("A push has an entry beyond any that there can be.");

    private static Registry.SplitRow[] ToRows(IReadOnlyList<Contract.SplitRow> rows) =>
        [.. rows.Select(row => new Registry.SplitRow(row.Account == OwnerSentinel ? null : row.Account, (UInt128)row.Weight, RoleText.FromWord(row.Role)))];
}
