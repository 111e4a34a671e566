using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>What a running node takes anew when its settings are read again: one set, replaced as a whole. See <see cref="NodeOptions"/> for each.</summary>
internal sealed record LiveOptions
{
    public TimeSpan Poll { get; init; }

    public ulong EpochSeconds { get; init; }

    public long EpochPayments { get; init; } = long.MaxValue;

    public IReadOnlyDictionary<Address, UInt256> EpochValues { get; init; } = new Dictionary<Address, UInt256>();

    public ulong UsageGraceSeconds { get; init; }

    public UInt256 MaxFeePerGas { get; init; }

    public TimeSpan BumpAfter { get; init; }

    public UInt256 MaxEpochCost { get; init; }

    public TokenPrices TokenPrices { get; init; } = TokenPrices.None;

    public uint SweepMaxCostPercent { get; init; } = 5;

    public TimeSpan? SweepAfter { get; init; } = TimeSpan.FromHours(168);

    public IReadOnlyDictionary<Address, UInt256> PushAbove { get; init; } = new Dictionary<Address, UInt256>();

    public UInt256 PushMaxFee { get; init; } = UInt256.MaxAmount;

    public uint PushMaxCostPercent { get; init; } = 1;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public RelayOptions Relay { get; init; } = new();
}
