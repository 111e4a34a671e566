namespace OpenSettle.Verify;

/// <summary>What is checked of an epoch, in this order.</summary>
public enum VerifyLevel
{
    Unknown = 0,

    /// <summary>The file is a bundle, it follows the one before it, and it is the one on chain.</summary>
    Form = 1,

    /// <summary>Nothing is promised that is not there, and nothing promised before is taken back.</summary>
    Solvency = 2,

    /// <summary>Payments and terms are those of the chain, and everybody has at least what rows and lineage give.</summary>
    FixedParts = 3,

    /// <summary>Books and roots are exactly what follows from the payments and the bundle's sums of influence.</summary>
    Pools = 4,

    /// <summary>The sums are those of the usage events.</summary>
    Sums = 5,
}

/// <summary>How a level ended.</summary>
public enum VerifyOutcome
{
    Unknown = 0,
    Agrees = 1,
    Differs = 2,

    /// <summary>What it needs was not given, or a level before it left nothing to check.</summary>
    NotChecked = 3,
}

/// <summary>One level, and in words the first difference, or what was not given.</summary>
public sealed record LevelReport(VerifyLevel Level, VerifyOutcome Outcome, string Message);

/// <summary>Whether an epoch is what it says it is.</summary>
public sealed record VerifyReport(IReadOnlyList<LevelReport> Levels)
{
    /// <summary>No level that could be checked differs.</summary>
    public bool Agrees => Levels.All(level => level.Outcome != VerifyOutcome.Differs);

    /// <summary>The first difference in words; where there is none, how far it was checked.</summary>
    public string Message => (Levels.FirstOrDefault(level => level.Outcome == VerifyOutcome.Differs) ?? Levels.Last(level => level.Outcome == VerifyOutcome.Agrees)).Message;

    public VerifyOutcome this[VerifyLevel level] => Levels.Single(report => report.Level == level).Outcome;
}
