using System.Text.Json;
using OpenSettle.Passports;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Http;

/// <summary>Passports, as of now or of any block, and parts of them.</summary>
internal sealed class PassportEndpoints(PassportRequest request, SqliteBooks books, NodeState state)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models/{id}/passport", (PassportEndpoints passports, HttpContext context, string id, string? block, CancellationToken cancellation) =>
            passports.PassportAsync(context, id, block, cancellation));
        routes.MapGet("/api/v1/models/{id}/lineage", (PassportEndpoints passports, string id, string? block, CancellationToken cancellation) =>
            passports.LineageAsync(id, block, cancellation));
        routes.MapGet("/api/v1/models/{id}/attestations", (PassportEndpoints passports, string id, string? block, CancellationToken cancellation) =>
            passports.AttestationsAsync(id, block, cancellation));
        routes.MapGet("/api/v1/compare", (PassportEndpoints passports, string? a, string? b, string? block, CancellationToken cancellation) =>
            passports.CompareAsync(a, b, block, cancellation));
    }

    private async Task<IResult> PassportAsync(HttpContext context, string id, string? block, CancellationToken cancellation)
    {
        var (answer, refusal) = await request.AnswerAsync(id, block, cancellation);
        return answer is null ? refusal ?? PassportRequest.NoModel() : PassportRequest.Send(context, answer.Json, answer.Tag, "no-cache");
    }

    /// <summary>What a model derives from, what flowed up, and what derives from it.</summary>
    private async Task<IResult> LineageAsync(string id, string? block, CancellationToken cancellation)
    {
        var (answer, refusal) = await request.AnswerAsync(id, block, cancellation);
        if (answer is null) return refusal ?? PassportRequest.NoModel();
        var (passport, registry) = (answer.File.Passport, state.Registry);
        var model = registry.Get(passport.Model);
        return Results.Ok(new
        {
            model = model.Id.ToString(),
            number = model.Number,
            asOf = Describe(passport.AsOf),
            parents = model.LineageAt(passport.AsOf).Parents.Select(parent => new { model = parent.Model.ToString(), number = registry.Get(parent.Model).Number, share = parent.Share }),
            ancestors = passport.Ancestors.Select(ancestor => new
            {
                model = ancestor.Model.ToString(),
                number = registry.Get(ancestor.Model).Number,
                depth = ancestor.Depth,
                shareMillionths = ancestor.ShareMillionths,
                parents = registry.Get(ancestor.Model).LineageAt(passport.AsOf).Parents.Select(parent => new { model = parent.Model.ToString(), share = parent.Share }),
                flowed = ancestor.Flowed.Select(flow => new { token = flow.Token.ToChecksumString(), amount = flow.Amount.ToString() }),
            }),
            children = registry.Models
                .Where(child => child.Number > model.Number && child.Registration.At.Block < passport.AsOf.Number)
                .SelectMany(child => child.LineageAt(passport.AsOf).Parents.Where(parent => parent.Model == model.Id), (child, parent) => new { model = child.Id.ToString(), number = child.Number, share = parent.Share }),
        });
    }

    /// <summary>As the passport has them, and how many attestations of the deployment there are whose content is not known here yet.</summary>
    private async Task<IResult> AttestationsAsync(string id, string? block, CancellationToken cancellation)
    {
        var (answer, refusal) = await request.AnswerAsync(id, block, cancellation);
        if (answer is null) return refusal ?? PassportRequest.NoModel();
        using var passport = JsonDocument.Parse(answer.Json);
        var (counts, from) = books.Read(session => (session.Attestations.Count(), PassportFill.AttestationsFrom(session)));
        return Results.Ok(new
        {
            model = answer.File.Passport.Model.ToString(),
            asOf = Describe(answer.File.Passport.AsOf),
            unread = counts.Unread,
            // Earlier ones are not known: the books were begun without them.
            knownFrom = from,
            attestations = passport.RootElement.GetProperty("attestations").Clone(),
        });
    }

    private async Task<IResult> CompareAsync(string? a, string? b, string? block, CancellationToken cancellation)
    {
        if (a is null || b is null) return Problems.BadRequest($"'{(a is null ? "a" : "b")}' is missing", "Name two models: /api/v1/compare?a=0x…&b=0x…");
        var (left, refusal) = await request.AnswerAsync(a, block, cancellation);
        if (left is null) return refusal ?? PassportRequest.NoModel();
        var (right, wrong) = await request.AnswerAsync(b, block, cancellation);
        if (right is null) return wrong ?? PassportRequest.NoModel();
        var answer = new System.Buffers.ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(answer)) ComparisonJson.Write(json, left.File, right.File);
        return Results.Bytes(answer.WrittenMemory, "application/json");
    }

    internal static object Describe(BlockPoint point) => new { block = point.Number, time = point.Timestamp };
}
