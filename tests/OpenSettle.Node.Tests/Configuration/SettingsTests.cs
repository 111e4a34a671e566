using System.Text.Json;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Configuration;

public sealed class SettingsTests : IDisposable
{
    private const string Secret = "0x00000000000000000000000000000000000000000000000000000000005ec2e7";
    private const string OtherSecret = "0x0000000000000000000000000000000000000000000000000000000000c0ffee";

    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>Two good values of each setting, other than its default, and bad ones.</summary>
    private static readonly Dictionary<string, (string Good, string Other, string[] Bad)> Values = new(StringComparer.Ordinal)
    {
        ["rpc"] = ("https://a.example/", "http://b.example:8545/x", ["", "a.example", "ftp://a.example", "/path", "https://a.example,", "https://a.example,b.example", "https://a.example, https://a.example/"]),
        ["rpcQuorum"] = ("1", "majority", ["", "0", "17", "all", "-1"]),
        ["rpcWebSocket"] = ("ws://127.0.0.1:1/", "wss://a.example/x", ["", "http://a.example", "a.example"]),
        ["hedgeMilliseconds"] = ("0", "600000", ["", "-1", "600001", "1s"]),
        ["completeness"] = ("bloom", "receipts", ["", "Receipts", "none", "0"]),
        ["deployment"] = ("a.json", "b.json", [""]),
        ["dataDir"] = ("folder-a", "folder-b", [""]),
        ["listen"] = ("http://127.0.0.1:1", "http://127.0.0.1:2", ["", "127.0.0.1:1", "tcp://127.0.0.1:1"]),
        ["api"] = ("http://127.0.0.1:3", "http://127.0.0.1:4", ["", "localhost"]),
        ["client"] = ("builtin", "nethereum", ["", "Builtin", "web3"]),
        ["finality"] = ("12", "1", ["", "0", "latest", "100001", "-1", "1.5"]),
        ["pollMilliseconds"] = ("50", "600000", ["", "49", "600001", "2s", "1e3"]),
        ["rpcTimeoutSeconds"] = ("1", "600", ["", "0", "601", "1.5"]),
        ["blocksAtOnce"] = ("1", "100000", ["", "0", "100001", "all"]),
        ["epochSeconds"] = ("1", "31536000", ["", "0", "31536001", "1h"]),
        ["epochPayments"] = ("1", "100000000", ["", "0", "100000001", "1k"]),
        ["epochValue"] = ($"{World.Dollar}=25", $"{World.Dollar}=0.5,0x0000000000000000000000000000000000000000=1", ["25", "0x12=1", $"{World.Dollar}=", $"{World.Dollar}=-1", $"{World.Dollar}=1,"]),
        ["usageGraceSeconds"] = ("0", "604800", ["", "-1", "604801", "1m"]),
        ["operatorKey"] = (Secret, OtherSecret, BadKeys),
        ["attestorKeys"] = (Secret, $"{Secret},{OtherSecret}", [.. BadKeys, $"{Secret},", $"{Secret} {OtherSecret}", $"{Secret},0x12"]),
        ["guardianKey"] = (Secret, OtherSecret, BadKeys),
        ["leaders"] = ("https://settle.example", "http://a.example:8480, https://b.example/x", ["settle.example", "https://a.example,", "ftp://a.example"]),
        ["bundlePlaces"] = ("/mnt/bundles", "bundles, https://user:word@store.example/b?sig=x", ["/mnt/bundles,", ",", "ftp://store.example", "http://", "a, a"]),
        ["usagePlaces"] = ("/mnt/usage", "usage, https://gateway.example", ["/mnt/usage,", ",", "ftp://store.example", "http://", "a, a"]),
        ["watchPatiencePercent"] = ("1", "95", ["", "0", "96", "50%"]),
        ["acceptRevocations"] = (Secret, $"{Secret}, {OtherSecret}", ["all", "0x12", $"{Secret},"]),
        ["senderKey"] = (Secret, OtherSecret, BadKeys),
        ["keyPassword"] = ("5ec2e7 word", "c0ffee", [""]),
        ["mnemonic"] = (World.Mnemonic, World.Mnemonic.Replace("junk", "c0ffee", StringComparison.Ordinal), ["", "test test 5ec2e7", World.Mnemonic + " 5ec2e7"]),
        ["mnemonicPassphrase"] = ("5ec2e7", "c0ffee", [""]),
        ["signerUrl"] = ("https://signer.example/", "http://127.0.0.1:9000", ["", "signer.example", "unix:///run/signer"]),
        ["usageMapping"] = ("mapping.json", "other.json", [""]),
        ["usageHorizonDays"] = ("1", "3650", ["", "0", "3651", "90d"]),
        ["usageKeepDays"] = ("0", "36500", ["", "-1", "36501", "1y"]),
        ["usageArchive"] = ("folder-a", "folder-b", []),
        ["maxFeeGwei"] = ("1", "1000000", ["", "0", "1000001", "0.1"]),
        ["bumpSeconds"] = ("1", "86400", ["", "0", "86401", "1m"]),
        ["maxEpochCost"] = ("0.05", "12", ["", "-1", ".5", "1.", "0.0000000000000000001", "1,5", "1e3", "1234567890123"]),
        ["tokenPrices"] = ("0x1111111111111111111111111111111111111111=0.0003", "0x1111111111111111111111111111111111111111=2, 0x2222222222222222222222222222222222222222 = 0.5",
            ["0x1111111111111111111111111111111111111111", "0x1111=1", "0x1111111111111111111111111111111111111111=0", "0x1111111111111111111111111111111111111111=-1", "0x1111111111111111111111111111111111111111=1,",
            "0x1111111111111111111111111111111111111111=1,0x1111111111111111111111111111111111111111=1", "0x0000000000000000000000000000000000000000=1"]),
        ["sweepMaxCostPercent"] = ("1", "100", ["", "0", "101", "5%", "0.5"]),
        ["sweepAfterHours"] = ("0", "87600", ["", "-1", "87601", "1d"]),
        ["pushAbove"] = ($"{World.Dollar}=25", $"{World.Dollar}=0.5", ["25", $"{World.Dollar}=x"]),
        ["pushMaxFeeGwei"] = ("1", "1000000", ["", "0", "1000001", "0.1"]),
        ["pushMaxCostPercent"] = ("1", "100", ["", "0", "101", "1%"]),
        ["relay"] = ("on", "off", ["", "yes", "On"]),
        ["relayBudget"] = ("1", "0.5", ["", "-1", ".5", "1e3"]),
        ["relayMaxFeeGwei"] = ("1", "1000000", ["", "0", "1000001", "0.1"]),
        ["relayMaxCostPercent"] = ("1", "100", ["", "0", "101", "1%"]),
        ["relayBatchSeconds"] = ("0", "86400", ["", "-1", "86401", "1m"]),
        ["relayPerAccountHours"] = ("0", "8760", ["", "-1", "8761", "1d"]),
        ["bundleMirrors"] = ("/var/mirror", "mirror, https://user:word@store.example/bundles?sig=x", ["/var/mirror,", ",", "ftp://store.example", "http://", "a, a"]),
        ["database"] = ("postgresql://user:5ec2e7@db.example/books", "Host=db.example;Database=books;Username=u;Password=c0ffee", ["mysql://u:5ec2e7@db.example/x", "postgresql:///books", "postgresql://u:5ec2e7@db.example", "5ec2e7", "Host=db.example;Nonsense=5ec2e7;Database=x"]),
        ["roles"] = ("settle,ingest,read", "read, ingest, settle", ["", "lead", "settle,", "read,read", "Settle"]),
        ["nodeName"] = ("north-1", "a", ["", "-a", "a b", "a/b", new string('a', 41), "ü"]),
        ["passportFlows"] = ("off", "on", ["yes", "ON"]),
        ["publicSources"] = ($"{World.Dollar}", $"{World.Alice}, {World.Bob}", ["0x12", "exchange", $"{World.Alice},"]),
        ["queue"] = ("amqp://user:5ec2e7@broker.example/vhost", "amqps://user:c0ffee@broker.example:5671", ["", "broker.example/5ec2e7", "http://user:5ec2e7@broker.example", "amqp://user:5ec2e7@broker.example/?a=b", "amqp:5ec2e7"]),
        ["queuePartitions"] = ("1", "1024", ["", "0", "1025", "8.0"]),
        ["queueKeepDays"] = ("1", "365", ["", "0", "366", "7d"]),
        ["queueKeepGigabytes"] = ("0", "1000000", ["", "-1", "1000001", "1G"]),
        ["apiKey"] = ("osk_5ec2e7", "osk_c0ffee", ["", "two 5ec2e7", "5ec2e7\u0007"]),
        ["apiReads"] = ("keys", "anybody", ["", "nobody", "Keys"]),
        ["apiPerSecond"] = ("0", "1000000", ["", "-1", "1000001", "1.5"]),
        ["apiBurst"] = ("100", "10000000", ["", "99", "10000001"]),
        ["trustedProxies"] = ("127.0.0.1, 10.0.0.0/8", "::1,fd00::/8", ["proxy", "10.0.0.0/33", "127.0.0.1,"]),
        ["corsOrigins"] = ("https://app.example, http://localhost:5173", "*", ["app.example", "https://app.example/", "https://a.example,*", "https://a.example,https://a.example", "ftp://a.example", "https://App.example"]),
        ["pageRpc"] = ("https://rpc.example/v1?key=public", "", ["rpc.example", "ws://rpc.example", "https://user:5ec2e7@rpc.example", "https://rpc.example/#5ec2e7", "https://m\u00fcller.example", "https://a.example ; script-src *", "https://a.example;script-src", "https://*.example", "https://'self'"]),
        ["bundleUrl"] = ("https://mirror.example/bundles", "http://other.example", ["mirror.example", "ftp://mirror.example", "https://user:5ec2e7@mirror.example", "https://mirror.example/?key=5ec2e7"]),
        ["logFormat"] = ("json", "text", ["", "JSON", "xml"]),
        ["logLevel"] = ("debug", "error", ["", "Debug", "verbose", "none"]),
        ["metrics"] = ("keys", "off", ["", "yes", "ON"]),
        ["otlpEndpoint"] = ("http://127.0.0.1:4318", "https://collector.example/otlp", ["", "collector.example", "grpc://collector.example"]),
        ["otlpProtocol"] = ("grpc", "http", ["", "json", "HTTP"]),
        ["otlpHeaders"] = ("authorization=Bearer 5ec2e7", "a=5ec2e7,b=c0ffee", ["", "5ec2e7", "=5ec2e7", "a=b,5ec2e7"]),
        ["webhooks"] = ("https://user:5ec2e7@hooks.example/x", "http://127.0.0.1:9/5ec2e7, https://hooks.example/c0ffee", ["", "hooks.example/5ec2e7", "https://hooks.example/5ec2e7,", "https://a.example/5ec2e7, https://a.example/5ec2e7"]),
        ["webhookSecret"] = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw5ec2e7==", "whsec_5ec2e7PD8ILPZIo2LaLaSwMfKQ9r8GKYqrTw", ["", "whsec_5ec2e7", "5ec2e7r8GKYqrTwjUPD8ILPZIo2LaLaSw"]),
        ["webhookEvents"] = ("epoch.active", "alert.raised, settlement.halted", ["epoch", "epoch.active,", "Epoch.active", "test"]),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-settings-").FullName;

    // Zero, too short, no prefix, not hexadecimal, and the order of the curve, which no key reaches.
    private static string[] BadKeys =>
    [
        "", "0x0000000000000000000000000000000000000000000000000000000000000000", "0x5ec2e7", Secret[2..], Secret[..^1] + "g",
        "mnemonic:-1", "mnemonic:5ec2e7", "remote:0x5ec2e7", "vault:0x5ec2e7",
        "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    ];

    public static TheoryData<string> Keys => [.. Settings.All.Select(setting => setting.Key)];

    [Fact]
    public void All_KeysVariablesAndFlags_AreUniqueAndSpeltFromTheKey()
    {
        Assert.Equal(Values.Keys.Order(), Settings.All.Select(setting => setting.Key).Order());
        Assert.Equal(Settings.All.Count, Settings.All.Select(setting => setting.EnvironmentName).Distinct().Count());
        Assert.Equal(Settings.All.Count, Settings.All.Select(setting => setting.Flag).Distinct().Count());
        Assert.Equal(("OPENSETTLE_DATA_DIR", "--data-dir"), (Settings.DataDir.EnvironmentName, Settings.DataDir.Flag));
        Assert.Equal(("OPENSETTLE_RPC", "--rpc"), (Settings.Rpc.EnvironmentName, Settings.Rpc.Flag));
        Assert.Equal(("OPENSETTLE_RPC_TIMEOUT_SECONDS", "--rpc-timeout-seconds"), (Settings.RpcTimeoutSeconds.EnvironmentName, Settings.RpcTimeoutSeconds.Flag));
        Assert.All(Settings.All, setting =>
        {
            Assert.Matches("^[a-z]+([A-Z][a-z]+)*$", setting.Key);
            Assert.Equal(setting.Key, setting.Flag[2..].Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
            Assert.Equal(setting.EnvironmentName, $"OPENSETTLE_{setting.Flag[2..].Replace('-', '_')}", ignoreCase: true);
            Assert.NotEqual(string.Empty, setting.Help);
        });
    }

    [Fact]
    public void Defaults_AllOfThem_AreValid()
    {
        var read = SettingsReader.Read(null, Nothing, Nothing);
        Assert.All(Settings.All, setting => Assert.Equal(setting.Default, read.Find(setting)));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Setting_SaidInSeveralPlaces_HoldsAsTheLastOneSays(string key)
    {
        var setting = Find(key);
        var (good, other, _) = Values[key];
        var file = WriteFile(new Dictionary<string, string> { [key] = good });
        Assert.Equal(good, SettingsReader.Read(file, Nothing, Nothing).Get(setting));
        var environment = new Dictionary<string, string> { [setting.EnvironmentName] = other };
        Assert.Equal(other, SettingsReader.Read(file, environment, Nothing).Get(setting));
        // A secret's flag names a file.
        var flag = setting.Secret ? $"file:{WriteText("secret", good + "\nsecond line")}" : good;
        Assert.Equal(good, SettingsReader.Read(file, environment, new Dictionary<string, string> { [key] = flag }).Get(setting));
        Assert.Equal(good, SettingsReader.Read(null, Nothing, new Dictionary<string, string> { [key] = flag }).Get(setting));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Setting_WithABadValue_IsRefusedInOneLineThatNamesSettingAndOrigin(string key)
    {
        var setting = Find(key);
        foreach (var bad in Values[key].Bad)
        {
            var file = WriteFile(new Dictionary<string, string> { [key] = bad });
            AssertOneLine(setting, bad, file, Refused(file, Nothing, Nothing));
            AssertOneLine(setting, bad, setting.EnvironmentName, Refused(null, new Dictionary<string, string> { [setting.EnvironmentName] = bad }, Nothing));
            if (!setting.Secret) AssertOneLine(setting, bad, setting.Flag, Refused(null, Nothing, new Dictionary<string, string> { [key] = bad }));
        }
    }

    [Fact]
    public void Problems_OfSeveralSettings_AreToldTogether()
    {
        var refused = Refused(null, new Dictionary<string, string> { ["OPENSETTLE_RPC"] = "x", ["OPENSETTLE_FINALITY"] = "x", ["OPENSETTLE_CLIENT"] = "x" }, Nothing);
        Assert.Equal(3, refused.Problems.Count);
    }

    [Fact]
    public void Unknown_KeyOrVariable_IsRefusedWithTheNearest()
    {
        var file = WriteFile(new Dictionary<string, string> { ["datadir"] = "x" });
        Assert.EndsWith("'datadir' is not a setting. Did you mean 'dataDir'?", Assert.Single(Refused(file, Nothing, Nothing).Problems), StringComparison.Ordinal);
        var environment = new Dictionary<string, string> { ["OPENSETTLE_EPOCH_SECS"] = "5", ["PATH"] = "/bin", ["OPENSETTLER"] = "x" };
        Assert.Equal(
            "OPENSETTLE_EPOCH_SECS: no setting has this variable. Did you mean 'OPENSETTLE_EPOCH_SECONDS'?",
            Assert.Single(Refused(null, environment, Nothing).Problems));
    }

    [Fact]
    public void Unknown_KeyLikeNoOther_IsRefusedWithoutAGuess()
    {
        var file = WriteFile(new Dictionary<string, string> { ["zzzzzzzzzzzz"] = "x" });
        Assert.EndsWith("is not a setting.", Assert.Single(Refused(file, Nothing, Nothing).Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"rpc\": ", "not valid JSON at line 1")]
    [InlineData("{\n\"rpc\": oops }", "not valid JSON at line 2")]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "expected an object")]
    [InlineData("\"rpc\"", "expected an object")]
    [InlineData("{ \"rpc\": true }", "rpc has to be a text or a number")]
    [InlineData("{ \"rpc\": null }", "rpc has to be a text or a number")]
    [InlineData("{ \"rpc\": [\"http://a.example\"] }", "rpc has to be a text or a number")]
    [InlineData("{ \"rpc\": \"\\ud800\" }", "rpc is not valid Unicode")]
    public void File_ThatIsNotSettings_IsRefusedInOneLine(string text, string expected)
    {
        var file = WriteText("settings.json", text);
        var problem = Assert.Single(Refused(file, Nothing, Nothing).Problems);
        Assert.Contains(file, problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void File_WithCommentsTrailingCommasAndNumbers_IsRead()
    {
        var read = SettingsReader.Read(WriteText("settings.json", "{\n// slower\n\"pollMilliseconds\": 5000, \"finality\": \"7\",\n}"), Nothing, Nothing);
        Assert.Equal(("5000", "7"), (read.Get(Settings.PollMilliseconds), read.Get(Settings.Finality)));
    }

    [Theory]
    [InlineData("nowhere.json")]
    [InlineData("")]
    [InlineData("no/such/folder/settings.json")]
    public void File_ThatIsNotThere_IsRefused(string name)
    {
        var file = name.Length == 0 ? "" : Path.Combine(_folder, name);
        Assert.Contains("cannot be read", Assert.Single(Refused(file, Nothing, Nothing).Problems), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Single(Refused(_folder, Nothing, Nothing).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_AsAPlainFlag_IsRefusedAndNotShown()
    {
        foreach (var setting in Settings.All.Where(setting => setting.Secret))
        {
            var problem = Assert.Single(Refused(null, Nothing, new Dictionary<string, string> { [setting.Key] = Values[setting.Key].Good }).Problems);
            Assert.StartsWith($"{setting.Key} ({setting.Flag}): ", problem, StringComparison.Ordinal);
            Assert.Contains(setting.EnvironmentName, problem, StringComparison.Ordinal);
            AssertHides(problem);
        }
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("blank")]
    [InlineData("folder")]
    [InlineData("nothing")]
    public void Secret_InAFileThatCannotServe_IsRefused(string kind)
    {
        var path = kind switch
        {
            "missing" => Path.Combine(_folder, "missing"),
            "empty" => WriteText("empty", ""),
            "blank" => WriteText("blank", "   \n" + Secret),
            "folder" => _folder,
            _ => "",
        };
        foreach (var setting in Settings.All.Where(setting => setting.Secret))
        {
            var problem = Assert.Single(Refused(null, new Dictionary<string, string> { [setting.EnvironmentName] = $"file:{path}" }, Nothing).Problems);
            Assert.StartsWith($"{setting.Key} ({setting.EnvironmentName}): ", problem, StringComparison.Ordinal);
            AssertHides(problem);
        }
    }

    [Fact]
    public void Secret_InAFileWithABadValue_IsNotShown()
    {
        var path = WriteText("bad", Secret + "zz");
        var problem = Assert.Single(Refused(null, Nothing, new Dictionary<string, string> { ["operatorKey"] = $"file:{path}" }).Problems);
        Assert.StartsWith("operatorKey (--operator-key): the value is not a key", problem, StringComparison.Ordinal);
        AssertHides(problem);
    }

    [Fact]
    public void Address_WithCredentialsAndAMistake_IsNotShown()
    {
        var problem = Assert.Single(Refused(null, new Dictionary<string, string> { ["OPENSETTLE_RPC"] = "htps://user:5ec2e7@node.example" }, Nothing).Problems);
        Assert.StartsWith("rpc (OPENSETTLE_RPC): the value is not an http", problem, StringComparison.Ordinal);
        AssertHides(problem);
    }

    [Fact]
    public void Options_ThatHoldSecrets_DoNotShowThem()
    {
        var options = From(new Dictionary<string, string>
        {
            ["OPENSETTLE_OPERATOR_KEY"] = Secret,
            ["OPENSETTLE_ATTESTOR_KEYS"] = $"{Secret}, {OtherSecret}",
            ["OPENSETTLE_SENDER_KEY"] = Secret,
        });
        Assert.Equal(2, options.AttestorKeys.Count);
        AssertHides($"{(object)options}");
    }

    [Fact]
    public void Run_WithoutItsKeys_NamesEachThatIsMissing()
    {
        string[] Missing(Dictionary<string, string> environment) => [.. Assert.Throws<SettingsException>(() => From(environment, NodeOptions.ForRun)).Problems];

        // Who settles need not attest, and the other way round.
        Assert.Contains("--operator-key file:PATH, OPENSETTLE_OPERATOR_KEY", Assert.Single(Missing([])), StringComparison.Ordinal);
        Assert.NotNull(From(new() { ["OPENSETTLE_OPERATOR_KEY"] = Secret }, NodeOptions.ForRun).OperatorKey);
        Assert.Equal(["attestorKeys", "leaders"], Missing(new() { ["OPENSETTLE_ROLES"] = "attest" }).Select(problem => problem.Split(' ')[0]));
        Assert.Contains("--attestor-keys file:PATH, OPENSETTLE_ATTESTOR_KEYS", Assert.Single(Missing(new() { ["OPENSETTLE_ROLES"] = "attest", ["OPENSETTLE_LEADERS"] = "http://a.example" })), StringComparison.Ordinal);
        Assert.Null(From(new() { ["OPENSETTLE_ROLES"] = "watch" }, NodeOptions.ForRun).Witness.GuardianKey);
    }

    [Theory]
    [InlineData("ingest,read", "settle")]
    [InlineData("read", "settle and ingest")]
    [InlineData("settle,read", "ingest")]
    public void Roles_ThatNobodyWouldHaveWithFiles_AreRefusedWithTheRemedy(string roles, string missing)
    {
        var problem = Assert.Single(Assert.Throws<SettingsException>(() => From(new() { ["OPENSETTLE_ROLES"] = roles })).Problems);
        Assert.StartsWith($"roles: nobody would have {missing}: ", problem, StringComparison.Ordinal);
        Assert.Contains("Set database to a PostgreSQL that all nodes share, or roles to settle,ingest,read.", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithoutTheRoleSettle_NeedsNoKeys()
    {
        var options = From(new() { ["OPENSETTLE_ROLES"] = "ingest", ["OPENSETTLE_DATABASE"] = "postgresql://db.example/books" }, NodeOptions.ForRun);
        Assert.Equal((NodeRoles.Ingest, true), (options.Cluster.Roles, options.Cluster.IsShared));
        Assert.NotEmpty(options.Cluster.NodeName);
        var missing = Assert.Throws<SettingsException>(() => From(new() { ["OPENSETTLE_ROLES"] = "settle", ["OPENSETTLE_DATABASE"] = "postgresql://db.example/books" }, NodeOptions.ForRun)).Problems;
        Assert.Equal(["operatorKey"], missing.Select(problem => problem.Split(' ')[0]));
    }

    [Fact]
    public void Database_WithTheTimeToKeepUsage_IsRefused()
    {
        var problem = Assert.Single(Assert.Throws<SettingsException>(() => From(new() { ["OPENSETTLE_DATABASE"] = "postgresql://u:5ec2e7@db.example/books", ["OPENSETTLE_USAGE_KEEP_DAYS"] = "120" })).Problems);
        Assert.StartsWith("usageKeepDays: ", problem, StringComparison.Ordinal);
        AssertHides(problem);
    }

    [Fact]
    public void Options_FromSettings_HaveTheirUnits()
    {
        var options = From(new Dictionary<string, string>
        {
            ["OPENSETTLE_FINALITY"] = "12", ["OPENSETTLE_POLL_MILLISECONDS"] = "250", ["OPENSETTLE_MAX_FEE_GWEI"] = "3", ["OPENSETTLE_BUNDLE_URL"] = "https://m.example/b/",
        });
        Assert.Equal((12UL, TimeSpan.FromMilliseconds(250), (Primitives.UInt256)3_000_000_000, "https://m.example/b"), (options.Confirmations, options.Poll, options.MaxFeePerGas, options.BundleUrl));
        Assert.Null(From([]).Confirmations);
    }

    [Theory]
    [InlineData(null, null, 2_000)]
    [InlineData("settle,ingest,read", null, 2_000)]
    [InlineData("watch", null, 10_000)]
    [InlineData("attest,watch", "auto", 10_000)]
    [InlineData("watch", "300", 300)]
    public void Poll_WhereNothingElseIsSaid_IsSlowerForWhoOnlyChecks(string? roles, string? poll, int milliseconds)
    {
        var environment = new Dictionary<string, string>();
        if (roles is not null) environment["OPENSETTLE_ROLES"] = roles;
        if (poll is not null) environment["OPENSETTLE_POLL_MILLISECONDS"] = poll;
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), From(environment).Poll);
    }

    [Theory]
    [InlineData("http://a", null, 1)]
    [InlineData("http://a,http://b", null, 2)]
    [InlineData("http://a, http://b ,http://c", null, 2)]
    [InlineData("http://a,http://b,http://c,http://d", "majority", 3)]
    [InlineData("http://a,http://b,http://c", "1", 1)]
    public void Quorum_WhereNothingElseIsSaid_IsTheMajority(string endpoints, string? quorum, int expected)
    {
        var environment = new Dictionary<string, string> { ["OPENSETTLE_RPC"] = endpoints };
        if (quorum is not null) environment["OPENSETTLE_RPC_QUORUM"] = quorum;
        var options = From(environment);
        Assert.Equal((endpoints.Split(',').Length, expected), (options.Rpc.Count, options.RpcQuorum));
    }

    [Theory]
    [InlineData("OPENSETTLE_RPC_QUORUM", "3", "rpcQuorum: 3 endpoints have to agree, and rpc names 1.")]
    [InlineData("OPENSETTLE_COMPLETENESS", "second", "completeness: 'second' asks two endpoints, and rpc names one.")]
    public void Endpoints_FewerThanAnotherSettingNeeds_AreRefusedWithTheRemedy(string variable, string value, string problem) =>
        Assert.StartsWith(problem, Assert.Single(Assert.Throws<SettingsException>(() => From(new() { [variable] = value })).Problems), StringComparison.Ordinal);

    [Fact]
    public void Options_OfWatchingAndSending_HaveTheirUnits()
    {
        var options = From(new Dictionary<string, string>
        {
            ["OPENSETTLE_HEDGE_MILLISECONDS"] = "250", ["OPENSETTLE_BUMP_SECONDS"] = "30", ["OPENSETTLE_MAX_EPOCH_COST"] = "0.05", ["OPENSETTLE_COMPLETENESS"] = "bloom",
        });
        Assert.Equal(
            (TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(30), (Primitives.UInt256)50_000_000_000_000_000, Completeness.Bloom),
            (options.HedgeAfter, options.BumpAfter, options.MaxEpochCost, options.Completeness));
        Assert.Equal((Primitives.UInt256)1_000_000_000_000_000_000, From([]).MaxEpochCost);
        Assert.Equal(Completeness.Receipts, From([]).Completeness);
        Assert.Null(From(new() { ["OPENSETTLE_HEDGE_MILLISECONDS"] = "0" }).HedgeAfter);
    }

    [Fact]
    public void Deployment_NotGiven_SaysHowToGiveIt()
    {
        var refused = Assert.Throws<SettingsException>(() => NodeOptions.From(SettingsReader.Read(null, Nothing, Nothing)));
        var problem = Assert.Single(refused.Problems);
        Assert.All(["--deployment", "OPENSETTLE_DEPLOYMENT", "\"deployment\""], way => Assert.Contains(way, problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Deployment_AsTheScriptWritesIt_IsRead()
    {
        var read = DeploymentFile.Read(WriteText("deployment.json", DeploymentText));
        Assert.Equal(World.Deployment, read.Watched.Id);
        Assert.Equal((World.Resolver, 5UL), (read.Watched.Resolver, read.Watched.FirstBlock));
        Assert.Equal([new TokenInfo(World.Dollar, "USD", 6)], read.Tokens);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "{")]
    [InlineData("", "[]")]
    [InlineData("", "null")]
    [InlineData("chainId", "chain")]
    [InlineData("31337", "\"31337\"")]
    [InlineData("31337", "-1")]
    [InlineData("31337", "31337.5")]
    [InlineData("31337", "99999999999999999999999")]
    [InlineData("contracts", "contract")]
    [InlineData("\"vault\"", "\"treasury\"")]
    [InlineData("\"vault\": \"0x", "\"vault\": \"")]
    [InlineData("\"vault\": \"", "\"vault\": null, \"old\": \"")]
    [InlineData("\"vault\": \"", "\"vault\": 5, \"old\": \"")]
    [InlineData("\"tokens\": [", "\"tokens\": 5, \"old\": [")]
    [InlineData("\"symbol\": \"USD\"", "\"symbol\": 5")]
    [InlineData("\"decimals\": 6", "\"decimals\": 256")]
    [InlineData("\"decimals\": 6", "\"decimals\": \"six\"")]
    [InlineData("deployedAtBlock", "block")]
    [InlineData("\"deployedAtBlock\": 5", "\"deployedAtBlock\": -5")]
    public void Deployment_Broken_IsRefusedInOneLineWithTheRemedy(string part, string instead)
    {
        var text = part.Length == 0 ? instead : DeploymentText.Replace(part, instead, StringComparison.Ordinal);
        Assert.NotEqual(DeploymentText, text);
        var file = WriteText("deployment.json", text);
        var problem = Assert.Single(Assert.Throws<SettingsException>(() => DeploymentFile.Read(file)).Problems);
        Assert.StartsWith($"deployment: {file} is not a deployment file: ", problem, StringComparison.Ordinal);
        Assert.Contains("deploy/deploy.mjs", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void Deployment_Missing_NamesTheFlag()
    {
        foreach (var path in new[] { Path.Combine(_folder, "missing.json"), _folder })
        {
            var problem = Assert.Single(Assert.Throws<SettingsException>(() => DeploymentFile.Read(path)).Problems);
            Assert.StartsWith($"deployment: cannot read {path}", problem, StringComparison.Ordinal);
            Assert.Contains("--deployment", problem, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    internal static string DeploymentText =>
        $$"""
        { "chainId": 31337, "deployedAtBlock": 5,
          "contracts": { "registry": "{{World.Registry}}", "rail": "{{World.Rail}}", "vault": "{{World.Vault}}", "resolver": "{{World.Resolver}}" },
          "tokens": [ { "address": "{{World.Dollar}}", "symbol": "USD", "decimals": 6 } ] }
        """;

    /// <summary>A good value other than the default that a deployment of <see cref="DeploymentText"/> can have.</summary>
    internal static string OtherValueOf(string key) => key switch
    {
        "tokenPrices" => $"{World.Dollar}=0.0003",
        _ when Values[key].Good == Find(key).Default => Values[key].Other,
        _ => Values[key].Good,
    };

    private static SettingDefinition Find(string key) => Settings.All.Single(setting => setting.Key == key);

    private static SettingsException Refused(string? file, Dictionary<string, string> environment, Dictionary<string, string> flags) =>
        Assert.Throws<SettingsException>(() => SettingsReader.Read(file, environment, flags));

    private static void AssertOneLine(SettingDefinition setting, string bad, string origin, SettingsException refused)
    {
        var problem = Assert.Single(refused.Problems);
        Assert.StartsWith($"{setting.Key} ({origin}): ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
        Assert.Equal(problem, refused.Message);
        if (setting.Secret && bad.Length > 0) Assert.DoesNotContain(bad, problem, StringComparison.Ordinal);
    }

    private static void AssertHides(string text)
    {
        Assert.DoesNotContain("5ec2e7", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("c0ffee", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("0123456789abcdef", text, StringComparison.OrdinalIgnoreCase);
    }

    private NodeOptions From(Dictionary<string, string> environment) => From(environment, NodeOptions.From);

    private NodeOptions From(Dictionary<string, string> environment, Func<SettingsReader, NodeOptions> make)
    {
        var all = new Dictionary<string, string>(environment) { ["OPENSETTLE_DEPLOYMENT"] = WriteText("deployment.json", DeploymentText) };
        return make(SettingsReader.Read(null, all, Nothing));
    }

    private string WriteFile(Dictionary<string, string> settings) => WriteText("settings.json", JsonSerializer.Serialize(settings));

    private string WriteText(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
