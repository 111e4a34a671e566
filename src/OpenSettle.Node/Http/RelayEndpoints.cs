using System.Globalization;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Relay;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>Takes claims that their accounts signed, to bring them to the vault at this node's cost.</summary>
internal static class RelayEndpoints
{
    /// <summary>Several signatures of a wallet's owners, and what their wallet wants with them.</summary>
    private const int MostSignature = 4_096;

    private const int MostBody = 256 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/relay", Terms).For(Access.Public).WithName("relayTerms").WithSummary("What this node relays, within which limits, and what is signed for it").Produces<RelayTermsAnswer>();
        routes.MapPost("/api/v1/relay/claims", TakeAsync).For(Access.Public).Costs(20).WithName("relayClaim").WithSummary("Hands one signed claim in, or several at once; the node pays the gas").Takes<RelayClaimBody>(MostBody).Produces<RelayClaimAnswer>(StatusCodes.Status202Accepted);
        routes.MapGet("/api/v1/relay/claims/{id}", Find).For(Access.Public).WithName("relayedClaim").WithSummary("What became of a signed claim").Produces<RelayClaimAnswer>();
    }

    private static IResult Terms(NodeOptions options, RelayDesk desk, IBooks books, NodeState state, TimeProvider time)
    {
        var (watched, relay) = (options.Deployment.Watched, options.Relay);
        var left = books.Read(session => RelayBudget.Left(session, relay, time.GetUtcNow()));
        return Answers.Json(new RelayTermsAnswer(
            relay.IsOn, watched.ClaimRelay.IsZero ? null : watched.ClaimRelay, relay.Budget, left, relay.MaxFee, relay.MaxCostPercent, (long)relay.BatchAfter.TotalSeconds,
            (long)relay.PerAccount.TotalHours, RelayStep.MostClaims, desk.LeastSecondsLeft, state.RelayWaits, Sign(watched.Id)));
    }

    /// <summary>What an account signs, as wallets take it; the message's values are the account's.</summary>
    private static JsonElement Sign(DeploymentId id)
    {
        using var document = JsonDocument.Parse(ClaimTypedData.Of(id.ChainId, id.Vault, new ClaimOrder(default, default, default, default, default, default)).ToJson());
        return document.RootElement.Clone();
    }

    private static async Task<IResult> TakeAsync(HttpContext context, RelayDesk desk, NodeOptions options, IBooks books, Leadership leadership)
    {
        // One after the other, each within what is left of the budget: at one node.
        if (!leadership.Leads) return LeadingText.Elsewhere(leadership);
        if (await ReadAsync(context) is not { } body) return Malformed($"the body is not JSON of at most {MostBody} bytes");
        var several = body.ValueKind == JsonValueKind.Array;
        JsonElement[] items = several ? [.. body.EnumerateArray()] : [body];
        if (items.Length is 0 or > RelayStep.MostClaims) return Malformed($"a list holds 1 to {RelayStep.MostClaims} claims");
        var requests = new List<RelayRequest>();
        foreach (var item in items)
        {
            if (Parse(item, out var request) is { } wrong) return Malformed(wrong);
            requests.Add(request);
        }

        var answers = new List<(RelayClaim? Taken, RelayDecline? Declined)>();
        foreach (var request in requests) answers.Add(await desk.TakeAsync(request, context.RequestAborted));
        if (!several) return answers[0].Taken is { } taken ? Results.Accepted(PlaceOf(taken), books.Read(session => Describe(session, taken))) : Refused(context, answers[0].Declined, options);
        var list = books.Read(session => answers.Select(answer => answer.Taken is { } one ? Describe(session, one) : Describe(answer.Declined, options)).ToList());
        return Results.Json(list, statusCode: answers.Exists(answer => answer.Taken is not null) ? StatusCodes.Status202Accepted : StatusCodes.Status422UnprocessableEntity);
    }

    private static IResult Find(string id, IBooks books)
    {
        if (!Hash32.TryParse(id, out var hash)) return Problems.BadRequest("That is not a claim's id", "A claim's id is what POST /api/v1/relay/claims answered: 0x and 64 hexadecimal digits.");
        return books.Read(session => session.Relay.Find(hash) is { } claim
            ? Answers.Json(Describe(session, claim))
            : Problems.NotFound("This node does not know that claim", "POST /api/v1/relay/claims hands it in."));
    }

    private static async Task<JsonElement?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MostBody) return null;
        var body = new byte[MostBody + 1];
        var count = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (count > MostBody) return null;
        try
        {
            using var document = JsonDocument.Parse(body.AsMemory(0, count), new JsonDocumentOptions { MaxDepth = 8 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <returns>What is wrong, or null.</returns>
    private static string? Parse(JsonElement item, out RelayRequest request)
    {
        request = new RelayRequest(default, default, default, default, 0, default);
        if (item.ValueKind != JsonValueKind.Object) return "a claim is an object";
        string Text(string name) => item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : string.Empty;
        if (!Address.TryParse(Text("account"), out var account)) return "'account' is not an address";
        if (!Address.TryParse(Text("token"), out var token)) return "'token' is not an address; the zero address is the chain's coin";
        if (!Address.TryParse(Text("to"), out var to)) return "'to' is not an address";
        if (!UInt256.TryParse(Text("cumulative"), out var cumulative)) return "'cumulative' is not a whole number in decimal digits";
        if (!ulong.TryParse(Text("deadline"), NumberStyles.None, CultureInfo.InvariantCulture, out var deadline) || deadline > long.MaxValue) return "'deadline' is not a time in seconds since 1970";
        if (Text("signature") is not { Length: <= 2 + 2 * MostSignature } hex || !Hex.TryDecode(hex, out byte[] signature)) return $"'signature' is not 0x and at most {2 * MostSignature} hexadecimal digits";
        request = new RelayRequest(account, token, cumulative, to, deadline, signature);
        return null;
    }

    private static string PlaceOf(RelayClaim claim) => $"/api/v1/relay/claims/{claim.Id}";

    private static RelayClaimAnswer Describe(BooksSession session, RelayClaim claim)
    {
        var item = claim is { State: RelayState.Batched, Batch: { } number } ? session.Outbox.Find(SendPurpose.Relay(number)) : null;
        var sent = item is { Versions.Count: > 0 };
        var outcome = claim.Outcome;
        return new RelayClaimAnswer(claim.Id, sent ? "sent" : JsonNamingPolicy.CamelCase.ConvertName(claim.State.ToString()))
        {
            Account = claim.Account,
            Token = claim.Token,
            To = claim.To,
            Cumulative = claim.Cumulative,
            Deadline = claim.Deadline,
            Transaction = outcome?.Transaction ?? (sent ? item?.Hash : null),
            Amount = outcome?.Amount,
            Block = outcome?.Block,
            Note = claim.State == RelayState.Paid && outcome?.Transaction is null ? "The account was paid by another transaction than this node's." : null,
            Code = outcome?.Code,
            Reason = outcome?.Words,
            Place = PlaceOf(claim),
        };
    }

    private static RelayClaimAnswer Describe(RelayDecline? declined, NodeOptions options) =>
        new(null, "declined") { Code = declined?.Code, Reason = declined?.Words, ClaimYourself = Instead(declined, options) };

    private static VaultCallAnswer? Instead(RelayDecline? declined, NodeOptions options) =>
        declined?.Instead is { } call ? new VaultCallAnswer(options.Deployment.Watched.Id.Vault, Hex.Encode(call.Data.Span)) : null;

    private static IResult Refused(HttpContext context, RelayDecline? declined, NodeOptions options)
    {
        if (declined is null) throw new InvalidOperationException("A claim was neither taken nor declined.");
        if (declined.Again is { } wait) context.Response.Headers.RetryAfter = Math.Max(1, (long)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var (status, title) = declined.Code switch
        {
            RelayCode.Off => (StatusCodes.Status403Forbidden, "This node relays no claims"),
            RelayCode.Paused => (StatusCodes.Status503ServiceUnavailable, "This node relays nothing right now"),
            RelayCode.Budget => (StatusCodes.Status429TooManyRequests, "This node's budget for others' claims is spent"),
            RelayCode.TooOften => (StatusCodes.Status429TooManyRequests, "This account had a claim relayed not long ago"),
            RelayCode.TooSmall => (StatusCodes.Status422UnprocessableEntity, "The claim is too small for its gas"),
            RelayCode.BadSignature => (StatusCodes.Status422UnprocessableEntity, "The signature is not the account's"),
            RelayCode.Expired => (StatusCodes.Status422UnprocessableEntity, "The deadline is too near"),
            RelayCode.NothingToClaim => (StatusCodes.Status409Conflict, "There is nothing to claim"),
            RelayCode.RootChanged => (StatusCodes.Status409Conflict, "The claim is not what the active root says"),
            _ => (StatusCodes.Status409Conflict, "The vault would refuse the claim"),
        };
        return Results.Problem(declined.Words, title: title, statusCode: status, extensions: new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["code"] = declined.Code,
            ["claimYourself"] = Instead(declined, options),
        });
    }

    private static IResult Malformed(string wrong) => Problems.BadRequest(
        "That is not a signed claim", $"In the request {wrong}. It takes {{account, token, cumulative, to, deadline, signature}}, or a list of them; GET /api/v1/relay shows what is signed.");
}
