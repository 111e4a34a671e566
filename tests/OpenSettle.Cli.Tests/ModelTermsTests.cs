using OpenSettle.Cli.Models;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Tests;

/// <summary>What an owner gives wrongly is told before a key, a chain or a node is asked for.</summary>
public sealed class ModelTermsTests : IAsyncLifetime, IDisposable
{
    private const string Ada = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-cli-").FullName;
    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("split #1", "who shares?")]
    [InlineData("split #1 --row OWNER:1", "is not ACCOUNT:WEIGHT:ROLE")]
    [InlineData("split #1 --row OWNER:x:data", "is not a weight")]
    [InlineData("split #1 --row OWNER:0:data", "weight zero")]
    [InlineData("split #1 --row OWNER:1:", "is not a role")]
    [InlineData("split #1 --row 0x1234:1:data", "is not OWNER or an address")]
    [InlineData("split #1 --row OWNER:1:data --pool 5", "pool without fallback")]
    [InlineData("split #1 --row OWNER:1:data --fallback OWNER:1:data", "fallback rows without a pool")]
    [InlineData("split #1 --row OWNER:79228162514264337593543950336:data", "more than 96 bits")]
    [InlineData("split #1 --row OWNER:1:data --table x.json", "who shares?")]
    [InlineData("split #1 --row OWNER:1:data --uri https://x.example", "--commit")]
    [InlineData("split #1 --table missing.json", "cannot read")]
    [InlineData("lineage #1", "which parents?")]
    [InlineData("lineage #1 --none --parent #2:5", "which parents?")]
    [InlineData("lineage #1 --parent #2", "is not MODEL:SHARE")]
    [InlineData("lineage #1 --parent #2:0", "is not MODEL:SHARE")]
    [InlineData("lineage #1 --parent #2:600000 --parent #3:400001", "more than 1000000")]
    [InlineData("gateway #1", "which gateways?")]
    [InlineData("gateway #1 --add 0x0000000000000000000000000000000000000000", "is not an account")]
    [InlineData($"gateway #1 --add {Ada} --remove {Ada}", "stands there twice")]
    public async Task Terms_ThatAreWrong_AreToldBeforeAnybodyIsAsked(string arguments, string says)
    {
        var (code, output, errors) = await Node.RunAsync(["model", .. arguments.Split(' ')]);
        Assert.Equal((2, string.Empty), (code, output));
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Empty(Node.Asked);
    }

    [Fact]
    public async Task Terms_WithoutAKey_AreNotSent()
    {
        var file = Path.Combine(_folder, "deployment.json");
        var (code, _, errors) = await Node.RunAsync("model", "gateway", "#1", "--add", Ada, "--deployment", file);
        Assert.Equal(2, code);
        Assert.Contains("deployment", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_GivenAsTextOrAsJson_AreTheSame()
    {
        var table = new SplitTable(1, [new SplitRow(null, 45, "training"), new SplitRow(Address.Parse(Ada), 55, "data")]) { PoolWeight = 4, Fallback = [new SplitRow(Address.Parse(Ada), 1, "curation")] };
        var json = $$"""{"rows":[{"account":"OWNER","weight":"45","role":"training"},{"account":"{{Ada}}","weight":55,"role":"data"}],"poolWeight":"4","fallback":[{"account":"{{Ada}}","weight":"1","role":"curation"}]}""";
        var text = TableText.Of(table);
        Assert.Equal(text, TableText.Of(SplitTables.Read("--table", "x", System.Text.Encoding.UTF8.GetBytes(json))));
        Assert.Equal(text, TableText.Of(SplitTables.Read("--table", "x", text)));
        Assert.Equal(text, TableText.Of(new SplitTable(1, [SplitTables.Row("--row", "OWNER:45:training"), SplitTables.Row("--row", $"{Ada}:55:data")]) { PoolWeight = 4, Fallback = [SplitTables.Row("--fallback", $"{Ada}:1:curation")] }));
        var committed = SplitTables.ToContract(table, Address.Zero, commit: true, "https://x.example").Committed;
        Assert.Equal((Keccak256.Hash(text), 3U, (UInt256)104UL, "https://x.example"), (committed.Hash, committed.Rows, committed.Weight, committed.Uri));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"rows":[],"surprise":1}""")]
    [InlineData("""{"rows":[{"account":"OWNER","weight":"1","role":"x","wieght":"2"}]}""")]
    [InlineData("[[[]]")]
    [InlineData("nothing")]
    [InlineData("")]
    public void Table_OfNoForm_IsRefused(string text) => Assert.Equal(ExitCode.Usage, Assert.Throws<VerbException>(() =>
        SplitTables.Require("--table", SplitTables.Read("--table", "x", System.Text.Encoding.UTF8.GetBytes(text)))).Code);
}
