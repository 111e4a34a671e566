using System.Text.Json;
using OpenSettle.Cli.Configuring;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Tests;

/// <summary>Settings as an operator says them: by file, variables and flags, through the command line itself.</summary>
public sealed class ConfigVerbTests : IDisposable
{
    private const string Words = "test test test test test test test test test test test junk";

    /// <summary>Something here is a good value of each setting: which, its definition says.</summary>
    private static readonly string[] Pool =
    [
        "http://127.0.0.1:11", "http://127.0.0.1:12", "http://127.0.0.1:13", "ws://127.0.0.1:11", "ws://127.0.0.1:12", "ws://127.0.0.1:13", "101", "102", "103", "51", "52", "53", "1", "2", "3", "0", "on", "off",
        "majority", "finalized", "receipts", "bloom", "second", "auto", "builtin", "nethereum", "0x1111111111111111111111111111111111111111111111111111111111111111", "0x2222222222222222222222222222222222222222222222222222222222222222", "0x3333333333333333333333333333333333333333333333333333333333333333", "true", "false", "json", "text", "info", "debug", "none", "all", "keys",
        "0x1111111111111111111111111111111111111111=1", "0x1111111111111111111111111111111111111111=2", "0x1111111111111111111111111111111111111111=3",
        "0x1111111111111111111111111111111111111111", "0x2222222222222222222222222222222222222222", "0x3333333333333333333333333333333333333333",
        "keystore:a.json", "keystore:b.json", "keystore:c.json", Words, "a.json", "b.json", "c.json", "0.1", "0.2", "0.3", "10.0.0.0/8", "settle,ingest,read", "ingest,read,settle", "read,ingest,settle", "postgresql://db.example/a", "postgresql://db.example/b", "postgresql://db.example/c",
        "amqp://127.0.0.1:11", "amqp://127.0.0.1:12", "amqp://127.0.0.1:13", "http", "grpc", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "epoch.active", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "x-key=1", "information", "warning", "error",
    ];

    private static readonly Dictionary<string, string> Nothing = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-config-").FullName;

    [Fact]
    public async Task Show_OfEverySetting_HoldsWhatTheLastLayerSaid()
    {
        var file = Write("settings.json", JsonSerializer.Serialize(Settings.All.ToDictionary(setting => setting.Key, setting => Said(setting, 0))));
        await AssertAsync(SettingLayer.Default, null, Nothing, []);
        await AssertAsync(SettingLayer.File, file, Nothing, ["--config", file]);
        // The file's name has its variable too, and its flag is before it.
        await AssertAsync(SettingLayer.File, file, new() { ["OPENSETTLE_CONFIG"] = file }, []);
        await AssertAsync(SettingLayer.File, file, new() { ["OPENSETTLE_CONFIG"] = "nowhere.json" }, ["--config", file]);
        var variables = Settings.All.ToDictionary(setting => setting.EnvironmentName, setting => Said(setting, 1));
        await AssertAsync(SettingLayer.Variable, file, variables, ["--config", file]);
        string[] flags = [.. Settings.All.SelectMany(setting => new[] { setting.Flag, Said(setting, 2) })];
        await AssertAsync(SettingLayer.Flag, file, variables, ["--config", file, .. flags]);
    }

    [Fact]
    public async Task Show_OfEverySettingOfAChain_HoldsWhatTheLastLayerSaid()
    {
        SettingDefinition[] ofChain = [.. Settings.All.Where(setting => !setting.OfProcess)];
        var shared = ofChain.ToDictionary(setting => setting.Key, setting => (object)Said(setting, 0));
        var own = ofChain.ToDictionary(setting => setting.Key, setting => Said(setting, 1));
        var file = Write("settings.json", JsonSerializer.Serialize(new Dictionary<string, object>(shared) { ["chains"] = new Dictionary<string, object> { ["op-main"] = own, ["base"] = new { } } }));
        var variables = ofChain.ToDictionary(setting => setting.EnvironmentNameOf("op-main"), setting => Said(setting, 2));

        var (_, fromFile) = await ShowAsync(Nothing, "--config", file);
        Assert.Equal(["op-main", "base"], fromFile.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("chain").GetString()));
        foreach (var setting in ofChain)
        {
            var chain = Of(fromFile, 0, setting);
            Assert.Equal((Shown(setting, 1), "file", $"{file}, chains.op-main"), (chain.GetProperty("value").GetString(), chain.GetProperty("layer").GetString(), chain.GetProperty("origin").GetString()));
            Assert.Equal(file, Of(fromFile, 1, setting).GetProperty("origin").GetString());
        }

        var (_, fromVariables) = await ShowAsync(variables, "--config", file, "--chain", "op-main");
        foreach (var setting in ofChain)
        {
            var chain = Of(fromVariables, 0, setting);
            Assert.Equal((Shown(setting, 2), "variable", setting.EnvironmentNameOf("op-main")), (chain.GetProperty("value").GetString(), chain.GetProperty("layer").GetString(), chain.GetProperty("origin").GetString()));
        }
    }

    [Fact]
    public async Task Show_OnPaper_FitsTheScreenAndHidesSecrets()
    {
        var (code, output, errors) = await RunAsync(
            new() { ["OPENSETTLE_MNEMONIC"] = Words, ["OPENSETTLE_RPC"] = "https://user:5ec2e7@node.example/v1/5ec2e75ec2e75ec2e7?key=5ec2e7", ["OPENSETTLE_ATTESTOR_KEYS"] = "keystore:a.json" }, "config", "show", "--changed");
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(
            ["File: none (--config FILE, or OPENSETTLE_CONFIG)", "", "rpc                   https://node.example/v1/***  [OPENSETTLE_RPC]", "attestorKeys          keystore:a.json  [OPENSETTLE_ATTESTOR_KEYS]", "mnemonic              (set)  [OPENSETTLE_MNEMONIC]"],
            output.TrimEnd('\n').Split('\n'));
        var (_, all, _) = await RunAsync([], "config", "show");
        Assert.All(all.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.All(Settings.All, setting => Assert.Contains($"\n{setting.Key} ", all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Show_OfSettingsWithMistakes_ShowsThemAndEndsWithTwo()
    {
        var file = Write("settings.json", """{ "finality": "soon", "nonsense": 1, "epochSeconds": 60 }""");
        var (code, output, errors) = await RunAsync([], "config", "show", "--json", "--config", file);
        Assert.Equal(2, code);
        var shown = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("soon", "60"), (Of(shown, 0, Settings.Finality).GetProperty("value").GetString(), Of(shown, 0, Settings.EpochSeconds).GetProperty("value").GetString()));
        Assert.Equal(2, shown.GetProperty("problems").GetArrayLength());
        Assert.Equal(Texts(shown, "problems"), Texts(JsonDocument.Parse(errors).RootElement, "messages"));
    }

    [Fact]
    public async Task Check_OfSettingsWithMistakes_TellsEveryOneAndEndsWithTwo()
    {
        var (code, output, errors) = await RunAsync(new() { ["OPENSETTLE_USAGE_KEEP_DAYS"] = "5", ["OPENSETTLE_OPERATOR_KEY"] = "keystore:none.json", ["OPENSETTLE_KEY_PASSWORD"] = "5ec2e7" }, "config", "check", "--json");
        Assert.Equal(2, code);
        var told = JsonDocument.Parse(output).RootElement;
        Assert.False(told.GetProperty("ok").GetBoolean());
        var problems = Texts(told, "problems");
        Assert.Equal(["deployment", "operatorKey", "usageKeepDays"], problems.Select(problem => problem.Split(' ', ':')[0]).Order(StringComparer.Ordinal));
        Assert.Equal(problems, Texts(JsonDocument.Parse(errors).RootElement, "messages"));
        Assert.DoesNotContain("5ec2e7", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfSettingsThatServe_EndsWithZero()
    {
        var deployment = Write("deployment.json", """
            { "chainId": 31337, "deployedAtBlock": 5, "tokens": [],
              "contracts": { "registry": "0x1111111111111111111111111111111111111111", "rail": "0x2222222222222222222222222222222222222222", "vault": "0x3333333333333333333333333333333333333333", "resolver": "0x4444444444444444444444444444444444444444" } }
            """);
        Dictionary<string, string> variables = new() { ["OPENSETTLE_DEPLOYMENT"] = deployment, ["OPENSETTLE_OPERATOR_KEY"] = "mnemonic:1", ["OPENSETTLE_ATTESTOR_KEYS"] = "mnemonic:2,mnemonic:3", ["OPENSETTLE_MNEMONIC"] = Words };
        Assert.Equal((0, ""), (await RunAsync(variables, "config", "check")) is var (code, _, errors) ? (code, errors) : default);
        variables["OPENSETTLE_MNEMONIC"] = Words.Replace("junk", "test", StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(variables, "config", "check")).Code);
    }

    [Fact]
    public async Task Verb_OfSeveralChains_AsksWhichIsMeant()
    {
        var file = Write("settings.json", """{ "api": "http://127.0.0.1:9", "chains": { "a": {}, "b": {} } }""");
        var (code, _, errors) = await RunAsync([], "status", "--config", file);
        Assert.Equal((2, "opensettle: the settings name several chains. Say by --chain which one is meant: a, b.\n"), (code, errors));
        (code, _, errors) = await RunAsync([], "status", "--config", file, "--chain", "b");
        Assert.Equal(5, code);
        Assert.Contains("http://127.0.0.1:9/chains/b", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_OfSettings_IsWhatTheDefinitionsSay()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("This is no checkout.");
        var document = File.ReadAllText(Path.Combine(folder.FullName, "docs", "settings.md"));
        Assert.True(SettingsPage.Markdown() == document, "docs/settings.md is not what the definitions say. Write it anew: opensettle config list --markdown > docs/settings.md");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Texts(JsonElement parent, string name) => [.. parent.GetProperty(name).EnumerateArray().Select(text => text.GetString() ?? string.Empty)];

    private static JsonElement Of(JsonElement shown, int node, SettingDefinition setting) =>
        shown.GetProperty("nodes")[node].GetProperty("settings").EnumerateArray().Single(shownSetting => shownSetting.GetProperty("key").GetString() == setting.Key);

    private async Task AssertAsync(SettingLayer layer, string? file, Dictionary<string, string> variables, IReadOnlyList<string> arguments)
    {
        var (code, shown) = await ShowAsync(variables, [.. arguments]);
        Assert.Equal(0, code);
        Assert.Equal(file, shown.GetProperty("file").GetString());
        foreach (var setting in Settings.All)
        {
            var (value, origin) = layer switch
            {
                SettingLayer.File => (Shown(setting, 0), file),
                SettingLayer.Variable => (Shown(setting, 1), setting.EnvironmentName),
                SettingLayer.Flag => (Shown(setting, 2), setting.Flag),
                _ => (setting.Default, setting.Default is null ? "unset" : "default"),
            };
            var said = Of(shown, 0, setting);
            Assert.Equal((setting.Key, value, origin), (setting.Key, said.GetProperty("value").GetString(), said.GetProperty("origin").GetString()));
            Assert.Equal(layer == SettingLayer.Default && setting.Default is null ? "unset" : layer.ToString().ToLowerInvariant(), said.GetProperty("layer").GetString());
        }
    }

    /// <summary>A good value of a setting, as many as it has others for other layers; a secret's in a file, which its layer names.</summary>
    private string Said(SettingDefinition setting, int layer)
    {
        string[] good = [.. Pool.Where(value => setting.Problem(value) is null)];
        Assert.True(good.Length > 0, $"Nothing in the pool is a good value of {setting.Key}: add one.");
        // Of those without a limit the later ones: a path is taken for whatever it is.
        var value = good[layer % good.Length];
        return setting.Secret ? $"file:{Write($"secret-{setting.Key}-{layer}", value)}" : value;
    }

    private string Shown(SettingDefinition setting, int layer) => setting.Secret ? $"file:{Path.Combine(_folder, $"secret-{setting.Key}-{layer}")}" : SettingText.Shown(setting, new SettingValue(Said(setting, layer), SettingLayer.Flag, "x"));

    private async Task<(int Code, JsonElement Shown)> ShowAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(environment, ["config", "show", "--json", .. arguments]);
        Assert.Equal(string.Empty, errors);
        return (code, JsonDocument.Parse(output).RootElement);
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(Dictionary<string, string> environment, params string[] arguments) => Executable.RunAsync(_folder, environment, arguments);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
