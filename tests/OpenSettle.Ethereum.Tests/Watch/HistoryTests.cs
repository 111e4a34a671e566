namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>Random histories of chains and endpoints: whatever happens, the journal is one branch with exactly its logs, and in the end the chain's.</summary>
public sealed class HistoryTests
{
    private const int HistoriesInATest = 500;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Journal_OfARandomHistory_IsTheChainInTheEnd(int part)
    {
        for (var seed = part * HistoriesInATest; seed < (part + 1) * HistoriesInATest; seed++)
        {
            try
            {
                await History.LiveAsync(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"History {seed}: {e.Message}", e);
            }
        }
    }
}
