using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Signing;

/// <summary>What is asked of a signer, as web3signer takes it; nodes that sign take the same.</summary>
internal static class SignerCalls
{
    public const string SignTransactionMethod = "eth_signTransaction";

    private const long MethodNotFound = -32601;

    /// <summary>The two names of one method, in the order in which they are tried: web3signer's, then that of nodes and wallets.</summary>
    public static readonly IReadOnlyList<string> SignTypedDataMethods = ["eth_signTypedData", "eth_signTypedData_v4"];

    private static readonly FieldNames RawField = new("raw");

    // How Hardhat and anvil put it, with codes of their own.
    private static readonly string[] NoSuchMethod = ["is not supported", "not implemented"];

    public static RpcCall<IReadOnlyList<Address>> Accounts() => new(
        "eth_accounts",
        static _ =>
        {
            // No parameters.
        },
        static (ref ReplyCursor result) =>
        {
            var accounts = new List<Address>();
            result.EnterArray(ReplyReader.Result);
            while (result.NextItem()) accounts.Add(result.Account(ReplyReader.Result));
            return accounts;
        });

    /// <summary>The signed bytes: plain (web3signer, nodes), or as <c>raw</c> beside the transaction's fields (geth, Clef).</summary>
    public static RpcCall<byte[]> SignTransaction(Address from, TransactionRequest request) => new(
        SignTransactionMethod,
        writer => WriteTransaction(writer, from, request),
        static (ref ReplyCursor result) => result.Token == JsonTokenType.StartObject ? Raw(ref result) : result.Data(ReplyReader.Result));

    /// <summary>The signature, or null where the endpoint does not have this method.</summary>
    public static RpcCall<byte[]?> SignTypedData(string method, Address account, string json) => new(
        method,
        writer =>
        {
            writer.WriteStringValue(account.ToString());
            // As text: the one form that every version of web3signer, and every node, takes.
            writer.WriteStringValue(json);
        },
        static (ref ReplyCursor result) => result.Data(ReplyReader.Result))
    {
        TakeError = static (RpcError error, out byte[]? result) =>
        {
            result = null;
            return error.Code == MethodNotFound || NoSuchMethod.Any(words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase));
        },
    };

    private static byte[] Raw(ref ReplyCursor result)
    {
        var fields = new ObjectFields(RawField);
        byte[] raw = [];
        while (fields.Next(ref result))
        {
            if (!result.IsNull) raw = result.Data(RawField[fields.Current]);
        }

        fields.Require(result.Reply, 0);
        return raw;
    }

    private static void WriteTransaction(Utf8JsonWriter writer, Address from, TransactionRequest request)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "0x2");
        writer.WriteString("from", from.ToString());
        if (request.To is { } to) writer.WriteString("to", to.ToString());
        writer.WriteQuantity("chainId", request.ChainId);
        writer.WriteQuantity("nonce", request.Nonce);
        writer.WriteQuantity("gas", request.GasLimit);
        writer.WriteQuantity("maxFeePerGas", request.MaxFeePerGas);
        writer.WriteQuantity("maxPriorityFeePerGas", request.MaxPriorityFeePerGas);
        writer.WriteQuantity("value", request.Value);
        writer.WriteString("data", Hex.Encode(request.Data.Span));
        writer.WriteEndObject();
    }
}
