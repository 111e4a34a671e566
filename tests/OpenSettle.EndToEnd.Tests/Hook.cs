using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>Takes what is posted to it.</summary>
internal sealed class Hook : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly SemaphoreSlim _more = new(0);

    public Hook(int port)
    {
        Address = $"http://127.0.0.1:{port}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = ListenAsync();
    }

    public string Address { get; }

    public volatile bool Refuses;

    public ConcurrentQueue<(string Id, string Type, string Body)> Calls { get; } = [];

    public async Task WaitAsync(Func<IReadOnlyList<string>, bool> enough, CancellationToken cancellation)
    {
        while (!enough([.. Calls.Select(call => call.Type)])) await _more.WaitAsync(cancellation);
    }

    public void Dispose()
    {
        _listener.Close();
        _more.Dispose();
    }

    private async Task ListenAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
            if (!Refuses)
            {
                Calls.Enqueue((context.Request.Headers["webhook-id"] ?? "", body.RootElement.GetProperty("type").GetString() ?? "", body.RootElement.GetRawText()));
                _more.Release();
            }

            context.Response.StatusCode = Refuses ? 503 : 204;
            context.Response.Close();
        }
    }
}
