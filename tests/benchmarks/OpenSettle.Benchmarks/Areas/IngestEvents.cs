using System.Globalization;
using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// Requests of usage events of 269 bytes each: 50 models, three domains, 100,000 consumers, random ids. Texts are made once;
/// for each request only ids and consumers are written anew, so that the load costs little beside what is measured.
/// </summary>
internal sealed class IngestEvents
{
    public const int EventBytes = 269;
    public const int Models = 50;
    public const string Source = "urn:gw:eu-1";

    private const int IdLength = 16;
    private const int ConsumerLength = 6;
    private static readonly string[] Domains = ["nda-review", "chat-legal", "leases-uk1"];

    private readonly byte[] _request;
    private readonly List<(int Id, int Consumer)> _places = [];
    private ulong _state;

    /// <param name="events">Events of a request.</param>
    /// <param name="head">What a request begins with, up to the value of its length.</param>
    /// <param name="seed">Different for each connection: ids never come twice.</param>
    public IngestEvents(int events, Func<int, string> head, int seed)
    {
        _state = Mix((ulong)seed + 0x9e3779b97f4a7c15);
        var time = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var body = new StringBuilder();
        var random = new Random(seed);
        var places = new List<(int Id, int Consumer)>();
        if (events > 1) body.Append('[');
        for (var i = 0; i < events; i++)
        {
            if (i > 0) body.Append(',');
            var start = body.Length;
            var before = $$$"""{"specversion":"1.0","type":"usage","source":"{{{Source}}}","id":"{{{new string('0', IdLength)}}}","subject":"{{{new string('0', ConsumerLength)}}}","time":"{{{time}}}","data":{"modelId":"{{{ModelOf(random.Next(Models))}}}","domain":"{{{Domains[random.Next(Domains.Length)]}}}","outcome":"ok","units":236}}""";
            body.Append(before);
            places.Add((start + before.IndexOf("\"id\":\"", StringComparison.Ordinal) + 6, start + before.IndexOf("\"subject\":\"", StringComparison.Ordinal) + 11));
            if (body.Length - start != EventBytes) throw new InvalidOperationException($"An event has {body.Length - start} bytes.");
        }

        if (events > 1) body.Append(']');
        var first = Encoding.ASCII.GetBytes(head(body.Length));
        _request = [.. first, .. Encoding.ASCII.GetBytes(body.ToString())];
        foreach (var (id, consumer) in places) _places.Add((first.Length + id, first.Length + consumer));
        BodyStart = first.Length;
    }

    public int BodyStart { get; }

    public static ModelId ModelOf(int number) => new(Keccak256.HashText(string.Create(CultureInfo.InvariantCulture, $"bench model {number}")));

    /// <summary>The next request: the same memory each time.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        foreach (var (id, consumer) in _places)
        {
            Hex(_request.AsSpan(id, IdLength / 2), Draw());
            Hex(_request.AsSpan(id + IdLength / 2, IdLength / 2), Draw());
            var number = (int)(Draw() % 100_000);
            for (var i = ConsumerLength - 1; i >= 0; i--, number /= 10) _request[consumer + i] = (byte)('0' + number % 10);
        }

        return _request;
    }

    private static void Hex(Span<byte> room, ulong value)
    {
        for (var i = 0; i < room.Length; i++, value >>= 4) room[i] = "0123456789abcdef"u8[(int)(value & 15)];
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }

    private ulong Draw() => Mix(unchecked(_state += 0x9e3779b97f4a7c15));
}
