using OpenSettle.Epochs;
using static OpenSettle.Ethereum.Nethereum.Words;
using ResolverMessages = OpenSettle.Ethereum.Nethereum.Messages.SettlementResolverMessages;

namespace OpenSettle.Ethereum.Nethereum;

internal static partial class Structs
{
    public static ResolverMessages.UsageRecord Message(ulong epoch, ModelRecord record) => new(
        modelId: Bytes(record.Model.Value),
        epoch: epoch,
        uses: record.Uses,
        consumers: record.Consumers,
        tokens: Texts(record.Revenue.Select(revenue => revenue.Token)),
        revenue: [.. record.Revenue.Select(revenue => Number(revenue.Amount))],
        domains: Bytes(record.Domains.Select(domain => domain.Domain)),
        successes: [.. record.Domains.Select(domain => domain.Successes)],
        trials: [.. record.Domains.Select(domain => domain.Trials)]);
}
