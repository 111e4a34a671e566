using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Witness;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What anybody needs to check usage without believing this node: signed batches, and what proves one event of one.</summary>
/// <param name="held">What this node pulled, where it is one that believes nobody; then its own journal is empty.</param>
internal sealed class ProofEndpoints(NodeOptions options, IUsageJournal usage, HeldBatches? held = null)
{
    private const string EventsPath = "/api/v1/events/";
    private const string ProofEnd = "/proof";
    private static readonly byte[] LineFeed = [(byte)'\n'];

    public static void Map(IEndpointRouteBuilder routes)
    {
        // A source is often a URL: what stands before the last segment is one, with slashes or without.
        routes.MapGet(EventsPath + "{**event}", (ProofEndpoints proofs, HttpContext context) => proofs.ProveAsync(context))
            .For(Access.Public).Costs(5).DescribedAs("/api/v1/events/{source}/{id}/proof").WithName("getEventProof").WithSummary("An event's line and, where a signed batch has it, what proves it").Produces<EventProofAnswer>();
        routes.MapGet("/api/v1/batches/{gateway}", (ProofEndpoints proofs, string gateway) => proofs.Last(gateway))
            .For(Access.Public).WithName("getLastBatch").WithSummary("Number and digest of a gateway's last batch: what its next one names").Produces<LastBatchAnswer>();
        routes.MapGet("/api/v1/batches/{gateway}/{number}", (ProofEndpoints proofs, HttpContext context, string gateway, string number) => proofs.Batch(context, gateway, number))
            .For(Access.Public).WithName("getBatch").WithSummary("A signed batch as it was signed; never changes").Produces<string>(200, "application/x-ndjson");
    }

    private async Task<IResult> ProveAsync(HttpContext context)
    {
        if (EventOf(context) is not var (source, id)) return Problems.NotFound("There is no such page", "GET /api/v1/events/{source}/{id}/proof proves an event; source and id are percent-encoded.");
        if (await usage.FindAsync(source, id) is not { } found) return Problems.NotFound("This node does not know that event", "Check source and id: each is percent-encoded once.");
        var seal = usage.SealOf(found.Position) ?? throw new InvalidOperationException($"Event {found.Position} is in the journal and no seal covers it.");
        var hold = usage.HoldOf(found.Position);
        var line = found.Event.ToBatched().ToText();
        if (found.Batch == 0) return Answers.Json(Describe(found, line, seal, hold, signed: null));
        var batch = usage.BatchOf(found.Batch) ?? throw new InvalidOperationException($"Event {found.Position} is of batch {found.Batch}, which is not there.");
        if (Lines(batch) is not { } lines) return Gone(batch.Signed.Statement);
        var tree = TreeOf(lines);
        var index = checked((int)(found.Position - batch.FirstPosition));
        return Answers.Json(Describe(found, line, seal, hold, new SignedEventAnswer(BatchTree.LeafOf(line), index, tree.Proof(index), Describe(batch.Signed))));
    }

    /// <summary>What a gateway needs to go on after it lost its own record.</summary>
    private IResult Last(string gateway)
    {
        if (!Address.TryParse(gateway, out var address)) return BadGateway();
        if (held?.Last(address) is { } pulled) return Answers.Json(new LastBatchAnswer(address, pulled.Number, pulled.Digest, null));
        var (number, digest) = usage.LastBatch(address);
        // Where the last one was lost after an epoch settled it, its digest is not known, and the next one may name any.
        var settledBy = number > 0 ? usage.LostBatch(address, number)?.Epoch : null;
        return Answers.Json(new LastBatchAnswer(address, number, digest, settledBy));
    }

    private IResult Batch(HttpContext context, string gateway, string number)
    {
        if (!Address.TryParse(gateway, out var address)) return BadGateway();
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) return Problems.BadRequest("That is not a batch's number", "A batch's number is a whole number from 1.");
        if (parsed <= long.MaxValue && held?.Find(address, parsed) is { } pulled)
            return Answers.IsKnown(context, $"\"{pulled.Digest}\"", Answers.Forever) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(held.Bytes(address, parsed) ?? [], "application/x-ndjson");
        if (parsed > long.MaxValue || usage.Batch(address, parsed) is not { } batch) return Missing(address, parsed);
        var tag = $"\"{batch.Signed.Digest}\"";
        // What was signed never changes.
        if (Answers.IsKnown(context, tag, Answers.Forever)) return Results.StatusCode(StatusCodes.Status304NotModified);
        if (Lines(batch) is not { } lines)
        {
            (context.Response.Headers.ETag, context.Response.Headers.CacheControl) = (default, default);
            return Gone(batch.Signed.Statement);
        }

        return Results.Stream(body => WriteAsync(body, batch, lines, context.RequestAborted), "application/x-ndjson");
    }

    private async Task WriteAsync(Stream body, JournaledBatch batch, List<byte[]> lines, CancellationToken cancellation)
    {
        var id = options.Deployment.Watched.Id;
        await body.WriteAsync(BatchFile.Head(id.ChainId, id.Registry, batch.Signed), cancellation);
        foreach (var line in lines)
        {
            await body.WriteAsync(line, cancellation);
            await body.WriteAsync(LineFeed, cancellation);
        }
    }

    /// <summary>The lines of a batch, which is as large as a request can be; null where its events are not all here any more.</summary>
    private List<byte[]>? Lines(JournaledBatch batch)
    {
        var count = checked((int)batch.Signed.Statement.Count);
        var events = usage.Events(batch.FirstPosition - 1, count);
        // Events are archived, and some of those that wait stay: where the last one is in its place, all are in theirs.
        if (events.Count != count || events[^1].Position != batch.FirstPosition + count - 1) return null;
        return [.. events.Select(e => e.Event.ToBatched().ToText())];
    }

    private static BatchTree TreeOf(List<byte[]> lines)
    {
        var hashes = new byte[lines.Count * Hash32.Size];
        for (var i = 0; i < lines.Count; i++) Keccak256.Hash(lines[i], hashes.AsSpan(i * Hash32.Size, Hash32.Size));
        return BatchTree.OfLineHashes(hashes);
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

    private static EventProofAnswer Describe(JournaledEvent found, byte[] line, Seal seal, Hold hold, SignedEventAnswer? signed) => new(
        found.Event.Source,
        found.Event.Id,
        signed is not null,
        signed is null ? "The event came in no signed batch: that it came, this node alone says." : null,
        Encoding.UTF8.GetString(line),
        found.Position,
        new EventSealAnswer(seal.Position, seal.Received, seal.Chain),
        hold == Hold.None ? null : hold,
        signed);

    private BatchAnswer Describe(SignedStatement signed)
    {
        var (id, statement) = (options.Deployment.Watched.Id, signed.Statement);
        return new BatchAnswer(
            id.ChainId, id.Registry, statement.Gateway, statement.Number, statement.Root, statement.Count, statement.FirstTime, statement.LastTime, statement.Previous,
            signed.Digest, new HexData(signed.Signature));
    }

    private IResult Missing(Address gateway, ulong number) => usage.LostBatch(gateway, number) is { } lost
        ? Problems.NotFound("This node lost that batch", $"Epoch {lost.Epoch}, or one before it, settled batch {number} of {gateway.ToChecksumString()}; its events are not here any more. Ask the gateway, or a node that has its own.")
        : Problems.NotFound("This node does not have that batch", "GET /api/v1/batches/{gateway} tells the last one.");

    private static IResult BadGateway() => Problems.BadRequest("That is not an address", "A gateway is named by the account that signs for it: 0x and 40 hexadecimal digits; mixed case must be a right checksum.");

    private static IResult Gone(BatchStatement statement) =>
        Problems.Of(410, "The events of that batch were moved out of the journal", $"They are in the operator's archive: batch {statement.Number} of {statement.Gateway.ToChecksumString()}.");
}
