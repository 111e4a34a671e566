using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Operators;

/// <summary>From nothing to a node that settles: init asks, the doctor finds nothing, run runs.</summary>
public sealed class InitTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly string _folder = stage.Workspace.PathOf($"init-{Guid.NewGuid():n}");

    [Fact]
    public async Task Init_Answered_MakesSettingsThatTheDoctorPassesAndANodeSettlesWith()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        var (keys, password, port) = (stage.Workspace.PathOf("own-keys"), Private("password", "correct horse\n"), Workspace.FreePort());
        foreach (var (name, key) in new[] { ("operator", stage.Cast.OperatorKey), ("first", stage.Cast.AttestorKeys[0]), ("second", stage.Cast.AttestorKeys[1]) })
            await RequireAsync(["keys", "import", Private($"{name}.key", key.ToString()), "--out", Path.Combine(keys, $"{name}.json"), "--key-password", $"file:{password}"], cancellation);

        string[] answers =
        [
            _folder,
            // One that is not there is told, and asked for again.
            $"http://127.0.0.1:{Workspace.FreePort()}", stage.Chain.Rpc.ToString(),
            stage.Workspace.PathOf("no-such-file.json"), stage.Deployment.File,
            "4", $"http://127.0.0.1:{port}",
            "existing", Path.Combine(keys, "operator.json"), password, $"{Path.Combine(keys, "first.json")}, {Path.Combine(keys, "second.json")}",
        ];
        var (code, output, asked) = await InitAsync(["--ask"], string.Join('\n', answers) + "\n", cancellation);
        Assert.True(code == 0, asked);
        Assert.Contains("Connection refused", asked, StringComparison.Ordinal);
        Assert.Contains("cannot read", asked, StringComparison.Ordinal);
        Assert.Contains("chain 31337", asked, StringComparison.Ordinal);
        Assert.Contains(stage.Cast.Operator.ToChecksumString(), asked, StringComparison.Ordinal);
        var file = Path.Combine(_folder, "settings.json");
        foreach (var command in new[] { "doctor", "run", "status" }) Assert.Contains($"opensettle {command} ", output, StringComparison.Ordinal);

        var (fit, said) = await Command.RunAsync(stage.Workspace, ["doctor", "--config", file], cancellation);
        Assert.True(fit == 0, said);
        Assert.Contains("0 faults, 0 warnings", said, StringComparison.Ordinal);
        await SettlesAsync(file, port, cancellation);

        // What is there is not written over.
        (code, _, asked) = await InitAsync([_folder, "--yes", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File], string.Empty, cancellation);
        Assert.Equal(2, code);
        Assert.Contains("--force", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_WithoutQuestions_MakesKeysAndSaysWhatIsLeftToDo()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var (code, output, errors) = await InitAsync([_folder, "--yes", "--json", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File], string.Empty, limit.Token);
        Assert.Equal((0, string.Empty), (code, errors));
        using var told = JsonDocument.Parse(output);
        var made = told.RootElement.GetProperty("keys").EnumerateArray().ToList();
        Assert.Equal(["operator", "attestor", "attestor"], made.Select(key => key.GetProperty("role").GetString()));
        var files = Directory.GetFiles(_folder, "*", SearchOption.AllDirectories);
        Assert.Equal(5, files.Length);
        foreach (var file in files)
        {
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        var (fit, said) = await Command.RunAsync(stage.Workspace, ["doctor", "--json", "--config", Path.Combine(_folder, "settings.json"), "--listen", $"http://127.0.0.1:{Workspace.FreePort()}"], limit.Token);
        Assert.Equal(10, fit);
        using var findings = JsonDocument.Parse(said.Split(Environment.NewLine).Single(line => line.StartsWith("{\"ok\"", StringComparison.Ordinal)));
        // The keys open. That nobody knows them yet is what the remarks are about.
        Assert.Equal(["attestors", "funds"], findings.RootElement.GetProperty("findings").EnumerateArray()
            .Where(finding => finding.GetProperty("level").GetString() is "fault" or "warning").Select(finding => finding.GetProperty("check").GetString()).Distinct().Order());
        var account = made[0].GetProperty("account").GetString() ?? string.Empty;
        Assert.Contains(told.RootElement.GetProperty("remarks").EnumerateArray(), remark => remark.GetString()?.Contains($"Send coin to the operator {account}", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Init_OtherChainThanTheFile_IsRefused()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var file = _folder + ".json";
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(stage.Deployment.File, limit.Token)).Replace("\"chainId\": 31337", "\"chainId\": 5", StringComparison.Ordinal), limit.Token);
        var (code, _, errors) = await InitAsync([_folder, "--yes", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", file], string.Empty, limit.Token);
        Assert.Equal(2, code);
        Assert.Contains("is chain 31337, and the deployment file is for chain 5", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public async Task Init_InterruptedWhileItAsks_LeavesNothing()
    {
        if (OperatingSystem.IsWindows()) return;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var process = Start([_folder, "--ask"]);
        await process.StandardInput.WriteLineAsync(stage.Chain.Rpc.ToString());
        await process.StandardInput.FlushAsync(limit.Token);
        var said = new List<char>();
        var one = new char[1];
        // Asked for the deployment file it waits, for an answer that does not come.
        while (!string.Concat(said).Contains("deployment:", StringComparison.Ordinal) && await process.StandardError.ReadAsync(one, limit.Token) == 1) said.Add(one[0]);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("nothing was written", await process.StandardError.ReadToEndAsync(limit.Token), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(stage.Workspace.Run), entry => entry.StartsWith(_folder, StringComparison.Ordinal));
    }

    private async Task SettlesAsync(string file, int port, CancellationToken cancellation)
    {
        using var node = ChildProcess.Start(
            "the node", "dotnet", [NodeProcess.Executable(stage.Workspace), "run", "--config", file, "--poll-milliseconds", "200", "--usage-grace-seconds", "0", "--sweep-max-cost-percent", "100"],
            stage.Workspace.Run, stage.Workspace.PathOf("init-node.log"));
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "first", SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 6_000_000, Market.Text("use"), cancellation);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        while (!await SettledAsync(http, cancellation))
        {
            if (node.HasExited) throw node.Failure("ended", "It was waited for an epoch.");
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }
    }

    private static async Task<bool> SettledAsync(HttpClient http, CancellationToken cancellation)
    {
        try
        {
            var status = await http.GetFromJsonAsync<JsonElement>(new Uri("api/v1/status", UriKind.Relative), cancellation);
            return status.GetProperty("activeEpoch").GetUInt64() == 1;
        }
        catch (HttpRequestException)
        {
            // Not listening yet.
            return false;
        }
    }

    private async Task RequireAsync(string[] arguments, CancellationToken cancellation)
    {
        var (code, output) = await Command.RunAsync(stage.Workspace, arguments, cancellation);
        Assert.True(code == 0, output);
    }

    private Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = stage.Workspace.Run, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("OPENSETTLE_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(variable);
        foreach (var argument in (string[])[NodeProcess.Executable(stage.Workspace), "init", .. arguments]) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet does not start.");
    }

    private async Task<(int Code, string Output, string Errors)> InitAsync(string[] arguments, string input, CancellationToken cancellation)
    {
        using var process = Start(arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await errors);
    }

    private string Private(string name, string text)
    {
        var path = stage.Workspace.PathOf(name);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
