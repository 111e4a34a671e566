using System.Net;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Verification;

namespace OpenSettle.Node.Tests.Verification;

/// <summary>Web servers without a network: what they answer is set by path, and what they are asked is written down.</summary>
internal sealed class StubWeb : HttpMessageHandler
{
    private readonly Dictionary<string, Func<HttpResponseMessage>> _answers = new(StringComparer.Ordinal);

    public StubWeb() => Client = new HttpClient(this);

    public HttpClient Client { get; }

    public List<string> Asked { get; } = [];

    public List<string?> Credentials { get; } = [];

    public void Serve(string url, byte[] body) => Serve(url, () => new MemoryStream(body));

    public void Serve(string url, Func<Stream> body) => _answers[url] = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body()) };

    public void Answer(string url, HttpStatusCode status) => _answers[url] = () => new HttpResponseMessage(status);

    public void Fail(string url, string message) => _answers[url] = () => throw new HttpRequestException(message);

    public Place PlaceAt(string text, TimeProvider? time = null) => Place.Parse(text, Client, time ?? new ManualTime());

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!.ToString();
        Asked.Add(url);
        Credentials.Add(request.Headers.Authorization?.ToString());
        return Task.FromResult(_answers.TryGetValue(url, out var answer) ? answer() : new HttpResponseMessage(HttpStatusCode.NotFound));
    }
}

/// <summary>A clock that a test moves, and whose shorter timers are due at once: nobody has to wait.</summary>
/// <param name="dueAtOnce">The longest of these.</param>
internal sealed class QuickTime(TimeSpan dueAtOnce) : TimeProvider
{
    private TimeSpan _passed;

    public override long GetTimestamp() => _passed.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan by) => _passed += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > dueAtOnce || dueTime < TimeSpan.Zero) return new Over();
        callback(state);
        return new Over();
    }

    private sealed class Over : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Bytes, and then nothing, or a broken connection.</summary>
internal sealed class UnreliableStream(byte[] bytes, bool breaks) : Stream
{
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == bytes.Length)
        {
            if (breaks) throw new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
            await new TaskCompletionSource<int>().Task.WaitAsync(cancellationToken);
        }

        var read = Math.Min(buffer.Length, bytes.Length - _at);
        bytes.AsMemory(_at, read).CopyTo(buffer);
        _at += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
