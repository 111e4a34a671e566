using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace OpenSettle.Node.Http;

/// <summary>
/// Answers to reads. Each has a tag of what it says, so that whoever has it is told that nothing changed. How long it holds without asking is
/// said too: what never changes for ever, all else not at all.
/// </summary>
internal static class Answers
{
    /// <summary>What has this address has these bytes for ever.</summary>
    public const string Forever = "public, max-age=31536000, immutable";

    /// <summary>Kept only to be asked about again.</summary>
    public const string AskAgain = "no-cache";

    private const int TagBytes = 16;

    /// <summary>A value as JSON, under the tag of its bytes.</summary>
    public static IResult Json<T>(T value, string cacheControl = AskAgain) => new TaggedJson<T>(value, cacheControl);

    /// <summary>Bytes under a tag that is known without looking at them.</summary>
    public static IResult Tagged(HttpContext context, ReadOnlyMemory<byte> bytes, string tag, string cacheControl, string type = "application/json") =>
        IsKnown(context, tag, cacheControl) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(bytes, type);

    /// <summary>Bytes under the tag that they give.</summary>
    public static IResult Bytes(HttpContext context, ReadOnlyMemory<byte> bytes, string cacheControl, string type = "application/json") =>
        Tagged(context, bytes, TagOf(bytes.Span), cacheControl, type);

    /// <summary>Says the tag, and whether the client has what it stands for.</summary>
    public static bool IsKnown(HttpContext context, string tag, string cacheControl)
    {
        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = cacheControl;
        foreach (var line in context.Request.Headers.IfNoneMatch)
        {
            foreach (var known in (line ?? string.Empty).Split(',', StringSplitOptions.TrimEntries))
            {
                // By the weak comparison: a cache on the way may have compressed the bytes.
                if (known == "*" || known == tag || (known.StartsWith("W/", StringComparison.Ordinal) && known.AsSpan(2).SequenceEqual(tag))) return true;
            }
        }

        return false;
    }

    public static string TagOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return $"\"{Base64Url.EncodeToString(hash[..TagBytes])}\"";
    }

    private sealed class TaggedJson<T>(T value, string cacheControl) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var options = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            return Bytes(httpContext, JsonSerializer.SerializeToUtf8Bytes(value, options), cacheControl, "application/json; charset=utf-8").ExecuteAsync(httpContext);
        }
    }
}
