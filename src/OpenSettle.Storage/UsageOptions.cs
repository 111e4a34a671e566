namespace OpenSettle.Storage;

/// <summary>How the usage journal is kept. The defaults are for a node; tests use smaller figures.</summary>
public sealed record UsageOptions
{
    /// <summary>How long an id is known after it came.</summary>
    public TimeSpan Horizon { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Events that may wait for their commit; what comes beyond is told to come again.</summary>
    public int MostWaiting { get; init; } = 50_000;

    /// <summary>Most events in one commit.</summary>
    public int MostInCommit { get; init; } = 8_192;

    /// <summary>Ids in a segment of the index before it is written.</summary>
    public int SegmentSize { get; init; } = 65_536;

    /// <summary>Segments of one size that become one of the next.</summary>
    public int FanOut { get; init; } = 8;

    /// <summary>Events, and rollups that they change, after which those are written.</summary>
    public (int Events, int Rollups) MostUnwritten { get; init; } = (250_000, 2_048);

    /// <summary>Rollups that one commit writes besides.</summary>
    public int RollupsInCommit { get; init; } = 256;

    /// <summary>Folder of older events; null: there are none.</summary>
    public string? ArchiveFolder { get; init; }
}
