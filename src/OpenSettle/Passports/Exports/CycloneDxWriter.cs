using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>
/// A passport as a CycloneDX ML-BOM. It follows from the passport alone: its number is a digest of it, and its time that of the block. Our figures are
/// performance metrics where they have a value, and whole, as JSON, properties named <c>opensettle:*</c>.
/// </summary>
public static partial class CycloneDxWriter
{
    private const string Prefix = "opensettle:";
    private const long LastSecond = 253_402_300_799;

    /// <param name="version">1.6 or 1.7.</param>
    public static PassportExport Write(PassportFile file, string version)
    {
        if (version is not ("1.6" or "1.7")) throw new ArgumentException($"CycloneDX {version} is not written here.", nameof(version));
        var (passport, omissions) = (file.Passport, new Omissions());
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", $"http://cyclonedx.org/schema/bom-{version}.schema.json");
            json.WriteString("bomFormat", "CycloneDX");
            json.WriteString("specVersion", version);
            json.WriteString("serialNumber", SerialNumber(file, version));
            json.WriteNumber("version", 1);
            json.WriteStartObject("metadata");
            if (passport.AsOf.Timestamp <= LastSecond) json.WriteString("timestamp", DateTimeOffset.FromUnixTimeSeconds((long)passport.AsOf.Timestamp).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            WriteTool(json, passport);
            json.WritePropertyName("component");
            WriteModel(json, file, omissions);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return new PassportExport(buffer.WrittenSpan.ToArray(), $"application/vnd.cyclonedx+json; version={version}", "cdx.json", omissions.Lines);
    }

    /// <summary>A UUID of the free form (8) from the passport's digest.</summary>
    private static string SerialNumber(PassportFile file, string version)
    {
        var bytes = Keccak256.Hash([.. PassportJson.Write(file), .. Encoding.ASCII.GetBytes(version)]).ToArray();
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return "urn:uuid:" + new Guid(bytes.AsSpan(0, 16), bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }

    private static void WriteTool(Utf8JsonWriter json, Passport passport)
    {
        json.WriteStartObject("tools");
        json.WriteStartArray("components");
        json.WriteStartObject();
        json.WriteString("type", "application");
        json.WriteString("name", "OpenSettle");
        json.WriteString("version", passport.CodeVersion);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, PassportFile file, Omissions omissions)
    {
        var (passport, document) = (file.Passport, file.Document);
        json.WriteStartObject();
        json.WriteString("type", "machine-learning-model");
        json.WriteString("bom-ref", $"opensettle:eip155:{passport.ChainId.ToString(CultureInfo.InvariantCulture)}:{passport.Model}");
        json.WriteString("name", document is { Name.Length: > 0 } ? document.Name : passport.Model.ToString());
        if (document is { Description.Length: > 0 }) json.WriteString("description", document.Description);
        if (document?.License is { } license) WriteLicense(json, license, omissions);
        WritePedigree(json, passport, document);
        WriteReferences(json, passport, omissions);
        WriteModelCard(json, passport, document, omissions);
        WriteProperties(json, file, omissions);
        if (document is { Tags.Count: > 0 })
        {
            json.WriteStartArray("tags");
            foreach (var tag in document.Tags) json.WriteStringValue(tag);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        if (document is null) omissions.Add("document: nobody gave this node the one that the registry names, so that licence, datasets and reports are not in it");
        if (!passport.IdentityHash.IsZero) omissions.Add("identityHash as a hash: it does not say by which algorithm; it is a property");
    }

    private static void WriteLicense(Utf8JsonWriter json, ModelLicense license, Omissions omissions)
    {
        json.WriteStartArray("licenses");
        json.WriteStartObject();
        json.WriteStartObject("license");
        if (SpdxIds.Find(license.Id) is { } spdx) json.WriteString("id", spdx);
        else json.WriteString("name", license.Name ?? license.Id);
        if (license.Link is { } link)
        {
            if (PlainUri.IsOne(link)) json.WriteString("url", link);
            else omissions.Add("licence link: it is not a plain address");
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        if (license.Name is not null && SpdxIds.Find(license.Id) is not null) omissions.Add("licence name: the licence is known by its identifier");
    }

    private static void WritePedigree(Utf8JsonWriter json, Passport passport, ModelDocument? document)
    {
        if (passport.Ancestors.Count == 0 && document is not { BaseModels.Count: > 0 }) return;
        json.WriteStartObject("pedigree");
        json.WriteStartArray("ancestors");
        foreach (var ancestor in passport.Ancestors)
        {
            StartAncestor(json, ancestor.Model.ToString());
            Property(json, "depth", ancestor.Depth.ToString(CultureInfo.InvariantCulture));
            Property(json, "shareMillionths", ancestor.ShareMillionths.ToString(CultureInfo.InvariantCulture));
            foreach (var (token, amount) in ancestor.Flowed) Property(json, $"flowed:{token.ToChecksumString()}", amount.ToString());
            Property(json, "level", PassportWords.Of(FigureLevel.OnChain));
            EndAncestor(json);
        }

        foreach (var name in document?.BaseModels ?? [])
        {
            StartAncestor(json, name);
            if (document?.BaseModelRelation is { } relation) Property(json, "relation", relation);
            Property(json, "level", PassportWords.Of(FigureLevel.SelfReported));
            EndAncestor(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void StartAncestor(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("type", "machine-learning-model");
        json.WriteString("name", name);
        json.WriteStartArray("properties");
    }

    private static void EndAncestor(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteReferences(Utf8JsonWriter json, Passport passport, Omissions omissions)
    {
        json.WriteStartArray("externalReferences");
        if (passport.MetadataUri.Length > 0)
        {
            if (PlainUri.IsOne(passport.MetadataUri)) Reference(json, "model-card", passport.MetadataUri, $"keccak-256 {passport.MetadataHash}");
            else omissions.Add("metadata uri: it is not a plain address; it is a property");
        }

        foreach (var judged in passport.Attestations)
        {
            // The chain and the attestation's id: where it can be looked at depends on who asks.
            var (entry, chain) = (judged.Entry, passport.ChainId.ToString(CultureInfo.InvariantCulture));
            Reference(
                json, entry.OnChain ? "attestation" : "digital-signature", $"eip155:{chain}:eas:{entry.Uid}",
                $"{PassportWords.Of(entry.Kind)}, {PassportWords.Of(judged.Standing)}, by {entry.Attester.ToChecksumString()}{(judged.Benefits ? ", who benefits" : string.Empty)}");
        }

        json.WriteEndArray();
        omissions.Add(passport.Attestations.Count, "attestations' content", "by reference only: export them as 'eas' or 'json'");
    }

    private static void Reference(Utf8JsonWriter json, string type, string url, string comment)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("url", url);
        json.WriteString("comment", comment);
        json.WriteEndObject();
    }

    private static void Property(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject();
        json.WriteString("name", Prefix + name);
        json.WriteString("value", value);
        json.WriteEndObject();
    }
}
