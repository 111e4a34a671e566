using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Witness;

/// <summary>Asks a leader for its candidate, and gives it an attestor's word. Neither is believed: a candidate is recomputed, a word is signed.</summary>
internal sealed class CandidateClient(WitnessPlaces places, TimeProvider time)
{
    private const int MostBytes = 1024 * 1024;
    private const string Path = "api/v1/candidate";

    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <returns>The candidate, null where there is none; and what is in the way.</returns>
    public async Task<(Proposal? Proposal, string? Trouble)> AskAsync(Uri leader, CancellationToken cancellation)
    {
        var (body, trouble) = await SendAsync(leader, WebPlace.RequestOf(leader, HttpMethod.Get, Path), cancellation);
        if (trouble is not null) return (null, trouble);
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            if (!document.RootElement.TryGetProperty("candidate", out var candidate) || candidate.ValueKind != JsonValueKind.Object) return (null, null);
            return Hex.TryDecode(candidate.GetProperty("proposal").GetString() ?? string.Empty, out byte[] bytes) ? (Proposal.Decode(bytes), null) : (null, Unreadable(leader));
        }
        catch (Exception e) when (e is JsonException or AbiException or KeyNotFoundException or InvalidOperationException)
        {
            return (null, Unreadable(leader));
        }
    }

    /// <returns>Why it was not taken; null where it was.</returns>
    public async Task<string?> SayAsync(Uri leader, Hash32 digest, string? why, AttestorSignature signature, CancellationToken cancellation)
    {
        var request = WebPlace.RequestOf(leader, HttpMethod.Post, $"{Path}/words");
        request.Content = JsonContent.Create(new { digest = digest.ToString(), attestor = signature.Signer.ToString(), why, signature = Hex.Encode(signature.Data.Span) });
        return (await SendAsync(leader, request, cancellation)).Trouble;
    }

    private static string Unreadable(Uri leader) => $"{EndpointName.Of(leader)} published a candidate that cannot be read. Its program may be of another version.";

    private async Task<(byte[] Body, string? Trouble)> SendAsync(Uri leader, HttpRequestMessage request, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(AnswerTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        using (request)
        {
            try
            {
                using var response = await places.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
                var body = await ReadAsync(response, either.Token);
                return response.IsSuccessStatusCode ? (body, null) : ([], $"{EndpointName.Of(leader)} answers {(int)response.StatusCode}: {EndpointName.Quote(leader, TitleOf(body))}");
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return ([], $"{EndpointName.Of(leader)} does not answer within {AnswerTime.TotalSeconds:0} s");
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return ([], $"{EndpointName.Of(leader)} does not answer: {EndpointName.Quote(leader, e.Message)}");
            }
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = new byte[MostBytes];
        using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return buffer[..length];
    }

    /// <summary>What a problem says (RFC 9457); empty where it says nothing.</summary>
    private static string TitleOf(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() ?? string.Empty : string.Empty;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return string.Empty;
        }
    }
}
