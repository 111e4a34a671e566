using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What anybody needs to check usage without believing this node: signed batches, and what proves one event of one.</summary>
internal sealed class ProofEndpoints(NodeOptions options, IUsageJournal usage)
{
    // Events of a batch that are in memory at once.
    private const int Page = 256;

    private const string EventsPath = "/api/v1/events/";
    private const string ProofEnd = "/proof";

    public static void Map(IEndpointRouteBuilder routes)
    {
        // A source is often a URL: what stands before the last segment is one, with slashes or without.
        routes.MapGet(EventsPath + "{**event}", (ProofEndpoints proofs, HttpContext context) => proofs.ProveAsync(context));
        routes.MapGet("/api/v1/batches/{gateway}", (ProofEndpoints proofs, string gateway) => proofs.Last(gateway));
        routes.MapGet("/api/v1/batches/{gateway}/{number}", (ProofEndpoints proofs, HttpContext context, string gateway, string number) => proofs.Batch(context, gateway, number));
    }

    private async Task<IResult> ProveAsync(HttpContext context)
    {
        if (EventOf(context) is not var (source, id)) return Problems.NotFound("There is no such page", "GET /api/v1/events/{source}/{id}/proof proves an event; source and id are percent-encoded.");
        if (await usage.FindAsync(source, id) is not { } found) return Problems.NotFound("This node does not know that event", "Check source and id: each is percent-encoded once.");
        var seal = usage.SealOf(found.Position) ?? throw new InvalidOperationException($"Event {found.Position} is in the journal and no seal covers it.");
        var hold = usage.HoldOf(found.Position);
        var line = found.Event.ToBatched().ToText();
        if (found.Batch == 0) return Results.Ok(Describe(found, line, seal, hold, signed: null));
        var batch = usage.BatchOf(found.Batch) ?? throw new InvalidOperationException($"Event {found.Position} is of batch {found.Batch}, which is not there.");
        if (Tree(batch) is not { } tree) return Gone(batch.Signed.Statement);
        var index = checked((int)(found.Position - batch.FirstPosition));
        return Results.Ok(Describe(found, line, seal, hold, new
        {
            leaf = BatchTree.LeafOf(line).ToString(),
            index,
            path = tree.Proof(index).Select(node => node.ToString()),
            batch = Describe(batch.Signed),
        }));
    }

    /// <summary>What a gateway needs to go on after it lost its own record.</summary>
    private IResult Last(string gateway)
    {
        if (!Address.TryParse(gateway, out var address)) return BadGateway();
        var (number, digest) = usage.LastBatch(address);
        return Results.Ok(new { gateway = address.ToChecksumString(), number, digest = digest.ToString() });
    }

    private IResult Batch(HttpContext context, string gateway, string number)
    {
        if (!Address.TryParse(gateway, out var address)) return BadGateway();
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) return Problems.BadRequest("That is not a batch's number", "A batch's number is a whole number from 1.");
        if (parsed > long.MaxValue || usage.Batch(address, parsed) is not { } batch)
            return Problems.NotFound("This node does not have that batch", "GET /api/v1/batches/{gateway} tells the last one.");
        var tag = $"\"{batch.Signed.Digest}\"";
        var headers = context.Response.Headers;
        headers.ETag = tag;
        // What was signed never changes.
        headers.CacheControl = "public, max-age=31536000, immutable";
        if (context.Request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(tag, StringComparer.Ordinal)) return Results.StatusCode(StatusCodes.Status304NotModified);
        if (!IsWhole(batch))
        {
            headers.Remove("ETag");
            headers.Remove("Cache-Control");
            return Gone(batch.Signed.Statement);
        }

        return Results.Stream(body => WriteAsync(body, batch, context.RequestAborted), "application/x-ndjson");
    }

    private async Task WriteAsync(Stream body, JournaledBatch batch, CancellationToken cancellation)
    {
        var id = options.Deployment.Watched.Id;
        await body.WriteAsync(BatchFile.Head(id.ChainId, id.Registry, batch.Signed), cancellation);
        var lines = new MemoryStream();
        foreach (var page in Pages(batch))
        {
            lines.SetLength(0);
            foreach (var e in page)
            {
                lines.Write(e.Event.ToBatched().ToText());
                lines.WriteByte((byte)'\n');
            }

            await body.WriteAsync(lines.GetBuffer().AsMemory(0, (int)lines.Length), cancellation);
        }
    }

    /// <summary>The tree of a batch; null where its events are not all here any more.</summary>
    private BatchTree? Tree(JournaledBatch batch)
    {
        if (!IsWhole(batch)) return null;
        var hashes = new byte[checked((int)batch.Signed.Statement.Count * Hash32.Size)];
        var at = 0;
        foreach (var e in Pages(batch).SelectMany(page => page))
        {
            Keccak256.Hash(e.Event.ToBatched().ToText(), hashes.AsSpan(at, Hash32.Size));
            at += Hash32.Size;
        }

        return BatchTree.OfLineHashes(hashes);
    }

    /// <summary>Events leave the journal from its beginning on: where the first of a batch is, all are.</summary>
    private bool IsWhole(JournaledBatch batch) => usage.Events(batch.FirstPosition - 1, 1) is [var first] && first.Position == batch.FirstPosition;

    private IEnumerable<IReadOnlyList<JournaledEvent>> Pages(JournaledBatch batch)
    {
        var left = checked((int)batch.Signed.Statement.Count);
        for (var after = batch.FirstPosition - 1; left > 0;)
        {
            var page = usage.Events(after, Math.Min(left, Page));
            if (page.Count == 0) throw new InvalidOperationException($"The journal ends within batch {batch.Signed.Statement.Number} of gateway {batch.Signed.Statement.Gateway}.");
            yield return page;
            (after, left) = (page[^1].Position, left - page.Count);
        }
    }

    /// <summary>Source and id, decoded once from what the client sent: the path that the server decodes no longer tells which slashes were encoded.</summary>
    private static (string Source, string Id)? EventOf(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2)[0];
        var start = target.IndexOf(EventsPath, StringComparison.Ordinal);
        if (start < 0 || !target.EndsWith(ProofEnd, StringComparison.Ordinal)) return null;
        start += EventsPath.Length;
        var end = target.Length - ProofEnd.Length;
        var slash = end > start ? target.LastIndexOf('/', end - 1) : -1;
        return slash > start && slash < end - 1 ? (Uri.UnescapeDataString(target[start..slash]), Uri.UnescapeDataString(target[(slash + 1)..end])) : null;
    }

    private static object Describe(JournaledEvent found, byte[] line, Seal seal, Hold hold, object? signed) => new
    {
        source = found.Event.Source,
        id = found.Event.Id,
        signed = signed is not null,
        reason = signed is null ? "The event came in no signed batch: that it came, this node alone says." : null,
        line = Encoding.UTF8.GetString(line),
        position = found.Position,
        seal = new { position = seal.Position, received = seal.Received, chain = seal.Chain.ToString() },
        held = hold == Hold.None ? null : System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(hold.ToString()),
        proof = signed,
    };

    private object Describe(SignedStatement signed)
    {
        var (id, statement) = (options.Deployment.Watched.Id, signed.Statement);
        return new
        {
            chainId = id.ChainId,
            registry = id.Registry.ToChecksumString(),
            gateway = statement.Gateway.ToChecksumString(),
            number = statement.Number,
            root = statement.Root.ToString(),
            count = statement.Count,
            firstTime = statement.FirstTime,
            lastTime = statement.LastTime,
            previous = statement.Previous.ToString(),
            digest = signed.Digest.ToString(),
            signature = Hex.Encode(signed.Signature.Span),
        };
    }

    private static IResult BadGateway() => Problems.BadRequest("That is not an address", "A gateway is named by the account that signs for it: 0x and 40 hexadecimal digits; mixed case must be a right checksum.");

    private static IResult Gone(BatchStatement statement) =>
        Problems.Of(410, "The events of that batch were moved out of the journal", $"They are in the operator's archive: batch {statement.Number} of {statement.Gateway.ToChecksumString()}.");
}
