using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Signing;

/// <summary>
/// A key that lives elsewhere: web3signer, or another endpoint with its JSON-RPC methods. Nothing that comes back is
/// trusted: it is handed on only where it is the account's signature of what was asked, and nothing else.
/// </summary>
public sealed class RemoteSigner : ISigner
{
    // What is shown of an endpoint's accounts where the right one is not among them.
    private const int MostNamed = 3;

    private readonly JsonRpcConnection _connection;
    private readonly IChainProvider _curve;
    private string? _typedDataMethod;

    private RemoteSigner(JsonRpcConnection connection, Address account, IChainProvider curve)
    {
        _connection = connection;
        _curve = curve;
        Address = account;
    }

    public Address Address { get; }

    /// <summary>The endpoint without credentials, for logs and errors.</summary>
    public string Endpoint => _connection.Endpoint;

    /// <summary>Connects, and makes sure that the endpoint signs for this account.</summary>
    /// <param name="endpoint">An http or https address; its credentials, if any, are sent and never shown.</param>
    /// <param name="account">Whose signatures are wanted.</param>
    /// <param name="timeout">How long one request may take.</param>
    /// <param name="time">The clock of time-outs and retries.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="ChainException">The endpoint does not answer, or does not have the account.</exception>
    public static async Task<RemoteSigner> ConnectAsync(
        Uri endpoint, Address account, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        var signer = new RemoteSigner(new JsonRpcConnection(endpoint, timeout, time), account, new BuiltinProvider(time));
        try
        {
            await signer.RequireAccountAsync(cancellation);
            return signer;
        }
        catch
        {
            signer.Dispose();
            throw;
        }
    }

    public async ValueTask<SignedTransaction> SignTransactionAsync(TransactionRequest request, CancellationToken cancellation)
    {
        // Asked again like a read: the same bytes signed twice are the same bytes.
        var raw = await _connection.ReadAsync(SignerCalls.SignTransaction(Address, request), cancellation);
        Reply(SignerCalls.SignTransactionMethod).Transaction(request, raw);
        return new SignedTransaction(request, raw, Keccak256.Hash(raw));
    }

    public async ValueTask<RecoverableSignature> SignTypedDataAsync(TypedData data, CancellationToken cancellation)
    {
        var digest = data.Digest();
        var json = data.ToJson();
        var worked = Volatile.Read(ref _typedDataMethod);
        foreach (var method in worked is null ? SignerCalls.SignTypedDataMethods : [worked])
        {
            var bytes = await _connection.ReadAsync(SignerCalls.SignTypedData(method, Address, json), cancellation);
            if (bytes is null) continue;
            var signature = Reply(method).Signature(digest, bytes);
            Volatile.Write(ref _typedDataMethod, method);
            return signature;
        }

        Volatile.Write(ref _typedDataMethod, null);
        throw new ChainException(
            ChainErrorKind.Unknown, Endpoint, SignerCalls.SignTypedDataMethods[0], "the endpoint does not sign typed data under this name or as eth_signTypedData_v4.");
    }

    public void Dispose() => _connection.Dispose();

    public override string ToString() => $"key of {Address}, held by {Endpoint}";

    private SignedReply Reply(string method) => new(new ReplyReader(Endpoint, method), Address, _curve);

    private async Task RequireAccountAsync(CancellationToken cancellation)
    {
        var call = SignerCalls.Accounts();
        var accounts = await _connection.ReadAsync(call, cancellation);
        if (accounts.Contains(Address)) return;
        var more = accounts.Count > MostNamed ? $" and {accounts.Count - MostNamed} more" : string.Empty;
        var named = accounts.Count == 0 ? "none" : string.Join(", ", accounts.Take(MostNamed)) + more;
        throw new ChainException(
            ChainErrorKind.Unknown, Endpoint, call.Method, $"the endpoint does not sign for {Address}. It signs for: {named}.");
    }
}
