using System.Globalization;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>The registry as of any block, and the tables that it commits to.</summary>
internal sealed class ModelEndpoints(IBooks books, IUsageJournal usage, NodeState state, IChainClient client, ModelNames names)
{
    // A table of a hundred thousand rows has half of it.
    private const int LargestTable = 16 * 1024 * 1024;

    private const int MostModels = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models", (ModelEndpoints models, HttpContext context, string? block, string? limit, string? after, CancellationToken cancellation) =>
                models.ListAsync(context, block, limit, after, cancellation))
            .For(Access.Public).Costs(5).WithName("listModels").WithSummary("Models by number: splits, parents, gateways").Pages(MostModels, MostModels).Produces<IReadOnlyList<ModelAnswer>>();
        routes.MapGet("/api/v1/models/{id}", (ModelEndpoints models, string id, string? block, CancellationToken cancellation) => models.ShowAsync(id, block, cancellation))
            .For(Access.Public).Costs(2).WithName("getModel").WithSummary("A model, with its use by domain").Produces<ModelAnswer>();
        routes.MapGet("/api/v1/tables/{hash}", (ModelEndpoints models, HttpContext context, string hash) => models.Table(context, hash))
            .For(Access.Public).WithName("getTable").WithSummary("A committed table that was published to this node").Produces<PublishedTable>();
        routes.MapPut("/api/v1/tables/{hash}", (ModelEndpoints models, HttpRequest request, string hash, CancellationToken cancellation) => models.PublishAsync(request, hash, cancellation))
            .For(Access.Public).Costs(20).Takes<PublishedTable>(LargestTable)
            .WithName("publishTable").WithSummary("Publishes a table that a model commits to; anybody may, for its hash is what the chain has").Produces<TableTakenAnswer>().Produces<TableTakenAnswer>(201);
    }

    private async Task<IResult> ListAsync(HttpContext context, string? block, string? limit, string? after, CancellationToken cancellation)
    {
        if (!Paging.TryLimit(limit, MostModels, MostModels, out var most, out var wrong) && wrong is not null) return wrong;
        if (!Paging.TryNumber(after, 0, out var last)) return Problems.BadRequest("'after' is not a model's number", "Follow the Link header of the page before as it is.");
        var (point, refusal) = await PointAsync(block, cancellation);
        if (refusal is not null) return refusal;
        var models = state.Registry.Models.Where(model => model.Number > last && (block is null || model.Registration.At.Block < point.Number)).OrderBy(model => model.Number).Take(most + 1).ToList();
        if (models.Count > most) Paging.Next(context, ("after", Paging.Text(models[most - 1].Number)));
        return Answers.Json<IReadOnlyList<ModelAnswer>>([.. models.Take(most).Select(model => Describe(model, point, state.Tables))]);
    }

    private async Task<IResult> ShowAsync(string id, string? block, CancellationToken cancellation)
    {
        if (!Hash32.TryParse(id, out var parsed)) return Problems.BadRequest("That is not a model id", "A model id is 0x and 64 hexadecimal digits.");
        var (point, refusal) = await PointAsync(block, cancellation);
        if (refusal is not null) return refusal;
        if (!state.Registry.TryGet(new ModelId(parsed), out var model) || (block is not null && model.Registration.At.Block >= point.Number))
            return Problems.NotFound("There is no such model", "GET /api/v1/models lists those that there are.");
        return Answers.Json(Describe(model, point, state.Tables, Domains(model.Id)));
    }

    private IResult Table(HttpContext context, string hash)
    {
        if (!Hash32.TryParse(hash, out var parsed)) return BadHash();
        return books.Read(session => session.Chain.TableText(parsed)) is { } text
            ? Answers.Tagged(context, text, $"\"{parsed.ToString()[2..34]}\"", Answers.Forever)
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
        if (books.Read(session => session.Chain.TableText(parsed)) is not null) return Results.Ok(new TableTakenAnswer(parsed, promised.Rows));
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

        return Results.Created($"/api/v1/tables/{parsed}", new TableTakenAnswer(parsed, promised.Rows));
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

    private IReadOnlyList<DomainUseAnswer> Domains(ModelId model) =>
    [
        .. usage.Rollups(model).GroupBy(rollup => rollup.Key.Domain, rollup => rollup.Sums, StringComparer.Ordinal)
            .OrderBy(sums => sums.Key, StringComparer.Ordinal)
            .Select(sums => new DomainUseAnswer(
                sums.Key,
                sums.Aggregate(0UL, (sum, part) => sum + part.Uses),
                sums.Aggregate(0UL, (sum, part) => sum + part.Successes),
                sums.Aggregate(UInt256.Zero, (sum, part) => sum + part.Units))),
    ];

    private ModelAnswer Describe(ModelEntry model, BlockPoint point, PublishedTables tables, IReadOnlyList<DomainUseAnswer>? domains = null)
    {
        var split = model.SplitAt(point);
        var shown = split.AtHand ? split : tables.Find(split) ?? split;
        return new ModelAnswer(
            model.Id,
            model.Number,
            names.Of(model.Id),
            model.OwnerAt(point.Number),
            model.PayAddress,
            model.Registration.Uri,
            model.Registration.IdentityHash,
            new SplitAnswer(
                split.Version, Describe(shown.Rows), shown.PoolWeight, Describe(shown.Fallback),
                split.Commitment is { } table ? new CommittedTableAnswer(table.Hash, table.Rows, table.Weight, shown.AtHand) : null),
            [.. model.LineageAt(point).Parents.Select(parent => new ParentAnswer(parent.Model, parent.Share))],
            [.. model.GatewaysAt(point.Number)],
            domains);
    }

    private static IReadOnlyList<SplitRowAnswer> Describe(IReadOnlyList<SplitRow> rows) =>
        [.. rows.Select(row => new SplitRowAnswer(row.Account?.ToChecksumString() ?? "OWNER", row.Weight, row.Role))];

    private static IResult BadHash() => Problems.BadRequest("That is not a hash", "A table is named by the keccak-256 of its text: 0x and 64 hexadecimal digits.");
}
