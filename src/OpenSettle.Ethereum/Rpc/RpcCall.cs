using System.Text.Json;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>An error object of a reply.</summary>
internal readonly record struct RpcError(long Code, string Message, JsonElement Data);

/// <summary>One request, and how its result is read.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Parameters">Writes the elements of the parameter array.</param>
/// <param name="Take">Reads the result, from its first token to its last; may not keep any of the reply's memory.</param>
internal sealed record RpcCall<T>(string Method, Action<Utf8JsonWriter> Parameters, RpcCall<T>.ResultReader Take)
{
    public delegate T ResultReader(ref ReplyCursor result);

    /// <summary>Turns an error that is an answer into a result: true where it did.</summary>
    public delegate bool ErrorReader(RpcError error, out T result);

    public ErrorReader? TakeError { get; init; }
}
