using System.Globalization;
using System.Text;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>Makes results as the protocol allows them: fields in any order, white space, escapes, fields that nobody knows.</summary>
/// <param name="random">Decides.</param>
/// <param name="odd">How many values in a thousand are not what the protocol says.</param>
internal sealed class ReplyMaker(Random random, int odd = 0)
{
    private static readonly string[] OddValues =
    [
        "null", "7", "-1", "1e400", "true", "false", "{}", "[]", "[[]]", "[null]", "\"\"", "\"0x\"", "\"0x0\"", "\"0x123\"", "\"0xzz\"", "\"0X01\"", "\"01\"", "\"0x-1\"",
        "\"0x10000000000000000\"", "\"0x100000000\"", "\"\\ud800\"", "\"\\u0030x1\"", "{\"a\":{\"a\":[{}]}}", "99999999999999999999999999", "\"0x" + new string('f', 65) + "\"",
    ];

    private readonly string[] _spaces = ["", "", "", " ", "\n", "\t \r\n"];

    // A reply is written plainly, or in the one or other strange way, or in all of them.
    private readonly bool _spaced = random.Next(3) == 0;
    private readonly bool _escaped = random.Next(3) == 0;
    private readonly bool _shuffled = random.Next(2) == 0;
    private readonly bool _unknown = random.Next(2) == 0;
    private readonly bool _upper = random.Next(4) == 0;

    public string Logs(int count)
    {
        var (block, index) = ((ulong)random.NextInt64(1, 1L << 40), 0U);
        var logs = new List<string>();
        for (var i = 0; i < count; i++)
        {
            if (random.Next(4) == 0) (block, index) = (block + 1, 0);
            logs.Add(Log(block, index));
            index += (uint)random.Next(1, 30);
        }

        return Array(logs);
    }

    public string Receipt() => Object(
    [
        ("transactionHash", Hash()), ("blockHash", Hash()), ("blockNumber", Quantity(5)), ("status", Text($"0x{random.Next(2)}")), ("gasUsed", Quantity(8)),
        ("effectiveGasPrice", Quantity(32)), ("contractAddress", random.Next(2) == 0 ? "null" : Bytes(Address.Size)), ("logs", Logs(random.Next(4))),
        ("from", Bytes(Address.Size)), ("logsBloom", Bytes(256)), ("type", Quantity(1)),
        ("l1Fee", random.Next(2) == 0 ? "null" : Quantity(32)),
    ]);

    public string Block() => Object(
    [
        ("number", Quantity(8)), ("hash", Hash()), ("parentHash", Hash()), ("timestamp", Quantity(8)), ("baseFeePerGas", random.Next(4) == 0 ? "null" : Quantity(32)),
        ("transactions", Array([.. Enumerable.Range(0, random.Next(4)).Select(_ => Hash())])), ("extraData", Bytes(random.Next(33))), ("size", Quantity(3)),
    ]);

    public string Envelope(string result, int id) => Object([("jsonrpc", "\"2.0\""), ("id", random.Next(5) == 0 ? $"\"{id}\"" : Whole(id)), ("result", result)]);

    public string Array(IReadOnlyList<string> items) => $"[{Space()}{string.Join($"{Space()},{Space()}", items)}{Space()}]";

    private string Log(ulong block, uint index) => Object(
    [
        ("address", Bytes(Address.Size)),
        ("topics", Array([.. Enumerable.Range(0, random.Next(5)).Select(_ => Hash())])),
        ("data", Bytes(random.Next(8) == 0 ? random.Next(3_000) : 32 * random.Next(4))),
        ("blockNumber", Text($"0x{block:x}")),
        ("transactionHash", Hash()),
        ("transactionIndex", Quantity(2)),
        ("blockHash", Hash()),
        ("logIndex", Text($"0x{index:x}")),
        ("removed", random.Next(5) == 0 ? "null" : "false"),
    ]);

    private string Object(List<(string Name, string Value)> fields)
    {
        if (_unknown && random.Next(2) == 0) fields.Insert(random.Next(fields.Count + 1), ("blockTimestamp", Quantity(4)));
        if (_unknown && random.Next(2) == 0) fields.Insert(random.Next(fields.Count + 1), ("l1Terms", "{\"of\":[{\"logIndex\":\"0x1\"},null,1.5e3,\"}\\\"{\"],\"data\":{}}"));
        if (_shuffled) random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields));
        if (random.Next(1000) < odd) fields.RemoveAt(random.Next(fields.Count));
        if (random.Next(1000) < odd) fields.Add(fields[random.Next(fields.Count)]);
        return $"{{{Space()}{string.Join($"{Space()},{Space()}", fields.Select(field => $"{Text(field.Name)}{Space()}:{Space()}{OrOdd(field.Value)}"))}{Space()}}}";
    }

    private string OrOdd(string value) => random.Next(1000) < odd ? OddValues[random.Next(OddValues.Length)] : value;

    private string Hash() => Bytes(Hash32.Size);

    private string Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        var digits = Convert.ToHexString(bytes);
        return OrOdd(Text($"0x{(_upper && random.Next(2) == 0 ? digits : digits.ToLowerInvariant())}"));
    }

    private string Quantity(int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        var digits = Convert.ToHexStringLower(bytes).TrimStart('0');
        return OrOdd(Text(digits.Length == 0 ? "0x0" : $"0x{digits[random.Next(digits.Length)..]}"));
    }

    private string Text(string text)
    {
        if (!_escaped || random.Next(4) != 0) return $"\"{text}\"";
        var escaped = new StringBuilder("\"");
        foreach (var character in text)
        {
            if (random.Next(8) == 0) escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else escaped.Append(character);
        }

        return escaped.Append('"').ToString();
    }

    private string Space() => _spaced ? _spaces[random.Next(_spaces.Length)] : string.Empty;

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
