using System.Text.Json;
using Nethereum.JsonRpc.Client;
using Nethereum.JsonRpc.Client.RpcMessages;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>
/// Nethereum's transport for one call. Its own has one time-out for the whole process, no cancellation, no bound on a
/// reply's size, and drops Retry-After; this one is the built-in client's, so that both fail in the same way.
/// </summary>
internal sealed class GuardedRpcClient(JsonRpcConnection connection, CancellationToken cancellation) : ClientBase
{
    private static readonly JsonSerializerSettings Settings = DefaultJsonSerializerSettingsFactory.BuildDefaultJsonSerializerSettings();

    // Of a field that is there twice, it would take the last, and somebody else the first.
    private static readonly JsonLoadSettings OneOfEach = new() { DuplicatePropertyNameHandling = DuplicatePropertyNameHandling.Error };

    /// <summary>Turns an error that is an answer into the JSON of a result; null leaves it an error.</summary>
    public Func<Rpc.RpcError, string?>? ErrorAsResult { get; init; }

    public override async Task<RpcResponseMessage> SendAsync(RpcRequestMessage rpcRequestMessage, string? route = null)
    {
        var result = await connection.SendOnceAsync(Call(rpcRequestMessage), cancellation);
        return Response(rpcRequestMessage, result);
    }

    protected override async Task<RpcResponseMessage[]> SendAsync(RpcRequestMessage[] requests)
    {
        var results = await connection.SendBatchOnceAsync([.. requests.Select(Call)], cancellation);
        return [.. requests.Zip(results, Response)];
    }

    private RpcCall<string> Call(RpcRequestMessage request) =>
        new(request.Method, writer => WriteParameters(writer, request), TakeResult)
        {
            TakeError = (Rpc.RpcError error, out string result) =>
            {
                var instead = ErrorAsResult?.Invoke(error);
                result = instead ?? string.Empty;
                return instead is not null;
            },
        };

    private static void WriteParameters(Utf8JsonWriter writer, RpcRequestMessage request)
    {
        if (request.RawParameters is not object[] parameters) throw new NotSupportedException($"{request.Method} is called with named parameters.");
        foreach (var parameter in parameters) writer.WriteRawValue(JsonConvert.SerializeObject(parameter, Settings));
    }

    private static string TakeResult(ref ReplyCursor result)
    {
        // Nethereum takes "10" for "0x10" and a bare number for a quantity: such an answer says one of two things.
        if (result.Token is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False)
            result.Reply.Refuse("'result' is neither an object nor text.");
        if (result.Token == JsonTokenType.String && !result.Text(ReplyReader.Result).StartsWith("0x"u8))
            result.Reply.Refuse("'result' does not start with 0x.");
        return System.Text.Encoding.UTF8.GetString(result.Raw());
    }

    private static RpcResponseMessage Response(RpcRequestMessage request, string result)
    {
        using var reader = new JsonTextReader(new StringReader(result)) { DateParseHandling = DateParseHandling.None };
        var token = JToken.ReadFrom(reader, OneOfEach);
        return new RpcResponseMessage(request.Id, token.Type == JTokenType.Null ? null : (object)token);
    }
}
