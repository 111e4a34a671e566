using OpenSettle.Storage;
using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>Passports in others' forms. What a form cannot carry is named in the header <c>OpenSettle-Omitted</c>, a JSON list of texts.</summary>
internal sealed class ExportEndpoints(PassportRequest request, IBooks books, NodeOptions options)
{
    public const string OmittedHeader = "OpenSettle-Omitted";

    private const string Eas = "eas";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(
        "/api/v1/models/{id}/export",
        (ExportEndpoints exports, HttpContext context, string id, string? format, string? block, CancellationToken cancellation) => exports.ExportAsync(context, id, format, block, cancellation))
        .For(Access.Public).Costs(10, ofPast: 50).WithName("exportPassport").WithSummary("The passport in another form").Produces<byte[]>(200, "application/octet-stream");

    private async Task<IResult> ExportAsync(HttpContext context, string id, string? format, string? block, CancellationToken cancellation)
    {
        if (format != Eas && (format is null || !PassportExports.Formats.Contains(format)))
            return Problems.BadRequest($"'format' is {(format is null ? "missing" : "not known")}", $"There are {string.Join(", ", PassportExports.Formats)} and {Eas}.");
        if (format == Eas && block is not null) return Problems.BadRequest("'block' does not go with eas", "Attestations are exported as they are now.");
        var (answer, refusal) = await request.AnswerAsync(id, block, cancellation);
        if (answer is null) return refusal ?? PassportRequest.NoModel();
        var export = format == Eas ? Attestations(answer.File.Passport) : PassportExports.Write(answer.File, format);
        context.Response.Headers[OmittedHeader] = JsonSerializer.Serialize(export.Omitted);
        var name = $"{answer.File.Passport.Model.ToString()[..18]}-{answer.File.Passport.AsOf.Number.ToString(CultureInfo.InvariantCulture)}.{export.Extension}";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        return Answers.Bytes(context, export.Content, Answers.AskAgain, export.ContentType);
    }

    /// <summary>Those on chain with the bytes that they were made of, to be found there by uid; those off chain as the files that their attesters signed.</summary>
    private PassportExport Attestations(Passport passport)
    {
        var (onChain, files) = books.Read(session => (session.Attestations.Of(passport.Model, passport.AsOf.Number), session.Attestations.OffchainOf(passport.Model)));
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", "opensettle-attestations/1");
            json.WriteNumber("chainId", passport.ChainId);
            json.WriteString("eas", options.Deployment.Watched.Eas.ToChecksumString());
            json.WriteString("model", passport.Model.ToString());
            json.WriteNumber("block", passport.AsOf.Number);
            json.WriteStartArray("onChain");
            foreach (var (row, content) in onChain) Write(json, row, content);
            json.WriteEndArray();
            json.WriteStartArray("offChain");
            foreach (var file in files)
            {
                using var text = JsonDocument.Parse(file.File);
                text.RootElement.WriteTo(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        var unread = passport.Attestations.Count(judged => judged.Entry.OnChain) - onChain.Count;
        return new PassportExport(buffer.WrittenSpan.ToArray(), "application/json", "eas.json", unread > 0 ? [$"attestations ({unread.ToString(CultureInfo.InvariantCulture)}): what they say was not read yet"] : []);
    }

    private static void Write(Utf8JsonWriter json, AttestationRow row, AttestationContent content)
    {
        json.WriteStartObject();
        json.WriteString("uid", row.Uid.ToString());
        json.WriteString("kind", PassportWords.Of(row.Kind));
        json.WriteString("schema", row.Schema.ToString());
        json.WriteString("attester", row.Attester.ToChecksumString());
        json.WriteString("recipient", row.Recipient.ToChecksumString());
        json.WriteString("refUID", content.RefUid.ToString());
        json.WriteString("time", content.Time.ToString(CultureInfo.InvariantCulture));
        json.WriteString("expirationTime", content.Expires.ToString(CultureInfo.InvariantCulture));
        json.WriteString("revocationTime", row.RevokedAt.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("block", row.At.Block);
        json.WriteNumber("logIndex", row.At.LogIndex);
        json.WriteString("data", Hex.Encode(content.Data.Span));
        json.WriteEndObject();
    }
}
