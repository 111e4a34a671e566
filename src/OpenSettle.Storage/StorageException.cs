namespace OpenSettle.Storage;

/// <summary>What is wrong with the database.</summary>
public enum StorageErrorKind
{
    Unknown = 0,

    /// <summary>The file cannot be opened, created or locked.</summary>
    CannotOpen,

    /// <summary>The disk takes no more.</summary>
    Full,

    /// <summary>The file belongs to another deployment.</summary>
    OtherDeployment,

    /// <summary>The file was written by a newer version.</summary>
    TooNew,

    /// <summary>The books contradict themselves: a broken invariant, which stops the daemon.</summary>
    Inconsistent,

    /// <summary>Another process works on it.</summary>
    InUse,

    /// <summary>The server cannot be reached, or gave the work up. What was under way may be written or not; it can be tried again.</summary>
    Away,
}

/// <summary>The database cannot be used. The message says which file, and what to do.</summary>
public sealed class StorageException(StorageErrorKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public StorageErrorKind Kind { get; } = kind;
}
