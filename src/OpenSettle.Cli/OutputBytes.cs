namespace OpenSettle.Cli;

/// <summary>Data for other programs, byte for byte.</summary>
internal static class OutputBytes
{
    public static Task WriteLineAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => WriteAsync(bytes, line: true, cancellation);

    public static async Task WriteAsync(ReadOnlyMemory<byte> bytes, bool line, CancellationToken cancellation)
    {
        // What is JSON or CSV is UTF-8, as the console's stream is; a writer in between would know better.
        var text = System.Text.Encoding.UTF8.GetString(bytes.Span);
        if (line) await Console.Out.WriteLineAsync(text.AsMemory(), cancellation);
        else await Console.Out.WriteAsync(text.AsMemory(), cancellation);
    }
}
