using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Usage;
using Xunit.Sdk;

namespace OpenSettle.Node.Tests.Usage;

/// <summary>Bodies that nobody meant: whatever comes, the answer is clean, and it is the one that the oracle gives.</summary>
public sealed class EventFuzzTests
{
    private const int Seed = 20_261_121;

    // A nightly run takes about ten minutes.
    private static readonly int Cases = Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") is null ? 30_000 : 6_500_000;

    private static readonly MappingSet Mappings = MappingFile.Parse(
        "m", Encoding.UTF8.GetBytes($$"""{"mappings": [{"name": "litellm", "preset": "litellm", "models": {"*": "{{IntakeHost.Model}}"} }, {"name": "openai", "preset": "openai", "models": {"*": "{{IntakeHost.Model}}"} } ] }"""));

    private readonly Random _random = new(Seed);
    private readonly UsageRequest _request = Request(MappingSet.Empty);
    private readonly UsageRequest _mapped = Request(Mappings);
    private int _good;

    [Fact]
    public void Bytes_AtRandom_AreAnsweredCleanly()
    {
        ReadOnlySpan<byte> alphabet = "{}[]\",:\\u0123456789abcdeftnulrs.-+ \n\0\u00e9"u8;
        for (var i = 0; i < Cases; i++)
        {
            var body = new byte[_random.Next(64)];
            for (var k = 0; k < body.Length; k++) body[k] = _random.Next(8) == 0 ? (byte)_random.Next(256) : alphabet[_random.Next(alphabet.Length)];
            Try(_mapped, body, oracle: false, i);
        }

        Assert.Equal(0, _good);
    }

    [Fact]
    public void Bodies_Mutated_AreAnsweredAsTheOracleDoes()
    {
        for (var i = 0; i < Cases; i++)
        {
            var body = Encoding.UTF8.GetBytes(new EventGrammar(_random, oddities: 0).Body());
            for (var changes = _random.Next(4); changes > 0 && body.Length > 0; changes--) body = Mutate(body);
            Try(_request, body, oracle: true, i);
            Try(_mapped, body, oracle: false, i);
        }

        Assert.True(_good > Cases / 10);
    }

    [Fact]
    public void Bodies_FromTheGrammar_AreAnsweredAsTheOracleDoes()
    {
        for (var i = 0; i < Cases; i++)
        {
            var body = Encoding.UTF8.GetBytes(new EventGrammar(_random, oddities: _random.Next(1, 40)).Body());
            Try(_request, body, oracle: true, i);
            Try(_mapped, body, oracle: false, i);
        }

        Assert.True(_good > Cases / 10);
    }

    private static UsageRequest Request(MappingSet mappings) => new(
        EventReaderTests.Reader(mappings), new HoldRule(new NodeState { Registry = IntakeHost.MakeRegistry() }, TestNode.MakeOptions("nowhere"), new ManualTime()));

    private byte[] Mutate(byte[] body)
    {
        var at = _random.Next(body.Length);
        var to = Math.Min(body.Length, at + _random.Next(1, 20));
        return _random.Next(5) switch
        {
            0 => [.. body[..at], (byte)_random.Next(256), .. body[(at + 1)..]],
            1 => [.. body[..at], .. body[to..]],
            2 => [.. body[..to], .. body[at..]],
            3 => [.. body[..at], "\"{}[],:\\0-e"u8[_random.Next(11)], .. body[at..]],
            _ => body[..at],
        };
    }

    private void Try(UsageRequest request, byte[] body, bool oracle, int number)
    {
        try
        {
            foreach (var form in new[] { UsageForm.Either, UsageForm.Binary, UsageForm.Records }) Answer(request, body, form, oracle && form == UsageForm.Either);
        }
        catch (Exception e)
        {
            throw new XunitException($"Case {number.ToString(CultureInfo.InvariantCulture)} of seed {Seed}: {e.Message}\n{Encoding.Latin1.GetString(body)}", e);
        }
    }

    private void Answer(UsageRequest request, byte[] body, UsageForm form, bool oracle)
    {
        request.Begin(body, IntakeHost.Gateway, signed: false);
        bool read;
        try
        {
            IReadOnlyList<(EventField, byte[]?)> headers = [(EventField.SpecVersion, "1.0"u8.ToArray()), (EventField.Id, "1"u8.ToArray()), (EventField.Source, "s"u8.ToArray()), (EventField.Type, "t"u8.ToArray()), (EventField.Time, "2026-11-20T11:00:00Z"u8.ToArray())];
            read = request.Read(body, form, form == UsageForm.Records ? Mappings.Named("openai") : null, headers);
        }
        catch (JsonException)
        {
            // Refused as a whole: the oracle's document is refused as well.
            if (oracle) Assert.ThrowsAny<JsonException>(() => Document(body).Dispose());
            return;
        }

        Assert.True(read);
        Assert.Equal(request.Count, request.Good + request.Problems.Count);
        Assert.All(request.Problems, problem => Assert.NotEmpty(problem.Reason));
        Assert.InRange(request.Bodies.Length, 0, 2 * body.Length + 300 * request.Count);
        var events = request.ToAppended();
        var decoded = new MeteredEvent[events.Length];
        for (var i = 0; i < events.Length; i++)
        {
            decoded[i] = EventBody.Decode(request.Bodies.Span.Slice(events[i].Offset, events[i].Length));
            Assert.Equal(decoded[i].Identity(), events[i].Identity);
        }

        // A document knows nothing of names that are not UTF-8.
        if (!oracle || !Utf8.IsValid(body)) return;
        using var document = Document(body);
        JsonElement[] elements = document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray()] : [document.RootElement];
        var good = 0;
        for (var i = 0; i < elements.Length; i++)
        {
            var expected = EventOracle.Read(elements[i]);
            var refused = request.Problems.FirstOrDefault(problem => problem.Index == i && problem.Reason is not null);
            Assert.True(expected is null == (refused.Reason is not null), $"event {i}: {(refused.Reason is null ? "taken" : $"refused, {refused.Field}: {refused.Reason}")}");
            if (expected is null) continue;
            Assert.Equal(i, request.IndexOf(good));
            Assert.Equal(EventBody.Encode(expected), request.Bodies.Slice(events[good].Offset, events[good].Length).ToArray());
            good++;
        }

        _good += good;
    }

    private static JsonDocument Document(byte[] body) => JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = UsageLimits.MostDepth });
}
