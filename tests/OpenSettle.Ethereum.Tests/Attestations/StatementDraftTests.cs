using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Tests.Attestations;

/// <summary>What a person writes, as statements; and what is wrong with it, by name.</summary>
public sealed class StatementDraftTests
{
    private const ulong Now = 1_800_000_000;

    private static readonly string Model = Keccak256.HashText("model").ToString();
    private static readonly string Other = Keccak256.HashText("other").ToString();
    private static readonly string Account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    private static readonly string Whole =
        $$"""
        [{"kind":"provenance","model":"{{Model}}","identity":"weights.bin","dataset":["{{Other}}:trained-on","set.csv:merged"],"uri":"https://data.example"},
         {"kind":"lineage","model":"{{Model}}","parent":["{{Other}}:250000"],"version":2},
         {"kind":"contribution","model":"{{Model}}","account":"{{Account}}","role":"data","weight":"79228162514264337593543950335","method":"rows"},
         {"kind":"permission","model":"{{Model}}","account":"anybody","use":"resale","permission":"constrained","terms":"terms.md","expires":"2027-01-31T12:00:00Z"},
         {"kind":"evaluation","model":"{{Model}}","domain":"nda-review","metric":"accuracy","value":0.87,"n":100,"set":"{{Other}}","commitment":"{{Other}}","expires":1900000000},
         {"kind":"commit","model":"{{Model}}","domain":"nda-review","metric":"accuracy","set":"set.csv"}]
        """;

    [Fact]
    public void File_OfEveryKind_IsRead()
    {
        var drafts = Read(Whole);
        var model = new ModelId(Hash32.Parse(Model));
        var provenance = Assert.IsType<ProvenanceStatement>(drafts[0].Statement);
        Assert.Equal((model, Hash("weights.bin"), "https://data.example"), (provenance.Model, provenance.IdentityHash, provenance.Uri));
        Assert.Equal([Hash32.Parse(Other), Hash("set.csv")], provenance.DatasetHashes);
        Assert.Equal(["trained-on", "merged"], provenance.Relations);
        var lineage = Assert.IsType<LineageStatement>(drafts[1].Statement);
        Assert.Equal((new Parent(new ModelId(Hash32.Parse(Other)), 250_000), 2U), (Assert.Single(lineage.Parents), lineage.Version));
        Assert.Equal(new ContributionStatement(model, Address.Parse(Account), RoleText.ToWord("data") ?? default, (UInt128.One << 96) - 1, DomainWord.Of("rows")), drafts[2].Statement);
        Assert.Equal(new PermissionStatement(model, Address.Zero, DomainWord.Of("resale"), 3, 1_801_396_800, Hash("terms.md")), drafts[3].Statement);
        Assert.Equal(1_801_396_800UL, drafts[3].Expires);
        Assert.Equal(new EvaluationStatement(model, DomainWord.Of("nda-review"), "accuracy", "0.87", 100, Hash32.Parse(Other), default), drafts[4].Statement);
        Assert.Equal((Hash32.Parse(Other), 1_900_000_000UL), (drafts[4].RefUid, drafts[4].Expires));
        Assert.True(Assert.IsType<EvaluationStatement>(drafts[5].Statement).IsCommitment);
        // Each is what its schema says.
        Assert.All(drafts, draft => Assert.NotNull(StatementCodec.Decode(draft.Kind, StatementCodec.Encode(draft.Statement))));
    }

    [Theory]
    [InlineData("\"provenance\"", "\"provenence\"", "statement 1, 'kind': 'provenence' is not known")]
    [InlineData("\"uri\"", "\"url\"", "'url' is no field of provenance")]
    [InlineData(":merged", ":copied", "ends in no known relation")]
    [InlineData(":merged", "", "ends in no known relation")]
    [InlineData(":250000", ":1000001", "is not a whole number from 0 to 1000000")]
    [InlineData(":250000", "", "is not MODEL:SHARE")]
    [InlineData("\"version\":2", "\"version\":-2", "statement 2, 'version': '-2' is not a whole number")]
    [InlineData("\"version\":2", "\"version\":4294967296", "is not a whole number from 0 to 4294967295")]
    [InlineData("950335", "950336", "is not a whole number below 2^96")]
    [InlineData("\"account\":\"anybody\"", "\"account\":\"somebody\"", "is not an address")]
    [InlineData("\"permission\":\"constrained\"", "\"permission\":\"maybe\"", "Known are allowed, not-allowed, constrained")]
    [InlineData(",\"terms\":\"terms.md\"", "", "what is constrained has terms")]
    [InlineData("2027-01-31T12:00:00Z", "2026-01-31T12:00:00Z", "is in the past")]
    [InlineData("2027-01-31T12:00:00Z", "2027-02-30", "is not a time")]
    [InlineData("2027-01-31T12:00:00Z", "31.1.2027", "is not a time")]
    [InlineData("1900000000", "1900000000000", "not milliseconds")]
    [InlineData("0.87", "\"NaN\"", "is not a number")]
    [InlineData("0.87", "\"1e3\"", "is not a number")]
    [InlineData("0.87", "\"0,87\"", "is not a number")]
    [InlineData("0.87", "1.01", "is not from 0 to 1")]
    [InlineData("0.87", "-0.1", "is not from 0 to 1")]
    [InlineData("\"n\":100", "\"n\":0", "results have at least one trial")]
    [InlineData("\"metric\":\"accuracy\"", "\"metric\":\"\"", "'metric' is missing")]
    [InlineData("\"domain\":\"nda-review\",\"metric\"", "\"domain\":\"\",\"metric\"", "a domain has 1 to 200 characters")]
    [InlineData("\"role\":\"data\"", "\"role\":\"ä\"", "is not a role")]
    [InlineData("\"set\":\"set.csv\"", "\"set\":\"missing.csv\"", "cannot read missing.csv")]
    [InlineData("\"set\":\"set.csv\"", "\"set\":\"0x12\"", "it has 2 characters behind 0x, and a hash has 64")]
    [InlineData("\"set\":\"set.csv\"", "\"set\":[\"a\",\"b\"]", "is given more than once")]
    [InlineData("\"set\":\"set.csv\"", "\"set\":true", "is neither text, nor a number")]
    [InlineData("\"set\":\"set.csv\"", "\"set\":\"a\",\"set\":\"b\"", "says something twice")]
    public void File_WithAFault_IsRefusedByItsName(string from, string to, string problem)
    {
        Assert.Contains(from, Whole, StringComparison.Ordinal);
        var refusal = Assert.Throws<DraftException>(() => Read(Whole.Replace(from, to, StringComparison.Ordinal)));
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lineage_ThatIsCircularOrGivesTooMuch_IsRefused()
    {
        Assert.Contains("circular", Refusal($"\"{Model}:1\"").Message, StringComparison.Ordinal);
        Assert.Contains("is there twice", Refusal($"\"{Other}:1\",\"{Other}:2\"").Message, StringComparison.Ordinal);
        Assert.Contains("sum to 1000001", Refusal($"\"{Other}:1000000\",\"{Keccak256.HashText("third")}:1\"").Message, StringComparison.Ordinal);
        static DraftException Refusal(string parents) => Assert.Throws<DraftException>(() => Read($$"""[{"kind":"lineage","model":"{{Model}}","parent":[{{parents}}],"version":1}]"""));
    }

    [Fact]
    public void File_OfNoStatementOrTooMany_IsRefused()
    {
        Assert.Contains("is not a list", Assert.Throws<DraftException>(() => Read("{}")).Message, StringComparison.Ordinal);
        Assert.Contains("has 0 statements", Assert.Throws<DraftException>(() => Read("[]")).Message, StringComparison.Ordinal);
        Assert.Contains("has 101 statements", Assert.Throws<DraftException>(() => Read($"[{string.Join(',', Enumerable.Repeat("{}", 101))}]")).Message, StringComparison.Ordinal);
        Assert.Contains("statement 1 is not an object", Assert.Throws<DraftException>(() => Read("[7]")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("1", true)]
    [InlineData("1.000", true)]
    [InlineData("0.999999999999999999999999999", true)]
    [InlineData("1.0000000000000000000000000001", false)]
    [InlineData("2", false)]
    [InlineData("-0", false)]
    public void Proportion_IsFromZeroToOne(string number, bool expected) => Assert.Equal(expected, DraftFields.IsProportion(number));

    [Fact]
    public void Files_ThatAreDamaged_AreRefusedOrRead()
    {
        var (random, whole) = (new Random(3), System.Text.Encoding.UTF8.GetBytes(Whole));
        var refused = 0;
        for (var round = 0; round < 5000; round++)
        {
            try
            {
                foreach (var fields in DraftFields.FromJson(Damage.Of(random, whole), StatementDraft.MostAtOnce, FileHash)) StatementCodec.Encode(StatementDraft.Read(fields, Now).Statement);
            }
            catch (DraftException)
            {
                refused++;
            }
        }

        Assert.True(refused > 2000, $"Only {refused} were refused: they were hardly damaged.");
    }

    private static List<StatementDraft> Read(string json) =>
        [.. DraftFields.FromJson(System.Text.Encoding.UTF8.GetBytes(json), StatementDraft.MostAtOnce, FileHash).Select(fields => StatementDraft.Read(fields, Now))];

    private static Hash32 FileHash(string path) => path.StartsWith("missing", StringComparison.Ordinal) ? throw new DraftException($"cannot read {path}") : Hash(path);

    private static Hash32 Hash(string path) => Keccak256.HashText($"bytes of {path}");
}
