using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OpenSettle.Cli.Models;
using OpenSettle.Cli.Screen;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Tests.Passports;

namespace OpenSettle.Cli.Tests;

public sealed class ModelVerbTests : IAsyncLifetime, IDisposable
{
    private const string Card = "---\nlicense: mit\nbase_model: acme/base\nwidget: [x]\n---\n# Contracts 7B\n\nReviews clauses.\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-cli-").FullName;
    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Draft_FromACard_IsWrittenReadAndWithoutFaultsOnceTheWeightsAreNamed()
    {
        var (card, weights, draft) = (Write("README.md", Card), Write("model.bin", "weights"), Path.Combine(_folder, "model.draft.json"));
        var (code, output, errors) = await Node.RunAsync("model", "register", "--from-card", card, "--weights", weights, "--out", draft);
        Assert.Equal(0, code);
        Assert.Contains("not carried: line 4: widget", errors, StringComparison.Ordinal);
        Assert.Contains("acme/base", output, StringComparison.Ordinal);
        var (read, faults) = DraftFile.Read(await File.ReadAllBytesAsync(draft));
        Assert.Empty(faults);
        var good = read ?? throw new InvalidOperationException("No draft.");
        Assert.Empty(good.Faults());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("weights"))), good.IdentityHash.ToString()[2..]);
        Assert.Equal(("Contracts 7B", "mit", Keccak256.Hash(Encoding.UTF8.GetBytes(Card))), (good.Document.Name, good.Document.License?.Id, good.Document.CardHash));
        // A second time gives the same: the model's id follows from the salt.
        var again = Path.Combine(_folder, "again.json");
        Assert.Equal(0, (await Node.RunAsync("model", "register", "--from-card", card, "--weights", weights, "--out", again)).Code);
        Assert.Equal(await File.ReadAllBytesAsync(draft), await File.ReadAllBytesAsync(again));
        // It is not written over.
        Assert.Equal(2, (await Node.RunAsync("model", "register", "--from-card", card, "--out", draft)).Code);
    }

    [Fact]
    public async Task Card_WithFaults_MakesNoDraftUnlessTheyAreLeftOut()
    {
        var (card, draft) = (Write("README.md", "---\nlicense: [mit, x]\ntags: [a]\n---\n# \u001b[31mName\n"), Path.Combine(_folder, "d.json"));
        var (code, _, errors) = await Node.RunAsync("model", "register", "--from-card", card, "--out", draft);
        Assert.Equal(2, code);
        Assert.Contains("line 2: license", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(draft));
        card = Write("README.md", "---\nlicense: [mit, x]\ntags: [a]\n---\n# Name\n");
        Assert.Equal(0, (await Node.RunAsync("model", "register", "--from-card", card, "--out", draft, "--leave-out-faults")).Code);
        Assert.Contains("left out as wrong: line 2: license", await File.ReadAllTextAsync(draft), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_OfSeveralFiles_HaveTheDigestOfTheirSums()
    {
        var (a, b) = (Write("a.bin", "1"), Write("b.bin", "2"));
        string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        Assert.Equal("0x" + Hex($"{Hex("1")}  a.bin\n{Hex("2")}  b.bin\n"), (await Weights.DigestAsync([b, a], default)).ToString());
    }

    [Theory]
    [InlineData("salt", "\"0x12\"", "salt")]
    [InlineData("identityHash", "\"\"", "which weights")]
    [InlineData("noticeSeconds", "99999999", "more than a year")]
    [InlineData("noticeSeconds", "-1", "noticeSeconds")]
    [InlineData("royaltyBasisPoints", "10001", "more than 10000")]
    [InlineData("split", """{"rows":[],"poolWeight":"0","fallback":[]}""", "is empty")]
    [InlineData("split", """{"rows":[{"account":"OWNER","weight":"0","role":"x"}],"poolWeight":"0","fallback":[]}""", "weight zero")]
    [InlineData("split", """{"rows":[{"account":"OWNER","weight":"1","role":"x"}],"poolWeight":"5","fallback":[]}""", "pool without fallback")]
    [InlineData("split", """{"rows":[{"account":"0x12","weight":"x","role":"x"}],"poolWeight":"0","fallback":[]}""", "split.rows[0].account")]
    [InlineData("split", """{"rows":[{"account":"OWNER","weight":"1","role":"a role with more than 32 characters"}],"poolWeight":"0","fallback":[]}""", "is not a role")]
    [InlineData("split", """{"rows":[{"account":"OWNER","weight":"1","role":"x","wieght":"2"}],"poolWeight":"0","fallback":[]}""", "is not a field")]
    [InlineData("parents", """[{"model":"#1","shareMillionths":600000},{"model":"#2","shareMillionths":400001}]""", "sum to 1000001")]
    [InlineData("parents", """[{"model":"#1","shareMillionths":0}]""", "share of zero")]
    [InlineData("gateways", """["0x0000000000000000000000000000000000000000"]""", "zero address")]
    [InlineData("document", """{"format":"opensettle-model/1","name":""}""", "no name")]
    [InlineData("document", """{"name":"x"}""", "format is not")]
    [InlineData("surprise", "1", "is not a field")]
    public async Task Draft_ThatIsWrong_IsToldAndNothingIsSent(string field, string value, string says)
    {
        var text = DraftFile.Write(ModelDraft.Of(new ModelDocument { Name = "m" }, Keccak256.HashText("w"), ""), []);
        var json = JsonNode.Parse(text)?.AsObject() ?? throw new InvalidOperationException("It is null.");
        json[field] = JsonNode.Parse(value);
        var draft = Write("draft.json", json.ToJsonString());
        // Before any key is asked for: the draft is the caller's own affair.
        var (code, _, errors) = await Node.RunAsync("model", "register", "--draft", draft, "--yes");
        Assert.Equal(2, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Contains("Nothing was sent", errors, StringComparison.Ordinal);
        Assert.Empty(Node.Asked);
    }

    [Fact]
    public void Drafts_WrittenAndRead_AreTheSame()
    {
        var random = new RandomPassports(12);
        for (var i = 0; i < 200; i++)
        {
            var document = random.Document();
            if (document.IsForeign) continue;
            var draft = ModelDraft.Of(document, Keccak256.HashText("w"), "ipfs://{hash}") with { Parents = [new DraftParent("#3", 5)], PoolWeight = 7, Fallback = [new Registry.SplitRow(Address.Parse("0x00000000000000000000000000000000000000aa"), 3, "data")] };
            var (read, faults) = DraftFile.Read(DraftFile.Write(draft, ["x"]));
            Assert.Empty(faults);
            Alike.Require(draft with { Document = new ModelDocument() }, (read ?? throw new InvalidOperationException("None.")) with { Document = new ModelDocument() });
            Assert.Equal(draft.DocumentHash, read.DocumentHash);
            Assert.EndsWith(draft.DocumentHash.ToString(), read.FullUri, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Document_Published_GoesUnderItsHash()
    {
        var bytes = new ModelDocument { Name = "m" }.ToBytes();
        var (file, path) = (Path.Combine(_folder, "m.json"), $"/api/v1/documents/{Keccak256.Hash(bytes)}");
        await File.WriteAllBytesAsync(file, bytes);
        var (code, _, errors) = await Node.RunAsync("model", "publish", file);
        Assert.Equal(6, code);
        Assert.Contains("final", errors, StringComparison.Ordinal);
        Node.Answer(path, "{}", 201);
        Assert.Equal(0, (await Node.RunAsync("model", "publish", file)).Code);
        Assert.Equal(bytes, Node.Put[path]);
        Assert.Equal(2, (await Node.RunAsync("model", "publish", Write("x.json", "[]"))).Code);
    }

    [Fact]
    public async Task Model_Shown_FitsTheScreen()
    {
        var id = Keccak256.HashText("m").ToString();
        Node.Answer($"/api/v1/models/{id}", $$"""
            {"id":"{{id}}","number":3,"owner":"0xAa","payAddress":"0xBb","uri":"https://x.org/\u202e\u001b[2J{{new string('a', 200)}}","identityHash":"{{id}}","split":{"version":1,"rows":[{"account":"OWNER","weight":"1","role":"owner"}],"poolWeight":"5","fallback":[]},
             "parents":[{"model":"{{id}}","share":250000}],"gateways":["0xCc"]}
            """);
        var (code, output, _) = await Node.RunAsync("model", "show", id);
        Assert.Equal(0, code);
        Assert.All(output.ReplaceLineEndings("\n").Split('\n'), line => Assert.True(Inert.Width(line) <= Page.Columns, line));
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
        Assert.Contains("25 %", output, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
