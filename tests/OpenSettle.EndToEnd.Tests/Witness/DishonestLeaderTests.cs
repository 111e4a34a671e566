using System.Globalization;
using OpenSettle.Demo.Stage;
using OpenSettle.Demo.Stage.Lies;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests.Witness;

/// <summary>
/// Nobody has to be believed: three attestors sign what they recomputed, refuse each lie in words, and the watchtower vetoes it where their
/// keys were stolen. One stage for all of it, because it is seven processes; each chapter goes on where the one before ended.
/// </summary>
public sealed class DishonestLeaderTests(WitnessStage stage) : IClassFixture<WitnessStage>
{
    private const int KilledBySignal = 137;

    private static readonly Lie[] Lies =
        [Lie.DroppedPayment, Lie.ChangedLeaf, Lie.OmittedBatch, Lie.UnlistedGateway, Lie.StolenShare, Lie.ShiftedRounding, Lie.OtherBundle, Lie.NoBundle];

    private readonly Cast _cast = stage.Cast;
    private readonly List<NodeProcess> _attestors = [];
    private NodeProcess _tower = null!;
    private NodeProcess _teller = null!;
    private Bundle? _honest;

    [Fact]
    public async Task Leader_ThatLies_IsRefusedThenVetoedAndNobodyLosesAnything()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(9));
        var cancellation = limit.Token;
        using var hook = new Hook(Workspace.FreePort());
        await HonestAsync(hook, cancellation);

        await stage.PayAndUseAsync("second", [.. _attestors, _tower, _teller], cancellation);
        var paid = await stage.VaultAsync(new RoyaltySplit.PaidOf(stage.Deployment.Dollar.Address), cancellation);
        for (var attempt = 0; attempt < Lies.Length; attempt++) await LieAsync(Lies[attempt], (uint)attempt, hook, cancellation);
        Assert.Equal((1UL, paid), (await stage.VaultAsync(new RoyaltySplit.Epoch(), cancellation), await stage.VaultAsync(new RoyaltySplit.PaidOf(stage.Deployment.Dollar.Address), cancellation)));
        // Each lie was vetoed once, though the watchtower was killed at each boundary on the way, and nothing else was ever sent by the guardian.
        Assert.Equal(Enumerable.Range(0, Lies.Length).Select(attempt => (2UL, (uint)attempt)), stage.Record.Events<RoyaltySplit.EpochVetoed>().Select(said => (said.Epoch, said.Attempt)));
        Assert.Equal(Lies.Length, await stage.SentAsync(_cast.Guardian.Address, cancellation));

        await HonestAgainAsync(cancellation);
        await StolenQuorumAsync(hook, cancellation);
    }

    /// <summary>Two of three sign; one of them was killed between its verdict and its signature. The third comes later, and signs what comes then.</summary>
    private async Task HonestAsync(Hook hook, CancellationToken cancellation)
    {
        await stage.StartLeaderAsync(cancellation);
        var started = await Task.WhenAll(
            stage.StartAttestorAsync(0, cancellation), stage.StartAttestorAsync(1, cancellation, FailPoint.Judged),
            stage.StartTowerAsync("watchtower", new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_GUARDIAN_KEY"] = "mnemonic:5", ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic }, cancellation),
            stage.StartTowerAsync("teller", new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_WEBHOOKS"] = hook.Address, ["OPENSETTLE_WEBHOOK_SECRET"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }, cancellation));
        (_tower, _teller) = (started[2], started[3]);
        _attestors.AddRange(started[..2]);
        await stage.PayAndUseAsync("first", _attestors, cancellation);
        Assert.Equal(KilledBySignal, await _attestors[1].EndedAsync(TimeSpan.FromMinutes(1), cancellation));
        await stage.Leader.WaitAsync(
            "one signature is there", status => status.GetProperty("alerts").EnumerateArray().Any(alert => (alert.GetProperty("message").GetString() ?? string.Empty).Contains("has 1 of 2 signatures", StringComparison.Ordinal)),
            cancellation);
        await _attestors[1].RestartAsync(cancellation);
        await stage.SettledAsync(1, cancellation);
        _attestors.Add(await stage.StartAttestorAsync(2, cancellation));
        // Who only watches found the same.
        var root = await stage.VaultAsync(new RoyaltySplit.Root(), cancellation);
        foreach (var node in (NodeProcess[])[_attestors[0], _attestors[2], _tower, _teller])
            Assert.EndsWith($"root {root}", await WitnessStage.SaysAsync(node, cancellation, "Epoch 1, attempt 0, recomputed: nothing differs"), StringComparison.Ordinal);
        // The one that was killed had its verdict by then: it was not found anew, and signed all the same.
        Assert.DoesNotContain(await WitnessStage.LinesAsync(_attestors[1], cancellation), line => line.Contains("recomputed: nothing differs", StringComparison.Ordinal));
        await ClaimAllAsync(1, cancellation);
    }

    /// <summary>All three refuse it, and say what differs. With two stolen keys it is proposed, and vetoed for that reason.</summary>
    private async Task LieAsync(Lie lie, uint attempt, Hook hook, CancellationToken cancellation)
    {
        await stage.Door.LieAsync(lie, cancellation);
        // The honest node sees a veto a block after the chain has it: until then its candidate is the one before.
        var (shown, said) = await stage.Door.HearAsync((shown, said) => shown.Proposal.Attempt == attempt && said.Count == 3 && said.All(word => word.Why?.Contains(shown.Names, StringComparison.Ordinal) != false), cancellation);
        Assert.All(said, word => Assert.NotNull(word.Why));
        Assert.Equal(_cast.Attestors.Select(attestor => attestor.Address).Order(), said.Select(word => word.Attestor));
        _honest ??= shown.Honest;
        Assert.Equal((2UL, attempt), (shown.Proposal.Epoch, shown.Proposal.Attempt));
        Assert.Null(await stage.VaultAsync(new RoyaltySplit.OpenProposal(), cancellation));

        var dies = attempt < FailPoint.Watching.Count ? FailPoint.Watching[(int)attempt] : null;
        if (dies is not null)
        {
            await _tower.StopAsync();
            _tower.Launch(dies);
        }

        await stage.Door.ProposeAsync(shown, [.. _cast.Attestors.Take(2)], cancellation);
        await stage.SaidAsync<RoyaltySplit.EpochProposed>(proposed => proposed.Proposal.ContentHash() == shown.Proposal.ContentHash(), cancellation);
        // What cannot be had is waited for, by both clocks, half of the window.
        if (lie is Lie.OtherBundle or Lie.NoBundle) await stage.JumpAsync((WitnessStage.Window / 2) + 1, cancellation);
        if (dies is not null)
        {
            Assert.Equal(KilledBySignal, await _tower.EndedAsync(TimeSpan.FromMinutes(1), cancellation));
            if (attempt == 0) await OnlyTellsAsync(shown, hook, cancellation);
            // Until it was broadcast nothing happened; from then on the veto is there, and must not be sent again.
            if (dies is FailPoint.Judged or FailPoint.VetoPlanned or FailPoint.SendSigned or FailPoint.SendStored)
                Assert.NotNull(await stage.VaultAsync(new RoyaltySplit.OpenProposal(), cancellation));
            await _tower.RestartAsync(cancellation);
        }

        await stage.SaidAsync<RoyaltySplit.EpochVetoed>(vetoed => (vetoed.Epoch, vetoed.Attempt) == (2, attempt), cancellation);
        await WitnessStage.SaysAsync(_tower, cancellation, string.Create(CultureInfo.InvariantCulture, $"poch 2, attempt {attempt}, "), shown.Names);
    }

    /// <summary>Without the guardian's key a watchtower raises its alert in each way, and sends nothing.</summary>
    private async Task OnlyTellsAsync(FalseEpoch shown, Hook hook, CancellationToken cancellation)
    {
        await WitnessStage.SaysAsync(_teller, cancellation, $"root {shown.Proposal.Root}, differs: ", shown.Names);
        await hook.WaitAsync(types => types.Contains("alert.raised"), cancellation);
        await hook.WaitAsync(_ => hook.Calls.Any(call => call.Type == "verdict.differs" && call.Body.Contains(shown.Names, StringComparison.Ordinal)), cancellation);
        using var http = new HttpClient { BaseAddress = _teller.Api };
        Assert.Contains("opensettle_alerts{chain=\"31337\",kind=\"proposal\"} 1\n", await http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellation), StringComparison.Ordinal);
        var status = await _teller.GetAsync("api/v1/status", cancellation);
        Assert.Equal(0, status.GetProperty("transactions").GetArrayLength());
    }

    /// <summary>The leader tells the truth, and the same payments come to the same people as if nobody had ever lied.</summary>
    private async Task HonestAgainAsync(CancellationToken cancellation)
    {
        await stage.Door.TellTheTruthAsync(cancellation);
        await stage.SettledAsync(2, cancellation);
        var recomputed = string.Create(CultureInfo.InvariantCulture, $"Epoch 2, attempt {Lies.Length}, recomputed: nothing differs");
        foreach (var node in (NodeProcess[])[.. _attestors, _tower, _teller]) await WitnessStage.SaysAsync(node, cancellation, recomputed);
        var settled = await ClaimAllAsync(2, cancellation);
        // What the leader had built before the first lie.
        Assert.Equal(_honest!.After.Accounts, settled.After.Accounts);
        Assert.Equal(UInt256.Zero, await OwnedAsync(stage.Thief.Address, cancellation));
    }

    /// <summary>With all three keys stolen and nobody who vetoes, it becomes active: everybody can see it, by name.</summary>
    private async Task StolenQuorumAsync(Hook hook, CancellationToken cancellation)
    {
        await _tower.StopAsync();
        await stage.Door.LieAsync(Lie.StolenShare, cancellation);
        await stage.PayAndUseAsync("third", [], cancellation);
        var (shown, _) = await stage.Door.HearAsync((_, _) => true, cancellation);
        await stage.Door.ProposeAsync(shown, _cast.Attestors, cancellation);
        await stage.SaidAsync<RoyaltySplit.EpochProposed>(proposed => proposed.Proposal.Epoch == 3, cancellation);
        await stage.JumpAsync(WitnessStage.Window, cancellation);
        var ready = stage.Record.Events<RoyaltySplit.EpochProposed>().Last().ReadyAt;
        while ((await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation))!.Timestamp < ready) await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        await stage.Market.SendAsync(stage.Thief, stage.Deployment.Id.Vault, new RoyaltySplit.ActivateCall(shown.Proposal), UInt256.Zero, cancellation);
        await stage.SaidAsync<RoyaltySplit.EpochActivated>(active => active.Epoch == 3, cancellation);

        await _teller.WaitAsync("api/v1/status", "the watchtower stops", status => status.TryGetProperty("halted", out var halted) && halted.GetString()!.Contains(shown.Names, StringComparison.Ordinal), cancellation);
        await hook.WaitAsync(types => types.Contains("settlement.halted"), cancellation);
        await stage.Leader.WaitAsync("api/v1/status", "the leader stops", status => status.TryGetProperty("halted", out _), cancellation);
        var (code, output) = await Command.RunAsync(
            stage.Workspace, ["verify", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--finality", "1", "--bundles", stage.Door.Bundles, "--usage", stage.Door.Address.ToString()], cancellation);
        Assert.True(code == 8, output);
        Assert.Contains("it differs: epoch 3, fixed parts: terms ", output, StringComparison.Ordinal);
        Assert.Contains(shown.Names, output, StringComparison.Ordinal);
    }

    /// <summary>Everybody claims, and then owns what an honest division of all payments gives, worked out from the bundle.</summary>
    private async Task<Bundle> ClaimAllAsync(ulong epoch, CancellationToken cancellation)
    {
        var told = await stage.Leader.GetAsync($"api/v1/epochs/{epoch}", cancellation);
        await using var bytes = await stage.Leader.GetBytesAsync($"bundles/{told.GetProperty("bundleHash").GetString()}", cancellation);
        var (bundle, _) = BundleReader.Read(bytes);
        var tree = EpochBuilder.TreeOf(bundle.After)!;
        for (var i = 0; i < tree.Leaves.Count; i++)
        {
            var leaf = tree.Leaves[i];
            await stage.Market.SendAsync(_cast.Relayer, stage.Deployment.Id.Vault, new RoyaltySplit.ClaimCall(new ClaimRequest(leaf.Account, leaf.Token, leaf.Amount, tree.Proof(i))), UInt256.Zero, cancellation);
            Assert.Equal(leaf.Amount, await OwnedAsync(leaf.Account, cancellation));
        }

        // Nothing but what rounding left stays behind, and nobody else has any of it.
        Assert.Equal([.. _cast.Contributors.Select(person => person.Address).Order()], tree.Leaves.Select(leaf => leaf.Account).Order());
        var all = tree.Leaves.Aggregate(UInt256.Zero, (sum, leaf) => sum + leaf.Amount);
        Assert.True(stage.Market.PaidIn[stage.Deployment.Dollar.Address] - all < 10, $"{all} of {stage.Market.PaidIn[stage.Deployment.Dollar.Address]} can be claimed");
        return bundle;
    }

    private Task<UInt256> OwnedAsync(Address account, CancellationToken cancellation) =>
        stage.Chain.Client.AskAsync(stage.Deployment.Dollar.Address, new Erc20.BalanceOf(account), BlockRef.Latest, cancellation);
}
