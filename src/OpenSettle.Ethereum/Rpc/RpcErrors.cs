using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// What an endpoint's error means. Codes alone do not say (-32000 and -32603 are used for nearly everything), so the
/// words of Hardhat, geth, anvil, Erigon, Nethermind and the large providers decide, and the code where no word does.
/// </summary>
internal static class RpcErrors
{
    private const int RevertCode = 3;
    private const int LimitCode = -32005;
    private const int TooManyRequests = 429;

    private static readonly string[] AlreadyKnown =
        ["already known", "alreadyknown", "known transaction", "already imported", "already in mempool", "already exists in the pool"];

    private static readonly string[] RangeTooLarge =
    [
        "query returned more than", "more than 10000 results", "max results", "too many results", "block range", "blocks range", "range too large",
        "range is too large", "ranges over", "too many blocks", "response size", "response is too big", "too large", "query timeout", "log limit",
    ];

    private static readonly string[] RateLimited =
    [
        "rate limit", "rate-limit", "ratelimit", "rate exceeded", "too many requests", "request limit", "requests per second", "compute units",
        "request count exceeded", "capacity", "throttle",
    ];

    private static readonly string[] NonceTooLow = ["nonce too low", "nonce is too low", "nonce has already been used", "oldnonce", "old nonce"];

    private static readonly string[] Underpriced =
    [
        "underpriced", "fee too low", "feetoolow", "is too low for the next block", "less than block base fee", "below base fee",
        "gas price too low", "tip too low", "price below minimum", "priority fee too low", "replacementnotallowed",
    ];

    private static readonly string[] InsufficientFunds =
        ["insufficient funds", "insufficientfunds", "insufficient balance", "doesn't have enough funds", "not enough funds", "out of funds"];

    private static readonly string[] Reverted = ["revert", "opcode", "invalid jump", "bad instruction", "stack underflow", "out of gas"];

    private static readonly string[] UnknownBlock =
        ["unknown block", "finalized block not found", "safe block not found", "block not found", "unknownblock", "finalized block is not available"];

    // A balanced endpoint may answer from a node that lags behind the one that named the block.
    private static readonly string[] Lagging =
        ["header not found", "missing trie node", "block is out of range", "blockoutofrange", "invalid block tag"];

    public static ChainErrorKind Classify(string method, long code, string message)
    {
        // "limit exceeded" with -32005 is said of ranges and of rates alike: the range's words are looked for first, where they can be meant.
        if (string.Equals(method, "eth_getLogs", StringComparison.Ordinal) && Says(message, RangeTooLarge)) return ChainErrorKind.RangeTooLarge;
        // Before the others: a revert's reason may use any of their words.
        if (code == RevertCode || Says(message, Reverted)) return ChainErrorKind.Reverted;
        if (Says(message, NonceTooLow)) return ChainErrorKind.NonceTooLow;
        if (Says(message, Underpriced)) return ChainErrorKind.Underpriced;
        if (Says(message, InsufficientFunds)) return ChainErrorKind.InsufficientFunds;
        if (code is TooManyRequests or LimitCode || Says(message, RateLimited)) return ChainErrorKind.RateLimited;
        return Says(message, Lagging) ? ChainErrorKind.BadReply : ChainErrorKind.Unknown;
    }

    /// <summary>Whether a broadcast was refused because the endpoint already has those bytes.</summary>
    public static bool IsAlreadyKnown(string message) => Says(message, AlreadyKnown);

    /// <summary>Whether the error is another way to say that there is no such block (yet), as with a young chain's "finalized".</summary>
    public static bool IsUnknownBlock(string message) => Says(message, UnknownBlock);

    private static bool Says(string message, string[] words)
    {
        foreach (var word in words)
        {
            if (message.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
