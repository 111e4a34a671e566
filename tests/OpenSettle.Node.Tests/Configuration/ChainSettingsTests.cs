using System.Text.Json;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Configuration;

public sealed class ChainSettingsTests : IDisposable
{
    private const string Key = "0x00000000000000000000000000000000000000000000000000000000005ec2e7";

    private static readonly Dictionary<string, string> Nothing = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-chains-").FullName;

    [Fact]
    public void Chains_InTheFile_ShareWhatStandsBesideThem()
    {
        var set = Read("""{ "pollMilliseconds": 500, "chains": { "base": { "rpc": "http://a.example" }, "op-main": { "rpc": "http://b.example", "pollMilliseconds": 700 } } }""");
        Assert.Empty(set.Problems);
        Assert.Equal(["base", "op-main"], set.Nodes.Select(node => node.Chain));
        Assert.Equal([("http://a.example", "500"), ("http://b.example", "700")], set.Nodes.Select(node => (node.Get(Settings.Rpc), node.Get(Settings.PollMilliseconds))));
        Assert.All(set.Nodes, node => Assert.Equal("3600", node.Get(Settings.EpochSeconds)));
    }

    [Fact]
    public void Layers_OfOneChain_OverrideTheOneBelowWhicheverChainTheySpeakOf()
    {
        const string File = """{ "rpc": "http://file", "chains": { "a": { "rpc": "http://file-a" }, "b": {} } }""";
        static string[] Rpcs(SettingsSet set) => [.. set.Require().Nodes.Select(node => node.Get(Settings.Rpc))];

        Assert.Equal(["http://file-a", "http://file"], Rpcs(Read(File)));
        Dictionary<string, string> variables = new() { ["OPENSETTLE_RPC"] = "http://variable" };
        Assert.Equal(["http://variable", "http://variable"], Rpcs(Read(File, variables)));
        variables["OPENSETTLE_CHAINS__A__RPC"] = "http://variable-a";
        Assert.Equal(["http://variable-a", "http://variable"], Rpcs(Read(File, variables)));
        Assert.Equal(["http://flag", "http://flag"], Rpcs(Read(File, variables, new() { ["rpc"] = "http://flag" })));
    }

    [Fact]
    public void Chains_InVariablesAlone_AreThereInTheOrderOfTheirNames()
    {
        Dictionary<string, string> variables = new() { ["OPENSETTLE_CHAINS__OP_MAIN__RPC"] = "http://b", ["OPENSETTLE_CHAINS__BASE__DATA_DIR"] = "own" };
        var set = Read("{}", variables).Require();
        Assert.Equal(["base", "op-main"], set.Nodes.Select(node => node.Chain));
        Assert.Equal("http://b", set.One("op-main").Get(Settings.Rpc));
    }

    [Fact]
    public void Places_NamedForAllChains_HaveOneInThemForEach()
    {
        var set = Read("""{ "dataDir": "/data", "api": "http://node.example/", "chains": { "a": {}, "b": { "dataDir": "/other", "api": "http://b.example" } } }""").Require();
        Assert.Equal((Path.Combine("/data", "a"), "http://node.example/chains/a"), (set.One("a").Get(Settings.DataDir), set.One("a").Get(Settings.Api)));
        Assert.Equal(("/other", "http://b.example"), (set.One("b").Get(Settings.DataDir), set.One("b").Get(Settings.Api)));
        var flagged = Read("""{ "chains": { "a": {} } }""", flags: new() { ["dataDir"] = "/flag" }).Require();
        Assert.Equal(Path.Combine("/flag", "a"), flagged.One(null).Get(Settings.DataDir));
    }

    [Theory]
    [InlineData("""{ "chains": 5 }""", "has to be an object of chains")]
    [InlineData("""{ "chains": {} }""", "has to be an object of chains")]
    [InlineData("""{ "chains": { "a": 5 } }""", "a has to be an object of settings")]
    [InlineData("""{ "chains": { "Base": {} } }""", "'Base' is no name for a chain")]
    [InlineData("""{ "chains": { "a_b": {} } }""", "'a_b' is no name for a chain")]
    [InlineData("""{ "chains": { "a--b": {} } }""", "'a--b' is no name for a chain")]
    [InlineData("""{ "chains": { "": {} } }""", "'' is no name for a chain")]
    [InlineData("""{ "chains": { "../x": {} } }""", "'../x' is no name for a chain")]
    [InlineData("""{ "chains": { "a": {}, "a": {} } }""", "'a' stands there twice")]
    [InlineData("""{ "chains": { "a": { "rcp": "http://x" } } }""", "'rcp' is not a setting. Did you mean 'rpc'?")]
    [InlineData("""{ "chains": { "a": { "listen": "http://127.0.0.1:1" } } }""", "listen holds for all chains of the process")]
    [InlineData("""{ "chains": { "a": { "chains": {} } } }""", "'chains' is not a setting")]
    public void File_ThatNamesChainsWrongly_IsRefusedInOneLine(string text, string expected)
    {
        var problem = Assert.Single(Read(text).Problems);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.Contains("settings.json", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Theory]
    [InlineData("OPENSETTLE_CHAINS__BSE__RPC", "the file names no chain 'bse'. Did you mean 'base'?")]
    [InlineData("OPENSETTLE_CHAINS__BASE__RCP", "no setting has this variable. Did you mean 'OPENSETTLE_CHAINS__BASE__RPC'?")]
    [InlineData("OPENSETTLE_CHAINS__BASE__LISTEN", "listen holds for all chains of the process. Set OPENSETTLE_LISTEN.")]
    [InlineData("OPENSETTLE_CHAINS__BASE", "a variable of a chain is OPENSETTLE_CHAINS__NAME__SETTING")]
    [InlineData("OPENSETTLE_CHAINS__1A__RPC", "a variable of a chain is OPENSETTLE_CHAINS__NAME__SETTING")]
    public void Variable_ThatNamesAChainWrongly_IsRefusedInOneLine(string variable, string expected)
    {
        var problem = Assert.Single(Read("""{ "chains": { "base": {} } }""", new() { [variable] = "http://127.0.0.1:1" }).Problems);
        Assert.StartsWith($"{variable}: {expected}", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_OfWhatAllChainsShare_IsToldOnce()
    {
        var set = Read("""{ "finality": "soon", "chains": { "a": {}, "b": { "rpc": "x" } } }""");
        Assert.Equal(2, set.Problems.Count);
        Assert.Single(set.Problems, problem => problem.StartsWith("finality (", StringComparison.Ordinal) && problem.EndsWith("settings.json): 'soon' is not 'finalized' or a number of blocks from 1 to 100000.", StringComparison.Ordinal));
        Assert.Single(set.Problems, problem => problem.StartsWith("rpc (", StringComparison.Ordinal) && problem.Contains("settings.json, chains.b): ", StringComparison.Ordinal));
    }

    [Fact]
    public void One_OfSeveral_HasToBeNamed()
    {
        var several = Read("""{ "chains": { "base": {}, "optimism": {} } }""");
        Assert.Contains("--chain which one is meant: base, optimism", Refused(() => several.One(null)), StringComparison.Ordinal);
        Assert.EndsWith("only base, optimism. Did you mean 'base'?", Refused(() => several.One("bas")), StringComparison.Ordinal);
        Assert.Contains("the settings name no chains", Refused(() => Read("{}").One("base")), StringComparison.Ordinal);
        Assert.Null(Read("{}").One(null).Chain);
        Assert.Equal("base", Read("""{ "chains": { "base": {} } }""").One(null).Chain);
    }

    [Fact]
    public void Run_OfSeveralChains_HasTheOptionsOfEach()
    {
        var nodes = ChainSet.ForRun(Read(File(Chain("a", 1), Chain("b", 2))));
        Assert.Equal([("a", 1UL), ("b", 2UL)], nodes.Select(node => (node.Chain, node.Deployment.Watched.Id.ChainId)));
        Assert.Equal(["a", "b"], nodes.Select(node => Path.GetFileName(node.DataDir)));
    }

    [Theory]
    [InlineData("", "deployment: the chains a and b have the same vault of the same chain", 1)]
    [InlineData("\"dataDir\": \"/same\"", "dataDir: the chains a and b have the same folder", 2)]
    [InlineData("\"usageArchive\": \"/same\"", "usageArchive: the chains a and b have the same folder", 2)]
    [InlineData("\"bundleUrl\": \"https://b.example/x\"", "bundleUrl: the chains a and b have the same address", 2)]
    public void Run_OfChainsThatShareWhatTheyMayNot_IsRefused(string same, string expected, ulong otherChain)
    {
        var refused = Assert.Throws<SettingsException>(() => ChainSet.ForRun(Read(File(Chain("a", 1, same), Chain("b", otherChain, same)))));
        Assert.StartsWith(expected, Assert.Single(refused.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithMistakesInSeveralChains_TellsAllOfThem()
    {
        var text = $$"""{ "chains": { "a": { "deployment": "nowhere.json", "rpcQuorum": 2, "operatorKey": "{{Key}}" }, {{Chain("b", 2, "\"usageKeepDays\": 5, \"pushAbove\": \"0x1111111111111111111111111111111111111111=1\"")}} } }""";
        var problems = Assert.Throws<SettingsException>(() => ChainSet.ForRun(Read(text))).Problems;
        Assert.Equal(
            ["chain a: deployment:", "chain a: rpcQuorum:", "chain b: operatorKey", "chain b: pushAbove:", "chain b: usageKeepDays:"],
            problems.Select(problem => string.Join(' ', problem.Split(' ').Take(3))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Check_OfKeysAndFiles_TellsEverythingAtOnce()
    {
        Dictionary<string, string> variables = new()
        {
            ["OPENSETTLE_OPERATOR_KEY"] = "keystore:nowhere.json", ["OPENSETTLE_KEY_PASSWORD"] = "c0ffee word", ["OPENSETTLE_ATTESTOR_KEYS"] = "remote:" + World.Alice + ",mnemonic:1",
            ["OPENSETTLE_USAGE_MAPPING"] = Path.Combine(_folder, "no-mapping.json"), ["OPENSETTLE_RPC_QUORUM"] = "3",
        };
        var problems = await RunCheck.ProblemsAsync(Read("{}", variables), TimeProvider.System, CancellationToken.None);
        Assert.Equal(["attestorKeys", "attestorKeys", "deployment", "operatorKey", "rpcQuorum", "usageMapping"], problems.Select(problem => problem.Split(' ', ':')[0]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("c0ffee", string.Join('\n', problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfSettingsThatServe_FindsNothing()
    {
        Dictionary<string, string> variables = new() { ["OPENSETTLE_OPERATOR_KEY"] = Key, ["OPENSETTLE_ATTESTOR_KEYS"] = "mnemonic:1", ["OPENSETTLE_MNEMONIC"] = World.Mnemonic };
        Assert.Empty(await RunCheck.ProblemsAsync(Read(File(Chain("a", 1), Chain("b", 2)), variables), TimeProvider.System, CancellationToken.None));
    }

    [Theory]
    [InlineData("rpc", "https://user:c0ffee@a.example/v3/c0ffeec0ffeec0ffee?key=c0ffee, http://b.example", "https://a.example/v3/***, http://b.example")]
    [InlineData("rpc", "a.example/c0ffee@x", "***")]
    [InlineData("bundleMirrors", "/var/mirror, https://user:c0ffee@store.example/b?sig=c0ffee", "/var/mirror, https://store.example/b")]
    [InlineData("epochSeconds", "60", "60")]
    [InlineData("operatorKey", Key, "(set)")]
    [InlineData("operatorKey", "file:/etc/key", "file:/etc/key")]
    [InlineData("operatorKey", "remote:0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "remote:0x70997970C51812dc3A010C7d01b50e0d17dc79C8")]
    [InlineData("attestorKeys", "keystore:a.json, " + Key, "keystore:a.json, ***")]
    [InlineData("keyPassword", "keystore:c0ffee", "(set)")]
    public void Value_AsItIsShown_HoldsNoSecret(string key, string given, string shown)
    {
        var setting = Settings.All.Single(known => known.Key == key);
        Assert.Equal(shown, SettingText.Shown(setting, new SettingValue(given, SettingLayer.Variable, "x")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Refused(Action ask) => Assert.Single(Assert.Throws<SettingsException>(ask).Problems);

    private static string File(params string[] chains) => $$"""{ "operatorKey": "{{Key}}", "attestorKeys": "{{Key}}", "dataDir": "data", "chains": { {{string.Join(", ", chains)}} } }""";

    private string Chain(string name, ulong id, string more = "")
    {
        var deployment = Path.Combine(_folder, $"deployment-{name}.json");
        System.IO.File.WriteAllText(deployment, SettingsTests.DeploymentText.Replace("31337", $"{id}", StringComparison.Ordinal));
        return $$"""{{JsonSerializer.Serialize(name)}}: { "deployment": {{JsonSerializer.Serialize(deployment)}}{{(more.Length > 0 ? ", " + more : "")}} }""";
    }

    private SettingsSet Read(string text, Dictionary<string, string>? variables = null, Dictionary<string, string>? flags = null)
    {
        var file = Path.Combine(_folder, "settings.json");
        System.IO.File.WriteAllText(file, text);
        return new SettingsSource(file, variables ?? Nothing, flags ?? Nothing).Read();
    }
}
