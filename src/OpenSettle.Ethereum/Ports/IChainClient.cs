using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Ports;

/// <summary>
/// All that the rest of the code asks of a chain's endpoint. Reads may be repeated; a broadcast is repeated only with
/// the same bytes. Every failure is a <see cref="ChainException"/>.
/// </summary>
public interface IChainClient : IDisposable
{
    /// <summary>The endpoint without credentials, for logs and errors.</summary>
    string Endpoint { get; }

    Task<ulong> GetChainIdAsync(CancellationToken cancellation);

    /// <summary>The header, or null where the endpoint does not have that block.</summary>
    Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation);

    /// <summary>The headers of a range, in order; null entries are blocks that the endpoint does not have.</summary>
    Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation);

    /// <summary>The logs in chain order. A null reply is an error, never "no logs".</summary>
    Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation);

    /// <summary>The receipt, or null where the transaction is not mined on the endpoint's chain.</summary>
    Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation);

    /// <summary>Runs a call without a transaction. A revert is a <see cref="ChainException"/> of kind <see cref="ChainErrorKind.Reverted"/>.</summary>
    Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation);

    Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation);

    /// <summary>The tip that the endpoint suggests, in wei per gas.</summary>
    Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation);

    Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation);

    Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation);

    Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation);

    /// <summary>Broadcasts signed bytes. Bytes that the endpoint already has are not an error.</summary>
    Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation);
}

/// <summary>Holds one key, or knows who does.</summary>
public interface ISigner
{
    Address Address { get; }

    /// <summary>Signs an EIP-1559 transaction.</summary>
    ValueTask<SignedTransaction> SignTransactionAsync(TransactionRequest request, CancellationToken cancellation);

    /// <summary>Signs a 32-byte digest, such as that of EIP-712 data.</summary>
    ValueTask<RecoverableSignature> SignDigestAsync(Hash32 digest, CancellationToken cancellation);
}

/// <summary>One way of talking to chains: the built-in one, or Nethereum.</summary>
public interface IChainProvider
{
    /// <summary>"builtin" or "nethereum": the value of the setting <c>client</c>.</summary>
    string Name { get; }

    IChainClient Connect(Uri endpoint, TimeSpan timeout);

    /// <summary>A signer from a 32-byte private key.</summary>
    ISigner SignerFromPrivateKey(Hash32 privateKey);

    /// <summary>A signer from a BIP-39 mnemonic by the path m/44'/60'/0'/0/index.</summary>
    ISigner SignerFromMnemonic(string mnemonic, uint index);

    /// <summary>The address whose key made the signature, or null where it is not a valid one.</summary>
    Address? Recover(Hash32 digest, RecoverableSignature signature);
}
