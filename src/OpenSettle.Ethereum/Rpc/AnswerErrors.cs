using System.Net;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>The errors of answers. They are few and short: here a document is read, with all that it may hold.</summary>
internal static class AnswerErrors
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = ReplyCursor.DeepestNesting, AllowDuplicateProperties = false };

    /// <summary>An error, given as an object or, by some proxies, as text.</summary>
    public static RpcError Read(ref ReplyCursor reply)
    {
        if (reply.Token == JsonTokenType.String) return new RpcError(0, Text(reply.Reply, Parse(ref reply)), default);
        reply.EnterObject("error");
        var error = Parse(ref reply);
        return new RpcError(
            error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt64(out var number) ? number : 0,
            error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String ? Text(reply.Reply, message) : "(no message)",
            error.TryGetProperty("data", out var data) ? data : default);
    }

    /// <summary>Whether a body is JSON that may hold errors: an object with an error object, or a batch's array.</summary>
    public static bool IsIn(ReplyReader reply, ReadOnlySpan<byte> body)
    {
        var found = false;
        try
        {
            var cursor = new ReplyCursor(reply, body);
            cursor.Start();
            if (cursor.Token == JsonTokenType.StartObject)
            {
                var fields = new ObjectFields(ErrorOnly);
                while (fields.Next(ref cursor))
                {
                    found |= cursor.Token == JsonTokenType.StartObject;
                    cursor.Skip();
                }
            }
            else
            {
                found = cursor.Token == JsonTokenType.StartArray;
                cursor.Skip();
            }

            cursor.End();
            return found;
        }
        catch (Exception failure) when (failure is JsonException or ChainException)
        {
            // The status says it better.
            return false;
        }
    }

    public static ChainErrorKind KindOf(string method, HttpStatusCode status) => status switch
    {
        HttpStatusCode.TooManyRequests => ChainErrorKind.RateLimited,
        HttpStatusCode.RequestEntityTooLarge when IsOfBlocks(method) => ChainErrorKind.RangeTooLarge,
        HttpStatusCode.RequestTimeout => ChainErrorKind.Unreachable,
        >= HttpStatusCode.InternalServerError => ChainErrorKind.Unreachable,
        // Asking again changes nothing, asking another may.
        HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.Forbidden or HttpStatusCode.NotFound => ChainErrorKind.Forbidden,
        _ => ChainErrorKind.Unknown,
    };

    /// <summary>Whether a smaller answer comes where fewer blocks are asked for.</summary>
    public static bool IsOfBlocks(string method) => method is "eth_getLogs" or ReceiptReplies.OfBlock or ReceiptReplies.OfTransaction;

    private static FieldNames ErrorOnly { get; } = new("error");

    private static JsonElement Parse(ref ReplyCursor reply)
    {
        try
        {
            return JsonElement.Parse(reply.Raw(), Options);
        }
        catch (InvalidOperationException)
        {
            // A name that is not UTF-8, or half of a surrogate pair.
            reply.Reply.Refuse("'error' holds a name that is not a valid string.");
            return default;
        }
    }

    private static string Text(ReplyReader reply, JsonElement text)
    {
        try
        {
            return text.GetString() ?? string.Empty;
        }
        catch (InvalidOperationException)
        {
            reply.Refuse("'error' is not a valid string.");
            return string.Empty;
        }
    }
}
