using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OpenSettle.Passports;

public static partial class CycloneDxWriter
{
    private static void WriteModelCard(Utf8JsonWriter json, Passport passport, ModelDocument? document, Omissions omissions)
    {
        json.WriteStartObject("modelCard");
        if (document is { Task: not null } or { Datasets.Count: > 0 })
        {
            json.WriteStartObject("modelParameters");
            if (document.Task is { } task) json.WriteString("task", task);
            json.WriteStartArray("datasets");
            foreach (var dataset in document.Datasets)
            {
                json.WriteStartObject();
                json.WriteString("type", "dataset");
                json.WriteString("name", dataset);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteStartObject("quantitativeAnalysis");
        json.WriteStartArray("performanceMetrics");
        foreach (var domain in passport.Domains)
            Metric(json, $"{Prefix}standing.{PassportWords.Of(domain.Basis)}", string.Create(CultureInfo.InvariantCulture, $"{domain.Successes}/{domain.Trials}"), domain.Text, domain.Low, domain.High);
        foreach (var figure in passport.Figures)
        {
            if (figure.Value is { } value) Metric(json, Prefix + figure.Id, value, figure.Scope, figure.Low, figure.High);
        }

        foreach (var result in document?.Results ?? []) Metric(json, $"reported:{result.Metric.Type}", result.Metric.Value, Slice(result), null, null);
        json.WriteEndArray();
        json.WriteEndObject();
        if (document?.Limitations is { } limitations)
        {
            json.WriteStartObject("considerations");
            json.WriteStartArray("technicalLimitations");
            json.WriteStringValue(limitations);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        omissions.Add(passport.Figures.Count(figure => figure.Points.Count > 0), "series", "a metric is a single value");
        omissions.Add(
            document?.Results.Count(result => result is { Metric: { Name: not null } or { Config: not null } or { Args: not null } or { Verified: not null } or { VerifyToken: not null } } or { Dataset.Revision: not null } or { Dataset.Args: not null } or { Source: not null }) ?? 0,
            "details of reported results", "arguments, revisions, sources and tokens have no place in a metric");
    }

    private static void Metric(Utf8JsonWriter json, string type, string value, string slice, string? low, string? high)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("value", value);
        if (slice.Length > 0) json.WriteString("slice", slice);
        if (low is not null || high is not null)
        {
            json.WriteStartObject("confidenceInterval");
            if (low is not null) json.WriteString("lowerBound", low);
            if (high is not null) json.WriteString("upperBound", high);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string Slice(ReportedResult result) =>
        string.Join(", ", new[] { result.Entry, result.Task.Type, result.Dataset.Name, result.Dataset.Config, result.Dataset.Split }.Where(part => !string.IsNullOrEmpty(part)));

    private static void WriteProperties(Utf8JsonWriter json, PassportFile file, Omissions omissions)
    {
        var (passport, document) = (file.Passport, file.Document);
        json.WriteStartArray("properties");
        Property(json, "model", passport.Model.ToString());
        Property(json, "number", file.Number.ToString(CultureInfo.InvariantCulture));
        Property(json, "chainId", passport.ChainId.ToString(CultureInfo.InvariantCulture));
        Property(json, "asOf.block", passport.AsOf.Number.ToString(CultureInfo.InvariantCulture));
        Property(json, "asOf.time", passport.AsOf.Timestamp.ToString(CultureInfo.InvariantCulture));
        Property(json, "codeVersion", passport.CodeVersion);
        Property(json, "lastEpoch", passport.LastEpoch.ToString(CultureInfo.InvariantCulture));
        Property(json, "owner", passport.Owner.ToChecksumString());
        Property(json, "payAddress", passport.PayAddress.ToChecksumString());
        Property(json, "identityHash", passport.IdentityHash.ToString());
        Property(json, "status", PassportWords.OfStatus(passport.Status));
        Property(json, "frozen", passport.IsFrozen ? "true" : "false");
        Property(json, "metadata.hash", passport.MetadataHash.ToString());
        Property(json, "metadata.uri", passport.MetadataUri);
        foreach (var token in file.Tokens) Property(json, $"token:{token.Token.ToChecksumString()}", Json(writer => PassportJson.WriteToken(writer, token)));
        foreach (var flag in passport.Flags) Property(json, $"flag:{flag.Id}", Json(writer => PassportJson.WriteFlag(writer, flag)));
        foreach (var figure in passport.Figures)
            Property(json, figure.Scope.Length == 0 ? figure.Id : $"{figure.Id}:{figure.Scope}", Json(writer => PassportJson.WriteFigure(writer, passport, figure with { Points = [] })));
        foreach (var contributor in passport.Contributors) Property(json, "contributor", Json(writer => PassportJson.WriteContributor(writer, contributor)));
        foreach (var permission in passport.Permissions) Property(json, "permission", Json(writer => PassportJson.WritePermission(writer, permission)));
        foreach (var language in document?.Languages ?? []) Property(json, "reported:language", language);
        if (document?.Library is { } library) Property(json, "reported:library", library);
        foreach (var metric in document?.Metrics ?? []) Property(json, "reported:metric", metric);
        if (document?.CardHash is { } card) Property(json, "reported:card", card.ToString());
        json.WriteEndArray();
        if (document?.License is { } license && license.Name is not null && SpdxIds.Find(license.Id) is null && license.Id != license.Name) omissions.Add("licence identifier: it is not one of SPDX's; the licence stands by its name");
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
