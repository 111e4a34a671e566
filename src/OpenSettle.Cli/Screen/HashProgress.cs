namespace OpenSettle.Cli.Screen;

/// <summary>How much of a large file was hashed: weights and data sets take minutes.</summary>
internal sealed class HashProgress(string file, long length, TimeProvider time) : IDisposable
{
    private const long Large = 64L * 1024 * 1024;

    private readonly ProgressLine? _line = length >= Large ? ProgressLine.OnTerminal(time) : null;
    private readonly long _began = time.GetTimestamp();
    private long _done;

    public void Took(int bytes)
    {
        _done += bytes;
        if (_line is null) return;
        var seconds = time.GetElapsedTime(_began).TotalSeconds;
        var rate = seconds > 0 ? _done / seconds : 0;
        const double Mega = 1_000_000;
        _line.Show($"hashing {Inert.Of(file, 40)}", "MB", (ulong)(_done / Mega), (ulong)(length / Mega), rate / Mega, rate > 0 && length >= _done ? TimeSpan.FromSeconds((length - _done) / rate) : null);
    }

    public void Dispose() => _line?.Dispose();
}
