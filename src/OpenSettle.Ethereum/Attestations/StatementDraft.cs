using OpenSettle.Epochs;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>A statement as a person means to attest it.</summary>
/// <param name="Expires">From then on it says nothing; zero: never.</param>
/// <param name="RefUid">The attestation that it refers to; zero: none.</param>
public sealed record StatementDraft(StatementKind Kind, ModelId Model, Statement Statement, ulong Expires, Hash32 RefUid)
{
    /// <summary>Most statements of one transaction.</summary>
    public const int MostAtOnce = 100;

    /// <summary>An evaluation before its results.</summary>
    public const string Commit = "commit";

    private const string Anybody = "anybody";
    private const int LongestDomain = 200;
    private const int WeightBits = 96;
    private const uint WholeShare = 1_000_000;

    private static readonly string[] Common = ["kind", "model", "expires"];

    private static readonly Dictionary<string, (StatementKind Kind, string[] Fields)> Known = new(StringComparer.Ordinal)
    {
        ["provenance"] = (StatementKind.Provenance, ["identity", "dataset", "uri"]),
        ["lineage"] = (StatementKind.Lineage, ["parent", "version"]),
        ["contribution"] = (StatementKind.Contribution, ["account", "role", "weight", "method"]),
        ["permission"] = (StatementKind.Permission, ["account", "use", "permission", "terms"]),
        ["evaluation"] = (StatementKind.Evaluation, ["domain", "metric", "value", "n", "set", "method", "commitment"]),
        [Commit] = (StatementKind.Evaluation, ["domain", "metric", "set", "method"]),
    };

    private static readonly string[] Permissions = ["allowed", "not-allowed", "constrained"];

    /// <summary>How a model can relate to what it was made from.</summary>
    public static IReadOnlyList<string> Relations { get; } = ["trained-on", "fine-tuned-from", "distilled-from", "merged"];

    /// <summary>Metrics that are a part of all trials, from 0 to 1: the rest a reader cannot pool.</summary>
    public static IReadOnlyList<string> Proportions { get; } = ["accuracy", "exact_match", "pass_rate", "success_rate"];

    /// <summary>The kinds that a person writes.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>The fields of a kind, beside those of every one.</summary>
    public static IReadOnlyList<string> FieldsOf(string name) => Known[name].Fields;

    /// <param name="now">The chain's time, in seconds.</param>
    /// <exception cref="DraftException">Something is missing, unknown or wrong.</exception>
    public static StatementDraft Read(DraftFields fields, ulong now)
    {
        var name = fields.Text("kind");
        if (!Known.TryGetValue(name, out var known)) throw fields.Wrong("kind", $"'{name}' is not known. Known are {string.Join(", ", Known.Keys)}");
        foreach (var given in fields.Names)
        {
            if (!Common.Contains(given) && !known.Fields.Contains(given))
                throw fields.Wrong(given, $"'{given}' is no field of {name}. It has {string.Join(", ", Common.Concat(known.Fields))}");
        }

        var model = fields.Model("model");
        var expires = fields.Expiry("expires", now);
        var refUid = fields.TextOr("commitment", null) is { } commitment ? fields.Word("commitment", commitment) : Hash32.Zero;
        Statement statement = name switch
        {
            "provenance" => Provenance(fields, model),
            "lineage" => Lineage(fields, model),
            "contribution" => new ContributionStatement(model, fields.Account("account"), Role(fields), fields.Weight("weight", WeightBits), Named(fields, "method")),
            "permission" => Permission(fields, model, expires),
            "evaluation" => Evaluation(fields, model),
            _ => new EvaluationStatement(model, Domain(fields), Metric(fields), string.Empty, 0, fields.HashOrFile("set", fields.Text("set")), Named(fields, "method")),
        };
        return new StatementDraft(known.Kind, model, statement, expires, refUid);
    }

    private static ProvenanceStatement Provenance(DraftFields fields, ModelId model)
    {
        var (hashes, relations) = (new List<Hash32>(), new List<string>());
        foreach (var text in fields.Texts("dataset"))
        {
            var colon = text.LastIndexOf(':');
            var relation = colon < 0 ? string.Empty : text[(colon + 1)..];
            if (!Relations.Contains(relation)) throw fields.Wrong("dataset", $"'{text}' ends in no known relation. Write FILE:RELATION or 0xHASH:RELATION, with one of {string.Join(", ", Relations)}");
            hashes.Add(fields.HashOrFile("dataset", text[..colon]));
            relations.Add(relation);
        }

        var identity = fields.TextOr("identity", null) is { } given ? fields.HashOrFile("identity", given) : Hash32.Zero;
        return new ProvenanceStatement(model, identity, hashes, relations, fields.TextOr("uri", string.Empty) ?? string.Empty);
    }

    private static LineageStatement Lineage(DraftFields fields, ModelId model)
    {
        var parents = new List<Parent>();
        ulong sum = 0;
        foreach (var text in fields.Texts("parent"))
        {
            var parts = text.Split(':');
            if (parts.Length != 2) throw fields.Wrong("parent", $"'{text}' is not MODEL:SHARE, with the share in millionths of what reaches the child");
            var parent = new ModelId(fields.Word("parent", parts[0]));
            var share = (uint)fields.Number("parent", parts[1], WholeShare);
            if (parent == model) throw fields.Wrong("parent", $"the lineage is circular: {parent} is the model itself");
            if (parents.Any(other => other.Model == parent)) throw fields.Wrong("parent", $"{parent} is there twice");
            sum += share;
            parents.Add(new Parent(parent, share));
        }

        if (sum > WholeShare) throw fields.Wrong("parent", $"the shares sum to {sum}, more than all {WholeShare} millionths");
        return new LineageStatement(model, parents, (uint)fields.Number("version", uint.MaxValue));
    }

    private static PermissionStatement Permission(DraftFields fields, ModelId model, ulong expires)
    {
        var word = fields.Text("permission");
        var number = Array.IndexOf(Permissions, word) + 1;
        if (number == 0) throw fields.Wrong("permission", $"'{word}' is not known. Known are {string.Join(", ", Permissions)}");
        var account = fields.Text("account") == Anybody ? Address.Zero : fields.Account("account");
        var terms = fields.TextOr("terms", null) is { } given ? fields.HashOrFile("terms", given) : Hash32.Zero;
        if (word == "constrained" && terms.IsZero) throw fields.Wrong("terms", "what is constrained has terms: give their file, or its hash");
        return new PermissionStatement(model, account, Named(fields, "use", required: true), (byte)number, expires, terms);
    }

    /// <summary>Results rank by a commitment to the same metric alone.</summary>
    private static string Metric(DraftFields fields) => fields.Text("metric") is { Length: > 0 } metric ? metric : throw fields.Missing("metric");

    private static EvaluationStatement Evaluation(DraftFields fields, ModelId model)
    {
        var (metric, value, n) = (Metric(fields), fields.Decimal("value"), fields.Number("n", ulong.MaxValue));
        if (n == 0) throw fields.Wrong("n", "results have at least one trial. Before the results, commit to the set with the kind 'commit'");
        if (Proportions.Contains(metric) && !DraftFields.IsProportion(value)) throw fields.Wrong("value", $"'{value}' is not from 0 to 1, and {metric} is a part of all trials");
        return new EvaluationStatement(model, Domain(fields), metric, value, n, fields.HashOrFile("set", fields.Text("set")), Named(fields, "method"));
    }

    private static Hash32 Domain(DraftFields fields)
    {
        var domain = fields.Text("domain");
        return domain.Length is > 0 and <= LongestDomain ? DomainWord.Of(domain) : throw fields.Wrong("domain", $"a domain has 1 to {LongestDomain} characters");
    }

    private static Hash32 Role(DraftFields fields) =>
        RoleText.ToWord(fields.Text("role")) is { IsZero: false } word ? word : throw fields.Wrong("role", $"'{fields.Text("role")}' is not a role: 1 to 32 characters of ASCII without quotes, or 0x and 64 digits");

    /// <summary>A short name as it is, a longer one by its hash, as with domains; or a hash.</summary>
    private static Hash32 Named(DraftFields fields, string name, bool required = false)
    {
        if (fields.TextOr(name, null) is not { Length: > 0 } text) return required ? throw fields.Missing(name) : Hash32.Zero;
        return text.StartsWith("0x", StringComparison.Ordinal) ? fields.Word(name, text) : DomainWord.Of(text);
    }
}
