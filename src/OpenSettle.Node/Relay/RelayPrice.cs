using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Relay;

/// <summary>What gas costs now, and what is offered for it.</summary>
/// <param name="Time">The newest block's time: deadlines are held against it.</param>
/// <param name="Each">Of one gas.</param>
/// <param name="Cap">Most that a first offer may cost; null while one gas costs more than it may.</param>
internal sealed record RelayPrice(ulong Time, UInt256 Each, UInt256? Cap)
{
    /// <summary>A quarter more covers what changes until it is mined: as it is signed.</summary>
    public static UInt256 WithMargin(ulong gas, UInt256 cap) => (gas + gas / 4) * cap;

    public static async Task<RelayPrice> AskAsync(IChainClient client, RelayOptions options, CancellationToken cancellation)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");
        var tip = await client.GetPriorityFeeAsync(cancellation);
        return new RelayPrice(head.Timestamp, GasOffer.Price(head.BaseFee, tip), GasOffer.First(head.BaseFee, tip, options.MaxFee)?.Cap);
    }
}
