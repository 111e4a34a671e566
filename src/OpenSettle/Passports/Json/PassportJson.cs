using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>
/// The JSON form of a passport; docs/passport.md names every field. What is written is read again exactly. Blocks, epochs, depths and shares are
/// numbers; amounts, counts, and times that an account chose are decimal texts. What is not there is left out.
/// </summary>
public static partial class PassportJson
{
    public const string Format = "opensettle-passport/1";

    /// <summary>No passport that is read is larger.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    public static byte[] Write(PassportFile file, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented })) Write(json, file);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, PassportFile file)
    {
        var passport = file.Passport;
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("codeVersion", passport.CodeVersion);
        json.WriteNumber("chainId", passport.ChainId);
        json.WriteString("model", passport.Model.ToString());
        json.WriteNumber("number", file.Number);
        json.WriteStartObject("asOf");
        json.WriteNumber("block", passport.AsOf.Number);
        json.WriteNumber("time", passport.AsOf.Timestamp);
        json.WriteEndObject();
        json.WriteNumber("lastEpoch", passport.LastEpoch);
        json.WriteString("owner", passport.Owner.ToChecksumString());
        json.WriteString("payAddress", passport.PayAddress.ToChecksumString());
        json.WriteString("identityHash", passport.IdentityHash.ToString());
        json.WriteString("status", PassportWords.OfStatus(passport.Status));
        json.WriteBoolean("frozen", passport.IsFrozen);
        WriteMetadata(json, file);
        List(json, "domains", passport.Domains, Write);
        List(json, "flags", passport.Flags, WriteFlag);
        List(json, "figures", passport.Figures, (writer, figure) => WriteFigure(writer, passport, figure));
        List(json, "ancestors", passport.Ancestors, Write);
        List(json, "contributors", passport.Contributors, WriteContributor);
        List(json, "permissions", passport.Permissions, WritePermission);
        List(json, "attestations", passport.Attestations, Write);
        json.WriteStartArray("publicSources");
        foreach (var source in passport.PublicSources) json.WriteStringValue(source.ToChecksumString());
        json.WriteEndArray();
        List(json, "tokens", file.Tokens, WriteToken);
        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, PassportFile file)
    {
        json.WriteStartObject("metadata");
        json.WriteString("hash", file.Passport.MetadataHash.ToString());
        json.WriteString("uri", file.Passport.MetadataUri);
        if (file.Document is { } document)
        {
            json.WriteString("level", PassportWords.Of(FigureLevel.SelfReported));
            json.WritePropertyName("document");
            ModelDocumentJson.Write(json, document);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DomainStanding domain)
    {
        json.WriteString("domain", domain.Text);
        json.WriteString("word", domain.Domain.ToString());
        json.WriteString("basis", PassportWords.Of(domain.Basis));
        Count(json, "successes", domain.Successes);
        Count(json, "trials", domain.Trials);
        json.WriteString("low", domain.Low);
        json.WriteString("high", domain.High);
    }

    internal static void WriteFlag(Utf8JsonWriter json, PassportFlag flag)
    {
        json.WriteString("id", flag.Id);
        json.WriteString("scope", flag.Scope);
        json.WriteString("message", flag.Message);
    }

    internal static void WriteFigure(Utf8JsonWriter json, Passport passport, Figure figure)
    {
        json.WriteString("id", figure.Id);
        json.WriteString("scope", figure.Scope);
        json.WriteString("state", PassportWords.Of(figure.State));
        Optional(json, "value", figure.Value);
        Optional(json, "low", figure.Low);
        Optional(json, "high", figure.High);
        Count(json, "n", figure.N);
        Count(json, "leastN", figure.LeastN);
        json.WriteString("level", PassportWords.Of(figure.Level));
        json.WriteNumber("firstBlock", figure.FirstBlock);
        json.WriteNumber("lastBlock", figure.LastBlock);
        json.WriteString("codeVersion", passport.CodeVersion);
        json.WriteString("query", PassportWords.Query(passport, figure));
        Optional(json, "note", figure.Note);
        if (figure.Points.Count == 0) return;
        List(json, "points", figure.Points, static (writer, point) =>
        {
            writer.WriteString("at", point.At);
            writer.WriteString("value", point.Value);
            Count(writer, "n", point.N);
        });
    }

    private static void Write(Utf8JsonWriter json, Ancestor ancestor)
    {
        json.WriteString("model", ancestor.Model.ToString());
        json.WriteNumber("depth", ancestor.Depth);
        json.WriteNumber("shareMillionths", ancestor.ShareMillionths);
        Amounts(json, "flowed", ancestor.Flowed);
    }

    internal static void WriteContributor(Utf8JsonWriter json, Contributor contributor)
    {
        json.WriteString("account", contributor.Account.ToChecksumString());
        json.WriteStartArray("roles");
        foreach (var role in contributor.Roles) json.WriteStringValue(role);
        json.WriteEndArray();
        Amounts(json, "earned", contributor.Earned);
    }

    internal static void WritePermission(Utf8JsonWriter json, StatedPermission permission)
    {
        json.WriteString("account", permission.Account.ToChecksumString());
        json.WriteString("use", permission.Use.ToString());
        json.WriteString("permission", PassportWords.OfPermission(permission.Permission));
        Count(json, "expires", permission.Expires);
        json.WriteString("termsHash", permission.TermsHash.ToString());
        json.WriteString("uri", permission.Uri);
        Optional(json, "attestation", permission.Attestation?.ToString());
    }

    internal static void WriteToken(Utf8JsonWriter json, TokenName token)
    {
        json.WriteString("token", token.Token.ToChecksumString());
        json.WriteString("symbol", token.Symbol);
        json.WriteNumber("decimals", token.Decimals);
    }

    private static void List<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Amounts(Utf8JsonWriter json, string name, IReadOnlyList<(Address Token, UInt256 Amount)> amounts) => List(json, name, amounts, static (writer, item) =>
    {
        writer.WriteString("token", item.Token.ToChecksumString());
        writer.WriteString("amount", item.Amount.ToString());
    });

    private static void Count(Utf8JsonWriter json, string name, ulong count) => json.WriteString(name, count.ToString(CultureInfo.InvariantCulture));

    private static void Optional(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null) json.WriteString(name, text);
    }
}
