using System.Text;
using OpenSettle.Node.Passports.Cards;
using OpenSettle.Passports;
using OpenSettle.Tests.Passports;

namespace OpenSettle.Node.Tests.Passports;

public sealed class CardReaderTests
{
    private const string Whole = """
        ---
        language:
        - en
        - no
        license: apache-2.0
        library_name: transformers
        pipeline_tag: text-classification
        tags: [legal, nda]
        datasets:
        - acme/ndas
        metrics:
        - accuracy
        base_model: acme/base-7b   # the one before
        base_model_relation: finetune
        widget:
        - text: "Is this an NDA?"
        model-index:
        - name: contracts-7b
          results:
          - task:
              type: text-classification
              name: Clause review
            dataset:
              type: acme/ndas
              name: NDAs (test)
              config: en
              split: test
              revision: 5503434ddd753f426f4b38109466949a1217c2bb
              args: {language: en, max: 4, strict: true}
            metrics:
            - type: accuracy
              value: 0.8700
              name: Test accuracy
              verified: true
              verifyToken: abc.def
            - type: f1
              value: 85.1
            source:
              name: Leaderboard
              url: https://example.org/board
        ---
        <p align="center"><img src="x.png"></p>

        # Contracts 7B

        ![badge](x.svg)

        Reviews non-disclosure agreements,
        clause by clause.

        ## Bias, Risks, and Limitations

        Long documents are cut.

        ## Training
        More.
        """;

    [Fact]
    public void Card_ThatIsWhole_IsCarried()
    {
        var reading = Read(Whole);
        Assert.Empty(reading.Faults);
        var document = reading.Document;
        Assert.Equal(("Contracts 7B", "Reviews non-disclosure agreements, clause by clause.", "Long documents are cut."), (document.Name, document.Description, document.Limitations));
        Assert.Equal(["en", "no"], document.Languages);
        Assert.Equal(new ModelLicense("apache-2.0", null, null), document.License);
        Assert.Equal(["acme/base-7b", "finetune"], [.. document.BaseModels, document.BaseModelRelation ?? ""]);
        Assert.Equal(2, document.Results.Count);
        Assert.Equal(
            new ReportedResult(
                "contracts-7b", new ReportedTask("text-classification", "Clause review"),
                new ReportedDataset("acme/ndas", "NDAs (test)", "en", "test", "5503434ddd753f426f4b38109466949a1217c2bb", """{"language":"en","max":4,"strict":true}"""),
                new ReportedMetric("accuracy", "Test accuracy", "0.8700", null, null, true, "abc.def"), new ReportedSource("Leaderboard", "https://example.org/board")),
            document.Results[0]);
        Assert.Contains(reading.Omitted, note => note is { Path: "widget", Line: 15 });
        Assert.Contains(reading.Omitted, note => note.Path == "body");
    }

    [Theory]
    [InlineData("---\na: [1, 2\n---\n# x", 3, "not YAML")]
    [InlineData("---\nlicense: mit\nlicense: apache-2.0\n---\n# x", 3, "stands twice")]
    [InlineData("---\nlicense: [mit, apache-2.0]\n---\n# x", 2, "not a text")]
    [InlineData("---\ntags: {a: b}\n---\n# x", 2, "not a text")]
    [InlineData("---\ntags:\n- a\n-\n---\n# x", 4, "empty")]
    [InlineData("---\nlicense: 'mit\n---\n# x", 2, "not YAML")]
    [InlineData("---\n- a\n---\n# x", 2, "not a map")]
    [InlineData("---\nlicense: *gone\n---\n# x", 2, "alias")]
    [InlineData("---\na: &a [*a]\n---\n# x", 2, "alias")]
    [InlineData("---\nlicense: !!python/object/apply:os.system [x]\n---\n# x", 2, "tag")]
    [InlineData("---\nlicense: !ruby/object x\n---\n# x", 2, "tag")]
    [InlineData("---\n? [a]\n: b\n---\n# x", 2, "key")]
    [InlineData("---\nlicense: \"a\\u0007b\"\n---\n# x", 2, "control characters")]
    [InlineData("---\nlicense: mit\n...\nb: c\n---\n# x", 4, "second document")]
    [InlineData("# no front matter", 1, "there is none")]
    [InlineData("", 1, "there is none")]
    [InlineData("---\nlicense: mit\n", 1, "does not end")]
    [InlineData("---\nmodel-index: x\n---\n# x", 2, "not a list")]
    [InlineData("---\nmodel-index:\n- results: []\n---\n# x", 3, "missing")]
    public void Card_ThatIsWrong_IsNamedByLine(string card, int line, string says)
    {
        var reading = Read(card);
        Assert.Contains(reading.Faults, fault => fault.Line == line && fault.Message.Contains(says, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData(".nan")]
    [InlineData(".inf")]
    [InlineData("-Infinity")]
    [InlineData("20.0 ± 1.2")]
    [InlineData("0,87")]
    [InlineData("0x1F")]
    [InlineData("[1]")]
    [InlineData("{a: 1}")]
    [InlineData("٣")]
    [InlineData("1e9999")]
    [InlineData("true")]
    public void Metric_ThatIsNoNumber_IsNamedAndNotCarried(string value)
    {
        var card = $"---\nmodel-index:\n- name: m\n  results:\n  - task: {{type: t}}\n    dataset: {{type: d, name: D}}\n    metrics:\n    - type: accuracy\n      value: {value}\n    - type: f1\n      value: 1\n---\n# m";
        var reading = Read(card);
        Assert.Equal((9, "model-index[0].results[0].metrics[0].value"), (Assert.Single(reading.Faults).Line, reading.Faults[0].Path));
        Assert.Equal("f1", Assert.Single(reading.Document.Results).Metric.Type);
    }

    [Fact]
    public void Card_OfWindowsWithAMark_IsReadAlike()
    {
        var windows = Encoding.UTF8.GetBytes("\uFEFF" + Whole.ReplaceLineEndings("\r\n"));
        var (one, other) = (Read(Whole), CardReader.Read(windows));
        Assert.Empty(other.Faults);
        Alike.Require(one.Document with { CardHash = null }, other.Document with { CardHash = null });
        Assert.Equal(one.Omitted, other.Omitted);
    }

    [Fact]
    public void Card_ThatIsNotUtf8_IsNamedByLine()
    {
        var reading = CardReader.Read([.. "---\nlicense: mit\n"u8, 0xff, 0xfe, .. "\n---\n"u8]);
        Assert.Equal(3, Assert.Single(reading.Faults).Line);
    }

    [Fact]
    public void Bombs_AreRefusedBeforeTheyGrow()
    {
        var laughs = new StringBuilder("---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 12; i++) laughs.Append($"a{i}: &a{i} [").AppendJoin(',', Enumerable.Repeat($"*a{i - 1}", 10)).Append("]\n");
        Assert.Contains(Read(laughs.Append("---\n").ToString()).Faults, fault => fault.Message.Contains("values", StringComparison.Ordinal));
        foreach (var deep in new[] { new string('[', 500_000), new string('{', 500_000), string.Concat(Enumerable.Repeat("- ", 200_000)), string.Concat(Enumerable.Repeat("? ", 200_000)), string.Concat(Enumerable.Repeat("a: {", 100_000)) })
            Assert.NotEmpty(Read($"---\nx:\n {deep}\n---\n").Faults);
        Assert.Contains(Read($"---\nx: {new string('a', CardReader.MostFrontMatter + 1)}\n---\n").Faults, fault => fault.Message.Contains("front matter", StringComparison.Ordinal) || fault.Path == "front matter");
        Assert.Contains(CardReader.Read(new byte[CardReader.MostBytes + 1]).Faults, fault => fault.Message.Contains("at most", StringComparison.Ordinal));
        Assert.InRange(Read("---\ntags:\n" + string.Concat(Enumerable.Repeat("- {}\n", 900)) + "---\n").Faults.Count, 1, 101);
    }

    [Fact]
    public void Cards_DamagedAtRandom_AreReadOrNamedAndNothingElse()
    {
        var random = new Random(77);
        var good = Encoding.UTF8.GetBytes(Whole);
        var parts = new[] { "---\n", ": ", "- ", "[", "{", "&a ", "*a ", "\"", "'", "|", ">", "!!str ", "\n", "\t", "#", "\0", "?", "%YAML 1.1\n", "...\n", "<<: *a\n" };
        for (var i = 0; i < 6000; i++)
        {
            var text = new List<byte>(good);
            for (var k = random.Next(1, 6); k > 0; k--)
            {
                var at = random.Next(text.Count);
                switch (random.Next(4))
                {
                    case 0: text[at] = (byte)random.Next(256); break;
                    case 1: text.RemoveRange(at, Math.Min(random.Next(40), text.Count - at)); break;
                    case 2: text.InsertRange(at, Encoding.UTF8.GetBytes(parts[random.Next(parts.Length)])); break;
                    default: text[at] = (byte)" :-[]{}#&*\n\"'"[random.Next(13)]; break;
                }
            }

            var reading = CardReader.Read([.. text]);
            // Whatever came of it is a document that can be written and read.
            Assert.NotNull(ModelDocument.TryParse(reading.Document.ToBytes(), out var why) ?? throw new InvalidOperationException(why));
        }
    }

    [Fact]
    public void Document_ByWayOfPassportAndCard_IsTheSame()
    {
        var random = new RandomPassports(31);
        for (var i = 0; i < 400; i++)
        {
            var document = Good(random.Document());
            var read = ModelDocument.TryParse(document.ToBytes(), out _);
            Alike.Require(document, read);
            var passport = PassportJson.Read(PassportJson.Write(random.Next() with { Document = read }));
            var card = CardWriter.Write(passport);
            var again = CardReader.Read(card.Content);
            Assert.True(again.Faults.Count == 0, string.Join('\n', again.Faults) + Encoding.UTF8.GetString(card.Content));
            Alike.Require(document with { CardHash = null, IsForeign = false }, again.Document with { CardHash = null });
        }
    }

    [Fact]
    public void Figures_InAnExportedCard_AreMarkedAndNotReadAsReports()
    {
        var file = new RandomPassports(2).Next();
        var figure = new Figure("concentration.hhi", "0xab", FigureState.Known, "0.435000", null, null, 4, 3, FigureLevel.OnChain, 1, 2, [], null);
        file = file with { Document = new ModelDocument { Name = "m" }, Passport = file.Passport with { Figures = [figure] } };
        var card = CardWriter.Write(file);
        var text = Encoding.UTF8.GetString(card.Content);
        Assert.Contains("opensettle:concentration.hhi", text, StringComparison.Ordinal);
        Assert.Contains("computed, not reported", text, StringComparison.Ordinal);
        var again = CardReader.Read(card.Content);
        Assert.Empty(again.Document.Results);
        Assert.Contains(again.Omitted, note => note.Message.Contains("a passport computed it", StringComparison.Ordinal));
    }

    /// <summary>What a card can carry: texts without spaces around them, and a name.</summary>
    private static ModelDocument Good(ModelDocument document)
    {
        static string? Text(string? text) => text is null ? null : Clean(text) is { Length: > 0 } clean ? clean : null;
        static string Need(string text) => Text(text) ?? "x";
        static string[] All(IReadOnlyList<string> texts) => [.. texts.Select(Need)];
        static string Clean(string text) => string.Concat(text.Where(c => !char.IsControl(c) || c == '\n')).Trim();
        static string Line(string text) => Clean(text).ReplaceLineEndings(" ").Trim();
        return document with
        {
            Name = Line(Need(document.Name)) is { Length: > 0 } name ? name : "x",
            Description = Text(document.Description) ?? string.Empty,
            License = document.License is { } license ? new ModelLicense(Need(license.Id), Text(license.Name), Text(license.Link)) : null,
            BaseModels = All(document.BaseModels),
            BaseModelRelation = Text(document.BaseModelRelation),
            Datasets = All(document.Datasets),
            Languages = All(document.Languages),
            Tags = All(document.Tags),
            Task = Text(document.Task),
            Library = Text(document.Library),
            Metrics = All(document.Metrics),
            Limitations = Text(document.Limitations),
            Results =
            [
                .. document.Results.Select(result => new ReportedResult(
                    Need(result.Entry), new ReportedTask(Need(result.Task.Type), Text(result.Task.Name)),
                    result.Dataset with { Type = Need(result.Dataset.Type), Name = Need(result.Dataset.Name), Config = Text(result.Dataset.Config), Split = Text(result.Dataset.Split), Revision = Text(result.Dataset.Revision) },
                    result.Metric with { Type = Need(result.Metric.Type), Name = Text(result.Metric.Name), Config = Text(result.Metric.Config), VerifyToken = Text(result.Metric.VerifyToken) },
                    result.Source is { } source && (Text(source.Name) ?? Text(source.Url)) is not null ? new ReportedSource(Text(source.Name), Text(source.Url)) : null)),
            ],
        };
    }

    private static CardReading Read(string card) => CardReader.Read(Encoding.UTF8.GetBytes(card));
}
