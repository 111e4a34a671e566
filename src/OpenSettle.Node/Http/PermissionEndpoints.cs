using System.Globalization;
using System.Text.Json;
using OpenSettle.Node.Passports;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

/// <summary>Whether an account may use a model: asked by gateways before they serve it, so that the answer can be kept for a while.</summary>
internal sealed class PermissionEndpoints(PassportRequest request, PassportSource source)
{
    private const ulong LongestAge = 60;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(
        "/api/v1/models/{id}/permissions",
        (PermissionEndpoints permissions, HttpContext context, string id, string? account, string? use, string? block, CancellationToken cancellation) =>
            permissions.AskAsync(context, id, account, use, block, cancellation))
        .For(Access.Public).WithName("getPermission").WithSummary("Whether an account may use the model, whose word it is, until when").Produces<PermissionForm>();

    private async Task<IResult> AskAsync(HttpContext context, string id, string? account, string? use, string? block, CancellationToken cancellation)
    {
        var (model, refusal) = request.ModelOf(id);
        if (refusal is not null) return refusal;
        var who = Address.Zero;
        if (account is not null && !Address.TryParse(account, out who)) return Problems.BadRequest("'account' is not an address", "An address is 0x and 40 hexadecimal digits; mixed case must be a right checksum. Without one, what anybody may do is told.");
        if (string.IsNullOrEmpty(use) || RoleText.ToWord(use) is not { } word) return Problems.BadRequest("'use' is not a use", "A use is a word of 1 to 32 printable ASCII characters, like inference or training; or 0x and 64 hexadecimal digits.");
        var (point, wrong) = await request.PointAsync(block, exact: true, cancellation);
        if (wrong is not null) return wrong;
        if (source.LoadWords(model, point) is not { } facts) return PassportRequest.NoModel();
        var answer = PermissionAnswer.Of(facts, who, word);
        // Never for longer than the word behind it holds, by the chain's time.
        var age = answer.Expires == 0 ? LongestAge : Math.Min(LongestAge, answer.Expires > point.Timestamp ? answer.Expires - point.Timestamp : 0);
        return Send(context, answer, model, who, word, point, block is null ? age : LongestAge);
    }

    private static IResult Send(HttpContext context, PermissionAnswer answer, ModelId model, Address account, Hash32 use, BlockPoint point, ulong age)
    {
        var words = new PermissionForm(
            model,
            account.IsZero ? null : account,
            use,
            answer.Answer,
            answer.Source,
            answer.Attestation,
            answer.Expires == 0 ? null : answer.Expires.ToString(CultureInfo.InvariantCulture),
            answer.TermsHash.IsZero ? null : answer.TermsHash,
            answer.Uri.Length == 0 ? null : answer.Uri,
            AsOf: null);
        // The block moves on all the time, and what is said mostly does not: the tag is of what is said.
        var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var tag = Answers.TagOf(JsonSerializer.SerializeToUtf8Bytes(words, options));
        var json = JsonSerializer.SerializeToUtf8Bytes(words with { AsOf = PassportEndpoints.Describe(point) }, options);
        return Answers.Tagged(context, json, tag, string.Create(CultureInfo.InvariantCulture, $"public, max-age={age}"));
    }
}
