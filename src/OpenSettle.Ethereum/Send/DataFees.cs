using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Send;

/// <summary>
/// What a rollup takes for a transaction's data beside its gas. OP's and Scroll's kind have a contract that says it; Arbitrum's
/// is in the estimate of gas; other chains take nothing. Which it is, is found out once.
/// </summary>
public sealed class DataFees(IChainClient client)
{
    // Nonce, fees, gas, address, signature: what is sent beside the data, none of which compresses.
    private const int Envelope = 192;

    private static readonly Address[] Oracles =
        [Address.Parse("0x420000000000000000000000000000000000000F"), Address.Parse("0x5300000000000000000000000000000000000002")];

    private static readonly AbiFunction FeeFunction = new("getL1Fee(bytes)");

    private Address? _oracle;
    private bool _found;

    /// <summary>The fee for that calldata, and a quarter more: the base layer's prices move too.</summary>
    public async Task<UInt256> EstimateAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        if (!_found)
        {
            _oracle = await FindAsync(cancellation);
            _found = true;
        }

        if (_oracle is not { } oracle) return UInt256.Zero;
        var fee = await AskAsync(oracle, data, cancellation)
            ?? throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_call", $"{oracle} does not say what the data of a transaction cost");
        return fee < UInt256.MaxAmount ? fee + fee / 4 : fee;
    }

    private async Task<Address?> FindAsync(CancellationToken cancellation)
    {
        foreach (var oracle in Oracles)
        {
            if ((await client.GetCodeAsync(oracle, BlockRef.Latest, cancellation)).IsEmpty) continue;
            if (await AskAsync(oracle, ReadOnlyMemory<byte>.Empty, cancellation) is not null) return oracle;
        }

        return null;
    }

    private async Task<UInt256?> AskAsync(Address oracle, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        try
        {
            var answer = await client.CallAsync(new CallRequest(null, oracle, FeeFunction.Call(new AbiWriter().Bytes(Sample(data.Span))), UInt256.Zero), BlockRef.Latest, cancellation);
            return answer.Length == UInt256.Size ? UInt256.FromBigEndian(answer.Span) : null;
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.Reverted)
        {
            return null;
        }
    }

    /// <summary>The data, and bytes that compress as badly as a signature.</summary>
    private static byte[] Sample(ReadOnlySpan<byte> data)
    {
        var sample = new byte[data.Length + Envelope];
        data.CopyTo(sample);
        for (var at = data.Length; at < sample.Length; at += Hash32.Size) Keccak256.HashText($"{at}").WriteTo(sample.AsSpan(at, Hash32.Size));
        return sample;
    }
}
