using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>What the stub answers. A claimed length longer than the body is an answer that breaks off.</summary>
internal sealed record StubReply(byte[] Body, int Status = 200, string Headers = "", int? ClaimedLength = null, bool NeverAnswers = false)
{
    public static StubReply Text(string body, int status = 200, string headers = "") => new(System.Text.Encoding.UTF8.GetBytes(body), status, headers);
}

/// <summary>An endpoint on loopback that says what a test wants said, byte for byte.</summary>
internal sealed class StubServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, StubReply> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private int _requests;

    private StubServer(Func<string, StubReply> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Completes when a request came that is never answered.</summary>
    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers each request with a whole body.</summary>
    public static StubServer Replying(Func<string, StubReply> answer) => new(answer);

    /// <summary>Answers every call with this result, as JSON.</summary>
    public static StubServer WithResult(string result) => new(request => StubReply.Text(Envelope(request, $"\"result\":{result}")));

    /// <summary>Answers every call with this error object, as JSON.</summary>
    public static StubServer WithError(string error, int status = 200, string headers = "") =>
        new(request => StubReply.Text(Envelope(request, $"\"error\":{error}"), status, headers));

    public static string Envelope(string request, string outcome)
    {
        using var document = JsonDocument.Parse(request);
        return $"{{\"jsonrpc\":\"2.0\",\"id\":{document.RootElement.GetProperty("id").GetRawText()},{outcome}}}";
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _serving.Wait(TimeSpan.FromSeconds(10));
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream());
            }
            catch (Exception closed) when (closed is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var request = await ReadRequestAsync(stream);
        if (request is null) return;
        Interlocked.Increment(ref _requests);
        var reply = _answer(request);
        if (reply.NeverAnswers)
        {
            Waiting.TrySetResult();
            // Ends when the client closes its side.
            _ = await stream.ReadAsync(new byte[1], _stop.Token);
            return;
        }

        var head = $"HTTP/1.1 {reply.Status} Stub\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + $"Content-Length: {reply.ClaimedLength ?? reply.Body.Length}\r\n{reply.Headers}\r\n";
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(head), _stop.Token);
        await stream.WriteAsync(reply.Body, _stop.Token);
    }

    private async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        var received = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0) return null;
            received.Write(buffer, 0, read);
            var text = System.Text.Encoding.UTF8.GetString(received.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            var length = text[..end].Split("\r\n")
                .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                .Select(line => int.Parse(line["Content-Length:".Length..]))
                .FirstOrDefault();
            // Requests are ASCII: characters are bytes.
            if (text.Length - end - 4 >= length) return text[(end + 4)..];
        }
    }
}
