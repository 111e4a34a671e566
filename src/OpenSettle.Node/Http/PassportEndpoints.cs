using OpenSettle.Storage;
using System.Text.Json;
using OpenSettle.Node.Passports;
using OpenSettle.Passports;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>Passports, as of now or of any block, and parts of them.</summary>
internal sealed class PassportEndpoints(PassportRequest request, IBooks books, NodeState state, ModelNames names)
{
    private const int MostAttestations = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models/{id}/passport", (PassportEndpoints passports, HttpContext context, string id, string? block, CancellationToken cancellation) =>
            passports.PassportAsync(context, id, block, cancellation))
            .For(Access.Public).Costs(5, ofPast: 50).WithName("getPassport").WithSummary("All that a buyer can know of a model, as of now or of the start of a block").Produces<PassportForm>();
        routes.MapGet("/api/v1/models/{id}/lineage", (PassportEndpoints passports, string id, string? block, CancellationToken cancellation) =>
                passports.LineageAsync(id, block, cancellation))
            .For(Access.Public).Costs(5, ofPast: 50).WithName("getLineage").WithSummary("What a model derives from, what flowed up, and what derives from it").Produces<LineageAnswer>();
        routes.MapGet("/api/v1/models/{id}/attestations", (PassportEndpoints passports, HttpContext context, string id, string? block, string? limit, string? after, CancellationToken cancellation) =>
                passports.AttestationsAsync(context, id, block, limit, after, cancellation))
            .For(Access.Public).Costs(5, ofPast: 50).WithName("listAttestations").WithSummary("The attestations of a passport, in its order").Pages(MostAttestations, MostAttestations).Produces<AttestationsForm>();
        routes.MapGet("/api/v1/compare", (PassportEndpoints passports, HttpContext context, string? a, string? b, string? block, CancellationToken cancellation) =>
                passports.CompareAsync(context, a, b, block, cancellation))
            .For(Access.Public).Costs(10, ofPast: 100).WithName("compareModels").WithSummary("The figures of two models, side by side").Produces<ComparisonForm>();
    }

    private async Task<IResult> PassportAsync(HttpContext context, string id, string? block, CancellationToken cancellation)
    {
        var (answer, refusal) = await request.AnswerAsync(id, block, cancellation);
        return answer is null ? refusal ?? PassportRequest.NoModel() : Answers.Tagged(context, answer.Json, answer.Tag, Answers.AskAgain);
    }

    /// <summary>What a model derives from, what flowed up, and what derives from it.</summary>
    private async Task<IResult> LineageAsync(string id, string? block, CancellationToken cancellation)
    {
        var (answer, refusal) = await request.AnswerAsync(id, block, cancellation);
        if (answer is null) return refusal ?? PassportRequest.NoModel();
        var (passport, registry) = (answer.File.Passport, state.Registry);
        var model = registry.Get(passport.Model);
        var children = registry.Models
            .Where(child => child.Number > model.Number && child.Registration.At.Block < passport.AsOf.Number)
            .SelectMany(child => child.LineageAt(passport.AsOf).Parents.Where(parent => parent.Model == model.Id), (child, parent) => new RelativeAnswer(child.Id, child.Number, names.Of(child.Id), parent.Share));
        return Answers.Json(new LineageAnswer(
            model.Id,
            model.Number,
            Describe(passport.AsOf),
            [.. model.LineageAt(passport.AsOf).Parents.Select(parent => new RelativeAnswer(parent.Model, registry.Get(parent.Model).Number, names.Of(parent.Model), parent.Share))],
            [
                .. passport.Ancestors.Select(ancestor => new AncestorAnswer(
                    ancestor.Model,
                    registry.Get(ancestor.Model).Number,
                    names.Of(ancestor.Model),
                    ancestor.Depth,
                    ancestor.ShareMillionths,
                    [.. registry.Get(ancestor.Model).LineageAt(passport.AsOf).Parents.Select(parent => new ParentAnswer(parent.Model, parent.Share))],
                    [.. ancestor.Flowed.Select(flow => new TokenAmountAnswer(flow.Token, flow.Amount))])),
            ],
            [.. children]));
    }

    /// <summary>As the passport has them, and how many attestations of the deployment there are whose content is not known here yet.</summary>
    private async Task<IResult> AttestationsAsync(HttpContext context, string id, string? block, string? limit, string? after, CancellationToken cancellation)
    {
        if (!Paging.TryLimit(limit, MostAttestations, MostAttestations, out var most, out var wrong) && wrong is not null) return wrong;
        var (answer, refusal) = await request.AnswerAsync(id, block, cancellation);
        if (answer is null) return refusal ?? PassportRequest.NoModel();
        using var passport = JsonDocument.Parse(answer.Json);
        IEnumerable<JsonElement> all = passport.RootElement.GetProperty("attestations").EnumerateArray().ToList();
        if (after is not null)
        {
            all = all.SkipWhile(attestation => UidOf(attestation) != after).ToList();
            if (!all.Any()) return Problems.BadRequest("'after' is no attestation of this model", "Follow the Link header of the page before as it is; where an attestation is gone since, begin anew.");
            all = all.Skip(1);
        }

        var shown = all.Take(most + 1).ToList();
        if (shown.Count > most) Paging.Next(context, ("after", UidOf(shown[most - 1])));
        var (counts, from) = books.Read(session => (session.Attestations.Count(), PassportFill.AttestationsFrom(session)));
        return Answers.Json(new AttestationsForm(answer.File.Passport.Model, Describe(answer.File.Passport.AsOf), counts.Unread, from, [.. shown.Take(most).Select(attestation => attestation.Clone())]));
    }

    private static string UidOf(JsonElement attestation) => attestation.GetProperty("uid").GetString() ?? string.Empty;

    private async Task<IResult> CompareAsync(HttpContext context, string? a, string? b, string? block, CancellationToken cancellation)
    {
        if (a is null || b is null) return Problems.BadRequest($"'{(a is null ? "a" : "b")}' is missing", "Name two models: /api/v1/compare?a=0x…&b=0x…");
        var (left, refusal) = await request.AnswerAsync(a, block, cancellation);
        if (left is null) return refusal ?? PassportRequest.NoModel();
        var (right, wrong) = await request.AnswerAsync(b, block, cancellation);
        if (right is null) return wrong ?? PassportRequest.NoModel();
        var answer = new System.Buffers.ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(answer)) ComparisonJson.Write(json, left.File, right.File);
        return Answers.Bytes(context, answer.WrittenMemory, Answers.AskAgain);
    }

    internal static PointAnswer Describe(BlockPoint point) => new(point.Number, point.Timestamp);
}
