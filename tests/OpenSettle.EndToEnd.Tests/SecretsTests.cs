using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using OpenSettle.Demo.Stage;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Tests.Shared;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>Every secret that can be set is marked, and nothing that the program writes anywhere holds a mark.</summary>
public sealed class SecretsTests(StageFixture stage) : IClassFixture<StageFixture>
{
    /// <summary>In each secret that may be any text, in lower case: hexadecimal digits, so that keys can hold it too.</summary>
    private const string Mark = "5ec2e75ec2e75ec2e7";

    private static readonly string MarkedKey = $"0x{new string('0', 46)}{Mark}";

    private static readonly string Words = $"{string.Join(' ', Enumerable.Repeat("abandon", 11))} {Mark}";

    /// <summary>One of these is a good value of each secret: which, its definition says.</summary>
    private static readonly string[] Pool = [MarkedKey, Words, Mark, $"whsec_{Convert.ToBase64String(Encoding.ASCII.GetBytes(Mark + Mark))}", $"x-key={Mark}", $"x-key: {Mark}", $"http://user:{Mark}@127.0.0.1:9/{Mark}?key={Mark}", $"amqp://user:{Mark}@127.0.0.1:9/{Mark}", $"postgresql://user:{Mark}@127.0.0.1:9/settlement"];

    private readonly List<(string Where, byte[] Bytes)> _written = [];
    private readonly string _folder = Directory.CreateDirectory(stage.Workspace.PathOf("secrets")).FullName;

    [Fact]
    public async Task Commands_WithMarkedSecretsInEveryLayer_WriteNoneOfThem()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var secrets = Settings.All.Where(setting => setting.Secret || setting.Address).ToDictionary(setting => setting, Marked);
        var file = Path.Combine(_folder, "settings.json");
        await File.WriteAllTextAsync(file, System.Text.Json.JsonSerializer.Serialize(secrets.ToDictionary(pair => pair.Key.Key, pair => pair.Value).Append(KeyValuePair.Create("deployment", stage.Deployment.File)).ToDictionary()));
        var variables = secrets.ToDictionary(pair => pair.Key.EnvironmentName, pair => pair.Value);
        variables["OPENSETTLE_DEPLOYMENT"] = stage.Deployment.File;
        string[] Flags(IEnumerable<SettingDefinition> taken) => [.. taken.Where(secrets.ContainsKey).SelectMany(setting => new[] { setting.Flag, setting.Secret ? $"file:{Secret(setting, secrets[setting])}" : secrets[setting] })];

        string account = stage.Cast.Ben.Address.ToChecksumString();
        // All settings are right by themselves: each goes on to what it wants, and fails there.
        string[][] commands =
        [
            ["config", "show"], ["config", "show", "--json"], ["config", "check"], ["config", "check", "--json"], ["run"], ["run", "--help"], ["status"], ["status", "--json"], ["db", "status"], ["db", "check"],
            ["claim", account], ["claim", account, "--dry-run"], ["verify"], ["rebuild"], ["backfill"], ["doctor"], ["doctor", "--json"], ["keys", "list"], ["webhooks", "test"], ["usage", "publish", "--gateway", "eu-1", "--file", "/dev/null"], ["operator", "list"], ["earnings", account], ["why", account], ["epochs"], ["gateway", "list"], ["find"], ["passport", "0x" + new string('1', 64)],
        ];
        foreach (var command in commands)
        {
            await RunAsync(command, [], ["--config", file], limit.Token);
            await RunAsync(command, variables, [], limit.Token);
        }

        foreach (var command in commands[..5]) await RunAsync(command, [], [.. Flags(command[0] == "run" ? Settings.ForRun : Settings.All), Settings.Deployment.Flag, stage.Deployment.File], limit.Token);

        // And what is wrong in itself: a value cut short, a scheme left out, a key that is none, a plain secret on the command line.
        foreach (var (setting, value) in secrets)
        {
            foreach (var bad in new[] { "x" + value, value.Replace("://", ":/", StringComparison.Ordinal), value + ", x" + Mark })
                await RunAsync(["config", "check"], new Dictionary<string, string> { [setting.EnvironmentName] = bad }, [], limit.Token);
            if (setting.Secret) await RunAsync(["config", "show"], [], [setting.Flag, value], limit.Token, isSaidOnTheCommandLine: true);
        }

        RequireNoMarks([Mark, Convert.ToBase64String(Encoding.ASCII.GetBytes(Mark + Mark)), Words]);
    }

    [Fact]
    public async Task Node_WithSecretsOfItsOwn_WritesNoneOfThemWhateverBecomesOfIt()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        using var endpoint = new FaultProxy(stage.Chain.Rpc);
        var rpc = $"http://user:{Mark}@127.0.0.1:{endpoint.Endpoint.Port}/v3/{Mark}?key={Mark}";
        // Nobody listens there: each of them fails again and again, and says so.
        var dead = Workspace.FreePort();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OPENSETTLE_OPERATOR_KEY"] = stage.Cast.OperatorKey.ToString(),
            ["OPENSETTLE_ATTESTOR_KEYS"] = $"{stage.Cast.AttestorKeys[0]},mnemonic:3",
            ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic,
            ["OPENSETTLE_KEY_PASSWORD"] = Mark,
            ["OPENSETTLE_RPC"] = rpc,
            ["OPENSETTLE_RPC_WEB_SOCKET"] = $"ws://user:{Mark}@127.0.0.1:{dead}/{Mark}?key={Mark}",
            ["OPENSETTLE_BUNDLE_MIRRORS"] = $"http://user:{Mark}@127.0.0.1:{dead}/{Mark}?sig={Mark}",
            ["OPENSETTLE_SIGNER_URL"] = $"http://user:{Mark}@127.0.0.1:{dead}/{Mark}",
            // As much as there is, of this program and of what it stands on.
            ["OPENSETTLE_LOG_LEVEL"] = "trace",
        };
        var (data, port) = (stage.Workspace.PathOf("secret-data"), Workspace.FreePort());
        string[] arguments =
        [
            "--deployment", stage.Deployment.File, "--data-dir", data, "--listen", $"http://127.0.0.1:{port}", "--client", stage.Chain.Provider.Name, "--finality", "1", "--poll-milliseconds", "300", "--epoch-seconds", "3",
            "--sweep-max-cost-percent", "100", "--usage-grace-seconds", "0",
        ];
        using var node = await NodeProcess.StartAsync(stage.Workspace, new Uri($"http://127.0.0.1:{port}/"), arguments, variables, cancellation);
        _written.Add(("/proc/PID/cmdline", await File.ReadAllBytesAsync($"/proc/{node.Id}/cmdline", cancellation)));
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "secrets", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 5_000_000, Market.Text("first"), cancellation);
        await node.WaitAsync("an epoch is settled", status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed", cancellation);
        await AskAsync(node.Api, cancellation);
        // The endpoint answers with what it was asked, as some do, and then not at all.
        endpoint.Rule = _ => Fault.Reset;
        await node.WaitAsync("the endpoint is away", status => status.TryGetProperty("trouble", out _), cancellation);
        await AskAsync(node.Api, cancellation);
        endpoint.Heal();

        // A crash, and the start after it.
        node.Kill();
        node.Launch(FailPoint.SweepPlanned);
        await node.ReadyAsync(cancellation);
        await market.TransferAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 3_000_000, cancellation);
        Assert.Equal(137, await node.EndedAsync(TimeSpan.FromMinutes(1), cancellation));
        await node.RestartAsync(cancellation);
        await AskAsync(node.Api, cancellation);
        await node.StopAsync();

        _written.Add(("the log", await File.ReadAllBytesAsync(node.LogFile, cancellation)));
        Assert.Contains(_written, written => written.Where == "the log" && Encoding.UTF8.GetString(written.Bytes).Contains("trce: Microsoft.AspNetCore", StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories)) _written.Add((file, await File.ReadAllBytesAsync(file, cancellation)));
        Assert.Contains(_written, written => written.Where.EndsWith("books.sqlite", StringComparison.Ordinal) && written.Bytes.Length > 0);
        RequireNoMarks([Mark, Cast.Mnemonic, stage.Cast.OperatorKey.ToString()[2..], stage.Cast.AttestorKeys[0].ToString()[2..], stage.Cast.AttestorKeys[1].ToString()[2..]]);
    }

    /// <summary>What a node answers, to whom it knows and to whom it does not.</summary>
    private async Task AskAsync(Uri api, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = api };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Mark);
        foreach (var path in new[] { "healthz", "readyz", "metrics", "api/v1/status", "api/v1/chains", "api/v1/payments", "api/v1/epochs", "api/v1/ops", "api/v1/nothing", "openapi.json" })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
            _written.Add(($"GET {path}", Encoding.UTF8.GetBytes($"{answer.Headers}{answer.Content.Headers}{await answer.Content.ReadAsStringAsync(cancellation)}")));
        }

        using var content = new StringContent("{}");
        using var refused = await http.PostAsync(new Uri("api/v1/events", UriKind.Relative), content, cancellation);
        _written.Add(("POST events", await refused.Content.ReadAsByteArrayAsync(cancellation)));
    }

    private static string Marked(SettingDefinition setting)
    {
        if (!setting.Secret)
        {
            string[] addresses = [$"http://user:{Mark}@127.0.0.1:9/{Mark}?key={Mark}", $"ws://user:{Mark}@127.0.0.1:9/{Mark}?key={Mark}", "http://127.0.0.1:9"];
            return addresses.First(address => setting.Problem(address) is null);
        }

        return Array.Find(Pool, value => setting.Problem(value) is null) ?? throw new InvalidOperationException($"No marked value is a good one of {setting.Key}: add one to the pool.");
    }

    private string Secret(SettingDefinition setting, string value)
    {
        var path = Path.Combine(_folder, $"{setting.Key}.secret");
        File.WriteAllText(path, value);
        return path;
    }

    private async Task RunAsync(IEnumerable<string> command, Dictionary<string, string> variables, IReadOnlyList<string> more, CancellationToken cancellation, bool isSaidOnTheCommandLine = false)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = _folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[NodeProcess.Executable(stage.Workspace), .. command, .. more]) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OPENSETTLE_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        start.Environment["OPENSETTLE_LOG_LEVEL"] = "trace";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("opensettle does not start.");
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        var where = $"{string.Join(' ', command)} with {(variables.Count > 0 ? string.Join(' ', variables.Keys.Take(3)) : isSaidOnTheCommandLine ? more[0] : "a file or flags")}";
        // 1 is a fault of the program.
        Assert.True(process.ExitCode != 1, $"{where}: {await errors}");
        _written.Add((where, Encoding.UTF8.GetBytes(await output + await errors)));
    }

    private void RequireNoMarks(string[] marks)
    {
        Assert.NotEmpty(_written);
        foreach (var (where, bytes) in _written)
        {
            // One byte a character, so that what is in binary files is found too.
            var text = Encoding.Latin1.GetString(bytes);
            Assert.All(marks, mark =>
            {
                var at = text.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
                Assert.True(at < 0, $"{where} holds a secret: …{(at < 0 ? "" : text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 80)])}…");
                // A key's bytes as they are.
                if (mark.All(char.IsAsciiHexDigit) && mark.Length % 2 == 0) Assert.True(bytes.AsSpan().IndexOf(Convert.FromHexString(mark)) < 0, $"{where} holds a key's bytes.");
            });
        }
    }
}
