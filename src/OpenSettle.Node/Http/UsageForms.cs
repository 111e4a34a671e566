using Microsoft.Net.Http.Headers;
using OpenSettle.Node.Usage;

namespace OpenSettle.Node.Http;

/// <summary>Which form a request's body has, by its headers.</summary>
internal static class UsageForms
{
    private const string Batch = "application/cloudevents-batch+json";
    private const string Single = "application/cloudevents+json";
    private const string Plain = "application/json";

    /// <summary>What a request may be, beside records of a mapping.</summary>
    public static readonly IReadOnlyList<string> Taken = [Single, Batch, Plain];

    public static (UsageForm Form, MappingRule? Mapping, IResult? Problem) Of(HttpRequest request, MappingSet mappings)
    {
        var type = request.ContentType;
        // As nearly all requests have it, without looking closer.
        if (type == Batch) return (UsageForm.Batch, null, null);
        if (!MediaTypeHeaderValue.TryParse(type, out var parsed)) return (UsageForm.Unknown, null, NotTaken());
        if (parsed.Charset.HasValue && !HeaderUtilities.RemoveQuotes(parsed.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return (UsageForm.Unknown, null, Problems.Of(415, "This charset is not taken", "Send UTF-8."));
        // The batch first: its name begins as that of the single one does.
        if (parsed.MediaType.Equals(Batch, StringComparison.OrdinalIgnoreCase)) return (UsageForm.Batch, null, null);
        if (parsed.MediaType.Equals(Single, StringComparison.OrdinalIgnoreCase)) return (UsageForm.Single, null, null);
        if (!parsed.MediaType.Equals(Plain, StringComparison.OrdinalIgnoreCase)) return (UsageForm.Unknown, null, NotTaken());
        if (BinaryHeaders.AreIn(request.Headers)) return (UsageForm.Binary, null, null);
        if (!request.Query.TryGetValue("mapping", out var name)) return (UsageForm.Either, null, null);
        if (mappings.Named(name.ToString()) is { } mapping) return (UsageForm.Records, mapping, null);
        var known = mappings.Names.Count == 0 ? "The setting usageMapping names none" : $"Known are {string.Join(", ", mappings.Names)}";
        return (UsageForm.Unknown, null, Problems.BadRequest("This mapping is not known", $"{known}. Add it to the file of usageMapping, and start the node again."));
    }

    private static IResult NotTaken() => Problems.Of(
        415, "This content type is not taken",
        $"Send {Single}, {Batch} with an array, {Plain} with ce-* headers (binary form), or {Plain} with ?mapping=NAME.");
}
