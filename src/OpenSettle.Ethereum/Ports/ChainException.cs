namespace OpenSettle.Ethereum.Ports;

/// <summary>What kind of trouble an endpoint made: decides whether asking again can help.</summary>
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

    /// <summary>The endpoint does not serve a range that large.</summary>
    RangeTooLarge,

    /// <summary>The call or transaction reverts.</summary>
    Reverted,

    /// <summary>The nonce is below the account's next one.</summary>
    NonceTooLow,

    /// <summary>The fee is too low to be taken or to replace what waits.</summary>
    Underpriced,

    /// <summary>The sender cannot pay for the transaction.</summary>
    InsufficientFunds,
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
    public bool IsTransient => Kind is ChainErrorKind.Unreachable or ChainErrorKind.RateLimited or ChainErrorKind.BadReply;
}
