using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// Load over HTTP from this process: plain sockets, one request at a time on each, so that the client takes as little as can
/// be of the two cores. Every answer is held against what it has to be.
/// </summary>
internal static class IngestLoad
{
    /// <summary>Sends so many requests over so many connections.</summary>
    /// <param name="isGood">What an answer's status line and body have to be.</param>
    public static async Task<(double Seconds, List<double> Milliseconds)> RunAsync(
        int port, int connections, int requests, int events, int seed, Func<int, string> head, Func<string, bool> isGood)
    {
        var left = requests;
        var all = new List<double>[connections];
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async number =>
        {
            var latencies = all[number] = [];
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            var source = new IngestEvents(events, head, seed * 1_000 + number);
            var answer = new byte[64 * 1024];
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var request = source.Next();
                var sent = Stopwatch.GetTimestamp();
                for (var at = 0; at < request.Length;) at += await socket.SendAsync(request[at..]);
                var length = await ReadAsync(socket, answer);
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                var text = Encoding.ASCII.GetString(answer, 0, length);
                if (!isGood(text)) throw new InvalidOperationException($"The server answers: {text}");
            }
        }));
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, [.. all.SelectMany(list => list)]);
    }

    public static double Percentile(List<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }

    /// <summary>Reads one answer: its head, and as many bytes as that says.</summary>
    private static async Task<int> ReadAsync(Socket socket, byte[] answer)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0) throw new InvalidOperationException("The server closed the connection.");
            length += read;
            var end = answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0 && length >= end + 4 + LengthOf(answer.AsSpan(0, end))) return length;
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        if (at < 0 || !Utf8Parser.TryParse(head[(at + 16)..], out int length, out _)) throw new InvalidOperationException($"An answer without a length: {Encoding.ASCII.GetString(head)}");
        return length;
    }
}
