using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>The digest of EIP-712 data.</summary>
internal static class TypedDataHash
{
    public static Hash32 Digest(TypedData data)
    {
        var types = new TypedDataTypes(data.Types);
        var (domainType, domain) = TypedDataTypes.Domain(data.Domain);
        Span<byte> bytes = stackalloc byte[2 + Hash32.Size * 2];
        // EIP-191's version for typed data.
        bytes[0] = 0x19;
        bytes[1] = 0x01;
        HashStruct(types, domainType, Keccak256.HashText(TypedDataTypes.Line(domainType)), domain, 0).WriteTo(bytes[2..]);
        HashStruct(types, data.PrimaryType, data.Message, 0).WriteTo(bytes[(2 + Hash32.Size)..]);
        return Keccak256.Hash(bytes);
    }

    /// <summary>hashStruct of the domain: what contracts answer as their domain separator.</summary>
    public static Hash32 DomainSeparator(TypedDataDomain domain)
    {
        var (type, values) = TypedDataTypes.Domain(domain);
        return HashStruct(new TypedDataTypes([new TypedStruct("None", [])]), type, Keccak256.HashText(TypedDataTypes.Line(type)), values, 0);
    }

    private static Hash32 HashStruct(TypedDataTypes types, string type, TypedValue.Struct value, int depth) =>
        HashStruct(types, types.Struct(type), types.TypeHash(type), value, depth);

    private static Hash32 HashStruct(TypedDataTypes types, TypedStruct type, Hash32 typeHash, TypedValue.Struct value, int depth)
    {
        var inside = TypedDataTypes.Deeper(depth);
        var writer = new AbiWriter().Word(typeHash);
        foreach (var (field, part) in TypedDataTypes.Pairs(type, value)) writer.Word(Encode(types, field.Type, part, inside));
        return Keccak256.Hash(writer.ToArray());
    }

    /// <summary>Every value becomes one word: itself where it is short, and its hash otherwise.</summary>
    private static Hash32 Encode(TypedDataTypes types, string type, TypedValue value, int depth)
    {
        if (TypedDataTypes.TryItem(type, out var itemType, out var length))
        {
            var inside = TypedDataTypes.Deeper(depth);
            var items = new AbiWriter();
            foreach (var item in TypedDataTypes.Items(value, type, length)) items.Word(Encode(types, itemType, item, inside));
            return Keccak256.Hash(items.ToArray());
        }

        if (types.Find(type) is not null)
            return value is TypedValue.Struct values ? HashStruct(types, type, values, depth) : throw TypedDataTypes.Unfit(value, type);
        return value switch
        {
            TypedValue.Number number => Word(new AbiWriter().UInt(TypedDataTypes.Fitting(number, type))),
            TypedValue.Flag flag when type == "bool" => Word(new AbiWriter().Bool(flag.Value)),
            TypedValue.Account account when type == "address" => Word(new AbiWriter().Account(account.Value)),
            TypedValue.Text text when type == "string" => Keccak256.Hash(TypedDataTypes.Utf8(text)),
            TypedValue.Bytes bytes when type == "bytes" => Keccak256.Hash(bytes.Value.Span),
            TypedValue.Bytes bytes when TypedDataTypes.Width(type, "bytes", 1, Hash32.Size) == bytes.Value.Length => LeftAligned(bytes.Value.Span),
            _ => throw TypedDataTypes.Unfit(value, type),
        };
    }

    private static Hash32 Word(AbiWriter writer) => Hash32.FromBytes(writer.ToArray());

    private static Hash32 LeftAligned(ReadOnlySpan<byte> bytes)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        bytes.CopyTo(word);
        return Hash32.FromBytes(word);
    }
}
