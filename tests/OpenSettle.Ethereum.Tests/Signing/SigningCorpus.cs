using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Signing;

/// <summary>
/// What tests/vectors/random-signing.mjs wrote: the file that <see cref="Variable"/> names, or else the committed one. The
/// first line says which seed it is of, and how to make it again.
/// </summary>
internal static class SigningCorpus
{
    public const string Variable = "OPENSETTLE_SIGNING";

    public static string Path =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : System.IO.Path.Combine(AppContext.BaseDirectory, "vectors", "signing.jsonl");

    /// <summary>Gives every line of one kind to a check, and names the line where it fails. As many as the first line promises have to be there.</summary>
    public static async Task EachAsync(string kind, Func<JsonElement, Task> check)
    {
        var (number, found, promised, again) = (0, 0, 0, string.Empty);
        await foreach (var line in File.ReadLinesAsync(Path))
        {
            number++;
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (number == 1)
            {
                promised = root.GetProperty("count").GetInt32();
                again = root.GetProperty("again").GetString();
                continue;
            }

            if (root.GetProperty("kind").GetString() != kind) continue;
            found++;
            try
            {
                await check(root);
            }
            catch (Exception failure)
            {
                Assert.Fail($"Line {number} of '{again}': {failure.Message}");
            }
        }

        Assert.True(promised > 0 && found == promised, $"{promised} lines of kind {kind} are promised, and {found} are there.");
    }

    public static TransactionRequest Request(JsonElement line)
    {
        var to = line.GetProperty("to");
        return new TransactionRequest(
            ulong.Parse(Text(line, "chainId")),
            ulong.Parse(Text(line, "nonce")),
            UInt256.Parse(Text(line, "maxPriorityFeePerGas")),
            UInt256.Parse(Text(line, "maxFeePerGas")),
            ulong.Parse(Text(line, "gasLimit")),
            to.ValueKind == JsonValueKind.Null ? null : Address.Parse(Text(line, "to")),
            UInt256.Parse(Text(line, "value")),
            Hex.Decode(Text(line, "data")));
    }

    /// <summary>The payload of <c>eth_signTypedData_v4</c> as the port's values.</summary>
    public static TypedData Data(JsonElement payload)
    {
        var types = payload.GetProperty("types").EnumerateObject()
            .Where(type => type.Name != "EIP712Domain")
            .Select(type => new TypedStruct(type.Name, [.. type.Value.EnumerateArray().Select(field => new TypedField(Text(field, "name"), Text(field, "type")))]))
            .ToList();
        var domain = payload.GetProperty("domain");
        var chainId = Optional(domain, "chainId");
        var contract = Optional(domain, "verifyingContract");
        var salt = Optional(domain, "salt");
        Assert.Equal(types[0].Name, Text(payload, "primaryType"));
        return new TypedData(
            new TypedDataDomain(
                Optional(domain, "name"),
                Optional(domain, "version"),
                chainId is null ? null : UInt256.Parse(chainId),
                contract is null ? null : Address.Parse(contract),
                salt is null ? null : Hash32.Parse(salt)),
            types,
            Struct(types, types[0], payload.GetProperty("message")));
    }

    public static string Text(JsonElement parent, string field) => parent.GetProperty(field).GetString() ?? string.Empty;

    private static string? Optional(JsonElement parent, string field) => parent.TryGetProperty(field, out var value) ? value.GetString() : null;

    private static TypedValue.Struct Struct(List<TypedStruct> types, TypedStruct type, JsonElement values) =>
        new([.. type.Fields.Select(field => Value(types, field.Type, values.GetProperty(field.Name)))]);

    private static TypedValue Value(List<TypedStruct> types, string type, JsonElement value)
    {
        if (type.EndsWith(']')) return new TypedValue.List([.. value.EnumerateArray().Select(item => Value(types, type[..type.LastIndexOf('[')], item))]);
        if (types.Find(known => known.Name == type) is { } inner) return Struct(types, inner, value);
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        var text = value.GetString() ?? string.Empty;
        return type switch
        {
            "string" => text,
            "address" => Address.Parse(text),
            _ when type.StartsWith("uint", StringComparison.Ordinal) => UInt256.Parse(text),
            _ => new TypedValue.Bytes(Hex.Decode(text)),
        };
    }
}
