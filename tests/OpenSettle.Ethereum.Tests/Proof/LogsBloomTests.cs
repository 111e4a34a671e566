using OpenSettle.Ethereum.Proof;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Proof;

public sealed class LogsBloomTests
{
    [Fact]
    public void Bits_OfAnyAddressAndTopic_AreInTheBloomOfALogThatHasThem()
    {
        var random = new Random(31);
        for (var round = 0; round < 2_000; round++)
        {
            var logs = Enumerable.Range(0, random.Next(1, 20)).Select(index => RandomReceipts.Log(random, (uint)index) with { Data = default }).ToArray();
            var bloom = LogsBloom.Of(logs);
            foreach (var log in logs)
            {
                Assert.True(BloomBits.Of(log.Address).AreIn(bloom));
                Assert.All(log.Topics, topic => Assert.True(BloomBits.Of(topic).AreIn(bloom)));
            }
        }
    }

    [Fact]
    public void Bits_OfWhatNoLogHas_AreRarelyInAThinBloom()
    {
        var random = new Random(32);
        var bloom = LogsBloom.Of([RandomReceipts.Log(random, 0)]);
        // At most fifteen bits of 2048 are set: all three of another one by chance in a million.
        Assert.Equal(0, Enumerable.Range(0, 10_000).Count(_ => BloomBits.Of(RandomReceipts.Word(random)).AreIn(bloom)));
        Assert.False(BloomBits.Of(Address.Zero).AreIn(new byte[LogsBloom.Size]));
    }

    [Fact]
    public void Bloom_OfALog_HasTheBitsThatTheChainSets()
    {
        // The one log of the Unichain block's third transaction, and the bloom that the chain's header has for it and its like.
        var golden = GoldenBlock.Named("isthmus");
        var logs = GoldenBlock.ReadReceipts(golden.Sealed(), golden.Receipts?.ToJsonString() ?? string.Empty);
        Assert.NotNull(logs);
        Assert.Equal(golden.Header["logsBloom"]?.GetValue<string>(), Hex.Encode(LogsBloom.Of(logs.AsSpan(0, 1))));
    }
}
