using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenSettle.Metering;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Tests.Usage;

/// <summary>What an event means, written down a second time: slowly, from a whole document. Null where it is refused.</summary>
internal static partial class EventOracle
{
    private static readonly string[] Envelope = ["specversion", "id", "source", "type", "time", "subject", "data", "data_base64"];
    private static readonly string[] Data =
    [
        "modelId", "domain", "outcome", "units", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens", "error.type", "cost",
        "payment", "attribution",
    ];

    public static MeteredEvent? Read(JsonElement e)
    {
        try
        {
            return ReadEvent(e);
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    private static MeteredEvent ReadEvent(JsonElement e)
    {
        Require(e.ValueKind == JsonValueKind.Object);
        var envelope = Fields(e, Envelope);
        var data = envelope.GetValueOrDefault("data");
        Require(data.ValueKind == JsonValueKind.Object && !envelope.ContainsKey("data_base64"));
        RequireNoPrompt(data);
        var fields = Fields(data, Data);
        Require(TextOf(envelope, "specversion") == "1.0");
        var time = TextOf(envelope, "time");
        Require(TimeForm().IsMatch(time) && DateTimeOffset.TryParse(time[..19].ToUpperInvariant() + "Z", CultureInfo.InvariantCulture, out _));
        var seconds = DateTimeOffset.Parse(time[..19].ToUpperInvariant() + "Z", CultureInfo.InvariantCulture).ToUnixTimeSeconds() - OffsetOf(time);
        Require(seconds >= 0);
        var (payment, payer) = Payment(fields);
        var consumer = Hash32.Zero;
        if (Given(envelope, "subject"))
        {
            var subject = Checked(TextOf(envelope, "subject"));
            if (!Hash32.TryParse(subject, out consumer) || consumer.IsZero) consumer = EventReaderTests.Hash(subject);
            if (payer.IsZero && subject.StartsWith("eip155:31337:", StringComparison.Ordinal) && Address.TryParse(subject["eip155:31337:".Length..], out var account)) payer = account;
        }

        Require(Hash32.TryParse(TextOf(fields, "modelId"), out var model) && !model.IsZero);
        return new MeteredEvent
        {
            Source = Checked(TextOf(envelope, "source")), Id = Checked(TextOf(envelope, "id")), Type = Checked(TextOf(envelope, "type")), Time = (ulong)seconds, Model = new ModelId(model),
            Domain = Given(fields, "domain") ? Checked(TextOf(fields, "domain")) : "",
            Outcome = Given(fields, "outcome") ? Checked(TextOf(fields, "outcome")) : Given(fields, "error.type") ? "error" : "unknown",
            Units = Units(fields), Cost = Cost(fields), Consumer = consumer, Payer = payer, Payment = payment, Attribution = Attributed(fields),
        };
    }

    private static Dictionary<string, JsonElement> Fields(JsonElement e, string[] known)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in e.EnumerateObject())
        {
            var name = NameOf(property);
            if (name == "reference" && known.Contains("usageRef")) name = "usageRef";
            if (known.Contains(name)) Require(fields.TryAdd(name, property.Value));
        }

        return fields;
    }

    private static ulong Units(Dictionary<string, JsonElement> fields)
    {
        if (Given(fields, "units")) return Whole(fields["units"]);
        var names = new[] { ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"), ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens") }
            .Select(pair => Given(fields, pair.Item1) ? pair.Item1 : pair.Item2).Where(name => Given(fields, name)).ToList();
        Require(names.Count > 0);
        var sum = names.Aggregate(BigInteger.Zero, (sum, name) => sum + Whole(fields[name]));
        Require(sum <= ulong.MaxValue);
        return (ulong)sum;
    }

    private static string Cost(Dictionary<string, JsonElement> fields)
    {
        if (!Given(fields, "cost")) return "";
        var text = NumberText(fields["cost"]);
        Require(text.Length <= 64 && DecimalForm().IsMatch(text));
        return text;
    }

    private static (Hash32 Payment, Address Payer) Payment(Dictionary<string, JsonElement> data)
    {
        if (!Given(data, "payment")) return default;
        Require(data["payment"].ValueKind == JsonValueKind.Object);
        var fields = Fields(data["payment"], ["txHash", "usageRef", "payer", "nonce"]);
        var (payment, payer) = (Hash32.Zero, Address.Zero);
        Require(!(Given(fields, "txHash") && Given(fields, "usageRef")));
        if (Given(fields, "txHash")) Require(Hash32.TryParse(TextOf(fields, "txHash"), out payment));
        if (Given(fields, "usageRef")) Require(Hash32.TryParse(TextOf(fields, "usageRef"), out payment));
        if (Given(fields, "payer"))
        {
            var text = TextOf(fields, "payer");
            Require(Address.TryParse(text.StartsWith("eip155:31337:", StringComparison.Ordinal) ? text["eip155:31337:".Length..] : text, out payer) && !payer.IsZero);
        }

        return (payment, payer);
    }

    private static Attribution? Attributed(Dictionary<string, JsonElement> data)
    {
        if (!Given(data, "attribution")) return null;
        Require(data["attribution"].ValueKind == JsonValueKind.Object);
        var fields = Fields(data["attribution"], ["method", "methodHash", "weights"]);
        var method = Hash32.Zero;
        if (Given(fields, "methodHash")) Require(Hash32.TryParse(TextOf(fields, "methodHash"), out method));
        if (!Given(fields, "weights")) return null;
        Require(fields["weights"].ValueKind == JsonValueKind.Array);
        var weights = new SortedDictionary<Address, MeasuredWeight>();
        foreach (var row in fields["weights"].EnumerateArray())
        {
            Require(row.ValueKind == JsonValueKind.Object);
            var parts = Fields(row, ["account", "weight", "low", "high"]);
            var weight = Weight(parts, "weight", 0);
            if (weight == 0) continue;
            Require(Address.TryParse(TextOf(parts, "account"), out var account) && !account.IsZero);
            var (low, high) = (Weight(parts, "low", weight), Weight(parts, "high", weight));
            Require(low <= weight && weight <= high && weights.TryAdd(account, new MeasuredWeight(account, weight, low, high)));
        }

        if (weights.Count == 0) return null;
        Require(!method.IsZero);
        return new Attribution(Checked(TextOf(fields, "method")), method, [.. weights.Values]);
    }

    private static UInt128 Weight(Dictionary<string, JsonElement> fields, string name, UInt128 otherwise)
    {
        if (!Given(fields, name)) return otherwise;
        var text = NumberText(fields[name]);
        if (text.StartsWith('-'))
        {
            Require(text.Length <= 64 && DecimalForm().IsMatch(text));
            return 0;
        }

        Require(text.Length is > 0 and <= 64 && text.All(char.IsAsciiDigit));
        var value = BigInteger.Parse(text, CultureInfo.InvariantCulture);
        Require(value < BigInteger.One << 96);
        return (UInt128)value;
    }

    private static ulong Whole(JsonElement e)
    {
        var text = NumberText(e);
        Require(text.Length > 0 && text.All(char.IsAsciiDigit) && BigInteger.Parse(text, CultureInfo.InvariantCulture) <= ulong.MaxValue);
        return ulong.Parse(text, CultureInfo.InvariantCulture);
    }

    private static string NumberText(JsonElement e)
    {
        Require(e.ValueKind is JsonValueKind.Number or JsonValueKind.String);
        return e.ValueKind == JsonValueKind.Number ? e.GetRawText() : Text(e);
    }

    private static bool Given(Dictionary<string, JsonElement> fields, string name) => fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static string TextOf(Dictionary<string, JsonElement> fields, string name)
    {
        Require(fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String);
        return Text(value);
    }

    private static string Checked(string text)
    {
        Require(text.Length is > 0 and <= 200 && CanonicalText.IsValid(text));
        return text;
    }

    private static void RequireNoPrompt(JsonElement e)
    {
        if (e.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in e.EnumerateArray()) RequireNoPrompt(item);
        }
        else if (e.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in e.EnumerateObject())
            {
                Require(property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Array or JsonValueKind.Object) || !PromptNames.Contains(Encoding.UTF8.GetBytes(NameOf(property))));
                _ = NameOf(property);
                RequireNoPrompt(property.Value);
            }
        }
    }

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException();
        }
    }

    private static string Text(JsonElement e)
    {
        try
        {
            return e.GetString() ?? throw new RefusedException();
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException();
        }
    }

    private static void Require(bool condition)
    {
        if (!condition) throw new RefusedException();
    }

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})\\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TimeForm();

    /// <summary>RFC 3339 has offsets up to 23:59, the library's times up to 14:00.</summary>
    private static long OffsetOf(string time)
    {
        if (time[^1] is 'Z' or 'z') return 0;
        var (hours, minutes) = (int.Parse(time[^5..^3], CultureInfo.InvariantCulture), int.Parse(time[^2..], CultureInfo.InvariantCulture));
        Require(hours < 24 && minutes < 60);
        return (time[^6] == '-' ? -60 : 60) * (hours * 60 + minutes);
    }

    [GeneratedRegex("^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?\\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DecimalForm();

    private sealed class RefusedException : Exception;
}
