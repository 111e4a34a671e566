namespace OpenSettle.Ethereum.Ports;

/// <summary>What kind of trouble an endpoint made: decides whether asking again can help, and what a sender has to do.</summary>
public enum ChainErrorKind
{
    /// <summary>Not classified: treated as final.</summary>
    Unknown = 0,

    /// <summary>No connection, a reset, or no answer in time.</summary>
    Unreachable,

    /// <summary>The endpoint asks for fewer requests (HTTP 429 or its JSON twin).</summary>
    RateLimited,

    /// <summary>The answer is not what the method returns.</summary>
    BadReply,

    /// <summary>The endpoint does not have that block, or its state, yet: it may lag behind the one that named it.</summary>
    UnknownBlock,

    /// <summary>Endpoints contradict one another, and too few agree: nothing is decided.</summary>
    Disagreement,

    /// <summary>The endpoint does not serve that much at once: less has to be asked for.</summary>
    RangeTooLarge,

    /// <summary>The endpoint does not serve that method, or no history that old: another one may.</summary>
    MethodMissing,

    /// <summary>The endpoint does not let this node in: a wrong key, or a wrong path.</summary>
    Forbidden,

    /// <summary>The call or transaction reverts.</summary>
    Reverted,

    /// <summary>The endpoint has those bytes already. Clients make a success of it.</summary>
    AlreadyKnown,

    /// <summary>The nonce is below the account's next one: something with that nonce was mined.</summary>
    NonceTooLow,

    /// <summary>The nonce leaves a gap that the endpoint does not bridge: what comes before it has to be there first.</summary>
    NonceTooHigh,

    /// <summary>Another transaction with that nonce waits, and the fees are not enough above its own to take its place.</summary>
    ReplacementUnderpriced,

    /// <summary>The fees are below the block's base fee, or below what the endpoint takes at all.</summary>
    Underpriced,

    /// <summary>The fees together are more than the endpoint lets pass. Another endpoint, or a lower fee, may do.</summary>
    FeeAboveCap,

    /// <summary>The sender cannot pay for the transaction.</summary>
    InsufficientFunds,

    /// <summary>The gas limit is above a block's, or below what the transaction takes in any case: the same bytes never go.</summary>
    GasLimit,

    /// <summary>The endpoint's pool has no room for it, or for more of this account, now: the same bytes may go later.</summary>
    PoolFull,
}

/// <summary>An endpoint failed, or refused. The message names endpoint and method, never a credential.</summary>
public sealed class ChainException : Exception
{
    public ChainException(ChainErrorKind kind, string endpoint, string method, string message, Exception? inner = null)
        : base($"{endpoint}: {method}: {message}", inner)
    {
        Kind = kind;
        Endpoint = endpoint;
        Method = method;
    }

    public ChainErrorKind Kind { get; }

    public string Endpoint { get; }

    public string Method { get; }

    /// <summary>The bytes that a reverted call returned: a custom error of a contract.</summary>
    public ReadOnlyMemory<byte> RevertData { get; init; }

    /// <summary>How long the endpoint asks to wait, where it says so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same read may succeed when it is repeated.</summary>
    public bool IsTransient => Kind is ChainErrorKind.Unreachable or ChainErrorKind.RateLimited or ChainErrorKind.BadReply
        or ChainErrorKind.UnknownBlock or ChainErrorKind.Disagreement;
}
