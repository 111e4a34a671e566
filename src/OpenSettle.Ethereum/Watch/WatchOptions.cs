namespace OpenSettle.Ethereum.Watch;

/// <summary>How a chain is watched.</summary>
public sealed record WatchOptions
{
    /// <summary>The block of the deployment: nothing before it is looked at.</summary>
    public required ulong FirstBlock { get; init; }

    /// <summary>Most blocks in one range.</summary>
    public required ulong MostBlocks { get; init; }

    /// <summary>Blocks of the first range; later ones go by what the endpoint bears.</summary>
    public ulong StartBlocks { get; init; } = 128;

    /// <summary>A range with more logs than these makes the next one smaller. They are held in memory, and written at once.</summary>
    public int MostLogs { get; init; } = 20_000;

    /// <summary>A range that takes longer makes the next one smaller.</summary>
    public TimeSpan SlowRange { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A step begins no other range after this time, so that progress shows and a stop is prompt.</summary>
    public TimeSpan StepTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Most blocks after the last final one that are read before they are final. It bounds what a reorganisation may cost, and
    /// nothing else: money moves by final blocks, which are read however far they lag. 8192 blocks are a day of Ethereum
    /// without finality, four hours of a chain with a block in two seconds, and half an hour of one with four in a second.
    /// </summary>
    public ulong MostPending { get; init; } = 8192;
}
