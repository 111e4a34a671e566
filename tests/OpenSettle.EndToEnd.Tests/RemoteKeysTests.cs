using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A node whose keys are not in its process: anvil's accounts stand in for a signer that nobody here wrote.</summary>
public sealed class RemoteKeysTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Node_WithARemoteSigner_SettlesAndWaitsWhileItIsAway()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancellation = limit.Token;
        var port = Workspace.FreePort();
        var signer = StartSigner(port);
        try
        {
            await ListensAsync(port, cancellation);
            var keys = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["OPENSETTLE_OPERATOR_KEY"] = $"remote:{_cast.Operator}",
                ["OPENSETTLE_ATTESTOR_KEYS"] = $"mnemonic:2, remote:{_cast.Attestors[1].Address}",
                ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic,
                ["OPENSETTLE_SIGNER_URL"] = $"http://127.0.0.1:{port}",
            };
            using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation, keys);
            var market = new Market(stage.Chain, stage.Deployment);
            var model = await market.RegisterAsync(_cast.Ada, "remote", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
            await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);
            await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 5_000_000, Market.Text("first"), cancellation);
            await market.TransferAsync(_cast.LawFirm, model, stage.Deployment.Coin, 1_000_000_000_000_007, cancellation);
            await node.WaitAsync("an epoch is attested", status => Attested(status, 1), cancellation);

            signer.Dispose();
            await market.TransferAsync(_cast.Bank, model, stage.Deployment.Dollar, 3_000_000, cancellation);
            await node.WaitAsync("the node says that its signer is away", status =>
                status.TryGetProperty("trouble", out var trouble) && trouble.GetString()!.StartsWith($"http://127.0.0.1:{port}: eth_sign", StringComparison.Ordinal), cancellation);
            signer = StartSigner(port);
            await node.WaitAsync(
                "all of it is settled and attested",
                status => status.GetProperty("payments").GetInt32() == market.Payments && status.GetProperty("transactions").GetArrayLength() == 0 && Attested(status, 2)
                    && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && token.GetProperty("undivided").GetString() == "0"),
                cancellation);
            var reckoning = await new Reconciliation(stage.Chain, stage.Deployment, node, market).RunAsync(0, cancellation);
            Assert.Empty(reckoning.Problems);
        }
        finally
        {
            signer.Dispose();
        }
    }

    private static bool Attested(JsonElement status, ulong epoch) =>
        status.TryGetProperty("latestEpoch", out var latest)
        && latest.GetProperty("state").GetString() == "pushed" && latest.GetProperty("number").GetUInt64() >= epoch;

    private static async Task ListensAsync(int port, CancellationToken cancellation)
    {
        while (true)
        {
            using var probe = new System.Net.Sockets.TcpClient();
            try
            {
                await probe.ConnectAsync("127.0.0.1", port, cancellation);
                return;
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            }
        }
    }

    private ChildProcess StartSigner(int port) => ChildProcess.Start(
        "the signer",
        "node",
        ["node_modules/@foundry-rs/anvil/bin.mjs", "--host", "127.0.0.1", "--port", $"{port}", "--chain-id", "31337", "--mnemonic", Cast.Mnemonic, "--accounts", "20"],
        stage.Workspace.Root,
        stage.Workspace.PathOf("signer.log"));
}
