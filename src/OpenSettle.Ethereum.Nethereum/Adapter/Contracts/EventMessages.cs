using Nethereum.Contracts;
using Nethereum.RPC.Eth.DTOs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using static OpenSettle.Ethereum.Nethereum.Words;
using EasMessages = OpenSettle.Ethereum.Nethereum.Messages.EASMessages;
using PayAddressMessages = OpenSettle.Ethereum.Nethereum.Messages.ModelAccountMessages;
using RailMessages = OpenSettle.Ethereum.Nethereum.Messages.InferencePaymentsMessages;
using RegistryMessages = OpenSettle.Ethereum.Nethereum.Messages.ModelRegistryMessages;
using RelayMessages = OpenSettle.Ethereum.Nethereum.Messages.ClaimRelayMessages;
using ResolverMessages = OpenSettle.Ethereum.Nethereum.Messages.SettlementResolverMessages;
using TokenMessages = OpenSettle.Ethereum.Nethereum.Messages.DemoDollarMessages;
using VaultMessages = OpenSettle.Ethereum.Nethereum.Messages.RoyaltySplitMessages;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>The events as Nethereum's typed event messages.</summary>
internal static class EventMessages
{
    /// <summary>
    /// The event that a log tells of, as Nethereum reads it, or null where it is none that this project uses. The built-in
    /// reading goes first: Nethereum takes lengths and offsets as they come, and some of them would keep it busy for ever.
    /// </summary>
    /// <exception cref="AbiException">The log is malformed, or Nethereum reads it in another way.</exception>
    public static ContractEvent? Decode(ContractKind contract, LogEntry log)
    {
        if (ContractEvents.Decode(contract, log) is not { } told) return null;
        ContractEvent? read;
        try
        {
            var entry = new FilterLog { Topics = [.. log.Topics.Select(topic => topic.ToString())], Data = Hex.Encode(log.Data.Span) };
            read = Token(told, entry) ?? Attesting(told, entry) ?? Registry(told, entry) ?? Vault(told, entry) ?? Payouts(told, entry);
        }
        catch (Exception failure) when (failure is not AbiException)
        {
            // Nethereum has no type for what it cannot read.
            throw new AbiException($"Nethereum cannot read a log of {told.GetType().Name}.");
        }

        if (read is null) throw new NotSupportedException($"{told.GetType().Name} has no message of Nethereum's yet: add it to {nameof(EventMessages)}.");
        return Likeness.Equal(told, read) ? read : throw new AbiException($"Nethereum reads a log of {told.GetType().Name} in another way than the built-in client.");
    }

    private static ContractEvent? Token(ContractEvent told, FilterLog log) => told switch
    {
        Erc20.Transfer => Read(log, (TokenMessages.TransferEvent e) => new Erc20.Transfer(Account(e.From), Account(e.To), UInt(e.Value))),
        InferencePayments.Paid => Read(log, (RailMessages.PaidEvent e) => new InferencePayments.Paid(
            Hash(e.ModelId), Account(e.Payer), Account(e.Token), UInt(e.Amount), Hash(e.UsageRef))),
        ClaimRelay.Relayed => Read(log, (RelayMessages.RelayedEvent e) => new ClaimRelay.Relayed(Account(e.Account), Account(e.Token), Account(e.To), UInt(e.Amount))),
        ClaimRelay.NotRelayed => Read(log, (RelayMessages.NotRelayedEvent e) => new ClaimRelay.NotRelayed(Account(e.Account), Account(e.Token), e.Reason)),
        ModelAccount.NativeReceived => Read(log, (PayAddressMessages.NativeReceivedEvent e) => new ModelAccount.NativeReceived(Account(e.Payer), UInt(e.Amount))),
        _ => null,
    };

    private static ContractEvent? Attesting(ContractEvent told, FilterLog log) => told switch
    {
        SettlementResolver.EpochAttested => Read(log, (ResolverMessages.EpochAttestedEvent e) => new SettlementResolver.EpochAttested(e.Epoch, Hash(e.Uid))),
        SettlementResolver.RecordAttested => Read(log, (ResolverMessages.RecordAttestedEvent e) => new SettlementResolver.RecordAttested(e.Epoch, Hash(e.ModelId), Hash(e.Uid))),
        SettlementResolver.EvaluatorSet => Read(log, (ResolverMessages.EvaluatorSetEvent e) => new SettlementResolver.EvaluatorSet(Account(e.Evaluator), e.Registered, e.Uri)),
        SettlementResolver.LatestSet => Read(log, (ResolverMessages.LatestSetEvent e) => new SettlementResolver.LatestSet(
            Hash(e.ModelId), (StatementKind)e.Kind, Account(e.Attester), Hash(e.Uid))),
        Eas.Attested => Read(log, (EasMessages.AttestedEvent e) => new Eas.Attested(Account(e.Recipient), Account(e.Attester), Hash(e.Uid), Hash(e.SchemaUID))),
        Eas.Revoked => Read(log, (EasMessages.RevokedEvent e) => new Eas.Revoked(Account(e.Recipient), Account(e.Attester), Hash(e.Uid), Hash(e.SchemaUID))),
        Eas.RevokedOffchain => Read(log, (EasMessages.RevokedOffchainEvent e) => new Eas.RevokedOffchain(Account(e.Revoker), Hash(e.Data), e.Timestamp)),
        _ => null,
    };

    private static ContractEvent? Registry(ContractEvent told, FilterLog log) => told switch
    {
        ModelRegistry.ModelRegistered => Read(log, (RegistryMessages.ModelRegisteredEvent e) => new ModelRegistry.ModelRegistered(
            Hash(e.ModelId), e.Number, Account(e.Creator), Account(e.PayAddress), e.NoticePeriod, Hash(e.IdentityHash), Hash(e.MetadataHash), e.Uri)),
        ModelRegistry.SplitSet => Read(log, (RegistryMessages.SplitSetEvent e) => new ModelRegistry.SplitSet(
            Hash(e.ModelId), e.Version, e.EffectiveAt, Structs.Read(e.Rows), UInt(e.PoolWeight), Structs.Read(e.FallbackRows))),
        ModelRegistry.SplitCommitted => Read(log, (RegistryMessages.SplitCommittedEvent e) => new ModelRegistry.SplitCommitted(
            Hash(e.ModelId), e.Version, e.EffectiveAt, new TableCommitment(Hash(e.Hash), e.Rows, UInt(e.Weight), e.Uri))),
        ModelRegistry.SplitCancelled => Read(log, (RegistryMessages.SplitCancelledEvent e) => new ModelRegistry.SplitCancelled(Hash(e.ModelId), e.Version)),
        ModelRegistry.LineageSet => Read(log, (RegistryMessages.LineageSetEvent e) => new ModelRegistry.LineageSet(
            Hash(e.ModelId), e.Version, e.EffectiveAt, Structs.Read(e.Parents))),
        ModelRegistry.LineageCancelled => Read(log, (RegistryMessages.LineageCancelledEvent e) => new ModelRegistry.LineageCancelled(Hash(e.ModelId), e.Version)),
        ModelRegistry.RoyaltySet => Read(log, (RegistryMessages.RoyaltySetEvent e) => new ModelRegistry.RoyaltySet(Hash(e.ModelId), e.Version, e.EffectiveAt, e.Royalty)),
        ModelRegistry.RoyaltyCancelled => Read(log, (RegistryMessages.RoyaltyCancelledEvent e) => new ModelRegistry.RoyaltyCancelled(Hash(e.ModelId), e.Version)),
        ModelRegistry.GatewaySet => Read(log, (RegistryMessages.GatewaySetEvent e) => new ModelRegistry.GatewaySet(Hash(e.ModelId), Account(e.Gateway), e.Listed)),
        ModelRegistry.MetadataSet => Read(log, (RegistryMessages.MetadataSetEvent e) => new ModelRegistry.MetadataSet(Hash(e.ModelId), Hash(e.MetadataHash), e.Uri)),
        ModelRegistry.StatusSet => Read(log, (RegistryMessages.StatusSetEvent e) => new ModelRegistry.StatusSet(Hash(e.ModelId), (ModelStatus)e.Status)),
        ModelRegistry.PermissionSet => Read(log, (RegistryMessages.PermissionSetEvent e) => new ModelRegistry.PermissionSet(
            Hash(e.ModelId), Account(e.Account), Hash(e.Use), (UsePermission)e.Permission, e.Expires, Hash(e.TermsHash), e.Uri)),
        ModelRegistry.NoticeRaised => Read(log, (RegistryMessages.NoticeRaisedEvent e) => new ModelRegistry.NoticeRaised(Hash(e.ModelId), e.NoticePeriod)),
        ModelRegistry.Frozen => Read(log, (RegistryMessages.FrozenEvent e) => new ModelRegistry.Frozen(Hash(e.ModelId))),
        ModelRegistry.Transfer => Read(log, (RegistryMessages.TransferEvent e) => new ModelRegistry.Transfer(Account(e.From), Account(e.To), Word(e.TokenId))),
        _ => null,
    };

    /// <summary>Of the vault: tokens, epochs, and who decides.</summary>
    private static ContractEvent? Vault(ContractEvent told, FilterLog log) => told switch
    {
        RoyaltySplit.TokenListed => Read(log, (VaultMessages.TokenListedEvent e) => new RoyaltySplit.TokenListed(Account(e.Token), UInt(e.SmallestLeaf))),
        RoyaltySplit.Swept => Read(log, (VaultMessages.SweptEvent e) => new RoyaltySplit.Swept(Hash(e.ModelId), Account(e.Token), UInt(e.Amount))),
        RoyaltySplit.EpochProposed => Read(log, (VaultMessages.EpochProposedEvent e) => new RoyaltySplit.EpochProposed(e.ReadyAt, Structs.Read(e.Proposal))),
        RoyaltySplit.EpochVetoed => Read(log, (VaultMessages.EpochVetoedEvent e) => new RoyaltySplit.EpochVetoed(e.Epoch, e.Attempt)),
        RoyaltySplit.EpochActivated => Read(log, (VaultMessages.EpochActivatedEvent e) => new RoyaltySplit.EpochActivated(e.Epoch, Hash(e.Root))),
        RoyaltySplit.Revoked => Read(log, (VaultMessages.RevokedEvent e) => new RoyaltySplit.Revoked(e.Epoch, Hash(e.Key))),
        RoyaltySplit.ChangeScheduled => Read(log, (VaultMessages.ChangeScheduledEvent e) => new RoyaltySplit.ChangeScheduled((ChangeKind)e.Kind, e.Data, e.ReadyAt)),
        RoyaltySplit.ChangeCancelled => Read(log, (VaultMessages.ChangeCancelledEvent e) => new RoyaltySplit.ChangeCancelled((ChangeKind)e.Kind, Account(e.By))),
        RoyaltySplit.ChangeExecuted => Read(log, (VaultMessages.ChangeExecutedEvent e) => new RoyaltySplit.ChangeExecuted((ChangeKind)e.Kind, e.Data)),
        RoyaltySplit.Paused => Read(log, (VaultMessages.PausedEvent e) => new RoyaltySplit.Paused(e.Until, e.RestUntil)),
        RoyaltySplit.Unpaused => Read(log, (VaultMessages.UnpausedEvent e) => new RoyaltySplit.Unpaused(e.RestUntil)),
        _ => null,
    };

    /// <summary>Of the vault: where money goes.</summary>
    private static ContractEvent? Payouts(ContractEvent told, FilterLog log) => told switch
    {
        RoyaltySplit.Claimed => Read(log, (VaultMessages.ClaimedEvent e) => new RoyaltySplit.Claimed(Account(e.Account), Account(e.Token), UInt(e.Amount))),
        RoyaltySplit.ClaimRedirected => Read(log, (VaultMessages.ClaimRedirectedEvent e) => new RoyaltySplit.ClaimRedirected(
            Account(e.Account), Account(e.Token), Account(e.To), UInt(e.Amount))),
        RoyaltySplit.ClaimRefused => Read(log, (VaultMessages.ClaimRefusedEvent e) => new RoyaltySplit.ClaimRefused(
            Account(e.Account), Account(e.Token), Account(e.To), UInt(e.Amount))),
        RoyaltySplit.Pushed => Read(log, (VaultMessages.PushedEvent e) => new RoyaltySplit.Pushed(
            e.Epoch, Account(e.Token), UInt(e.First), UInt(e.Count), UInt(e.Amount))),
        RoyaltySplit.PushRefused => Read(log, (VaultMessages.PushRefusedEvent e) => new RoyaltySplit.PushRefused(
            e.Epoch, UInt(e.Index), Account(e.Recipient), UInt(e.Amount))),
        RoyaltySplit.PushTaken => Read(log, (VaultMessages.PushTakenEvent e) => new RoyaltySplit.PushTaken(
            e.Epoch, UInt(e.Index), Account(e.Account), Account(e.To), UInt(e.Amount))),
        RoyaltySplit.RecipientSet => Read(log, (VaultMessages.RecipientSetEvent e) => new RoyaltySplit.RecipientSet(Account(e.Account), Account(e.Recipient), UInt(e.Nonce))),
        _ => null,
    };

    private static ContractEvent Read<TEvent>(FilterLog log, Func<TEvent, ContractEvent> map)
        where TEvent : new() =>
        log.DecodeEvent<TEvent>() is { } decoded ? map(decoded.Event) : throw new AbiException("Nethereum does not know the log for the event that it names.");

    private static Hash32 Word(System.Numerics.BigInteger number)
    {
        Span<byte> word = stackalloc byte[UInt256.Size];
        UInt(number).WriteBigEndian(word);
        return Hash32.FromBytes(word);
    }
}
