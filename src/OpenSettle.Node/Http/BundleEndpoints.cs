using System.Globalization;
using Microsoft.Net.Http.Headers;
using OpenSettle.Node.Mirrors;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

/// <summary>
/// Bundles, by the hash of their bytes: under the hash alone as text, which a client may take compressed, and under the name
/// of the file as the file, so that a mirror of plain files and a node look alike. Each can be fetched in parts.
/// </summary>
internal static class BundleEndpoints
{
    private const string FileSuffix = ".bundle.gz";
    private const string Text = "application/x-ndjson";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/bundles/{name}", [HttpMethods.Get, HttpMethods.Head], (HttpContext context, string name, BundleFolder bundles, MirrorSet mirrors, IBooks books) => AnswerAsync(context, name, bundles, mirrors, books))
            .For(Access.Public).Costs(2).WithName("getBundle").WithSummary("An epoch's bundle by its hash, whole or in parts; as HASH.bundle.gz its compressed file")
            .Produces<string>(200, Text).Produces<byte[]>(200, "application/gzip").Produces(304);

    private static async Task<IResult> AnswerAsync(HttpContext context, string name, BundleFolder bundles, MirrorSet mirrors, IBooks books)
    {
        var asFile = name.EndsWith(FileSuffix, StringComparison.Ordinal);
        if (!Hash32.TryParse(asFile ? name[..^FileSuffix.Length] : name, out var hash))
            return Problems.BadRequest("That is not a hash", $"A bundle is fetched by the keccak-256 of its bytes: 0x and 64 hexadecimal digits, with {FileSuffix} behind them or nothing.");
        var file = new FileInfo(bundles.PathOf(hash));
        // Another node built it, or this one lost it; strangers' hashes are asked of nobody.
        if (!file.Exists && mirrors.HasAny && books.Read(session => session.Epochs.HasBundle(hash)) && await mirrors.TryRestoreAsync(hash, context.RequestAborted)) file.Refresh();
        if (!file.Exists) return Problems.NotFound("This node does not have that bundle", "The vault's EpochProposed event names where each bundle was published.");
        // What has this name has these bytes for ever.
        context.Response.Headers.CacheControl = Answers.Forever;
        if (asFile) return Results.File(file.FullName, "application/gzip", enableRangeProcessing: true, entityTag: CompressedTag(hash, file));
        context.Response.Headers.Vary = "Accept-Encoding";
        if (!TakesGzip(context.Request))
            return Results.Stream(new BundleText(bundles, hash), Text, enableRangeProcessing: true, entityTag: new EntityTagHeaderValue($"\"{hash}\""));
        context.Response.Headers.ContentEncoding = "gzip";
        return Results.File(file.FullName, Text, enableRangeProcessing: true, entityTag: CompressedTag(hash, file));
    }

    /// <summary>Another program, or another node, compresses the same bundle to other bytes: parts of the two must not be put together.</summary>
    private static EntityTagHeaderValue CompressedTag(Hash32 hash, FileInfo file) =>
        new(string.Create(CultureInfo.InvariantCulture, $"\"{hash}.gz.{file.Length:x}.{file.LastWriteTimeUtc.Ticks:x}\""));

    /// <summary>Whether the client names gzip and does not refuse it. What it does not name it does not get.</summary>
    private static bool TakesGzip(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality != 0);
}
