using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Hosting;
using OpenSettle.Node.Tests.Configuration;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Hosting;

public sealed class ReloadTests : IDisposable
{
    private const string Key = "0x00000000000000000000000000000000000000000000000000000000005ec2e7";

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-reload-").FullName;
    private readonly Dictionary<string, object> _settings;

    public ReloadTests()
    {
        File.WriteAllText(Path.Combine(_folder, "deployment.json"), SettingsTests.DeploymentText);
        _settings = new Dictionary<string, object>(StringComparer.Ordinal) { ["deployment"] = Path.Combine(_folder, "deployment.json"), ["operatorKey"] = Key, ["attestorKeys"] = Key };
    }

    public static TheoryData<string> Reloaded => [.. Settings.All.Where(setting => setting.Reload).Select(setting => setting.Key)];

    [Theory]
    [MemberData(nameof(Reloaded))]
    public void Setting_ThatIsReloaded_HoldsFromTheNextTurnOn(string key)
    {
        var (group, options) = Start();
        var before = options.Live;
        _settings[key] = SettingsTests.OtherValueOf(key);
        var report = group.Reload();
        Assert.Empty(report.Problems);
        Assert.Equal([new SettingChange(null, key, Applied: true)], report.Changes);
        Assert.Same(before, options.Live);
        options.BeginTurn();
        Assert.NotSame(before, options.Live);
        // A record of values: one that no definition brings would stay as it was.
        Assert.NotEqual(JsonSerializer.Serialize(Values(before)), JsonSerializer.Serialize(Values(options.Live)));
        Assert.Empty(group.Reload().Changes);
    }

    [Fact]
    public void Setting_ThatIsNot_StaysAndIsNamedUntilTheNextStart()
    {
        var (group, options) = Start();
        (_settings["rpcTimeoutSeconds"], _settings["maxFeeGwei"]) = (7, 3);
        SettingChange[] expected = [new(null, "rpcTimeoutSeconds", Applied: false), new(null, "maxFeeGwei", Applied: true)];
        Assert.Equal(expected, group.Reload().Changes);
        options.BeginTurn();
        Assert.Equal((TimeSpan.FromSeconds(20), (Primitives.UInt256)3_000_000_000), (options.RpcTimeout, options.MaxFeePerGas));
        Assert.Equal([expected[0]], group.Reload().Changes);
    }

    [Theory]
    [InlineData("maxFeeGwei", "cheap")]
    [InlineData("rpcQuorum", "3")]
    [InlineData("nonsense", "1")]
    [InlineData("operatorKey", "file:/nowhere/at/all")]
    public void Settings_WithAMistake_ChangeNothing(string key, string value)
    {
        var (group, options) = Start();
        _settings["epochSeconds"] = 11;
        _settings[key] = value;
        var report = group.Reload();
        Assert.Empty(report.Changes);
        Assert.NotEmpty(report.Problems);
        options.BeginTurn();
        Assert.Equal(3600UL, options.EpochSeconds);
        _settings.Remove("nonsense");
        _settings.Remove("rpcQuorum");
        (_settings["maxFeeGwei"], _settings["operatorKey"]) = (200, Key);
        Assert.Equal([new SettingChange(null, "epochSeconds", Applied: true)], group.Reload().Changes);
    }

    [Fact]
    public void Chains_ThatComeAndGo_NeedANewStart()
    {
        var chains = new Dictionary<string, object> { ["a"] = new Dictionary<string, object> { ["epochSeconds"] = 5 } };
        _settings["chains"] = chains;
        var (group, options) = Start();
        chains["a"] = new Dictionary<string, object> { ["epochSeconds"] = 6 };
        Assert.Equal([new SettingChange("a", "epochSeconds", Applied: true)], group.Reload().Changes);
        options.BeginTurn();
        Assert.Equal(6UL, options.EpochSeconds);
        chains.Remove("a");
        chains["b"] = new Dictionary<string, object>();
        Assert.Equal([new SettingChange("a", "chains", Applied: false), new SettingChange("b", "chains", Applied: false)], group.Reload().Changes);
    }

    [Fact]
    public void Node_WhosePipelineStopped_TakesThemAtOnce()
    {
        var (group, options) = Start();
        var state = new NodeState();
        state.Halt("for a test");
        using var node = new TestNode(new FakeChain());
        group.Nodes[0].Begin(new RunningParts(state, node.Books, NullLogger.Instance));
        _settings["pollMilliseconds"] = 77;
        group.Reload();
        Assert.Equal(TimeSpan.FromMilliseconds(77), options.Poll);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<object?> Values(LiveOptions options) => typeof(LiveOptions).GetProperties().Where(property => property.Name != "EqualityContract").Select(property => property.GetValue(options) switch
    {
        IReadOnlyDictionary<Primitives.Address, Primitives.UInt256> amounts => string.Join(',', amounts),
        TokenPrices prices => prices.TryValue(World.Dollar, 1_000_000, out var wei) || prices.TryValue(Primitives.Address.Parse("0x1111111111111111111111111111111111111111"), 1_000_000, out wei) ? $"{wei}" : "none",
        var value => (object?)$"{value}",
    });

    private (NodeGroup Group, NodeOptions Options) Start()
    {
        var settings = Read();
        var options = ChainSet.ForRun(settings);
        return (new NodeGroup([.. options.Zip(settings.Nodes, (node, reader) => new RunningNode(node, reader, null))], Read), options[0]);
    }

    private SettingsSet Read()
    {
        var file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, JsonSerializer.Serialize(_settings));
        return new SettingsSource(file, new Dictionary<string, string>(), new Dictionary<string, string>()).Read();
    }
}
