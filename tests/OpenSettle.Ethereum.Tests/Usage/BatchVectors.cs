using System.Globalization;
using System.Text.Json;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Tests.Usage;

/// <summary>What the example for gateways signed: tests/vectors/batches.json.</summary>
internal sealed record BatchVector(string Header, Hash32 Root, Hash32 Digest, IReadOnlyList<string>? Lines, IReadOnlyList<MeteredEvent> Events)
{
    private static readonly JsonElement File = Load();

    public static ulong ChainId { get; } = File.GetProperty("chainId").GetUInt64();

    public static Address Registry { get; } = Address.Parse(Text(File, "registry"));

    public static Address Gateway { get; } = Address.Parse(Text(File, "gateway"));

    public static Hash32 PrivateKey { get; } = Hash32.Parse(Text(File, "privateKey"));

    public static IReadOnlyList<BatchVector> All { get; } = [.. File.GetProperty("batches").EnumerateArray().Select(Read)];

    private static BatchVector Read(JsonElement vector) => new(
        Text(vector, "header"), Hash32.Parse(Text(vector, "root")), Hash32.Parse(Text(vector, "digest")),
        vector.TryGetProperty("lines", out var lines) ? [.. lines.EnumerateArray().Select(line => line.GetString() ?? string.Empty)] : null,
        [.. vector.GetProperty("events").EnumerateArray().Select(ReadEvent)]);

    private static MeteredEvent ReadEvent(JsonElement e)
    {
        var data = e.GetProperty("data");
        return new MeteredEvent
        {
            Source = Text(e, "source"),
            Id = Text(e, "id"),
            Type = Text(e, "type"),
            Model = new ModelId(Hash32.Parse(Text(data, "modelId"))),
            Domain = data.TryGetProperty("domain", out var domain) ? domain.GetString() ?? string.Empty : string.Empty,
            Outcome = data.TryGetProperty("outcome", out var outcome) ? outcome.GetString() ?? string.Empty : Outcomes.Unknown,
            Units = data.GetProperty("units").GetUInt64(),
            Time = (ulong)DateTimeOffset.Parse(Text(e, "time"), CultureInfo.InvariantCulture).ToUnixTimeSeconds(),
            Consumer = e.TryGetProperty("subject", out var subject) ? Hash32.Parse(subject.GetString() ?? string.Empty) : Hash32.Zero,
            Payment = data.TryGetProperty("payment", out var payment) ? Hash32.Parse(Text(payment, "txHash")) : Hash32.Zero,
            Attribution = data.TryGetProperty("attribution", out var attribution) ? ReadAttribution(attribution) : null,
        };
    }

    private static Attribution ReadAttribution(JsonElement attribution) => new(
        Text(attribution, "method"), Hash32.Parse(Text(attribution, "methodHash")),
        [
            .. attribution.GetProperty("weights").EnumerateArray()
                .Where(weight => !Text(weight, "weight").StartsWith('-') && Text(weight, "weight") != "0")
                .Select(weight => new MeasuredWeight(Address.Parse(Text(weight, "account")), UInt128.Parse(Text(weight, "weight"), CultureInfo.InvariantCulture), 0, 0))
                .OrderBy(weight => weight.Account),
        ]);

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? string.Empty;

    private static JsonElement Load()
    {
        using var json = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "batches.json")));
        return json.RootElement.Clone();
    }
}
