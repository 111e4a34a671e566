using System.Text.Json;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Signing;

/// <summary>An endpoint that signs as a test wants it: it has one account, and answers each method with what it is told.</summary>
internal sealed class SignerStub : IDisposable
{
    private readonly StubServer _server;
    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];

    /// <param name="signing">The outcome of a request to sign: <c>"result":…</c> or <c>"error":…</c>.</param>
    /// <param name="accounts">The outcome of <c>eth_accounts</c>; the account of <see cref="Key"/> where it is null.</param>
    public SignerStub(Func<string, string> signing, string? accounts = null) => _server = StubServer.Replying(request =>
    {
        lock (_lock) _asked.Add(request);
        return StubReply.Text(StubServer.Envelope(request, MethodOf(request) == "eth_accounts" ? accounts ?? $"\"result\":[\"{Key.Address}\"]" : signing(request)));
    });

    /// <summary>The key that the stub stands for.</summary>
    public static ISigner Key { get; } = new BuiltinProvider(TimeProvider.System).SignerFromPrivateKey(Keccak256.HashText("the signer's key"));

    public static ISigner AnotherKey { get; } = new BuiltinProvider(TimeProvider.System).SignerFromPrivateKey(Keccak256.HashText("another key"));

    public Uri Endpoint => _server.Endpoint;

    /// <summary>The bodies of all requests, in order.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock) return [.. _asked];
        }
    }

    public static string MethodOf(string request)
    {
        using var document = JsonDocument.Parse(request);
        return document.RootElement.GetProperty("method").GetString() ?? string.Empty;
    }

    public static string Result(ReadOnlyMemory<byte> bytes) => $"\"result\":\"{Hex.Encode(bytes.Span)}\"";

    public Task<RemoteSigner> ConnectAsync(TimeProvider? time = null) =>
        RemoteSigner.ConnectAsync(Endpoint, Key.Address, ManualTime.Deadline, time ?? new ManualTime(), CancellationToken.None);

    public void Dispose() => _server.Dispose();
}
