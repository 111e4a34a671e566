using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Tests.Support;

/// <summary>A gateway with a key, which signs what it sends to a test node's journal.</summary>
internal sealed class TestGateway(string name)
{
    private readonly BatchSigner _signer = new(World.Provider.SignerFromPrivateKey(Keccak256.HashText(name)), World.ChainId, World.Registry);
    private int _events;

    public Address Address => _signer.Gateway;

    /// <summary>An event of a model, with an id of its own.</summary>
    public MeteredEvent Use(TestModel model, ulong units = 100, Hash32 payment = default, params (Address Account, ulong Weight)[] weights) => new()
    {
        Source = $"urn:gateway:{name}",
        Id = $"use {++_events}",
        Type = "ai.opensettle.usage.v1",
        Model = model.ModelId,
        Domain = "contracts",
        Outcome = Outcomes.Ok,
        Units = units,
        Time = 1_795_176_000,
        Payment = payment,
        Attribution = weights.Length == 0
            ? null
            : new Attribution("test", Keccak256.HashText("test"), [.. weights.OrderBy(row => row.Account).Select(row => new MeasuredWeight(row.Account, row.Weight, 0, row.Weight))]),
    };

    /// <summary>Signs a batch, and stores it as the intake does: after its check.</summary>
    public async Task<SignedStatement> SendAsync(TestNode node, params MeteredEvent[] events)
    {
        var signed = await _signer.SignAsync([.. events.Select(e => e.ToBatched())], CancellationToken.None);
        await BringAsync(node, signed, events);
        _signer.Taken(signed);
        return signed;
    }

    /// <summary>Signs a batch that goes to nobody yet.</summary>
    public async Task<SignedStatement> SignAsync(params MeteredEvent[] events)
    {
        var signed = await _signer.SignAsync([.. events.Select(e => e.ToBatched())], CancellationToken.None);
        _signer.Taken(signed);
        return signed;
    }

    /// <summary>Brings a batch that was signed before.</summary>
    public static async Task BringAsync(TestNode node, SignedStatement signed, params MeteredEvent[] events)
    {
        var (bodies, appended) = Encode(events);
        var (batch, problem) = new BatchCheck(node.Options, World.Provider).Check(BatchSigner.Header(signed), bodies, appended);
        Assert.Null(problem);
        Assert.Equal(AppendStatus.Stored, (await node.Usage.AppendAsync(new UsageAppend(1, bodies, appended, batch))).Status);
    }

    public static async Task SendUnsignedAsync(TestNode node, params MeteredEvent[] events)
    {
        var (bodies, appended) = Encode(events);
        Assert.Equal(AppendStatus.Stored, (await node.Usage.AppendAsync(new UsageAppend(1, bodies, appended))).Status);
    }

    public static (byte[] Bodies, AppendedEvent[] Events) Encode(IReadOnlyList<MeteredEvent> events, Hold hold = Hold.None)
    {
        var bodies = new List<byte>();
        var appended = new AppendedEvent[events.Count];
        for (var i = 0; i < appended.Length; i++)
        {
            var body = EventBody.Encode(events[i]);
            appended[i] = new AppendedEvent(events[i].Identity(), bodies.Count, body.Length, hold);
            bodies.AddRange(body);
        }

        return ([.. bodies], appended);
    }
}
