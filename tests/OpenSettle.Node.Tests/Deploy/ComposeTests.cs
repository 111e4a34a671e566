using System.Text.RegularExpressions;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Tests.Deploy;

/// <summary>No container engine runs where these tests do: the files are held against what they have to be, line by line.</summary>
public sealed partial class ComposeTests
{
    private const string NodeImage = "opensettle:0.1.0";

    public static TheoryData<string, string> Services
    {
        get
        {
            var services = new TheoryData<string, string>();
            foreach (var file in (string[])["compose.solo.yaml", "compose.cluster.yaml", "compose.witness.yaml"])
            {
                foreach (var name in YamlText.Read(file).MapAt("services").Keys) services.Add(file, (string)name);
            }

            return services;
        }
    }

    [Fact]
    public void Cluster_HasEveryoneInIt()
    {
        var services = YamlText.Read("compose.cluster.yaml").MapAt("services");
        Assert.Equal(
            ["grafana", "ingest-1", "ingest-2", "postgres", "prometheus", "rabbitmq", "read-1", "settle-1", "settle-2"], services.Keys.Cast<string>().Order(StringComparer.Ordinal));
        var nodes = services.Where(service => service.Value.Map().TextAt("image") == NodeImage).ToList();
        Assert.All(nodes, node => Assert.Equal(node.Key, node.Value.Map().MapAt("environment").TextAt("OPENSETTLE_NODE_NAME")));
        Assert.Equal(["ingest", "ingest", "read", "settle", "settle"], nodes.Select(node => node.Value.Map().MapAt("environment").TextAt("OPENSETTLE_ROLES")).Order(StringComparer.Ordinal));
        // Nodes differ by role, name, keys and place alone.
        Assert.Single(nodes.Select(node => string.Join(';', node.Value.Map().MapAt("environment").Where(pair => (string)pair.Key is not ("OPENSETTLE_ROLES" or "OPENSETTLE_NODE_NAME" or "OPENSETTLE_OPERATOR_KEY" or "OPENSETTLE_ATTESTOR_KEYS"))
            .Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal))).Distinct(StringComparer.Ordinal));
        // Who holds keys is who settles.
        Assert.All(nodes, node => Assert.Equal(
            node.Value.Map().MapAt("environment").TextAt("OPENSETTLE_ROLES") == "settle", node.Value.Map().MapAt("environment").ContainsKey("OPENSETTLE_OPERATOR_KEY")));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_HasNoMoreRightsThanItNeeds(string file, string name)
    {
        var service = Service(file, name);
        Assert.Equal("true", service.TextAt("read_only"));
        Assert.Equal(["ALL"], service.TextsAt("cap_drop"));
        Assert.Equal(["no-new-privileges:true"], service.TextsAt("security_opt"));
        Assert.Contains("/tmp", service.TextsAt("tmpfs"));
        Assert.False(service.ContainsKey("privileged") || service.ContainsKey("cap_add") || service.ContainsKey("network_mode") || service.ContainsKey("pid"));
        Assert.Equal("unless-stopped", service.TextAt("restart"));
        // A node ends within ten seconds.
        Assert.InRange(int.Parse(service.TextAt("stop_grace_period").TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture), 15, 60);
        // On this machine alone: what is to be reached from elsewhere has a proxy before it.
        Assert.All(service.TextsAt("ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        Assert.NotEmpty(((List<object>)service.MapAt("healthcheck")["test"]).Skip(1));
        Assert.Matches(PinnedImage(), service.TextAt("image"));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_RefersOnlyToWhatIsThere(string file, string name)
    {
        var (all, service) = (YamlText.Read(file), Service(file, name));
        string[] Declared(string kind) => [.. all.MapAt(kind).Keys.Cast<string>()];
        var secrets = service.TextsAt("secrets").Select(secret => secret.Split(':')[0]).ToList();
        Assert.All(secrets, secret => Assert.Contains(secret, Declared("secrets")));
        Assert.All(service.TextsAt("configs"), config => Assert.Contains(config.Split(':')[0], Declared("configs")));
        Assert.All(service.TextsAt("networks"), network => Assert.Contains(network, Declared("networks")));
        Assert.All(service.MapAt("depends_on"), on =>
        {
            Assert.Contains((string)on.Key, Declared("services"));
            Assert.Equal("service_healthy", on.Value.Map().TextAt("condition"));
        });
        Assert.All(service.TextsAt("volumes"), volume =>
        {
            if (volume.StartsWith("./", StringComparison.Ordinal)) Assert.True(Path.Exists(Path.Combine(YamlText.Folder, volume.Split(':')[0])), volume);
            else Assert.Contains(volume.Split(':')[0], Declared("volumes"));
        });
        // A secret that a variable names is one that the service is given.
        Assert.All(service.MapAt("environment").Values.OfType<string>().Where(value => value.Contains("/run/secrets/", StringComparison.Ordinal)), value => Assert.Contains(value.Split("/run/secrets/")[1], secrets));
    }

    [Theory]
    [InlineData("compose.solo.yaml")]
    [InlineData("compose.cluster.yaml")]
    [InlineData("compose.witness.yaml")]
    public void File_DeclaresNothingThatNobodyUses(string file)
    {
        var all = YamlText.Read(file);
        var services = all.MapAt("services").Values.Select(YamlText.Map).ToList();
        foreach (var kind in (string[])["secrets", "configs", "volumes", "networks"])
        {
            var used = services.SelectMany(service => service.TextsAt(kind)).Select(text => text.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
            Assert.All(all.MapAt(kind).Keys.Cast<string>(), name => Assert.Contains(name, used));
        }

        // Secrets, and the deployment file, are the operator's own; every other file is here.
        Assert.All(all.MapAt("secrets").Values, secret => Assert.StartsWith("./secrets/", secret.Map().TextAt("file"), StringComparison.Ordinal));
        Assert.All(all.MapAt("configs").Where(config => (string)config.Key != "deployment"), config => Assert.True(File.Exists(Path.Combine(YamlText.Folder, config.Value.Map().TextAt("file"))), (string)config.Key));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Node_HasOnlySettingsThatAreKnownAndGood(string file, string name)
    {
        var service = Service(file, name);
        if (service.TextAt("image") != NodeImage) return;
        var known = Settings.All.ToDictionary(setting => setting.EnvironmentName, StringComparer.Ordinal);
        Assert.All(service.MapAt("environment"), pair =>
        {
            var (variable, value) = ((string)pair.Key, (string)pair.Value);
            Assert.True(known.TryGetValue(variable, out var setting), $"{variable} is no setting.");
            if (setting.Secret) Assert.StartsWith("file:/run/secrets/", value, StringComparison.Ordinal);
            // What compose fills in from the operator's own file.
            else if (!value.StartsWith("${", StringComparison.Ordinal)) Assert.Null(setting.Problem(value));
        });
        Assert.Equal(["CMD", "/app/opensettle", "health"], ((List<object>)service.MapAt("healthcheck")["test"]).Cast<string>());
        var verb = Assert.Single(service.TextsAt("command"));
        Assert.Equal(name switch { "attestor" => "attest-node", "watchtower" => "watch", _ => "run" }, verb);
        var taken = verb switch { "attest-node" => Settings.ForAttesting, "watch" => Settings.ForWatching, _ => Settings.ForRun };
        Assert.All(service.MapAt("environment").Keys.Cast<string>(), variable => Assert.True(taken.Contains(known[variable]), $"{variable} does nothing for {verb}."));
    }

    [Fact]
    public void Witnesses_ShareNeitherKeyNorBooks()
    {
        var services = YamlText.Read("compose.witness.yaml").MapAt("services");
        Assert.Equal(["attestor", "watchtower"], services.Keys.Cast<string>().Order(StringComparer.Ordinal));
        foreach (var kind in (string[])["secrets", "volumes", "ports"])
        {
            var each = services.Values.SelectMany(service => service.Map().TextsAt(kind)).ToList();
            Assert.Equal(2, each.Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public void Prometheus_OfTheCluster_AsksEveryNode()
    {
        var services = YamlText.Read("compose.cluster.yaml").MapAt("services");
        var nodes = services.Where(service => service.Value.Map().TextAt("image") == NodeImage).Select(service => $"{service.Key}:8480").Order(StringComparer.Ordinal);
        var job = ((List<object>)YamlText.Read("prometheus/prometheus.yml")["scrape_configs"]).Select(YamlText.Map).Single(job => job.TextAt("job_name") == "opensettle");
        Assert.Equal(nodes, ((List<object>)job["static_configs"]).SelectMany(targets => targets.Map().TextsAt("targets")).Order(StringComparer.Ordinal));
    }

    private static Dictionary<object, object> Service(string file, string name) => YamlText.Read(file).MapAt("services").MapAt(name);

    /// <summary>A tag with a version, and never one that moves to the next one by itself.</summary>
    [GeneratedRegex(@"^[a-z0-9/.-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PinnedImage();
}
