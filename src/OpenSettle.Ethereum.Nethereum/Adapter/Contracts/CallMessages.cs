using Nethereum.Contracts.MessageEncodingServices;
using OpenSettle.Ethereum.Contracts;
using static OpenSettle.Ethereum.Nethereum.Structs;
using static OpenSettle.Ethereum.Nethereum.Words;
using EasMessages = OpenSettle.Ethereum.Nethereum.Messages.EASMessages;
using FunctionMessage = Nethereum.Contracts.FunctionMessage;
using LegacyMessages = OpenSettle.Ethereum.Nethereum.Messages.EASLegacyMessages;
using RailMessages = OpenSettle.Ethereum.Nethereum.Messages.InferencePaymentsMessages;
using RegistryMessages = OpenSettle.Ethereum.Nethereum.Messages.ModelRegistryMessages;
using RelayMessages = OpenSettle.Ethereum.Nethereum.Messages.ClaimRelayMessages;
using ResolverMessages = OpenSettle.Ethereum.Nethereum.Messages.SettlementResolverMessages;
using TokenMessages = OpenSettle.Ethereum.Nethereum.Messages.DemoDollarMessages;
using VaultMessages = OpenSettle.Ethereum.Nethereum.Messages.RoyaltySplitMessages;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>The calls as Nethereum's typed function messages.</summary>
internal static class CallMessages
{
    /// <summary>The data that Nethereum gives a call, which has to be what the built-in client gives it.</summary>
    /// <exception cref="InvalidOperationException">They differ: one of the two encodes wrongly, and nothing may be sent.</exception>
    public static byte[] Encode(ContractCall call)
    {
        var data = Data(call);
        return data.AsSpan().SequenceEqual(call.Data.Span)
            ? data
            : throw new InvalidOperationException($"{call.Signature}: Nethereum encodes the call in another way than the built-in client. Nothing was sent.");
    }

    public static byte[] Data<TMessage>(TMessage message)
        where TMessage : FunctionMessage, new() =>
        new FunctionMessageEncodingService<TMessage>().GetCallData(message);

    private static byte[] Data(ContractCall call) => Settling(call) ?? Attesting(call)
        ?? throw new NotSupportedException($"{call.Signature} has no message of Nethereum's yet: add it to {nameof(CallMessages)}.");

    private static byte[]? Settling(ContractCall call) => call switch
    {
        Erc20.TransferCall transfer => Data(new TokenMessages.TransferFunction(to: Text(transfer.To), value: Number(transfer.Amount))),
        Erc20.ApproveCall approve => Data(new TokenMessages.ApproveFunction(spender: Text(approve.Spender), value: Number(approve.Amount))),
        Erc20.MintCall mint => Data(new TokenMessages.MintFunction(to: Text(mint.To), amount: Number(mint.Amount))),
        ModelRegistry.RegisterCall register => Data(new RegistryMessages.RegisterFunction(registration: Message(register.Registration))),
        ModelRegistry.SetSplitCall set => Data(new RegistryMessages.SetSplitFunction(modelId: Bytes(set.ModelId), table: Message(set.Table))),
        ModelRegistry.ConfirmSplitCall confirm => Data(new RegistryMessages.ConfirmSplitFunction(modelId: Bytes(confirm.ModelId), table: Message(confirm.Table))),
        ModelRegistry.SetLineageCall set => Data(new RegistryMessages.SetLineageFunction(modelId: Bytes(set.ModelId), parents: Message(set.Parents))),
        ModelRegistry.ConfirmLineageCall confirm =>
            Data(new RegistryMessages.ConfirmLineageFunction(modelId: Bytes(confirm.ModelId), parents: Message(confirm.Parents))),
        ModelRegistry.SetGatewayCall set =>
            Data(new RegistryMessages.SetGatewayFunction(modelId: Bytes(set.ModelId), gateway: Text(set.Gateway), listed: set.Listed)),
        ModelRegistry.SetMetadataCall set =>
            Data(new RegistryMessages.SetMetadataFunction(modelId: Bytes(set.ModelId), metadataHash: Bytes(set.MetadataHash), uri: set.Uri)),
        InferencePayments.PayCall pay => Data(new RailMessages.PayFunction(
            modelId: Bytes(pay.ModelId), token: Text(pay.Token), amount: Number(pay.Amount), usageRef: Bytes(pay.UsageRef))),
        RoyaltySplit.ProposeCall propose =>
            Data(new VaultMessages.ProposeFunction(proposal: Message(propose.Proposal), signatures: Message(propose.Signatures))),
        RoyaltySplit.ActivateCall activate => Data(new VaultMessages.ActivateFunction(proposal: Message(activate.Proposal))),
        RoyaltySplit.VetoCall veto => Data(new VaultMessages.VetoFunction(number: veto.Epoch, attempt: veto.Attempt)),
        RoyaltySplit.ClaimCall { Request: var request } => Data(new VaultMessages.ClaimFunction(
            cumulative: Number(request.Cumulative), account: Text(request.Account), token: Text(request.Token), proof: Bytes(request.Proof))),
        RoyaltySplit.ClaimToCall { Request: var request } claim => Data(new VaultMessages.ClaimToFunction(
            cumulative: Number(request.Cumulative), token: Text(request.Token), proof: Bytes(request.Proof), to: Text(claim.To))),
        RoyaltySplit.ClaimSignedCall claim => Data(new VaultMessages.ClaimSignedFunction(
            request: Message(claim.Request), to: Text(claim.To), deadline: Number(claim.Deadline), signature: claim.Signed.ToArray())),
        RoyaltySplit.ClaimManyCall claims => Data(new VaultMessages.ClaimManyFunction(requests: Message(claims.Requests))),
        ClaimRelay.ClaimSignedManyCall relay => Data(new RelayMessages.ClaimSignedManyFunction(claims: Message(relay.Claims))),
        RoyaltySplit.SweepCall sweep => Data(new VaultMessages.SweepFunction(orders: Message(sweep.Orders))),
        RoyaltySplit.PushCall push => Data(new VaultMessages.PushFunction(batch: Message(push.Batch))),
        RoyaltySplit.TakePushCall take => Data(new VaultMessages.TakePushFunction(
            epoch: take.Epoch, entry: Message(take.Item), proof: Bytes(take.Proof), to: Text(take.To))),
        RoyaltySplit.SetRecipientCall set => Data(new VaultMessages.SetRecipientFunction(recipient: Text(set.Recipient))),
        RoyaltySplit.PauseCall pause => Data(new VaultMessages.PauseFunction(duration: pause.Duration)),
        RoyaltySplit.UnpauseCall => Data(new VaultMessages.UnpauseFunction()),
        RoyaltySplit.ScheduleCall schedule => Data(new VaultMessages.ScheduleFunction(kind: (byte)schedule.Kind, data: schedule.Change.ToArray())),
        RoyaltySplit.ScheduleGuardianCall schedule =>
            Data(new VaultMessages.ScheduleGuardianFunction(guardian: Text(schedule.Guardian), signatures: Message(schedule.Signatures))),
        RoyaltySplit.CancelCall cancel => Data(new VaultMessages.CancelFunction(kind: (byte)cancel.Kind)),
        RoyaltySplit.ExecuteCall execute => Data(new VaultMessages.ExecuteFunction(kind: (byte)execute.Kind, data: execute.Change.ToArray())),
        _ => null,
    };

    private static byte[]? Attesting(ContractCall call) => call switch
    {
        SettlementResolver.AttestEpochCall attest => Data(new ResolverMessages.AttestEpochFunction(record: Message(attest.Record))),
        SettlementResolver.AttestRecordCall attest => Data(new ResolverMessages.AttestRecordFunction(
            epoch: Message(attest.Epoch), record: Message(attest.Epoch.Epoch, attest.Record), proof: Bytes(attest.Proof))),
        SettlementResolver.SetEvaluatorCall set => Data(new ResolverMessages.SetEvaluatorFunction(registered: set.Registered, uri: set.Uri)),
        Eas.AttestCall attest => Data(new EasMessages.AttestFunction(request: new EasMessages.AttestationRequest(schema: Bytes(attest.Schema), data: Message(attest.Item)))),
        Eas.MultiAttestCall attest => Data(new EasMessages.MultiAttestFunction(multiRequests: Message(attest.Groups))),
        Eas.AttestByDelegationCall attest => Data(new EasMessages.AttestByDelegationFunction(delegatedRequest: new EasMessages.DelegatedAttestationRequest(
            schema: Bytes(attest.Schema), data: Message(attest.Item), signature: Message(attest.Signed), attester: Text(attest.Attester), deadline: attest.Deadline))),
        Eas.MultiAttestByDelegationCall attest => Data(new EasMessages.MultiAttestByDelegationFunction(multiDelegatedRequests: Message(attest.Groups))),
        Eas.RevokeCall revoke => Data(new EasMessages.RevokeFunction(request: new EasMessages.RevocationRequest(schema: Bytes(revoke.Schema), data: Message(revoke.Uid)))),
        Eas.MultiRevokeCall revoke => Data(new EasMessages.MultiRevokeFunction(multiRequests: Message(revoke.Groups))),
        Eas.RevokeByDelegationCall revoke => Data(new EasMessages.RevokeByDelegationFunction(delegatedRequest: new EasMessages.DelegatedRevocationRequest(
            schema: Bytes(revoke.Schema), data: Message(revoke.Uid), signature: Message(revoke.Signed), revoker: Text(revoke.Revoker), deadline: revoke.Deadline))),
        Eas.RevokeOffchainCall revoke => Data(new EasMessages.RevokeOffchainFunction(data: Bytes(revoke.Uid))),
        EasLegacy.AttestByDelegationCall attest => Data(new LegacyMessages.AttestByDelegationFunction(delegatedRequest: new LegacyMessages.DelegatedAttestationRequest(
            schema: Bytes(attest.Schema), data: LegacyMessage(attest.Item), signature: LegacyMessage(attest.Signed), attester: Text(attest.Attester)))),
        EasLegacy.MultiAttestByDelegationCall attest => Data(new LegacyMessages.MultiAttestByDelegationFunction(multiDelegatedRequests: LegacyMessage(attest.Groups))),
        EasLegacy.RevokeByDelegationCall revoke => Data(new LegacyMessages.RevokeByDelegationFunction(delegatedRequest: new LegacyMessages.DelegatedRevocationRequest(
            schema: Bytes(revoke.Schema), data: LegacyMessage(revoke.Uid), signature: LegacyMessage(revoke.Signed), revoker: Text(revoke.Revoker)))),
        _ => null,
    };
}
