using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Nethereum.ABI.EIP712;
using Nethereum.Util;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using TypedData = OpenSettle.Ethereum.Ports.TypedData;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>EIP-712 data as Nethereum's, whose encoder hashes them a second time.</summary>
internal static partial class TypedDataMessages
{
    /// <summary>
    /// What is signed. Nothing is where Nethereum's encoder has another digest than ours; types that it cannot read
    /// (<see cref="IsReadable"/>) have ours alone.
    /// </summary>
    /// <exception cref="ArgumentException">A value does not fit its type, or a type is not known.</exception>
    public static Hash32 Digest(TypedData data)
    {
        var digest = data.Digest();
        if (!IsReadable(data) || NethereumDigest(data) == digest) return digest;
        throw new CryptographicException("Nethereum hashes the typed data to another digest. Nothing was signed.");
    }

    /// <summary>
    /// Whether Nethereum's encoder follows EIP-712 for these types. It takes every type whose name has "int" or "bytes" with
    /// a digit behind it (Point3) for an elementary one, and never comes back from a type that contains itself.
    /// </summary>
    private static bool IsReadable(TypedData data)
    {
        var types = data.Types.ToDictionary(type => type.Name, StringComparer.Ordinal);
        return !data.Types.Any(type => Elementary().IsMatch(type.Name)) && !data.Types.Any(type => Reaches(types, type, []));
    }

    private static Hash32? NethereumDigest(TypedData data)
    {
        var types = new TypedDataTypes(data.Types);
        var (domainType, domain) = TypedDataTypes.Domain(data.Domain);
        var raw = new TypedDataRaw
        {
            Types = data.Types.Prepend(domainType).ToDictionary(type => type.Name, Members, StringComparer.Ordinal),
            PrimaryType = data.PrimaryType,
            DomainRawValues = Values(types, domainType, domain),
            Message = Values(types, types.Struct(data.PrimaryType), data.Message),
        };
        try
        {
            return Words.Hash(Sha3Keccack.Current.CalculateHash(Eip712TypedDataEncoder.Current.EncodeTypedDataRaw(raw)));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // It has no type for what it cannot read, and its errors repeat values.
            return null;
        }
    }

    private static MemberDescription[] Members(TypedStruct type) =>
        [.. type.Fields.Select(field => new MemberDescription { Name = field.Name, Type = field.Type })];

    private static MemberValue[] Values(TypedDataTypes types, TypedStruct type, TypedValue.Struct value) =>
        [.. TypedDataTypes.Pairs(type, value).Select(pair => new MemberValue { TypeName = pair.Field.Type, Value = Value(types, pair.Field.Type, pair.Value) })];

    private static object Value(TypedDataTypes types, string type, TypedValue value) => value switch
    {
        TypedValue.Number number => Words.Number(number.Value),
        TypedValue.Flag flag => flag.Value,
        TypedValue.Account account => Words.Text(account.Value),
        TypedValue.Text text => text.Value,
        TypedValue.Bytes bytes => bytes.Value.ToArray(),
        TypedValue.List list when TypedDataTypes.TryItem(type, out var item, out _) => list.Items.Select(part => Value(types, item, part)).ToList(),
        TypedValue.Struct part => Values(types, types.Struct(type), part),
        _ => throw TypedDataTypes.Unfit(value, type),
    };

    private static bool Reaches(Dictionary<string, TypedStruct> types, TypedStruct type, HashSet<string> above)
    {
        if (!above.Add(type.Name)) return true;
        var reaches = type.Fields.Any(field => types.TryGetValue(field.Type.Split('[')[0], out var part) && Reaches(types, part, above));
        above.Remove(type.Name);
        return reaches;
    }

    [GeneratedRegex(@"int\d|bytes\d|^(?:bytes|string|bool|address)$", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Elementary();
}
