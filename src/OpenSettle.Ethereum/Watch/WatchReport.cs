using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>What a step of the watcher did.</summary>
public enum WatchStage
{
    Unknown = 0,

    /// <summary>Final blocks were read.</summary>
    Backfill,

    /// <summary>Blocks that were read before became final.</summary>
    Finalized,

    /// <summary>Blocks that are not final yet were read.</summary>
    Tip,

    /// <summary>Another branch took the place of blocks that were not final.</summary>
    Reorg,

    /// <summary>There was nothing new.</summary>
    Idle,
}

/// <summary>Where the watcher stands after a step.</summary>
public sealed record WatchReport
{
    public required WatchStage Stage { get; init; }

    /// <summary>The journal's last final block.</summary>
    public required JournalBlock? Final { get; init; }

    /// <summary>The journal's last block.</summary>
    public required JournalBlock? Tip { get; init; }

    /// <summary>The newest block that enough endpoints call final.</summary>
    public required ulong AgreedFinal { get; init; }

    /// <summary>The newest block that was heard of.</summary>
    public required ulong Head { get; init; }

    /// <summary>Blocks that this step added.</summary>
    public ulong Blocks { get; init; }

    /// <summary>Logs that this step added.</summary>
    public int Logs { get; init; }

    /// <summary>Blocks that were not final and that this step took back.</summary>
    public ulong RolledBack { get; init; }

    /// <summary>By how many blocks the endpoint is behind the journal, on the same branch.</summary>
    public ulong Behind { get; init; }

    /// <summary>Blocks at the head that are not read before older ones are final.</summary>
    public ulong Withheld { get; init; }

    /// <summary>Why the step ended early: after something that it did, or at the tip, where nothing was changed then. The next one meets it again, or does not.</summary>
    public ChainException? Trouble { get; init; }

    /// <summary>Whether there is more to do at once.</summary>
    public required bool More { get; init; }

    public required ProgressView Progress { get; init; }

    /// <summary>Whether all that is final is in the journal: what settles may go on.</summary>
    public bool AtFinal => Progress.Left == 0;
}
