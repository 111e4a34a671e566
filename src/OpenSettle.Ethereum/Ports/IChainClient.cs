using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
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

    /// <summary>The data of a transaction that makes this call. A client with an encoding of its own holds both against each other.</summary>
    ReadOnlyMemory<byte> Encode(ContractCall call) => call.Data;

    /// <summary>The event that a log of such a contract tells of, or null where it is none that this project uses.</summary>
    ContractEvent? Decode(ContractKind contract, LogEntry log) => ContractEvents.Decode(contract, log);

    /// <summary>Asks a contract. An answer of the wrong shape (an address without that contract, too) is a <see cref="ChainException"/>.</summary>
    async Task<T> AskAsync<T>(Address contract, ContractView<T> view, BlockRef block, CancellationToken cancellation)
    {
        var answer = await CallAsync(new CallRequest(null, contract, view.Data, UInt256.Zero), block, cancellation);
        try
        {
            return view.Read(answer.Span);
        }
        catch (AbiException wrong)
        {
            throw new ChainException(ChainErrorKind.BadReply, Endpoint, "eth_call", $"{view.Signature} of {contract}: {wrong.Message}", wrong);
        }
    }
}

/// <summary>Holds one key, which it wipes when it is disposed of, or knows who does.</summary>
public interface ISigner : IDisposable
{
    Address Address { get; }

    /// <summary>Signs an EIP-1559 transaction.</summary>
    ValueTask<SignedTransaction> SignTransactionAsync(TransactionRequest request, CancellationToken cancellation);

    /// <summary>Signs EIP-712 data. It is given whole, and not as its digest: a signer elsewhere wants to see what it signs.</summary>
    ValueTask<RecoverableSignature> SignTypedDataAsync(TypedData data, CancellationToken cancellation);
}

/// <summary>One way of talking to chains: the built-in one, or Nethereum.</summary>
public interface IChainProvider
{
    /// <summary>"builtin" or "nethereum": the value of the setting <c>client</c>.</summary>
    string Name { get; }

    /// <summary>What does the elliptic-curve work, for people: logs name it at the start.</summary>
    string Curve { get; }

    /// <param name="retries">Whether reads that fail are asked again: not where the endpoint is one of several.</param>
    IChainClient Connect(Uri endpoint, TimeSpan timeout, bool retries = true);

    /// <summary>A signer from a 32-byte private key.</summary>
    ISigner SignerFromPrivateKey(Hash32 privateKey);

    /// <summary>A signer from a BIP-39 mnemonic, its passphrase (empty where there is none), and a BIP-32 path.</summary>
    /// <exception cref="FormatException">It is not a mnemonic. No word of it is repeated.</exception>
    ISigner SignerFromMnemonic(string mnemonic, string passphrase, HdPath path);

    /// <summary>A signer from the text of a keystore file (version 3).</summary>
    /// <exception cref="KeystoreException">It is not one, or the password is not its.</exception>
    ISigner SignerFromKeystore(string keystore, string password);

    /// <summary>The address whose key made the signature, or null where it is not a valid one.</summary>
    Address? Recover(Hash32 digest, RecoverableSignature signature);
}
