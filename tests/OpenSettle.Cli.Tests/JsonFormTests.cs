using System.Text.Json;
using OpenSettle.Cli.Help;
using OpenSettle.Cli.Tests.Support;

namespace OpenSettle.Cli.Tests;

/// <summary>The fields that the reference names are those that the verbs print.</summary>
public sealed class JsonFormTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-json-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Document_OfEachVerbOnFiles_HasTheFieldsOfItsForm()
    {
        var (data, deployment) = (Path.Combine(_folder, "data"), Path.Combine(_folder, "deployment.json"));
        await File.WriteAllTextAsync(deployment, DeploymentText);
        string[] at = ["--deployment", deployment, "--data-dir", data];
        await HoldsAsync("gateway add", ["gateway", "add", "eu-1", .. at, "--json"]);
        await HoldsAsync("gateway list", ["gateway", "list", .. at, "--json"]);
        await HoldsAsync("db status", ["db", "status", "--data-dir", data, "--json"]);
        Assert.NotEmpty(VerbTree.Leaf("opensettle db status").Form?.Fields ?? []);
    }

    [Fact]
    public void Form_OfAType_NamesListsAndWhatMayBeNull()
    {
        var form = JsonForm.Of(typeof(Sample));
        Assert.Equal("an object", form.Description);
        Assert.Equal(
            [("name", "text"), ("count", "number; may be null or absent"), ("rows[]", "object, a list"), ("rows[].isGood", "true or false"), ("words[]", "text, a list; may be null or absent")],
            form.Fields.Select(field => (field.Path, field.Kind)));
        Assert.Equal("a list", JsonForm.Of(typeof(IReadOnlyList<Row>)).Description);
    }

    private static async Task HoldsAsync(string verb, string[] arguments)
    {
        var (code, output, errors) = await CannedNode.CallAsync(arguments);
        Assert.True(code == 0, errors);
        using var document = JsonDocument.Parse(output);
        var form = VerbTree.Leaf("opensettle " + verb).Form ?? throw new InvalidOperationException($"{verb} has no form.");
        var known = form.Fields.ToDictionary(field => field.Path, field => field.Kind);
        var found = new Dictionary<string, bool>(StringComparer.Ordinal);
        Collect(document.RootElement, string.Empty, found);
        Assert.All(found.Keys, path => Assert.True(known.ContainsKey(path), $"{verb} prints {path}, which its form does not name."));
        // What is never left out is there, unless what it would stand in is not.
        Assert.All(
            known.Where(field => !field.Value.Contains("may be null", StringComparison.Ordinal) && Parents(field.Key).All(parent => found.GetValueOrDefault(parent))),
            field => Assert.True(found.ContainsKey(field.Key), $"{verb} does not print {field.Key}."));
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var at = path.LastIndexOf('.'); at > 0; at = path.LastIndexOf('.', at - 1))
        {
            if (path[..at] != "[]") yield return path[..at];
        }
    }

    /// <param name="found">Paths that are there, and whether something stands in them.</param>
    private static void Collect(JsonElement element, string path, Dictionary<string, bool> found)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Collect(item, path.Length == 0 ? "[]" : path, found);
            return;
        }

        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var property in element.EnumerateObject())
        {
            var name = (path.Length == 0 ? string.Empty : path + ".") + property.Name + (property.Value.ValueKind == JsonValueKind.Array ? "[]" : string.Empty);
            var holds = property.Value.ValueKind == JsonValueKind.Object || (property.Value.ValueKind == JsonValueKind.Array && property.Value.GetArrayLength() > 0);
            found[name] = found.GetValueOrDefault(name) || holds;
            Collect(property.Value, name, found);
        }
    }

    private const string DeploymentText = """
        {"chainId":31337,"deployedAtBlock":1,"contracts":{"registry":"0x1111111111111111111111111111111111111111","rail":"0x2222222222222222222222222222222222222222",
         "vault":"0x3333333333333333333333333333333333333333","resolver":"0x4444444444444444444444444444444444444444"},"tokens":[]}
        """;

    private sealed record Sample(string Name, int? Count, IReadOnlyList<Row> Rows, IReadOnlyList<string>? Words);

    private sealed record Row(bool IsGood);
}
