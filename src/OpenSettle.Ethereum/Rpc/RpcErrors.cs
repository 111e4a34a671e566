using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// What an endpoint's error means. Codes alone do not say (-32000 and -32603 are used for nearly everything, -32005 for
/// rates, ranges and gas), so words decide, and the code where no word does.
/// </summary>
internal static class RpcErrors
{
    /// <summary>
    /// The first row that fits decides. The order matters in three places: blocks that are not there yet come before ranges
    /// (both speak of ranges), reverts before what a revert's reason may say, replacements before fees.
    /// </summary>
    private static readonly Row[] Table =
    [
        // kind, of which methods, its codes, its words in lower case
        new(ChainErrorKind.UnknownBlock, Logs, [], "beyond current head", "> latest (", "out of bounds"), // geth; Erigon; anvil
        new(
            ChainErrorKind.RangeTooLarge, Logs, [],
            "block range", "blocks range", "maximum range", "range limit", "ranges over", "range too large", "range is too large", "too many blocks", // geth, Besu, providers
            "query returned more than", "more than 10000 results", "max results", "too many results", "log limit", "too many logs", // providers
            "response size", "too big", "too large", "timeout", "timed out"), // providers; geth; Besu, Nethermind
        new(ChainErrorKind.RangeTooLarge, Any, [], "batch too large", "response too large", "max batch size", "batch size"), // geth; Besu; Nethermind
        // 3: geth, anvil, Hardhat 3, Nethermind, Besu. The words: Hardhat 2, OpenEthereum, anvil; the last one geth's estimates.
        new(ChainErrorKind.Reverted, Any, [3], "revert", "opcode", "invalid jump", "bad instruction", "stack underflow", "out of gas", "gas required exceeds allowance"),
        new(
            ChainErrorKind.AlreadyKnown, Send, [],
            "already known", "alreadyknown", "known transaction", "already imported", "already in mempool", "already exists in the pool", // geth; Nethermind; Hardhat, Besu; anvil; CometBFT chains
            "with same hash"), // Erigon
        new(
            ChainErrorKind.ReplacementUnderpriced, Send, [],
            "replacement transaction underpriced", "replacementnotallowed", "ownnoncealreadyused", // geth, Erigon, Hardhat, anvil, Besu; Nethermind before 2025
            "insufficient gas price to replace", "could not replace existing", "replaced by transaction with higher tip", "future transaction tries to replace"), // anvil; Erigon; Erigon; geth
        new(ChainErrorKind.NonceTooLow, Any, [], "nonce too low", "nonce is too low", "nonce has already been used", "oldnonce", "old nonce"), // all; Nethermind before 2025
        new(
            ChainErrorKind.NonceTooHigh, Any, [],
            "nonce too high", "noncegap", "nonce too far", "noncetoofar", "nonce is too distant", // all; Nethermind; Besu
            "gapped-nonce", "nonce gap", "lower nonce exists"), // geth; Nethermind; Besu
        new(ChainErrorKind.FeeAboveCap, Send, [], "exceeds the configured cap", "fee cap exceeded"), // geth, Erigon, OP, Nitro; Besu
        new(
            ChainErrorKind.Underpriced, Any, [],
            "underpriced", "fee too low", "feetoolow", "gas price too low", "tip too low", "priority fee too low", // geth; Erigon; Nethermind
            "less than block base fee", "below base fee", "below current base fee", "is too low for the next block", // geth, anvil; Besu; Hardhat
            "gas price below", "below the minimum of", "price below minimum"), // geth, Besu; Hardhat
        new(
            ChainErrorKind.InsufficientFunds, Any, [],
            "insufficient funds", "insufficientfunds", "insufficient balance", "enough funds", "out of funds", "cost exceeds account balance"), // geth; Nethermind; Hardhat; Besu
        new(
            ChainErrorKind.GasLimit, Any, [],
            "exceeds block gas limit", "exceeds transaction gas cap", "gas limit too high", "gas limit is too high", "gaslimitexceeded", "gas limit reached", // geth, Hardhat, Besu; Erigon; Nethermind
            "gas limit is greater than", "gas limit cap exceeded", "gaslimitcapexceeded", "intrinsic gas", "intrinsicgas", "floor data gas"), // anvil; Besu; Nethermind; all; Erigon; geth
        new(
            ChainErrorKind.PoolFull, Send, [],
            "pool is full", "account limit exceeded", "in-flight transaction limit", "already reserved", // geth, Erigon
            "pending transaction type conflict", "has pending transaction", "expected surplus"), // Nethermind; Nitro
        new(
            ChainErrorKind.MethodMissing, Any, [-32601, -32604, 4444],
            "method not found", "method not supported", "method not enabled", "does not exist/is not available", "unsupported method", "not whitelisted", // anvil, Besu, Hardhat, geth; providers
            "pruned", "transaction pool not enabled", "publishing transactions not supported"), // geth, Erigon, Besu; Nitro
        new(ChainErrorKind.Forbidden, Any, [-40100, 401, 403], "unauthorized", "invalid api key", "access denied", "forbidden"), // Besu; providers
        new(
            ChainErrorKind.RateLimited, Any, [429],
            "rate limit", "rate-limit", "ratelimit", "rate exceeded", "too many requests", "request limit", "requests per second", "compute units", "request count exceeded", "throttl"),
        // A balanced endpoint may answer from a node that lags behind the one that named the block.
        new(
            ChainErrorKind.UnknownBlock, Any, [-39001],
            "unknown block", "unknownblock", "block not found", "no finalized block", "block is not available", "header not found", "header for hash not found", // anvil, Besu; geth; Erigon
            "missing trie node", "state available", "state unavailable", "state is not available", "block is out of range", "blockoutofrange", "invalid block tag", // geth; Nethermind; Besu; anvil; Hardhat
            "in the future", "ahead of current block", "node is syncing", "sync is still in progress"), // Erigon; Nitro; Nethermind; Besu
        new(
            ChainErrorKind.Unreachable, Any, [],
            "timed out", "timeout", "deadline exceeded", "sequencer temporarily not available", "any of the forwarding targets"), // geth; Besu, Nethermind; Nitro
        new(ChainErrorKind.RateLimited, Any, [-32005]), // Infura and its kind, where no word said range or gas
    ];

    /// <summary>Which methods a row speaks of.</summary>
    private enum Methods
    {
        Unknown = 0,
        Any,
        Logs,
        Send,
    }

    private static Methods Any => Methods.Any;

    private static Methods Logs => Methods.Logs;

    private static Methods Send => Methods.Send;

    public static ChainErrorKind Classify(string method, long code, string message)
    {
        var asked = method switch
        {
            "eth_getLogs" => Methods.Logs,
            "eth_sendRawTransaction" => Methods.Send,
            _ => Methods.Any,
        };
        foreach (var row in Table)
        {
            if ((row.Of == Methods.Any || row.Of == asked) && row.Fits(code, message)) return row.Kind;
        }

        return ChainErrorKind.Unknown;
    }

    /// <summary>Whether a broadcast was refused because the endpoint already has those bytes.</summary>
    public static bool IsAlreadyKnown(string message) => Classify("eth_sendRawTransaction", 0, message) == ChainErrorKind.AlreadyKnown;

    /// <summary>Whether the error is another way to say that there is no such block (yet), as with a young chain's "finalized".</summary>
    public static bool IsUnknownBlock(string message) => Classify("eth_getBlockByNumber", 0, message) == ChainErrorKind.UnknownBlock;

    private sealed record Row(ChainErrorKind Kind, Methods Of, long[] Codes, params string[] Words)
    {
        public bool Fits(long code, string message) =>
            Array.IndexOf(Codes, code) >= 0 || Array.Exists(Words, word => message.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}
