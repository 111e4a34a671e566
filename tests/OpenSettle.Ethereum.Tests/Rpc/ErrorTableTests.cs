using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using static OpenSettle.Ethereum.Ports.ChainErrorKind;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>
/// What nodes say, as it stands in their sources: project and file of each. Numbers and addresses are filled in.
/// </summary>
public sealed class ErrorTableTests
{
    private const string Send = "eth_sendRawTransaction";
    private const string Logs = "eth_getLogs";
    private const string Call = "eth_call";
    private const string Estimate = "eth_estimateGas";
    private const string Block = "eth_getBlockByNumber";

    /// <summary>Source, method, code, words, meaning.</summary>
    public static TheoryData<string, string, long, string, ChainErrorKind> Spellings => new()
    {
        // The bytes are there already.
        { "ethereum/go-ethereum core/txpool/errors.go", Send, -32000, "already known", AlreadyKnown },
        { "NomicFoundation/edr crates/mem_pool/src/lib.rs", Send, -32000, "Known transaction: 0x11", AlreadyKnown },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "transaction already imported", AlreadyKnown },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go, rpc/jsonrpc/send_transaction.go", Send, -32000, "ALREADY_EXISTS: already known", AlreadyKnown },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: existing txn with same hash", AlreadyKnown },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "AlreadyKnown", AlreadyKnown },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32000, "Known transaction", AlreadyKnown },

        // The nonce is used.
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "nonce too low: next nonce 5, tx nonce 3", NonceTooLow },
        { "OffchainLabs/nitro execution/gethexec/tx_pre_checker.go", Send, -32000, "nonce too low: address 0x00, tx: 3 state: 5", NonceTooLow },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "nonce too low", NonceTooLow },
        { "NomicFoundation/edr crates/mem_pool/src/lib.rs", Send, -32000, "Transaction nonce too low. Expected nonce to be at least 5 but got 3.", NonceTooLow },
        { "NomicFoundation/edr crates/edr_provider/src/error.rs", Send, -32000, "Nonce too low. Expected nonce to be 5 but got 3. Note that transactions can't be queued when automining.", NonceTooLow },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: nonce too low", NonceTooLow },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 3.", NonceTooLow },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32001, "Nonce too low", NonceTooLow },

        // The nonce leaves a gap.
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "nonce too high: tx nonce 9, gapped nonce 5", NonceTooHigh },
        { "ethereum/go-ethereum core/txpool/legacypool/legacypool.go", Send, -32000, "gapped-nonce tx from delegated accounts", NonceTooHigh },
        { "OffchainLabs/nitro execution/gethexec/tx_pre_checker.go", Send, -32000, "nonce too high: address 0x00, tx: 9 state: 5", NonceTooHigh },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "Nonce too high", NonceTooHigh },
        { "NomicFoundation/edr crates/edr_provider/src/error.rs", Send, -32000, "Nonce too high. Expected nonce to be 5 but got 9. Note that transactions can't be queued when automining.", NonceTooHigh },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "NonceGap, Future nonce. Expected nonce: 5", NonceTooHigh },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.Core/Messages/TxPoolErrorMessages.cs", Send, -32000, "nonce too far in future", NonceTooHigh },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.Core/Messages/TxPoolErrorMessages.cs", Send, -32000, "delegation nonce gap", NonceTooHigh },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32006, "Nonce too high", NonceTooHigh },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32000, "Transaction nonce is too distant from current sender nonce", NonceTooHigh },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32000, "An invalid transaction with a lower nonce exists", NonceTooHigh },

        // Something else waits with that nonce.
        { "ethereum/go-ethereum core/txpool/errors.go", Send, -32000, "replacement transaction underpriced", ReplacementUnderpriced },
        { "ethereum-optimism/op-geth core/txpool/blobpool/blobpool.go", Send, -32000, "replacement transaction underpriced: new tx gas fee cap 1 <= 1 queued", ReplacementUnderpriced },
        { "ethereum/go-ethereum core/txpool/legacypool/legacypool.go", Send, -32000, "future transaction tries to replace pending", ReplacementUnderpriced },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "replacement transaction underpriced", ReplacementUnderpriced },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "Tx: [0x11] insufficient gas price to replace existing transaction", ReplacementUnderpriced },
        { "NomicFoundation/edr crates/mem_pool/src/lib.rs", Send, -32000, "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 8 is necessary to replace the existing transaction with nonce 5.", ReplacementUnderpriced },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "FEE_TOO_LOW: replacement transaction underpriced", ReplacementUnderpriced },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: could not replace existing tx", ReplacementUnderpriced },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: replaced by transaction with higher tip", ReplacementUnderpriced },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "ReplacementNotAllowed", ReplacementUnderpriced },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "OwnNonceAlreadyUsed", ReplacementUnderpriced },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32000, "Replacement transaction underpriced", ReplacementUnderpriced },

        // Too low for the block, or for the pool.
        { "ethereum/go-ethereum core/txpool/errors.go", Send, -32000, "transaction underpriced", Underpriced },
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "transaction gas price below minimum: gas tip cap 0, minimum needed 1", Underpriced },
        { "ethereum-optimism/op-geth core/txpool/validation.go", Send, -32000, "transaction underpriced: gas tip cap 0, minimum needed 1", Underpriced },
        { "ethereum/go-ethereum core/state_transition.go", Call, -32000, "max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 7", Underpriced },
        { "OffchainLabs/go-ethereum core/state_transition.go", Send, -32000, "max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 7", Underpriced },
        { "ledgerwatch/erigon core/error.go", Call, -32000, "fee cap less than block base fee: address 0x00, feeCap: 1 baseFee: 7", Underpriced },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "max fee per gas less than block base fee", Underpriced },
        { "NomicFoundation/edr crates/edr_provider/src/error.rs", Send, -32000, "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7", Underpriced },
        { "NomicFoundation/edr crates/edr_provider/src/error.rs", Send, -32000, "Transaction gas price is 1, which is below the minimum of 7", Underpriced },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "FEE_TOO_LOW: underpriced", Underpriced },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "FEE_TOO_LOW: fee too low", Underpriced },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "FeeTooLowToCompete, FeePerGas needs to be higher than 1 to be added to the TxPool.", Underpriced },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32009, "Gas price below configured minimum gas price", Underpriced },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32009, "Gas price below current base fee", Underpriced },

        // Too high for the endpoint.
        { "ethereum/go-ethereum internal/ethapi/api.go", Send, -32000, "tx fee (2.10 ether) exceeds the configured cap (1.00 ether)", FeeAboveCap },
        { "ethereum-optimism/op-geth internal/ethapi/api.go", Send, -32000, "tx fee (2.10 ether) exceeds the configured cap (1.00 ether)", FeeAboveCap },
        { "erigontech/erigon rpc/jsonrpc/send_transaction.go", Send, -32000, "tx fee (2.10 ether) exceeds the configured cap (1.00 ether)", FeeAboveCap },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32000, "Transaction fee cap exceeded", FeeAboveCap },

        // No money.
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1", InsufficientFunds },
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "insufficient funds for gas * price + value: balance 5, queued cost 4, tx cost 3, overshot 2", InsufficientFunds },
        { "ethereum/go-ethereum core/error.go", Estimate, -32000, "insufficient funds for transfer", InsufficientFunds },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "Insufficient funds for gas * price + value", InsufficientFunds },
        { "NomicFoundation/edr crates/mem_pool/src/lib.rs", Send, -32000, "Sender doesn't have enough funds to send tx. The max upfront cost is: 1 and the sender's balance is: 0.", InsufficientFunds },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: insufficient funds", InsufficientFunds },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "InsufficientFunds, Account balance: 0, cumulative cost: 1", InsufficientFunds },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32004, "Upfront cost exceeds account balance", InsufficientFunds },

        // The gas limit fits no block, or not even the transaction.
        { "ethereum/go-ethereum core/txpool/errors.go", Send, -32000, "exceeds block gas limit", GasLimit },
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "transaction gas limit too high (cap: 16777216, tx: 30000000)", GasLimit },
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "intrinsic gas too low: gas 20000, minimum needed 21000", GasLimit },
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "insufficient gas for floor data gas cost: gas 21000, minimum needed 21040", GasLimit },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit", GasLimit },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32003, "Transaction gas limit is greater than the block gas limit, gas_limit: 40000000, cap: 30000000", GasLimit },
        { "NomicFoundation/edr crates/mem_pool/src/lib.rs", Send, -32000, "Transaction gas limit is 40000000 and exceeds block gas limit of 30000000", GasLimit },
        { "NomicFoundation/edr crates/mem_pool/src/lib.rs", Send, -32000, "Transaction gas limit is 40000000 and exceeds transaction gas cap of 16777216", GasLimit },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: IntrinsicGas", GasLimit },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: gas limit is too high", GasLimit },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.TxPool/AcceptTxResult.cs (2022)", Send, -32010, "GasLimitExceeded, Gas limit: 30000000, gas limit of rejected tx: 40000000", GasLimit },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.Core/Messages/TxErrorMessages.cs", Send, -32000, "TxGasLimitCapExceeded: Gas limit 40000000 exceeded cap of 16777216.", GasLimit },
        // With the code that others use for rates.
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32005, "Transaction gas limit exceeds block gas limit", GasLimit },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32003, "Intrinsic gas exceeds gas limit", GasLimit },

        // No room now.
        { "ethereum/go-ethereum core/txpool/legacypool/legacypool.go", Send, -32000, "txpool is full", PoolFull },
        { "ethereum/go-ethereum core/txpool/validation.go", Send, -32000, "account limit exceeded: pooled 64 txs", PoolFull },
        { "ethereum/go-ethereum core/txpool/errors.go", Send, -32000, "address already reserved", PoolFull },
        { "ethereum/go-ethereum core/txpool/errors.go", Send, -32000, "in-flight transaction limit reached for delegated accounts", PoolFull },
        { "erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go", Send, -32000, "INTERNAL_ERROR: queued sub-pool is full", PoolFull },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.Core/Messages/TxPoolErrorMessages.cs", Send, -32000, "pending transaction type conflict", PoolFull },
        { "OffchainLabs/nitro execution/gethexec/sequencer.go", Send, -32000, "currently not accepting transactions due to expected surplus being below threshold", PoolFull },

        // Not served here.
        { "ethereum/go-ethereum rpc/errors.go", Call, -32601, "the method eth_maxPriorityFeePerGas does not exist/is not available", MethodMissing },
        { "foundry-rs/foundry crates/anvil/rpc/src/error.rs", Call, -32601, "Method not found", MethodMissing },
        { "NomicFoundation/edr crates/edr_provider/src/error.rs", Call, -32004, "eth_foo - Method not supported", MethodMissing },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Call, -32604, "Method not enabled", MethodMissing },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32002, "Transaction pool not enabled. (Either txpool explicitly disabled, or node not yet in sync).", MethodMissing },
        { "ethereum/go-ethereum core/history/historymode.go", Logs, 4444, "pruned history unavailable", MethodMissing },
        { "ledgerwatch/erigon turbo/jsonrpc/eth_api.go", Block, -32000, "history has been pruned for this block", MethodMissing },
        { "OffchainLabs/nitro execution/gethexec/forwarder.go", Send, -32000, "publishing transactions not supported by this endpoint", MethodMissing },

        { "hyperledger/besu ethereum/api RpcErrorType.java", Call, -40100, "Unauthorized", Forbidden },

        // Not there yet.
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Block, -32001, "unknown block", UnknownBlock },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Call, -32602, "BlockOutOfRangeError: block height is 3 but requested was 9", UnknownBlock },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Logs, -32000, "requested block range is out of bounds", UnknownBlock },
        { "ethereum/go-ethereum eth/filters/api.go", Logs, -32602, "block range extends beyond current head block", UnknownBlock },
        { "ethereum/go-ethereum eth/api_backend.go", Call, -32000, "header not found", UnknownBlock },
        { "ethereum/go-ethereum eth/api_backend.go", Call, -32000, "header for hash not found", UnknownBlock },
        { "ethereum/go-ethereum eth/state_accessor.go", Call, -32000, "historical state is not available", UnknownBlock },
        { "ethereum-optimism/op-geth eth/api_backend.go", Block, -32000, "finalized block not found", UnknownBlock },
        { "OffchainLabs/go-ethereum arbitrum/apibackend.go", Block, -32000, "safe block not found", UnknownBlock },
        { "OffchainLabs/go-ethereum arbitrum/apibackend.go", Call, -32000, "requested block ahead of current block and the hash is not currently canonical", UnknownBlock },
        { "ledgerwatch/erigon turbo/jsonrpc/eth_receipts.go", Logs, -32000, "begin (9) > latest (3)", UnknownBlock },
        { "ledgerwatch/erigon turbo/rpchelper/helper.go", Block, -32000, "No finalized block", UnknownBlock },
        { "ledgerwatch/erigon turbo/jsonrpc/eth_call.go", Call, -32000, "block number is in the future latest=3 requested=9", UnknownBlock },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.JsonRpc/Modules/Eth/EthRpcModule.cs", Call, -32002, "No state available for block 0x11", UnknownBlock },
        { "NethermindEth/nethermind src/Nethermind/Nethermind.Core/Messages/TxPoolErrorMessages.cs", Send, -32000, "node is syncing", UnknownBlock },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Block, -39001, "Unknown block", UnknownBlock },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Call, -32000, "World state unavailable", UnknownBlock },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32008, "Initial sync is still in progress", UnknownBlock },
        { "NomicFoundation/edr crates/edr_provider/src/error.rs", Call, -32000, "Received invalid block tag 9. Latest block number is 3", UnknownBlock },

        // Too much at once.
        { "ethereum/go-ethereum eth/filters/filter.go", Logs, -32602, "exceed maximum block range 5000", RangeTooLarge },
        { "ethereum/go-ethereum rpc/errors.go", Logs, -32002, "request timed out", RangeTooLarge },
        { "ethereum/go-ethereum rpc/errors.go", Block, -32003, "response too large", RangeTooLarge },
        { "ethereum/go-ethereum rpc/errors.go", Block, -32600, "batch too large", RangeTooLarge },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Logs, -32005, "Requested range exceeds maximum RPC range limit", RangeTooLarge },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Block, -32005, "Number of requests exceeds max batch size", RangeTooLarge },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Logs, -32603, "Timeout expired", RangeTooLarge },

        // Not now.
        { "ethereum/go-ethereum rpc/errors.go", Call, -32002, "request timed out", Unreachable },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Call, -32603, "Timeout expired", Unreachable },
        { "OffchainLabs/nitro execution/gethexec/sequencer.go", Send, -32000, "sequencer temporarily not available", Unreachable },
        { "OffchainLabs/nitro execution/gethexec/sequencer.go (its context)", Send, -32000, "context deadline exceeded", Unreachable },
        { "OffchainLabs/nitro execution/gethexec/forwarder.go", Send, -32000, "failed to publish transaction to any of the forwarding targets", Unreachable },
        { "EIP-1474", Call, -32005, "Limit exceeded", RateLimited },

        // Execution.
        { "ethereum/go-ethereum internal/ethapi/errors.go", Call, 3, "execution reverted: already known", Reverted },
        { "ethereum/go-ethereum internal/ethapi/errors.go", Send, 3, "execution reverted: nonce too low, insufficient funds, underpriced, rate limit", Reverted },
        { "ledgerwatch/erigon turbo/jsonrpc/eth_call.go", Estimate, -32000, "gas required exceeds allowance (30000000)", Reverted },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Estimate, -32003, "Out of gas: gas required exceeds allowance: 21000", Reverted },
        { "NomicFoundation/edr (Hardhat 3)", Send, 3, "VM Exception while processing transaction: reverted with reason string 'txpool is full: already known'", Reverted },

        // None of these may be taken for something else.
        { "ethereum/go-ethereum core/txpool/errors.go", Send, -32000, "invalid sender", Unknown },
        { "ethereum/go-ethereum core/error.go", Send, -32000, "max priority fee per gas higher than max fee per gas", Unknown },
        { "ethereum/go-ethereum internal/ethapi/api.go", Send, -32000, "only replay-protected (EIP-155) transactions allowed over RPC", Unknown },
        { "ethereum/go-ethereum core/error.go", Send, -32000, "sender not an eoa: address 0x00, len(code): 23", Unknown },
        { "ethereum/go-ethereum eth/filters/api.go", Logs, -32000, "exceed max topics", Unknown },
        { "foundry-rs/foundry crates/anvil/src/eth/error/mod.rs", Send, -32602, "Failed to decode transaction", Unknown },
        { "erigontech/erigon rpc/jsonrpc/send_transaction.go", Send, -32000, "invalid chain id, expected: 1 got: 5", Unknown },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32007, "Sender account not authorized to send transactions", Unknown },
        { "hyperledger/besu ethereum/api RpcErrorType.java", Send, -32000, "Wrong chainId", Unknown },
        { "a read that speaks of a transaction", Call, -32000, "already known", Unknown },
        { "a read that speaks of a pool", Call, -32000, "the pool is full", Unknown },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Error_AsANodeSpellsIt_IsClassified(string source, string method, long code, string message, ChainErrorKind kind) =>
        Assert.True(kind == RpcErrors.Classify(method, code, message), $"{source}: '{message}' is {RpcErrors.Classify(method, code, message)}");

    [Fact]
    public void Classify_EveryKindThatNodesName_IsInTheTable()
    {
        var seen = Spellings.Select(row => (ChainErrorKind)((object[])row)[4]).ToHashSet();
        // These two come from the reading of answers, and from a quorum.
        Assert.Equal(Enum.GetValues<ChainErrorKind>().Except([BadReply, Disagreement]).Order(), seen.Order());
    }
}
