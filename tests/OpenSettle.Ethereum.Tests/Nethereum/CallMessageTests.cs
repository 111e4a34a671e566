using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Nethereum;

/// <summary>Every call that there is, encoded by every client: a call that a client does not know is found here, and not on chain.</summary>
public sealed class CallMessageTests
{
    private const int Rounds = 25;

    private static readonly Uri Nowhere = new("http://127.0.0.1:1");

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Calls_OfEveryKind_AreEncodedAlike(string name)
    {
        var samples = new Samples(1);
        var kinds = Samples.Kinds(typeof(ContractCall));
        Assert.True(kinds.Count >= 34, $"Only {kinds.Count} calls.");
        using var client = Clients.Named(name, TimeProvider.System).Connect(Nowhere, TimeSpan.FromSeconds(1));
        foreach (var kind in kinds)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var call = (ContractCall)samples.Of(kind);
                Assert.Equal(Hex.Encode(call.Data.Span), Hex.Encode(client.Encode(call).Span));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Calls_OfManyThreads_AreEncodedAlike(string name)
    {
        using var client = Clients.Named(name, TimeProvider.System).Connect(Nowhere, TimeSpan.FromSeconds(1));
        await Parallel.ForAsync(0, 16, (seed, _) =>
        {
            var call = new Samples(seed).Of<RoyaltySplit.ProposeCall>();
            Assert.Equal(Hex.Encode(call.Data.Span), Hex.Encode(client.Encode(call).Span));
            return ValueTask.CompletedTask;
        });
    }
}
