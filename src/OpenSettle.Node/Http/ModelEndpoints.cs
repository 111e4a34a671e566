using System.Globalization;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>The registry as of any block, and the tables that it commits to.</summary>
internal sealed class ModelEndpoints(SqliteBooks books, IUsageJournal usage, NodeState state, IChainClient client)
{
    // A table of a hundred thousand rows has half of it.
    private const int LargestTable = 16 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models", (ModelEndpoints models, string? block, CancellationToken cancellation) => models.ListAsync(block, cancellation));
        routes.MapGet("/api/v1/models/{id}", (ModelEndpoints models, string id, string? block, CancellationToken cancellation) => models.ShowAsync(id, block, cancellation));
        routes.MapGet("/api/v1/tables/{hash}", (ModelEndpoints models, string hash) => models.Table(hash));
        routes.MapPut("/api/v1/tables/{hash}", (ModelEndpoints models, HttpRequest request, string hash, CancellationToken cancellation) => models.PublishAsync(request, hash, cancellation));
    }

    private async Task<IResult> ListAsync(string? block, CancellationToken cancellation)
    {
        var (point, refusal) = await PointAsync(block, cancellation);
        return refusal ?? Results.Ok(state.Registry.Models.Where(model => block is null || model.Registration.At.Block < point.Number).Select(model => Describe(model, point, state.Tables)));
    }

    private async Task<IResult> ShowAsync(string id, string? block, CancellationToken cancellation)
    {
        if (!Hash32.TryParse(id, out var parsed)) return Problems.BadRequest("That is not a model id", "A model id is 0x and 64 hexadecimal digits.");
        var (point, refusal) = await PointAsync(block, cancellation);
        if (refusal is not null) return refusal;
        if (!state.Registry.TryGet(new ModelId(parsed), out var model) || (block is not null && model.Registration.At.Block >= point.Number))
            return Problems.NotFound("There is no such model", "GET /api/v1/models lists those that there are.");
        return Results.Ok(Describe(model, point, state.Tables, Domains(model.Id)));
    }

    private IResult Table(string hash)
    {
        if (!Hash32.TryParse(hash, out var parsed)) return BadHash();
        return books.Read(session => session.Chain.TableText(parsed)) is { } text
            ? Results.Bytes(text, "application/json")
            : Problems.NotFound("This node does not have that table", "Whoever has it can publish it with PUT, or with 'opensettle table'.");
    }

    /// <summary>
    /// Takes a table from anybody: its hash is what the chain commits to, so that nobody can publish another one, and only
    /// what some model commits to is taken.
    /// </summary>
    private async Task<IResult> PublishAsync(HttpRequest request, string hash, CancellationToken cancellation)
    {
        if (!Hash32.TryParse(hash, out var parsed)) return BadHash();
        var promised = state.Registry.Models.SelectMany(model => model.Splits).Select(split => split.Commitment).FirstOrDefault(commitment => commitment?.Hash == parsed);
        if (promised is null) return Problems.NotFound("No model commits to that table", "A table is published once the registry has its commitment in a final block.");
        if (books.Read(session => session.Chain.TableText(parsed)) is not null) return Results.Ok(new { hash = parsed.ToString(), rows = promised.Rows });
        if (await ReadAsync(request, cancellation) is not { } text) return Problems.Of(413, "The table is too large", $"A table has at most {LargestTable} bytes.");
        if (Keccak256.Hash(text) != parsed) return Problems.BadRequest("That is another table", $"The keccak-256 of the body is {Keccak256.Hash(text)}: send the text that was committed to, byte for byte.");
        try
        {
            var table = TableText.Parse(text);
            var commitment = TableText.Commit(table);
            if (commitment != promised)
                return Problems.BadRequest("The commitment is wrong", $"It promises {promised.Rows} rows of weight {promised.Weight}, and the table has {commitment.Rows} of {commitment.Weight}: the money waits for another split version.");
            await books.WriteAsync(session => session.Chain.AddTable(table), cancellation);
            state.AddTable(table);
        }
        catch (CanonicalFormatException wrong)
        {
            return Problems.BadRequest("That is not a table", $"{wrong.Message} docs/protocol.md, section 1, has its form.");
        }
        catch (StorageException)
        {
            return Problems.Of(503, "The books cannot take this now", "Send it again later.");
        }

        return Results.Created($"/api/v1/tables/{parsed}", new { hash = parsed.ToString(), rows = promised.Rows });
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > LargestTable) return null;
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (body.Length + read > LargestTable) return null;
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    /// <summary>The start of a block; without one, that of the block after the books' last: what a payment made now is divided under.</summary>
    private async Task<(BlockPoint Point, IResult? Refusal)> PointAsync(string? block, CancellationToken cancellation)
    {
        var cursor = books.Read(session => session.Chain.Cursor());
        if (block is null) return (cursor is null ? default : new BlockPoint(cursor.Block + 1, cursor.Timestamp), null);
        if (!ulong.TryParse(block, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return (default, Problems.BadRequest("That is not a block's number", "A block's number is a whole number."));
        if (cursor is null || number > cursor.Block) return (default, Problems.NotFound("The books do not reach that block", $"They end with block {cursor?.Block ?? 0}."));
        try
        {
            return await client.GetBlockAsync(BlockRef.At(number), cancellation) is { } header
                ? (new BlockPoint(number, header.Timestamp), null)
                : (default, Problems.Of(503, "The endpoint does not have that block", "Ask again later."));
        }
        catch (ChainException)
        {
            return (default, Problems.Of(503, "The chain cannot be asked for that block's time", "Ask again later, or without 'block'."));
        }
    }

    private IEnumerable<object> Domains(ModelId model) => usage.Rollups(model).GroupBy(rollup => rollup.Key.Domain, rollup => rollup.Sums, StringComparer.Ordinal)
        .OrderBy(sums => sums.Key, StringComparer.Ordinal)
        .Select(sums => new
        {
            domain = sums.Key,
            events = sums.Aggregate(0UL, (sum, part) => sum + part.Uses),
            ok = sums.Aggregate(0UL, (sum, part) => sum + part.Successes),
            units = sums.Aggregate(UInt256.Zero, (sum, part) => sum + part.Units).ToString(),
        });

    private static object Describe(ModelEntry model, BlockPoint point, PublishedTables tables, object? domains = null)
    {
        var split = model.SplitAt(point);
        var shown = split.AtHand ? split : tables.Find(split) ?? split;
        return new
        {
            id = model.Id.ToString(),
            number = model.Number,
            owner = model.OwnerAt(point.Number).ToChecksumString(),
            payAddress = model.PayAddress.ToChecksumString(),
            uri = model.Registration.Uri,
            identityHash = model.Registration.IdentityHash.ToString(),
            split = new
            {
                version = split.Version,
                rows = Describe(shown.Rows),
                poolWeight = shown.PoolWeight.ToString(CultureInfo.InvariantCulture),
                fallback = Describe(shown.Fallback),
                committed = split.Commitment is { } table
                    ? new { hash = table.Hash.ToString(), rows = table.Rows, weight = table.Weight.ToString(), published = shown.AtHand }
                    : null,
            },
            parents = model.LineageAt(point).Parents.Select(parent => new { model = parent.Model.ToString(), share = parent.Share }),
            gateways = model.GatewaysAt(point.Number).Select(gateway => gateway.ToChecksumString()),
            domains,
        };
    }

    private static IEnumerable<object> Describe(IReadOnlyList<SplitRow> rows) =>
        rows.Select(row => new { account = row.Account?.ToChecksumString() ?? "OWNER", weight = row.Weight.ToString(CultureInfo.InvariantCulture), role = row.Role });

    private static IResult BadHash() => Problems.BadRequest("That is not a hash", "A table is named by the keccak-256 of its text: 0x and 64 hexadecimal digits.");
}
