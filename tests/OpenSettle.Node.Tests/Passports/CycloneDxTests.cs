using System.Text;
using System.Text.Json;
using OpenSettle.Passports;
using OpenSettle.Tests.Passports;

namespace OpenSettle.Node.Tests.Passports;

public sealed class CycloneDxTests
{
    [Fact]
    public async Task RandomPassports_InBothVersions_PassTheOfficialSchema()
    {
        var random = new RandomPassports(1606);
        var lines = new StringBuilder();
        for (var i = 0; i < 300; i++)
        {
            var version = i % 2 == 0 ? "1.6" : "1.7";
            using var bom = JsonDocument.Parse(CycloneDxWriter.Write(random.Next(), version).Content);
            lines.Append(version).Append(' ').Append(JsonSerializer.Serialize(bom.RootElement)).Append('\n');
        }

        Assert.Equal((0, "valid 300\n"), await ValidateAsync(lines.ToString()));
    }

    [Fact]
    public async Task Validator_GivenABadBom_SaysSo()
    {
        var text = Encoding.UTF8.GetString(CycloneDxWriter.Write(new RandomPassports(1).Next(), "1.6").Content);
        var (code, output) = await ValidateAsync("1.6 " + text.Replace("machine-learning-model", "machine-lerning-model", StringComparison.Ordinal).ReplaceLineEndings(" ") + "\n");
        Assert.Equal(1, code);
        Assert.StartsWith("invalid 1.6", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Properties_ReadBack_AreThePassports()
    {
        var random = new RandomPassports(17);
        for (var i = 0; i < 200; i++)
        {
            var file = random.Next();
            using var bom = JsonDocument.Parse(CycloneDxWriter.Write(file, "1.6").Content);
            using var own = JsonDocument.Parse(PassportJson.Write(file));
            var component = bom.RootElement.GetProperty("metadata").GetProperty("component");
            var properties = component.GetProperty("properties").EnumerateArray()
                .Select(property => (Name: property.GetProperty("name").GetString() ?? string.Empty, Value: property.GetProperty("value").GetString() ?? string.Empty)).ToList();
            Assert.All(properties, property => Assert.StartsWith("opensettle:", property.Name, StringComparison.Ordinal));
            foreach (var figure in file.Passport.Figures.Zip(own.RootElement.GetProperty("figures").EnumerateArray()))
            {
                var name = $"opensettle:{figure.First.Id}{(figure.First.Scope.Length == 0 ? "" : ":" + figure.First.Scope)}";
                var fields = figure.Second.EnumerateObject().Where(field => field.Name != "points").Select(field => $"{field.Name}={field.Value}").ToList();
                Assert.Contains(properties, property => property.Name == name && Fields(property.Value).SequenceEqual(fields));
            }

            Assert.Equal(file.Passport.Contributors.Count, properties.Count(property => property.Name == "opensettle:contributor"));
            Assert.Contains(("opensettle:metadata.uri", file.Passport.MetadataUri), properties);
            Assert.Equal(file.Passport.Attestations.Count, component.GetProperty("externalReferences").EnumerateArray().Count(reference => reference.GetProperty("type").GetString() is "attestation" or "digital-signature"));
        }
    }

    [Fact]
    public void Bom_OfTheSamePassport_IsTheSameToTheByte()
    {
        var (one, other) = (new RandomPassports(4).Next(), new RandomPassports(4).Next());
        Assert.Equal(CycloneDxWriter.Write(one, "1.7").Content, CycloneDxWriter.Write(other, "1.7").Content);
        var later = one with { Passport = one.Passport with { LastEpoch = one.Passport.LastEpoch ^ 1 } };
        Assert.NotEqual(Serial(one), Serial(later));

        static string? Serial(PassportFile file)
        {
            using var bom = JsonDocument.Parse(CycloneDxWriter.Write(file, "1.7").Content);
            return bom.RootElement.GetProperty("serialNumber").GetString();
        }
    }

    [Fact]
    public void Export_LeavingSomethingOut_NamesIt()
    {
        var file = new RandomPassports(4).Next();
        var figure = new Figure("usage.weekly", "", FigureState.Known, "1", null, null, 1, 1, FigureLevel.OnChain, 1, 2, [new FigurePoint("w", "1", 1)], null);
        file = file with { Document = null, Passport = file.Passport with { Figures = [figure], MetadataUri = "javascript:alert(1)" } };
        var omitted = CycloneDxWriter.Write(file, "1.6").Omitted;
        Assert.Contains(omitted, line => line.StartsWith("series (1)", StringComparison.Ordinal));
        Assert.Contains(omitted, line => line.StartsWith("document", StringComparison.Ordinal));
        Assert.Contains(omitted, line => line.StartsWith("metadata uri", StringComparison.Ordinal));
        Assert.Contains(omitted, line => line.StartsWith("identityHash", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Fields(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? [.. document.RootElement.EnumerateObject().Select(field => $"{field.Name}={field.Value}")] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static async Task<(int Code, string Output)> ValidateAsync(string lines)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, lines);
            return await NodeScript.RunAsync("Passports/cyclonedx.mjs", file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
