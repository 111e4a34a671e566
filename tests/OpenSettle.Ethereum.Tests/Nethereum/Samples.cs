using System.Collections;
using System.Reflection;
using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Nethereum;

/// <summary>Values of the domain, and ABI encodings, made at random out of their types: so that none is left out.</summary>
internal sealed class Samples(int seed)
{
    private const int MostAttempts = 1_000;

    private static readonly string[] Texts = [string.Empty, "ipfs://bafy", "https://bundles.example/7.json", "ä ö 語 🜁", new('x', 32), new('y', 70)];

    private readonly Random _random = new(seed);

    /// <summary>The classes that are made of a generic or plain one, in a fixed order.</summary>
    public static IReadOnlyList<Type> Kinds(Type family) =>
    [
        .. typeof(ContractCall).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.BaseType is { } parent && (parent.IsGenericType ? parent.GetGenericTypeDefinition() : parent) == family)
            .OrderBy(type => type.FullName, StringComparer.Ordinal),
    ];

    /// <summary>A value and all that is in it, in words: records compare lists and bytes by reference.</summary>
    public static string Print(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        ReadOnlyMemory<byte> bytes => Hex.Encode(bytes.Span),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Print))}]",
        _ when value.GetType() is { IsClass: true } type =>
            $"{type.Name}({string.Join(", ", type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(part => $"{part.Name}: {Print(part.GetValue(value))}"))})",
        _ => value.ToString() ?? string.Empty,
    };

    public static JsonElement Entry(string contract, string type, Func<JsonElement, bool> wanted) =>
        CompiledContract.Load(contract).Abi.EnumerateArray().Single(entry => entry.GetProperty("type").ValueEquals(type) && wanted(entry));

    public int Next(int most) => _random.Next(most);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    public T Of<T>() => (T)Of(typeof(T));

    /// <summary>One that its type takes: numbers that are too wide for where they go are drawn again.</summary>
    public object Of(Type type)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            try
            {
                return Draw(type);
            }
            catch (TargetInvocationException wide) when (wide.InnerException is OverflowException)
            {
                // Drawn again.
            }
        }

        throw new InvalidOperationException($"No {type.Name} was found that fits.");
    }

    /// <summary>Random values, encoded.</summary>
    public byte[] Encode(IEnumerable<JsonElement> values)
    {
        var writer = new AbiWriter();
        foreach (var value in values) Write(writer, value, value.GetProperty("type").GetString() ?? string.Empty);
        return writer.ToArray();
    }

    private object Draw(Type type) => type switch
    {
        _ when type == typeof(UInt256) => Number(8 * _random.Next(1, 33)),
        _ when type == typeof(Address) => Address.FromBytes(Bytes(Address.Size)),
        _ when type == typeof(Hash32) => Hash32.FromBytes(Bytes(Hash32.Size)),
        _ when type == typeof(ulong) => (ulong)Number(64),
        _ when type == typeof(uint) => (uint)(ulong)Number(32),
        _ when type == typeof(ushort) => (ushort)(ulong)Number(16),
        _ when type == typeof(byte) => (byte)(ulong)Number(8),
        { IsEnum: true } => Enum.GetValues(type) is var values && values.GetValue(_random.Next(values.Length)) is { } value ? value : throw new InvalidOperationException(type.Name),
        _ when type == typeof(bool) => _random.Next(2) == 0,
        _ when type == typeof(string) => Texts[_random.Next(Texts.Length)],
        _ when type == typeof(ReadOnlyMemory<byte>) => (ReadOnlyMemory<byte>)Bytes(_random.Next(70)),
        { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => DrawList(type.GetGenericArguments()[0]),
        _ => DrawRecord(type),
    };

    private Array DrawList(Type item)
    {
        var list = Array.CreateInstance(item, _random.Next(4));
        for (var i = 0; i < list.Length; i++) list.SetValue(Draw(item), i);
        return list;
    }

    private object DrawRecord(Type type)
    {
        var constructor = Assert.Single(type.GetConstructors());
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => Draw(parameter.ParameterType))]);
    }

    // Zero, the largest, and those between.
    private UInt256 Number(int bits)
    {
        var word = new byte[UInt256.Size];
        var digits = word.AsSpan(UInt256.Size - bits / 8);
        switch (_random.Next(6))
        {
            case 0:
                break;
            case 1:
                digits.Fill(byte.MaxValue);
                break;
            default:
                _random.NextBytes(digits);
                break;
        }

        return UInt256.FromBigEndian(word);
    }

    private void Write(AbiWriter writer, JsonElement value, string type)
    {
        if (type.EndsWith("[]", StringComparison.Ordinal)) writer.Array(new int[_random.Next(4)], (item, _) => Write(item, value, type[..^2]));
        else if (type == "tuple" && IsDynamic(value, type)) writer.DynamicTuple(tuple => WriteParts(tuple, value));
        else if (type == "tuple") WriteParts(writer, value);
        else if (type == "string") writer.Text(Texts[_random.Next(Texts.Length)]);
        else if (type == "bytes") writer.Bytes(Bytes(_random.Next(70)));
        else if (type == "address") writer.Account(Of<Address>());
        else if (type == "bool") writer.Bool(_random.Next(2) == 0);
        else if (type == "bytes32") writer.Word(Of<Hash32>());
        else if (type.StartsWith("uint", StringComparison.Ordinal)) writer.UInt(Number(int.Parse(type.AsSpan(4))));
        else throw new NotSupportedException($"There are no samples of {type} yet.");
    }

    private void WriteParts(AbiWriter writer, JsonElement tuple)
    {
        foreach (var part in tuple.GetProperty("components").EnumerateArray()) Write(writer, part, part.GetProperty("type").GetString() ?? string.Empty);
    }

    private static bool IsDynamic(JsonElement value, string type) =>
        type is "string" or "bytes" || type.EndsWith("[]", StringComparison.Ordinal)
        || (type == "tuple" && value.GetProperty("components").EnumerateArray().Any(part => IsDynamic(part, part.GetProperty("type").GetString() ?? string.Empty)));
}
