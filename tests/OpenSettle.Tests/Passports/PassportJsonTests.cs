using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenSettle.Passports;

namespace OpenSettle.Tests.Passports;

public sealed class PassportJsonTests
{
    [Fact]
    public void RandomPassport_WrittenAndRead_IsTheSameToTheField()
    {
        var random = new RandomPassports(20261121);
        for (var i = 0; i < 400; i++)
        {
            var file = random.Next();
            var text = PassportJson.Write(file);
            var read = PassportJson.Read(text);
            Alike.Require(file, read);
            Assert.Equal(text, PassportJson.Write(read));
        }
    }

    [Fact]
    public void Text_ThatMeansHarm_IsInertInTheJson()
    {
        var random = new RandomPassports(7);
        for (var i = 0; i < 100; i++)
        {
            var text = Encoding.UTF8.GetString(PassportJson.Write(random.Next()));
            Assert.DoesNotContain(text, c => c is < ' ' or > '~' or '<');
        }
    }

    [Fact]
    public void Figure_Written_CarriesVersionAndQuery()
    {
        var file = new RandomPassports(3).Next();
        file = file with { Passport = file.Passport with { Figures = [new Figure("concentration.hhi", "0xabc", FigureState.Insufficient, null, null, null, 12, 30, FigureLevel.OnChain, 5, 9, [], null)] } };
        using var json = JsonDocument.Parse(PassportJson.Write(file));
        var figure = json.RootElement.GetProperty("figures")[0];
        Assert.Equal(file.Passport.CodeVersion, figure.GetProperty("codeVersion").GetString());
        Assert.Equal($"opensettle passport {file.Passport.Model} --verify --block {file.Passport.AsOf.Number} --figure concentration.hhi:0xabc", figure.GetProperty("query").GetString());
        Assert.Equal("insufficient onChain 12 30", $"{figure.GetProperty("state").GetString()} {figure.GetProperty("level").GetString()} {figure.GetProperty("n").GetString()} {figure.GetProperty("leastN").GetString()}");
        Assert.False(figure.TryGetProperty("value", out _));
    }

    [Fact]
    public void Field_MissingOrOfAnotherKind_IsNamedByItsPath()
    {
        var random = new RandomPassports(11);
        var seen = 0;
        for (var i = 0; i < 30; i++)
        {
            var text = PassportJson.Write(random.Next());
            foreach (var path in Paths(JsonNode.Parse(text), string.Empty))
            {
                foreach (var wrong in new JsonNode?[] { JsonValue.Create(-1), new JsonObject { ["x"] = 1 } })
                {
                    var root = JsonNode.Parse(text) ?? throw new InvalidOperationException("It is null.");
                    Put(root, path, wrong);
                    try
                    {
                        PassportJson.Read(Encoding.UTF8.GetBytes(root.ToJsonString()));
                        Assert.True(Passed(path), $"{path} may be anything");
                    }
                    catch (PassportFormatException e)
                    {
                        Assert.Contains(path.Split('.')[0].Split('[')[0], e.Message, StringComparison.Ordinal);
                        seen++;
                    }
                }
            }
        }

        Assert.True(seen > 1000, $"{seen}");
        // Derived, so not read; and of a foreign document what is no text is as good as not there.
        static bool Passed(string path) => path.EndsWith(".query", StringComparison.Ordinal) || path.EndsWith(".codeVersion", StringComparison.Ordinal) || path.StartsWith("metadata.", StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_DamagedAtRandom_AreReadOrRefusedAndNothingElse()
    {
        var random = new Random(5);
        var passports = new RandomPassports(5);
        for (var i = 0; i < 2000; i++)
        {
            var text = PassportJson.Write(passports.Next());
            for (var k = random.Next(1, 4); k > 0; k--) text[random.Next(text.Length)] = (byte)random.Next(256);
            try
            {
                PassportJson.Write(PassportJson.Read(text));
            }
            catch (PassportFormatException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "not an object")]
    [InlineData("{}", "format is missing")]
    [InlineData("""{"format":"opensettle-passport/9"}""", "another version")]
    [InlineData("""{"format":"opensettle-passport/1","format":"x"}""", "not JSON")]
    [InlineData("""{"format":"\ud800"}""", "Unicode")]
    public void Document_ThatIsNone_IsRefusedInWords(string json, string says) =>
        Assert.Contains(says, Assert.Throws<PassportFormatException>(() => PassportJson.Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    private static IEnumerable<string> Paths(JsonNode? node, string at)
    {
        if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields)
            {
                var path = at.Length == 0 ? name : $"{at}.{name}";
                if (value is JsonValue) yield return path;
                foreach (var deeper in Paths(value, path)) yield return deeper;
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                foreach (var deeper in Paths(items[i], $"{at}[{i}]")) yield return deeper;
            }
        }
    }

    private static void Put(JsonNode root, string path, JsonNode? value)
    {
        var at = root;
        var parts = path.Split('.');
        foreach (var (index, part) in parts.Index())
        {
            var name = part.Split('[')[0];
            if (index == parts.Length - 1)
            {
                at.AsObject()[name] = value?.DeepClone();
                return;
            }

            at = at[name] ?? throw new InvalidOperationException(path);
            foreach (var item in part.Split('[').Skip(1)) at = at[int.Parse(item.TrimEnd(']'), System.Globalization.CultureInfo.InvariantCulture)] ?? throw new InvalidOperationException(path);
        }
    }
}
