using OpenSettle.Node.Tests.Support;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace OpenSettle.Node.Tests.Deploy;

/// <summary>A file of deploy/ as its reader sees it: anchors and merges resolved.</summary>
internal static class YamlText
{
    public static string Folder => Path.Combine(Judges.Root(), "deploy");

    public static Dictionary<object, object> Read(string file)
    {
        using var reader = new StringReader(File.ReadAllText(Path.Combine(Folder, file)));
        var parser = new MergingParser(new Parser(reader));
        parser.Consume<StreamStart>();
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser);
    }

    public static Dictionary<object, object> Map(this object? node) => node as Dictionary<object, object> ?? throw new InvalidOperationException($"'{node}' is no mapping.");

    public static Dictionary<object, object> MapAt(this Dictionary<object, object> map, string key) => map.TryGetValue(key, out var value) ? value.Map() : [];

    /// <summary>A list of texts; empty where there is none. A short form of a mount or a secret is its text, a long one its source and target.</summary>
    public static List<string> TextsAt(this Dictionary<object, object> map, string key) =>
        map.TryGetValue(key, out var value) ? [.. ((List<object>)value).Select(item => item is string text ? text : $"{item.Map()["source"]}:{item.Map()["target"]}")] : [];

    public static string TextAt(this Dictionary<object, object> map, string key) => map.TryGetValue(key, out var value) && value is string text ? text : string.Empty;
}
