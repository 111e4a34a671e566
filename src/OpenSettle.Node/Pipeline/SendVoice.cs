using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>Says why a transaction waits: to the API while it lasts, to the log once.</summary>
internal sealed class SendVoice(NodeOptions options, Address account, NodeState state, ILogger log)
{
    public void Waits(OutboxRecord item, SendWait why, SendView view)
    {
        if (Reason(item, why, view) is not { } reason)
        {
            state.ClearWaiting(item.Purpose);
            return;
        }

        if (!state.SetWaiting(item.Purpose, reason)) return;
        if (why is SendWait.NonceUsed) log.NonceUsed(item.Purpose, reason);
        else log.TransactionWaits(item.Purpose, reason);
    }

    private string? Reason(OutboxRecord item, SendWait why, SendView view) => why switch
    {
        SendWait.FeeAboveCap => $"one gas costs {GasOffer.Price(view.BaseFee, view.Tip)} wei, more than {FeeSetting(item)} allows",
        SendWait.StuckAtCap => $"it was offered for as much as {FeeSetting(item)} allows, and is not mined yet",
        SendWait.CostAboveCap when SendPurpose.IsRelay(item.Purpose) => $"it may cost more than is left of relayBudget: {view.Budget} of {options.Relay.Budget} wei",
        SendWait.CostAboveCap => $"it may cost more than is left of maxEpochCost: {view.Budget} of {options.MaxEpochCost} wei",
        SendWait.TooManyOpen => $"the account's next nonce is {view.NextNonce}, and as many are open as may be",
        SendWait.NonceUsed => $"nonce {item.Nonce} of {account.ToChecksumString()} is used, and by no transaction of this node as far as is seen. "
            + "It gets another nonce once that is final. Give this node a key of its own",
        SendWait.Reverts => view.Call?.Why ?? "nobody needs it any more",
        SendWait.NoFunds => (view.Call?.Refusal is null ? view.Filler?.Why : view.Call.Why) ?? string.Empty,
        SendWait.Refused => view.Refusal?.Message,
        _ => null,
    };

    private static string FeeSetting(OutboxRecord item)
    {
        if (SendPurpose.IsRelay(item.Purpose)) return "relayMaxFeeGwei";
        return SendPurpose.IsPush(item.Purpose) ? "pushMaxFeeGwei" : "maxFeeGwei";
    }
}
