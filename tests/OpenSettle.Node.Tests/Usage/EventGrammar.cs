using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Usage;

/// <summary>Makes bodies that look like usage. So many of a hundred choices are odd ones.</summary>
internal sealed class EventGrammar(Random random, int oddities)
{
    private static readonly string[] OddValues =
    [
        "null", "true", "5", "-1", "0", "1.5", "1e3", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "\"\\u0085\"", "[]", "{}", "[[1]]", "{\"prompt\":\"x\"}", "{\"a\":[{\"content\":\"x\"}]}", "\"x\"",
        "18446744073709551615", "18446744073709551616", "\"18446744073709551616\"", "\"007\"", "79228162514264337593543950335", "79228162514264337593543950336", "\"-7\"", "-0.5", "\"1e5\"", "\"+1\"",
        "\"0x1111111111111111111111111111111111111111111111111111111111111111\"", "\"0x0000000000000000000000000000000000000000000000000000000000000000\"",
        "\"0x111111111111111111111111111111111111111111111111111111111111111G\"", "\"0xAbcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd\"",
        "\"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"", "\"0x70997970c51812dc3A010C7d01b50e0d17dc79C8\"", "\"eip155:31337:0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"",
        "\"eip155:1:0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"", "\"2026-11-20T11:00:00Z\"", "\"2026-02-30T11:00:00Z\"", "\"1969-12-31T23:59:59Z\"", "\"2024-02-29t11:00:00.123456789+05:30\"",
        "\"2026-11-20T11:00:00\"", "\"1.0\"", "\"caf\\u00e9 \\ud83d\\ude00\"", "\"tab\\t\"",
    ];

    private static readonly string[] OddNames =
    [
        "x", "prompt", "Messages", "gen_ai.prompt.0.role", "\\ud800", "\\u0069d", "output", "text", "specversion", "id", "data", "data_base64", "units", "payment", "weights", "txHash", "reference", "low",
        "modelId", "cost", "error.type",
    ];

    private bool Odd => random.Next(100) < oddities;

    public string Body()
    {
        var events = random.Next(4);
        return events == 0 ? Event() : $"[{string.Join(Space() + ",", Enumerable.Range(0, events).Select(_ => Space() + Event()))}]";
    }

    private string Event() => Odd && random.Next(6) == 0 ? Any() : Object(
    [
        ("specversion", "\"1.0\"", 100), ("id", $"\"id-{random.Next(1000)}\"", 100), ("source", "\"urn:gateway\"", 100), ("type", "\"use\"", 100), ("time", $"\"2026-{random.Next(1, 13):00}-{random.Next(1, 29):00}T11:00:00{Zone()}\"", 100),
        ("subject", "\"consumer\"", 50), ("datacontenttype", "\"application/json\"", 30), ("data", Data(), 100),
    ]);

    private string Data() => Object(
    [
        ("modelId", $"\"{IntakeHost.Model}\"", 100), ("domain", "\"nda\"", 70), ("outcome", Pick("\"ok\"", "\"error\"", "\"other\""), 70), ("units", Pick("12", "\"13\"", "null"), 60),
        ("gen_ai.usage.input_tokens", $"{random.Next(100)}", 60), ("gen_ai.usage.output_tokens", "\"7\"", 40), ("gen_ai.usage.prompt_tokens", "3", 20), ("gen_ai.usage.completion_tokens", "4", 20),
        ("error.type", "\"timeout\"", 10), ("cost", Pick("0.5", "\"2.4e-05\"", "1E+3"), 30), ("payment", Payment(), 30), ("attribution", Attribution(), 40),
    ]);

    private string Payment() => Object([("scheme", "\"exact\"", 50), (Pick("txHash", "usageRef", "reference"), $"\"{IntakeHost.Model}\"", 70), ("nonce", "\"0x12\"", 20), ("payer", $"\"{World.Bob}\"", 50)]);

    private string Attribution() => Object([("method", "\"m\"", 100), ("methodHash", $"\"{IntakeHost.Model}\"", 100), ("weights", $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Row()))}]", 90)]);

    private string Row() => Odd && random.Next(4) == 0 ? Any() : Object(
        [("account", $"\"0x{random.Next(1, 40):x40}\"", 100), ("weight", Pick("5", "\"734\"", "0", "-3", "\"-1.5\""), 95), ("low", Pick("1", "\"5\"", "-7"), 40), ("high", Pick("900", "\"1000\""), 40)]);

    private string Object((string Name, string Value, int Percent)[] properties)
    {
        var written = new List<string>();
        foreach (var (name, value, percent) in properties)
        {
            if (random.Next(100) >= percent || (Odd && random.Next(4) == 0)) continue;
            written.Add($"{Space()}\"{name}\"{Space()}:{Space()}{(Odd && random.Next(2) == 0 ? Any() : value)}");
            if (Odd && random.Next(4) == 0) written.Add($"\"{OddNames[random.Next(OddNames.Length)]}\":{Any()}");
        }

        if (random.Next(3) == 0) random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(written));
        return $"{{{string.Join(',', written)}{Space()}}}";
    }

    private string Any() => OddValues[random.Next(OddValues.Length)];

    private string Pick(params string[] choices) => choices[random.Next(choices.Length)];

    private string Zone() => Pick("Z", "+00:00", ".25Z", "-07:00");

    private string Space() => random.Next(12) == 0 ? "\n  " : string.Empty;
}
