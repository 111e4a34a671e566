using Nethereum.ABI.FunctionEncoding.Attributes;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;
using static OpenSettle.Ethereum.Nethereum.Structs;
using static OpenSettle.Ethereum.Nethereum.Words;
using EasMessages = OpenSettle.Ethereum.Nethereum.Messages.EASMessages;
using FunctionMessage = Nethereum.Contracts.FunctionMessage;
using RegistryMessages = OpenSettle.Ethereum.Nethereum.Messages.ModelRegistryMessages;
using RelayMessages = OpenSettle.Ethereum.Nethereum.Messages.ClaimRelayMessages;
using ResolverMessages = OpenSettle.Ethereum.Nethereum.Messages.SettlementResolverMessages;
using TokenMessages = OpenSettle.Ethereum.Nethereum.Messages.DemoDollarMessages;
using VaultMessages = OpenSettle.Ethereum.Nethereum.Messages.RoyaltySplitMessages;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>The views as Nethereum's typed messages.</summary>
internal static class ViewMessages
{
    public static ViewQuery<T> Of<T>(ContractView<T> view) =>
        (Token(view) ?? Registry(view) ?? Resolver(view) ?? Service(view) ?? Vault(view) ?? VaultOf(view)) as ViewQuery<T>
        ?? throw new NotSupportedException($"{view.Signature} has no message of Nethereum's yet: add it to {nameof(ViewMessages)}.");

    private static object? Token(object view) => view switch
    {
        Erc20.BalanceOf of => Query(new TokenMessages.BalanceOfFunction(account: Text(of.Account)), (TokenMessages.BalanceOfOutput o) => UInt(o.Value1)),
        Erc20.Symbol => Query(new TokenMessages.SymbolFunction(), (TokenMessages.SymbolOutput o) => o.Value1),
        Erc20.Decimals => Query(new TokenMessages.DecimalsFunction(), (TokenMessages.DecimalsOutput o) => o.Value1),
        _ => null,
    };

    private static object? Registry(object view) => view switch
    {
        ModelRegistry.OwnerSentinel => Query(new RegistryMessages.OWNERFunction(), (RegistryMessages.OWNEROutput o) => Account(o.Value1)),
        ModelRegistry.Vault => Query(new RegistryMessages.VaultFunction(), (RegistryMessages.VaultOutput o) => Account(o.Value1)),
        ModelRegistry.ModelIdOf of => Query(
            new RegistryMessages.ModelIdOfFunction(creator: Text(of.Creator), salt: Bytes(of.Salt)), (RegistryMessages.ModelIdOfOutput o) => Hash(o.Value1)),
        ModelRegistry.PayAddressOf of =>
            Query(new RegistryMessages.PayAddressOfFunction(modelId: Bytes(of.ModelId)), (RegistryMessages.PayAddressOfOutput o) => Account(o.Value1)),
        ModelRegistry.NumberOf of => Query(new RegistryMessages.NumberOfFunction(modelId: Bytes(of.ModelId)), (RegistryMessages.NumberOfOutput o) => o.Value1),
        ModelRegistry.ModelCount => Query(new RegistryMessages.ModelCountFunction(), (RegistryMessages.ModelCountOutput o) => o.Value1),
        ModelRegistry.NoticePeriodOf of =>
            Query(new RegistryMessages.NoticePeriodOfFunction(modelId: Bytes(of.ModelId)), (RegistryMessages.NoticePeriodOfOutput o) => o.Value1),
        ModelRegistry.VersionOf of => Query(
            new RegistryMessages.VersionOfFunction(modelId: Bytes(of.ModelId), term: (byte)of.Term), (RegistryMessages.VersionOfOutput o) => (Version: o.Version, PendingUntil: o.PendingUntil)),
        // The model's id is its token's number.
        ModelRegistry.OwnerOf of => Query(
            new RegistryMessages.OwnerOfFunction(tokenId: Number(UInt256.FromBigEndian(Bytes(of.ModelId)))), (RegistryMessages.OwnerOfOutput o) => Account(o.Value1)),
        _ => null,
    };

    private static object? Resolver(object view) => view switch
    {
        SettlementResolver.AttestationOf of => Query(new ResolverMessages.AttestationOfFunction(epoch: of.Epoch), (ResolverMessages.AttestationOfOutput o) => Hash(o.Uid)),
        SettlementResolver.RecordOf of => Query(
            new ResolverMessages.RecordOfFunction(epoch: of.Epoch, modelId: Bytes(of.ModelId)), (ResolverMessages.RecordOfOutput o) => Hash(o.Uid)),
        SettlementResolver.Latest of => Query(
            new ResolverMessages.LatestFunction(modelId: Bytes(of.ModelId), kind: (byte)of.Kind, attester: Text(of.Attester)), (ResolverMessages.LatestOutput o) => Hash(o.Uid)),
        SettlementResolver.IsEvaluator of => Query(new ResolverMessages.IsEvaluatorFunction(account: Text(of.Account)), (ResolverMessages.IsEvaluatorOutput o) => o.Value1),
        SettlementResolver.SchemaOf of => Query(new ResolverMessages.SchemaOfFunction(kind: (byte)of.Kind), (ResolverMessages.SchemaOfOutput o) => Hash(o.Uid)),
        ClaimRelay.Vault => Query(new RelayMessages.VaultFunction(), (RelayMessages.VaultOutput o) => Account(o.Value1)),
        SettlementResolver.Service => Query(new ResolverMessages.EasFunction(), (ResolverMessages.EasOutput o) => Account(o.Value1)),
        SettlementResolver.EpochSchema => Query(new ResolverMessages.EpochSchemaFunction(), (ResolverMessages.EpochSchemaOutput o) => Hash(o.Value1)),
        _ => null,
    };

    private static object? Service(object view) => view switch
    {
        Eas.GetAttestation of => Query(new EasMessages.GetAttestationFunction(uid: Bytes(of.Uid)), (EasMessages.GetAttestationOutput o) => Read(o.Value1)),
        Eas.GetNonce of => Query(new EasMessages.GetNonceFunction(account: Text(of.Account)), (EasMessages.GetNonceOutput o) => UInt(o.Value1)),
        Eas.GetAttestTypeHash => Query(new EasMessages.GetAttestTypeHashFunction(), (EasMessages.GetAttestTypeHashOutput o) => Hash(o.Value1)),
        Eas.GetDomainSeparator => Query(new EasMessages.GetDomainSeparatorFunction(), (EasMessages.GetDomainSeparatorOutput o) => Hash(o.Value1)),
        Eas.GetRevokeOffchain of => Query(
            new EasMessages.GetRevokeOffchainFunction(revoker: Text(of.Revoker), data: Bytes(of.Uid)), (EasMessages.GetRevokeOffchainOutput o) => o.Value1),
        _ => null,
    };

    /// <summary>Of the vault as a whole.</summary>
    private static object? Vault(object view) => view switch
    {
        RoyaltySplit.Epoch => Query(new VaultMessages.EpochFunction(), (VaultMessages.EpochOutput o) => o.Value1),
        RoyaltySplit.Attempt => Query(new VaultMessages.AttemptFunction(), (VaultMessages.AttemptOutput o) => o.Value1),
        RoyaltySplit.Root => Query(new VaultMessages.RootFunction(), (VaultMessages.RootOutput o) => Hash(o.Value1)),
        RoyaltySplit.OpenProposal => Query(new VaultMessages.OpenProposalFunction(), (VaultMessages.OpenProposalOutput o) => Open(o)),
        RoyaltySplit.Window => Query(new VaultMessages.WindowFunction(), (VaultMessages.WindowOutput o) => o.Value1),
        RoyaltySplit.Threshold => Query(new VaultMessages.ThresholdFunction(), (VaultMessages.ThresholdOutput o) => o.Value1),
        RoyaltySplit.Guardian => Query(new VaultMessages.GuardianFunction(), (VaultMessages.GuardianOutput o) => Account(o.Value1)),
        RoyaltySplit.Governor => Query(new VaultMessages.GovernorFunction(), (VaultMessages.GovernorOutput o) => Account(o.Value1)),
        RoyaltySplit.Registry => Query(new VaultMessages.RegistryFunction(), (VaultMessages.RegistryOutput o) => Account(o.Value1)),
        RoyaltySplit.Rail => Query(new VaultMessages.RailFunction(), (VaultMessages.RailOutput o) => Account(o.Value1)),
        RoyaltySplit.ListedTokens => Query(new VaultMessages.ListedTokensFunction(), (VaultMessages.ListedTokensOutput o) => Read(o.Value1)),
        RoyaltySplit.LastBlock => Query(new VaultMessages.LastBlockFunction(), (VaultMessages.LastBlockOutput o) => o.Value1),
        RoyaltySplit.AttestorSet => Query(new VaultMessages.AttestorSetFunction(), (VaultMessages.AttestorSetOutput o) => o.Value1),
        RoyaltySplit.PausedUntil => Query(new VaultMessages.PausedUntilFunction(), (VaultMessages.PausedUntilOutput o) => o.Value1),
        RoyaltySplit.RestUntil => Query(new VaultMessages.RestUntilFunction(), (VaultMessages.RestUntilOutput o) => o.Value1),
        RoyaltySplit.GuardianNonce => Query(new VaultMessages.GuardianNonceFunction(), (VaultMessages.GuardianNonceOutput o) => UInt(o.Value1)),
        RoyaltySplit.AttestorList => Query(new VaultMessages.AttestorsFunction(), (VaultMessages.AttestorsOutput o) => (IReadOnlyList<Address>)[.. o.Value1.Select(Account)]),
        _ => null,
    };

    /// <summary>Of something in the vault.</summary>
    private static object? VaultOf(object view) => view switch
    {
        RoyaltySplit.ProposalDigest of =>
            Query(new VaultMessages.ProposalDigestFunction(proposal: Message(of.Proposal)), (VaultMessages.ProposalDigestOutput o) => Hash(o.Value1)),
        RoyaltySplit.Scheduled of => Query(
            new VaultMessages.ScheduledFunction(kind: (byte)of.Kind), (VaultMessages.ScheduledOutput o) => (DataHash: Hash(o.DataHash), ReadyAt: o.ReadyAt)),
        RoyaltySplit.IsAttestor of => Query(new VaultMessages.IsAttestorFunction(account: Text(of.Account)), (VaultMessages.IsAttestorOutput o) => o.Value1),
        RoyaltySplit.IsListed of => Query(new VaultMessages.IsListedFunction(token: Text(of.Token)), (VaultMessages.IsListedOutput o) => o.Value1),
        RoyaltySplit.CreditedOf of => Query(new VaultMessages.CreditedFunction(token: Text(of.Token)), (VaultMessages.CreditedOutput o) => UInt(o.Value1)),
        RoyaltySplit.PromisedOf of => Query(new VaultMessages.PromisedFunction(token: Text(of.Token)), (VaultMessages.PromisedOutput o) => UInt(o.Value1)),
        RoyaltySplit.PaidOf of => Query(new VaultMessages.PaidFunction(token: Text(of.Token)), (VaultMessages.PaidOutput o) => UInt(o.Value1)),
        RoyaltySplit.ClaimedOf of => Query(
            new VaultMessages.ClaimedFunction(account: Text(of.Account), token: Text(of.Token)), (VaultMessages.ClaimedOutput o) => UInt(o.Value1)),
        RoyaltySplit.EpochHash of => Query(new VaultMessages.EpochHashFunction(epoch: of.Epoch), (VaultMessages.EpochHashOutput o) => Hash(o.Value1)),
        RoyaltySplit.RootStatus of => Query(
            new VaultMessages.RootStatusFunction(key: Bytes(of.Key)), (VaultMessages.RootStatusOutput o) => (o.ActivatedBy, o.Revoked)),
        RoyaltySplit.RecipientOf of => Query(
            new VaultMessages.RecipientOfFunction(account: Text(of.Account)), (VaultMessages.RecipientOfOutput o) => (Recipient: Account(o.Recipient), Nonce: UInt(o.Nonce))),
        _ => null,
    };

    private static OpenProposal? Open(VaultMessages.OpenProposalOutput open) => open.OpenEpoch == 0 ? null : new(open.OpenEpoch, Hash(open.Digest), open.ReadyAt);

    private static ViewQuery<TMessage, TOutput, T> Query<TMessage, TOutput, T>(TMessage message, Func<TOutput, T> map)
        where TMessage : FunctionMessage, new()
        where TOutput : IFunctionOutputDTO, new() =>
        new(message, map);
}
