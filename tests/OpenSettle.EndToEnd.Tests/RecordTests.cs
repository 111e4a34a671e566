using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A model's record of an epoch becomes an attestation of its own, by whoever sends the call that a node shows.</summary>
public sealed class RecordTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Record_OfAnAttestedEpoch_IsAttestedByItselfAndReadBack()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        var market = new Market(stage.Chain, stage.Deployment);
        var table = Contract.SplitTable.Of([Market.OwnerRow(1, "training")]);
        var models = new List<StageModel>();
        foreach (var name in (string[])["one", "two", "three"]) models.Add(await market.RegisterAsync(_cast.Ada, name, table, [], cancellation));
        await market.ListGatewayAsync(_cast.Ada, models[1], _cast.Gateway.Address, cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await new UsageGateway(node, _cast.Gateway, stage.Deployment).SendAsync([.. Enumerable.Range(0, 5).Select(i => Use(models[1], i, now))], cancellation);
        for (var i = 0; i < models.Count; i++) await market.PayAsync(_cast.Bank, models[i], stage.Deployment.Dollar, 5_000_000 + (ulong)i, Market.Text($"use {i}"), cancellation);
        // Several epochs may take them: the record that is looked for is that of the usage.
        await node.WaitAsync(
            $"api/v1/models/{models[1].Id}/records", "the epoch with the usage is active",
            page => page.GetProperty("records").EnumerateArray().Any(row => row.GetProperty("uses").GetUInt64() == 5), cancellation);
        var records = await node.GetAsync($"api/v1/models/{models[1].Id}/records", cancellation);
        var epoch = records.GetProperty("records").EnumerateArray().Single(row => row.GetProperty("uses").GetUInt64() == 5).GetProperty("epoch").GetUInt64();
        await node.WaitAsync($"api/v1/epochs/{epoch}", "the epoch is attested", page => page.GetProperty("state").GetString() is "attested" or "pushed", cancellation);

        var proven = await node.GetAsync($"api/v1/models/{models[1].Id}/records/{epoch}", cancellation);
        var call = proven.GetProperty("attestRecord");
        Assert.Equal(stage.Deployment.Resolver.ToChecksumString(), call.GetProperty("to").GetString());
        var data = Convert.FromHexString(call.GetProperty("data").GetString()![2..]);
        Assert.Equal(Hash32.Zero, await AskAsync(new SettlementResolver.RecordOf(epoch, models[1].Id.Value), cancellation));
        // Somebody who has nothing to do with the model.
        await market.SendAsync(_cast.Finn, stage.Deployment.Resolver, data, UInt256.Zero, cancellation);

        var uid = await AskAsync(new SettlementResolver.RecordOf(epoch, models[1].Id.Value), cancellation);
        Assert.NotEqual(Hash32.Zero, uid);
        var eas = await AskAsync(new SettlementResolver.Service(), cancellation);
        var attestation = await stage.Chain.Client.AskAsync(eas, new Eas.GetAttestation(uid), BlockRef.Latest, cancellation);
        Assert.Equal((stage.Deployment.Resolver, models[1].PayAddress), (attestation.Attester, attestation.Recipient));
        Assert.Equal(proven.GetProperty("data").GetString(), Hex.Encode(attestation.Data.Span));
        var said = Assert.IsType<UsageRecordStatement>(StatementCodec.Decode(StatementKind.UsageRecord, attestation.Data.Span));
        Assert.Equal((models[1].Id, epoch, 5UL, 2UL), (said.Model, said.Epoch, said.Uses, said.Consumers));
        Assert.Contains((DomainWord.Of("nda-review"), 4UL, 5UL), said.Domains);
        Assert.All(said.Revenue, revenue => Assert.Equal(new TokenRevenue(stage.Deployment.Dollar.Address, 5_000_001), revenue));

        // Once.
        await Assert.ThrowsAsync<ChainException>(() => market.SendAsync(_cast.Finn, stage.Deployment.Resolver, data, UInt256.Zero, cancellation));
    }

    private Task<T> AskAsync<T>(ContractView<T> view, CancellationToken cancellation) => stage.Chain.Client.AskAsync(stage.Deployment.Resolver, view, BlockRef.Latest, cancellation);

    private static Metering.MeteredEvent Use(StageModel model, int number, ulong now) => new()
    {
        Source = "urn:gateway:records",
        Id = $"use {number}",
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = "nda-review",
        Outcome = number == 0 ? Metering.Outcomes.Error : Metering.Outcomes.Ok,
        Units = 10,
        Time = now,
        Consumer = Market.Text($"consumer {number % 2}"),
        Payment = number < 3 ? Market.Text("use 1") : Hash32.Zero,
    };
}
