using System.Text.Json;
using OpenSettle.Demo.Stage;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A node's files, looked after from the command line while it runs and after it was killed.</summary>
public sealed class DbTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly string _data = stage.Workspace.PathOf("data");
    private readonly string _backup = stage.Workspace.PathOf("backup");

    [Fact]
    public async Task Data_OfANodeThatRunsAndIsKilled_IsLockedBackedUpCheckedAndRestored()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation);
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "kept", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 5_000_000, Market.Text("first"), cancellation);
        await node.WaitAsync("an epoch is attested", status => Attested(status, 1), cancellation);

        await FailsAsync(4, "dataDir", cancellation, "migrate");
        await PassesAsync(cancellation, "backup", _backup);
        await FailsAsync(4, "dataDir", cancellation, "restore", _backup, "--replace");
        await FailsAsync(4, "is there already", cancellation, "backup", _backup);
        await PassesAsync(cancellation, "check");
        var status = await PassesAsync(cancellation, "status");
        Assert.Contains("epoch 1 is pushed", status, StringComparison.Ordinal);
        await SecondNodeAsync(cancellation);

        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 3_000_000, Market.Text("second"), cancellation);
        await node.WaitAsync("a second epoch is attested", seen => Attested(seen, 2), cancellation);
        node.Kill();
        // The lock went with the process.
        await PassesAsync(cancellation, "check");
        await FailsAsync(4, "--replace", cancellation, "restore", _backup);
        await DamagedAsync(cancellation);
        Assert.Contains("replaced-", await PassesAsync(cancellation, "restore", _backup, "--replace"), StringComparison.Ordinal);
        await PassesAsync(cancellation, "migrate");
        await PassesAsync(cancellation, "check");

        // What was there before is whole too.
        var (code, output) = await Command.RunAsync(stage.Workspace, ["db", "check", "--data-dir", Directory.GetDirectories(_data, "replaced-*").Single()], cancellation);
        Assert.True(code == 0, output);
    }

    private static bool Attested(JsonElement status, ulong epoch) =>
        status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed" && latest.GetProperty("number").GetUInt64() >= epoch;

    private async Task SecondNodeAsync(CancellationToken cancellation)
    {
        var (code, output) = await Command.RunAsync(
            stage.Workspace,
            ["run", "--data-dir", _data, "--listen", "http://127.0.0.1:0", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--finality", "1"], cancellation,
            new Dictionary<string, string> { ["OPENSETTLE_OPERATOR_KEY"] = stage.Cast.OperatorKey.ToString(), ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', stage.Cast.AttestorKeys) });
        Assert.Equal(4, code);
        Assert.Contains("another process works on this folder", Assert.Single(output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    /// <summary>A backup of which one byte is another, and one that was cut, replace nothing.</summary>
    private async Task DamagedAsync(CancellationToken cancellation)
    {
        var file = Path.Combine(_backup, "books.sqlite");
        var whole = await File.ReadAllBytesAsync(file, cancellation);
        var damaged = whole.ToArray();
        damaged[damaged.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, damaged, cancellation);
        await FailsAsync(4, "was changed", cancellation, "restore", _backup, "--replace");
        await File.WriteAllBytesAsync(file, whole[..^100], cancellation);
        await FailsAsync(4, "was changed", cancellation, "restore", _backup, "--replace");
        await File.WriteAllBytesAsync(file, whole, cancellation);
        await PassesAsync(cancellation, "check");
    }

    private async Task<string> PassesAsync(CancellationToken cancellation, params string[] arguments)
    {
        var (code, output) = await DbAsync(arguments, cancellation);
        Assert.True(code == 0, output);
        return output;
    }

    private async Task FailsAsync(int expected, string text, CancellationToken cancellation, params string[] arguments)
    {
        var (code, output) = await DbAsync(arguments, cancellation);
        Assert.True(code == expected, output);
        Assert.Contains(text, Assert.Single(output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries), line => line.StartsWith("opensettle: ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private Task<(int Code, string Output)> DbAsync(string[] arguments, CancellationToken cancellation) =>
        Command.RunAsync(stage.Workspace, ["db", .. arguments, "--data-dir", _data], cancellation);
}
