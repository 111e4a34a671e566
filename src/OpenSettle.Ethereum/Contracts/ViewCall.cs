using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A read of a contract: what to send, and how to read the answer.</summary>
/// <typeparam name="T">What the function returns.</typeparam>
/// <param name="Method">The function's signature, for errors.</param>
/// <param name="Data">The call's data.</param>
/// <param name="Decode">Reads what came back; throws <see cref="AbiException"/>.</param>
public sealed record ViewCall<T>(string Method, ReadOnlyMemory<byte> Data, Func<ReadOnlyMemory<byte>, T> Decode);

/// <summary>Runs view calls.</summary>
public static class ViewCalls
{
    /// <summary>Asks a contract. An answer of the wrong shape (an address without that contract, too) is a <see cref="ChainException"/>.</summary>
    public static async Task<T> ReadAsync<T>(
        this IChainClient client, Address contract, ViewCall<T> view, BlockRef block, CancellationToken cancellation)
    {
        var answer = await client.CallAsync(new CallRequest(null, contract, view.Data, UInt256.Zero), block, cancellation);
        try
        {
            return view.Decode(answer);
        }
        catch (AbiException wrong)
        {
            throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_call", $"{view.Method} of {contract}: {wrong.Message}", wrong);
        }
    }
}

/// <summary>The usual answers.</summary>
internal static class Answers
{
    public static ViewCall<T> View<T>(this AbiFunction function, AbiWriter arguments, AbiReader.ItemReader<T> read) =>
        new(function.Signature, function.Call(arguments), answer =>
        {
            var reader = new AbiReader(answer.Span);
            return read(ref reader);
        });

    public static ViewCall<T> View<T>(this AbiFunction function, AbiReader.ItemReader<T> read) => function.View(new AbiWriter(), read);

    public static UInt256 UInt(ref AbiReader reader) => reader.UInt();

    public static ulong UInt64(ref AbiReader reader) => reader.UInt64();

    public static uint UInt32(ref AbiReader reader) => reader.UInt32();

    public static bool Bool(ref AbiReader reader) => reader.Bool();

    public static Hash32 Word(ref AbiReader reader) => reader.Word();

    public static Address Account(ref AbiReader reader) => reader.Account();
}
