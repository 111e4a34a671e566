using OpenSettle.Node.Passports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

/// <summary>
/// Documents that say more of models, by their hash. Anybody may bring one: its hash is what the registry names, so that nobody can put another in its
/// place, and what no model names is not kept.
/// </summary>
internal sealed class DocumentEndpoints(IBooks books, NodeState state, ModelNames names, PassportSource passports)
{
    /// <summary>A document that more models name is theirs when they are looked at next.</summary>
    private const int MostNamed = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/documents/{hash}", (DocumentEndpoints documents, HttpContext context, string hash) => documents.Show(context, hash))
            .For(Access.Public).WithName("getDocument").WithSummary("What a model's owner says of it, by the hash that the registry names").Produces<PublishedDocument>();
        routes.MapPut("/api/v1/documents/{hash}", (DocumentEndpoints documents, HttpRequest request, string hash, CancellationToken cancellation) => documents.PublishAsync(request, hash, cancellation))
            .For(Access.Public).Costs(20).Takes<PublishedDocument>(ModelDocument.MostBytes)
            .WithName("publishDocument").WithSummary("Publishes a document that a model names; anybody may, for its hash is what the registry has").Produces<HashAnswer>().Produces<HashAnswer>(201);
    }

    private IResult Show(HttpContext context, string hash)
    {
        if (!Hash32.TryParse(hash, out var parsed)) return BadHash();
        if (books.Read(session => session.Documents.Find(parsed)) is not { } bytes) return Problems.NotFound("This node does not have that document", "Whoever has it can publish it with PUT, or with 'opensettle model publish'.");
        // A stranger wrote it: it is data, and no browser makes a page of it.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return Answers.Tagged(context, bytes, $"\"{parsed.ToString()[2..34]}\"", Answers.Forever);
    }

    private async Task<IResult> PublishAsync(HttpRequest request, string hash, CancellationToken cancellation)
    {
        if (!Hash32.TryParse(hash, out var parsed)) return BadHash();
        if (parsed.IsZero || !IsNamed(parsed)) return Problems.NotFound("No model names that document", "A document is published once the registry has its hash in a final block, by registration or by setMetadata.");
        if (books.Read(session => session.Documents.Find(parsed)) is not null) return Results.Ok(new HashAnswer(parsed));
        if (await ReadAsync(request, cancellation) is not { } bytes) return Problems.Of(413, "The document is too large", $"A document has at most {ModelDocument.MostBytes} bytes.");
        if (Keccak256.Hash(bytes) != parsed) return Problems.BadRequest("That is another document", $"The keccak-256 of the body is {Keccak256.Hash(bytes)}: send the text whose hash the model names, byte for byte.");
        if (ModelDocument.TryParse(bytes, out var why) is null) return Problems.BadRequest("That is not a document of a model", $"{why} docs/passport.md has its form; any other JSON object is taken too.");
        try
        {
            var (models, name) = (Naming(parsed), StandingKeeper.NameIn(bytes));
            await books.WriteAsync(
                session =>
                {
                    session.Documents.Add(bytes);
                    foreach (var model in models) session.Standings.SetName(model, name);
                },
                cancellation);
            names.Set(models.Select(model => (model, name)));
        }
        catch (StorageException)
        {
            return Problems.Of(503, "The books cannot take this now", "Send it again later.");
        }

        state.ChangePassports();
        return Results.Created($"/api/v1/documents/{parsed}", new HashAnswer(parsed));
    }

    private bool IsNamed(Hash32 hash) => state.Registry.Models.Any(model => model.Registration.MetadataHash == hash) || books.Read(session => session.Notices.Names(hash));

    /// <summary>Models whose document it is now: what they are called is known with it, and not only when they are looked at next.</summary>
    private List<ModelId> Naming(Hash32 hash)
    {
        if (passports.Now() is not { } now) return [];
        var candidates = state.Registry.InNoOrder.Where(model => model.Registration.MetadataHash == hash).Select(model => model.Id).Union(books.Read(session => session.Notices.Naming(hash))).Take(MostNamed);
        return [.. candidates.Where(model => passports.LoadWords(model, now)?.MetadataHash == hash)];
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > ModelDocument.MostBytes) return null;
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (body.Length + read > ModelDocument.MostBytes) return null;
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static IResult BadHash() => Problems.BadRequest("That is not a hash", "A document is named by the keccak-256 of its bytes: 0x and 64 hexadecimal digits.");
}
