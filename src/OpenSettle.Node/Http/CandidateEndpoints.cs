using System.ComponentModel;
using System.Text.Json;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>What attestors are to sign, and their words on it. A word needs no key to this node: its signature says whose it is.</summary>
internal static class CandidateEndpoints
{
    private const int MostBody = 32 * 1024;

    /// <summary>A contract's owners may be many.</summary>
    private const int MostSignature = 4_096;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/candidate", Show).For(Access.Public).WithName("getCandidate").WithSummary("The epoch that waits for attestors' signatures, and what they said of it").Produces<CandidateAnswer>();
        routes.MapPost("/api/v1/candidate/words", TakeAsync).For(Access.Public).Costs(5).WithName("sayOfCandidate").WithSummary("Takes an attestor's signature of the candidate, or its signed refusal").Takes<CandidateWordBody>(MostBody).Produces<CandidateAnswer>();
    }

    private static IResult Show(Candidates candidates, Leadership leadership) => leadership.Leads ? Answers.Json(Answer(candidates)) : LeadingText.Elsewhere(leadership);

    private static async Task<IResult> TakeAsync(HttpContext context, Candidates candidates, Leadership leadership)
    {
        if (!leadership.Leads) return LeadingText.Elsewhere(leadership);
        if (await ReadAsync(context) is not { } body) return Problems.BadRequest("That is not a word on a candidate", $"Send JSON of at most {MostBody} bytes: digest, attestor, signature, and why where the attestor refuses.");
        var refused = await candidates.TakeAsync(body.Digest, body.Attestor, body.Why, body.Signature.Bytes, context.RequestAborted);
        return refused is null ? Answers.Json(Answer(candidates)) : Problems.Of(StatusCodes.Status409Conflict, "The word was not taken", $"{char.ToUpperInvariant(refused[0])}{refused[1..]}.");
    }

    private static async Task<CandidateWordBody?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MostBody) return null;
        var body = new byte[MostBody + 1];
        var count = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (count > MostBody) return null;
        try
        {
            using var document = JsonDocument.Parse(body.AsMemory(0, count), new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            string? Text(string name) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return Hash32.TryParse(Text("digest"), out var digest) && Address.TryParse(Text("attestor"), out var attestor) && Hex.TryDecode(Text("signature") ?? string.Empty, out byte[] signature) && signature.Length is > 0 and <= MostSignature
                ? new CandidateWordBody(digest, attestor, Text("why"), new HexData(signature))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static CandidateAnswer Answer(Candidates candidates)
    {
        if (candidates.Current() is not { } current) return new CandidateAnswer(null);
        return new CandidateAnswer(new CandidateView(
            current.Proposal.Epoch, current.Proposal.Attempt, current.Proposal.Root, current.Proposal.BundleHash, current.Proposal.BundleUri, current.Digest, new HexData(current.Proposal.Encode()),
            current.Set.Threshold, [.. current.Set.Members.Select(member => WordOf(member, current.Words.FirstOrDefault(word => word.Attestor == member)))]));
    }

    private static AttestorWordAnswer WordOf(Address attestor, AttestorWord? word) => new(attestor, word is { Why: null }, word?.Why, word is null ? null : new HexData(word.Signature), word?.At.ToUnixTimeSeconds());
}

internal sealed record CandidateAnswer([Description("Absent where nothing waits for signatures.")] CandidateView? Candidate);

internal sealed record CandidateView(
    ulong Epoch,
    uint Attempt,
    Hash32 Root,
    Hash32 BundleHash,
    string BundleUri,
    [Description("What attestors sign: the EIP-712 digest of the proposal.")] Hash32 Digest,
    [Description("abi.encode of the proposal, as the vault takes it.")] HexData Proposal,
    [Description("Signatures that the vault wants.")] uint Threshold,
    IReadOnlyList<AttestorWordAnswer> Attestors);

internal sealed record AttestorWordAnswer(
    Address Attestor, bool Signed, [Description("Why it refuses; absent where it does not.")] string? Why, [Description("Of the digest; or of the refusal, where it refuses.")] HexData? Signature, [Description("When it came, in seconds since 1970.")] long? At);

internal sealed record CandidateWordBody(Hash32 Digest, Address Attestor, [Description("Why it refuses; absent where it signs.")] string? Why, HexData Signature);
