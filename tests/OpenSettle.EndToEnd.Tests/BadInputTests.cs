using System.Net;
using System.Net.Sockets;
using OpenSettle.Demo.Stage;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>Each mistake is one clear line that names the setting and the remedy, with its exit code, and leaves nothing half-written.</summary>
public sealed class BadInputTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly string _data = Path.Combine(stage.Workspace.Run, $"data-{Guid.NewGuid():n}");

    [Fact]
    public async Task Run_UnreachableRpc_NamesRpc()
    {
        var (code, output) = await RunAsync("--rpc", $"http://127.0.0.1:{Workspace.FreePort()}", "--deployment", stage.Deployment.File);
        Assert.Equal(3, code);
        OneLine("rpc:", output);
        Assert.False(Directory.Exists(_data));
    }

    [Fact]
    public async Task Run_OtherChainId_NamesBoth()
    {
        var file = await EditedAsync("\"chainId\": 31337", "\"chainId\": 8453");
        var (code, output) = await RunAsync("--rpc", stage.Chain.Rpc.ToString(), "--deployment", file);
        Assert.Equal(3, code);
        OneLine("rpc:", output);
        Assert.Contains("31337", output, StringComparison.Ordinal);
        Assert.Contains("8453", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_data));
    }

    [Fact]
    public async Task Run_NoContractThere_SaysWhichOne()
    {
        var file = await EditedAsync(stage.Deployment.Id.Rail.ToChecksumString(), "0x00000000000000000000000000000000000000fe");
        var (code, output) = await RunAsync("--rpc", stage.Chain.Rpc.ToString(), "--deployment", file);
        Assert.Equal(3, code);
        OneLine("the rail", output);
        Assert.False(Directory.Exists(_data));
    }

    [Fact]
    public async Task Run_SameKeyTwice_IsRefused()
    {
        var key = stage.Cast.AttestorKeys[0].ToString();
        var (code, output) = await RunAsync(
            new Dictionary<string, string> { ["OPENSETTLE_OPERATOR_KEY"] = stage.Cast.OperatorKey.ToString(), ["OPENSETTLE_ATTESTOR_KEYS"] = $"{key},{key}" },
            "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File);
        Assert.Equal(3, code);
        OneLine("the same key stands there twice", output);
        Assert.DoesNotContain(key[2..], output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Run_WithoutKeys_SaysWhichAreMissing()
    {
        var (code, output) = await RunAsync(new Dictionary<string, string>(), "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File);
        Assert.Equal(2, code);
        Assert.Contains("OPENSETTLE_OPERATOR_KEY", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_data));
    }

    [Fact]
    public async Task Run_BusyPort_NamesListen()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (code, output) = await RunAsync(
            "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--listen", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        Assert.Equal(2, code);
        OneLine("listen:", output);
        Assert.False(Directory.Exists(_data));
    }

    [Fact]
    public async Task Run_DataOfAnotherDeployment_NamesDataDir()
    {
        Directory.CreateDirectory(_data);
        var other = stage.Deployment.Id with { ChainId = 5 };
        Storage.Sqlite.SqliteBooks.Open(Path.Combine(_data, "books.sqlite"), other).Dispose();
        var (code, output) = await RunAsync("--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File);
        Assert.Equal(4, code);
        OneLine("dataDir", output);
    }

    [Fact]
    public async Task Run_DataDirThatCannotBe_NamesDataDir()
    {
        await File.WriteAllTextAsync(_data, "a file");
        var (code, output) = await RunAsync("--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File);
        Assert.Equal(4, code);
        OneLine("dataDir", output);
    }

    [Fact]
    public async Task Status_NoNode_SaysHowToStartOne()
    {
        var (code, output) = await Command.RunAsync(stage.Workspace, ["status", "--api", $"http://127.0.0.1:{Workspace.FreePort()}"], CancellationToken.None);
        Assert.Equal(5, code);
        OneLine("opensettle run", output);
    }

    private static void OneLine(string expected, string output)
    {
        var line = Assert.Single(output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("opensettle: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    private async Task<string> EditedAsync(string what, string instead)
    {
        var text = await File.ReadAllTextAsync(stage.Deployment.File);
        Assert.Contains(what, text, StringComparison.Ordinal);
        var file = _data + ".json";
        await File.WriteAllTextAsync(file, text.Replace(what, instead, StringComparison.Ordinal));
        return file;
    }

    private Task<(int Code, string Output)> RunAsync(params string[] arguments) => RunAsync(
        new Dictionary<string, string>
        {
            ["OPENSETTLE_OPERATOR_KEY"] = stage.Cast.OperatorKey.ToString(),
            ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', stage.Cast.AttestorKeys),
        },
        arguments);

    private async Task<(int Code, string Output)> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await Command.RunAsync(
            stage.Workspace, ["run", "--data-dir", _data, .. arguments.Contains("--listen") ? [] : new[] { "--listen", "http://127.0.0.1:0" }, .. arguments], limit.Token, environment);
    }
}
