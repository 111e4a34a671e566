using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

/// <summary>The schemas of the types that answers are made of, each once and by its name.</summary>
internal sealed class SchemaBook
{
    private static readonly string[] Endings = ["Answer", "Form"];

    private readonly SortedDictionary<string, JsonNode> _schemas = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Type> _named = new(StringComparer.Ordinal);
    private readonly JsonSerializerOptions _options;
    private readonly JsonSchemaExporterOptions _exporting;

    public SchemaBook(JsonSerializerOptions options)
    {
        // As answers are written: the server would read numbers out of texts too, and never does.
        _options = new JsonSerializerOptions(options) { NumberHandling = JsonNumberHandling.Strict };
        _options.TypeInfoResolver ??= new DefaultJsonTypeInfoResolver();
        _options.MakeReadOnly();
        _exporting = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };
    }

    /// <summary>All that were asked for, and those that they name.</summary>
    public JsonObject All => new(_schemas.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.DeepClone())));

    public void Add(string name, JsonObject schema) => _schemas[name] = schema;

    /// <summary>The schema of a type: of a record of ours, a reference to it.</summary>
    public JsonNode Of(Type type) => Plain(type) ?? (IsRecord(type) ? Reference(type) : _options.GetJsonSchemaAsNode(type, _exporting));

    private JsonObject Reference(Type type)
    {
        var name = NameOf(type);
        if (_named.TryAdd(name, type)) _schemas[name] = _options.GetJsonSchemaAsNode(type, _exporting);
        else if (_named[name] != type) throw new InvalidOperationException($"{type.FullName} and {_named[name].FullName} would be one schema '{name}': give one of them another name.");
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private JsonObject Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var made = Plain(type) ?? (IsRecord(type) && context.Path.Length > 0 ? Reference(type) : schema as JsonObject ?? []);
        WithoutNull(made);
        if (context.Path.Length == 0 && IsRecord(type)) Require(made, context.TypeInfo);
        // The one text of a table is a list.
        if (type == typeof(PublishedTable)) made["type"] = "array";
        if (type == typeof(ulong) || type == typeof(uint)) made["minimum"] = 0;
        var words = context.PropertyInfo is { } property ? WordsOf(property) : context.Path.Length == 0 ? type.GetCustomAttribute<DescriptionAttribute>()?.Description : null;
        if (words is not null) made["description"] = words;
        return made;
    }

    /// <summary>What is null is left out: a member that may be is not required, and is never null where it is there.</summary>
    private static void Require(JsonObject schema, JsonTypeInfo type)
    {
        schema.Remove("required");
        var required = type.Properties.Where(property => !property.IsGetNullable && Nullable.GetUnderlyingType(property.PropertyType) is null).Select(property => (JsonNode)property.Name).ToArray();
        if (required.Length > 0) schema["required"] = new JsonArray(required);
    }

    private static void WithoutNull(JsonObject schema)
    {
        if (schema["type"] is JsonArray types && types.Select(type => type?.GetValue<string>()).Where(type => type != "null").ToList() is [{ } only]) schema["type"] = only;
        if (schema["enum"] is not JsonArray values) return;
        schema["enum"] = new JsonArray([.. values.Where(value => value is not null).Select(value => value?.DeepClone())]);
        schema["type"] = "string";
    }

    private static string? WordsOf(JsonPropertyInfo property) =>
        Words(property.AttributeProvider) ?? Words(property.AssociatedParameter?.AttributeProvider);

    private static string? Words(ICustomAttributeProvider? provider) =>
        provider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false).OfType<DescriptionAttribute>().FirstOrDefault()?.Description;

    /// <summary>As <see cref="JsonForms"/> writes them.</summary>
    private static JsonObject? Plain(Type type) =>
        type == typeof(Address) ? Forms.Account()
        : type == typeof(Hash32) || type == typeof(ModelId) ? Forms.Hash()
        : type == typeof(UInt256) || type == typeof(UInt128) ? Forms.Amount()
        : type == typeof(HexData) ? Forms.Bytes()
        : type == typeof(JsonElement) ? []
        : null;

    private static bool IsRecord(Type type) => type is { IsClass: true, IsArray: false } && type.Namespace?.StartsWith("OpenSettle.", StringComparison.Ordinal) == true;

    private static string NameOf(Type type) => Endings.Where(ending => type.Name.EndsWith(ending, StringComparison.Ordinal)).Select(ending => type.Name[..^ending.Length]).FirstOrDefault(type.Name);
}
