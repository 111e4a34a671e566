using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>
/// What a model's owner says of it: the document that the registry's metadata hash names. Everything in it is self-reported. Its form is
/// <c>opensettle-model/1</c>, which is an ERC-721 metadata document too; of others' documents name and description are taken.
/// </summary>
public sealed record ModelDocument
{
    public const string Format = "opensettle-model/1";

    /// <summary>No document is larger.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>No list of names has more items.</summary>
    public const int MostItems = 1000;

    /// <summary>No document reports more results.</summary>
    public const int MostResults = 4000;

    /// <summary>Names, tags and the like have at most this many characters.</summary>
    public const int LongestName = 500;

    /// <summary>Descriptions have at most this many.</summary>
    public const int LongestText = 4000;

    public string Name { get; init; } = string.Empty;

    public string Description { get; init; } = string.Empty;

    public ModelLicense? License { get; init; }

    /// <summary>Models that this one was made from, as their hub names them.</summary>
    public IReadOnlyList<string> BaseModels { get; init; } = [];

    /// <summary>How: <c>finetune</c>, <c>adapter</c>, <c>quantized</c>, <c>merge</c>.</summary>
    public string? BaseModelRelation { get; init; }

    public IReadOnlyList<string> Datasets { get; init; } = [];

    public IReadOnlyList<string> Languages { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What it is for, like <c>text-generation</c>.</summary>
    public string? Task { get; init; }

    public string? Library { get; init; }

    /// <summary>The metrics that it is judged by.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    public string? Limitations { get; init; }

    public IReadOnlyList<ReportedResult> Results { get; init; } = [];

    /// <summary>keccak-256 of the model card that it was written from.</summary>
    public Hash32? CardHash { get; init; }

    /// <summary>Whether it is somebody else's form, of which only name and description were taken.</summary>
    public bool IsForeign { get; init; }

    /// <summary>The one text of this document; its keccak-256 is what the registry names.</summary>
    public byte[] ToBytes() => ModelDocumentJson.Write(this);

    /// <summary>Reads a document. Null, and why, where it is none.</summary>
    public static ModelDocument? TryParse(ReadOnlyMemory<byte> json, out string? why) => ModelDocumentJson.TryParse(json, out why);
}

/// <summary>A licence by its identifier, and for others than the known ones by name and link.</summary>
public sealed record ModelLicense(string Id, string? Name, string? Link);

/// <summary>A result that the model's owner reports.</summary>
/// <param name="Entry">The name of the model index's entry that it stands in.</param>
public sealed record ReportedResult(string Entry, ReportedTask Task, ReportedDataset Dataset, ReportedMetric Metric, ReportedSource? Source);

/// <summary>What was to be done.</summary>
public sealed record ReportedTask(string Type, string? Name);

/// <summary>On what. <paramref name="Args"/> is JSON.</summary>
public sealed record ReportedDataset(string Type, string Name, string? Config, string? Split, string? Revision, string? Args);

/// <summary>How well. <paramref name="Value"/> is a plain number as its writer wrote it; <paramref name="Args"/> is JSON.</summary>
public sealed record ReportedMetric(string Type, string? Name, string Value, string? Config, string? Args, bool? Verified, string? VerifyToken);

/// <summary>Where the result is from.</summary>
public sealed record ReportedSource(string? Name, string? Url);
