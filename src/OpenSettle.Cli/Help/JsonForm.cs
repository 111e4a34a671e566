using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenSettle.Cli.Help;

/// <summary>A field of a document: <c>claims[].amount</c>, and what stands there.</summary>
internal readonly record struct JsonField(string Path, string Kind);

/// <summary>The stable form of what a verb prints with <c>--json</c>.</summary>
/// <param name="Description">In words, where it is another's form.</param>
/// <param name="Fields">In their order; taken from the type that is written.</param>
internal sealed record JsonForm(string Description, IReadOnlyList<JsonField> Fields)
{
    public static JsonForm Of(Type type)
    {
        var fields = new List<JsonField>();
        var isList = Element(type) is not null;
        Add(fields, isList ? "[]" : string.Empty, Element(type) ?? type);
        return new JsonForm(isList ? "a list" : "an object", fields);
    }

    private static void Add(List<JsonField> fields, string path, Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always }) continue;
            var name = (path.Length == 0 ? string.Empty : path + ".") + JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var (kind, inner, isList) = Describe(property);
            fields.Add(new JsonField(isList ? name + "[]" : name, kind));
            if (inner is not null) Add(fields, isList ? name + "[]" : name, inner);
        }
    }

    private static (string Kind, Type? Inner, bool IsList) Describe(PropertyInfo property)
    {
        var nullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
            || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var list = Element(type);
        var element = list ?? type;
        var word = Word(element);
        var kind = (word ?? "object") + (list is not null ? ", a list" : string.Empty) + (nullable ? "; may be null or absent" : string.Empty);
        return (kind, word is null ? element : null, list is not null);
    }

    private static Type? Element(Type type) => type == typeof(string) || !typeof(IEnumerable).IsAssignableFrom(type)
        ? null
        : type.GetInterfaces().Append(type).Where(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>)).Select(one => one.GetGenericArguments()[0]).FirstOrDefault();

    private static string? Word(Type type) => type switch
    {
        _ when type == typeof(string) => "text",
        _ when type == typeof(bool) => "true or false",
        _ when type.IsPrimitive || type == typeof(Int128) || type == typeof(UInt128) => "number",
        // These are written by their own converters, as text.
        _ when type.IsEnum || type == typeof(DateTimeOffset) || type == typeof(Guid) => "text",
        _ => null,
    };
}
