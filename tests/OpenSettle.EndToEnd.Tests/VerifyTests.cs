using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A stranger verifies what a node settled on a real chain, with the command line alone.</summary>
public sealed class VerifyTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private static readonly ulong Now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private readonly Cast _cast = stage.Cast;
    private StageModel _model = null!;

    [Fact]
    public async Task Verify_OfASettledVault_AgreesAndTellsWhatIsMissingChangedOrForged()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        await SettleAsync(node, cancellation);

        // While the node runs, the chain says where everything is.
        var (code, output) = await VerifyAsync(["--require-usage"], cancellation);
        Assert.Contains("agrees: record, proposal, form, solvency, fixed parts, pools, sums", output, StringComparison.Ordinal);
        Assert.EndsWith("verified  1 epoch agrees with the chain", output, StringComparison.Ordinal);
        Assert.Equal(0, code);
        (code, output) = await VerifyAsync(["--json", "--epoch", "1"], cancellation);
        using (var json = JsonDocument.Parse(output))
        {
            var epoch = Assert.Single(json.RootElement.GetProperty("epochs").EnumerateArray());
            Assert.Equal((0, "agrees", "active", 3L), (code, json.RootElement.GetProperty("outcome").GetString(), epoch.GetProperty("state").GetString(), epoch.GetProperty("usageEvents").GetInt64()));
        }

        var (mirror, usage, bundle) = await MirrorAsync(node, cancellation);
        await node.StopAsync();

        // Without the node nobody has anything, and with what somebody copied all is there.
        await TellsAsync(9, "not all could be verified: epoch 1, bundle: it cannot be had: http://127.0.0.1", [], cancellation);
        await TellsAsync(9, "it does not have it", ["--bundles", stage.Workspace.Run], cancellation);
        await TellsAsync(0, "of 1 the usage was not checked", ["--bundles", mirror], cancellation);
        await TellsAsync(9, "not all could be verified: epoch 1, sums: batch 1 of gateway", ["--bundles", mirror, "--require-usage"], cancellation);
        await TellsAsync(0, "verified  1 epoch agrees with the chain", ["--bundles", mirror, "--usage", usage, "--require-usage"], cancellation);

        // One figure, and one event.
        var changed = Directory.CreateDirectory(stage.Workspace.PathOf("changed")).FullName;
        await File.WriteAllTextAsync(Path.Combine(changed, Path.GetFileName(bundle)), (await File.ReadAllTextAsync(bundle, cancellation)).Replace("\"1000003\"", "\"1000004\"", StringComparison.Ordinal), cancellation);
        await TellsAsync(9, "what it gives has the hash 0x", ["--bundles", changed], cancellation);
        var batch = Path.Combine(usage, _cast.Gateway.Address.ToString(), "1");
        await File.WriteAllTextAsync(batch, (await File.ReadAllTextAsync(batch, cancellation)).Replace(",30,", ",31,", StringComparison.Ordinal), cancellation);
        await TellsAsync(9, "its events give root 0x", ["--bundles", mirror, "--usage", usage, "--require-usage"], cancellation);

        // A quorum signs one unit more than there was earned.
        await ProposeForgedAsync(bundle, mirror, cancellation);
        await TellsAsync(8, "it differs: epoch 2, solvency: token ", ["--bundles", mirror], cancellation);
    }

    [Fact]
    public async Task Verify_ThatIsStopped_EndsAtOnceAndSaysThatNothingIsKnown()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        // An endpoint that hangs up twice, and then takes the question and does not answer. Asked for the third time, the process has long been up.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var process = ChildProcess.Start(
            "opensettle verify", "dotnet",
            [NodeProcess.Executable(stage.Workspace), "verify", "--rpc", $"http://{silent.LocalEndpoint}", "--deployment", stage.Deployment.File, "--rpc-timeout-seconds", "600"],
            stage.Workspace.Run, stage.Workspace.PathOf("stopped.log"));
        for (var i = 0; i < 2; i++) (await silent.AcceptTcpClientAsync(limit.Token)).Dispose();
        using var asked = await silent.AcceptTcpClientAsync(limit.Token);
        await process.StopAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(130, await process.WaitAsync(limit.Token));
        Assert.Equal("opensettle: stopped before all was verified: nothing can be said.", process.Tail());
    }

    private async Task SettleAsync(NodeProcess node, CancellationToken cancellation)
    {
        var market = new Market(stage.Chain, stage.Deployment);
        // A third of a pool of three, and odd amounts: something is left over.
        var table = new Contract.SplitTable(
            [Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 1, "data")], 1, [Market.Row(_cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None);
        _model = await market.RegisterAsync(_cast.Ada, "verified", table, [], cancellation);
        var model = _model;
        await market.ListGatewayAsync(_cast.Ada, model, _cast.Gateway.Address, cancellation);
        await market.FundAsync(_cast.Bank, 100_000_000, cancellation);
        await new UsageGateway(node, _cast.Gateway, stage.Deployment).SendAsync([.. Enumerable.Range(1, 3).Select(i => Use(model, (ulong)i * 10))], cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 7_000_001, Market.Text("use"), cancellation);
        await market.TransferAsync(_cast.Bank, model, stage.Deployment.Dollar, 1_000_003, cancellation);
        await node.WaitAsync(
            "all is settled and attested",
            status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetInt32() == 1 && latest.GetProperty("state").GetString() is "attested" or "pushed"
                && status.GetProperty("transactions").GetArrayLength() == 0,
            cancellation);
    }

    private MeteredEvent Use(StageModel model, ulong units) => new()
    {
        Source = "urn:gateway:verified",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{units}"),
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = "contracts",
        Outcome = Outcomes.Ok,
        Units = units,
        Time = Now,
        Consumer = Market.Text("somebody"),
        Payment = units == 10 ? Market.Text("use") : Hash32.Zero,
        Attribution = new Attribution("test", Market.Text("test"), [new MeasuredWeight(_cast.Chloe.Address, 1, 1, 1)]),
    };

    /// <summary>Copies the epoch's bundle and batch out of the node, as anybody can.</summary>
    private async Task<(string Mirror, string Usage, string Bundle)> MirrorAsync(NodeProcess node, CancellationToken cancellation)
    {
        var mirror = Directory.CreateDirectory(stage.Workspace.PathOf("mirror")).FullName;
        var usage = stage.Workspace.PathOf("usage");
        var hash = (await node.GetAsync("api/v1/epochs/1", cancellation)).GetProperty("bundleHash").GetString()!;
        var bundle = Path.Combine(mirror, hash);
        await CopyAsync(node, $"bundles/{hash}", bundle, cancellation);
        var gateway = _cast.Gateway.Address.ToString();
        Directory.CreateDirectory(Path.Combine(usage, gateway));
        await CopyAsync(node, $"api/v1/batches/{gateway}/1", Path.Combine(usage, gateway, "1"), cancellation);
        return (mirror, usage, bundle);
    }

    private static async Task CopyAsync(NodeProcess node, string path, string file, CancellationToken cancellation)
    {
        await using var from = await node.GetBytesAsync(path, cancellation);
        await using var to = File.Create(file);
        await from.CopyToAsync(to, cancellation);
    }

    private async Task ProposeForgedAsync(string bundle, string mirror, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream(await File.ReadAllBytesAsync(bundle, cancellation));
        var (before, hash) = BundleReader.Read(bytes);
        var accounts = before.After.Accounts.ToArray();
        accounts[0] = accounts[0] with { Earned = accounts[0].Earned + 1, Leaf = accounts[0].Leaf + 1 };
        var after = before.After with { Accounts = accounts };
        var head = await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw new InvalidOperationException("There is no block.");
        var last = await stage.Chain.Client.GetBlockAsync(BlockRef.At(head.Number - 2), cancellation) ?? throw new InvalidOperationException("There is no block.");
        var forged = before with
        {
            Number = 2,
            FirstBlock = before.LastBlock + 1,
            LastBlock = last.Number,
            ParentHash = before.LastBlockHash,
            LastBlockHash = last.Hash,
            PreviousRoot = before.Root,
            PreviousBundle = hash,
            Terms = [],
            Payments = [],
            Usage = EpochUsage.None,
            After = after,
            Changed = [new Epochs.TokenTotal(accounts[0].Token, accounts.Where(state => state.Token == accounts[0].Token).Aggregate(UInt256.Zero, (sum, state) => sum + state.Promised))],
            Root = EpochBuilder.TreeOf(after)!.Root,
            Records = [],
            RecordRoot = Hash32.Zero,
        };
        using var written = new MemoryStream();
        var forgedHash = BundleWriter.Write(forged, written);
        await File.WriteAllBytesAsync(Path.Combine(mirror, forgedHash.ToString()), written.ToArray(), cancellation);

        var vault = stage.Deployment.Id.Vault;
        var proposal = new Proposal(
            2, 0, await stage.Chain.Client.AskAsync(vault, new RoyaltySplit.AttestorSet(), BlockRef.Latest, cancellation), forged.PreviousRoot, forged.Root, Hash32.Zero, Hash32.Zero,
            forgedHash, forged.LastBlock, forged.LastBlockHash, [.. forged.Changed.Select(total => new Contract.TokenTotal(total.Token, total.Total))], [], "https://nowhere.example/bundle");
        var data = ProposalTypedData.Of(stage.Deployment.Id.ChainId, vault, proposal);
        var signatures = new List<AttestorSignature>();
        foreach (var attestor in _cast.Attestors.OrderBy(attestor => attestor.Address)) signatures.Add(AttestorSignature.Of(attestor.Address, await attestor.SignTypedDataAsync(data, cancellation)));
        // The vault takes it: more came in since.
        var market = new Market(stage.Chain, stage.Deployment);
        await market.PayAsync(_cast.Bank, _model, stage.Deployment.Dollar, 100, Hash32.Zero, cancellation);
        await market.SendAsync(_cast.Relayer, vault, new RoyaltySplit.ProposeCall(proposal, signatures), UInt256.Zero, cancellation);
        // Final is what has another block on top.
        var mined = await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation);
        while ((await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation))!.Number < mined!.Number + 2) await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
    }

    private async Task TellsAsync(int code, string words, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var (actual, output) = await VerifyAsync(arguments, cancellation);
        Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.Equal(code, actual);
    }

    private Task<(int Code, string Output)> VerifyAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) => Command.RunAsync(
        stage.Workspace, ["verify", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--finality", "1", .. arguments], cancellation);
}
