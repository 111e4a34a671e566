using System.Globalization;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>The types of EIP-712 data: names looked up, array suffixes taken apart, the domain's own type.</summary>
internal sealed class TypedDataTypes
{
    public const string DomainType = "EIP712Domain";

    private readonly Dictionary<string, TypedStruct> _structs = new(StringComparer.Ordinal);

    public TypedDataTypes(IReadOnlyList<TypedStruct> types)
    {
        if (types.Count == 0) throw new ArgumentException("Typed data need the type of their message.", nameof(types));
        foreach (var type in types)
        {
            if (type.Name == DomainType || !_structs.TryAdd(type.Name, type)) throw new ArgumentException($"The type {type.Name} is given twice.", nameof(types));
        }
    }

    public TypedStruct? Find(string type) => _structs.GetValueOrDefault(type);

    public TypedStruct Struct(string type) => Find(type) ?? throw new ArgumentException($"There is no type '{type}'.", nameof(type));

    /// <summary>The type and its fields, then those that it refers to, each once and sorted by name.</summary>
    public string Encode(string type)
    {
        var referred = new SortedSet<string>(StringComparer.Ordinal);
        Collect(type, referred);
        referred.Remove(type);
        return string.Concat(referred.Prepend(type).Select(name => Line(Struct(name))));
    }

    public static (TypedStruct Type, TypedValue.Struct Values) Domain(TypedDataDomain domain)
    {
        var fields = new List<TypedField>();
        var values = new List<TypedValue>();
        if (domain.Name is { } name) Add("name", "string", name);
        if (domain.Version is { } version) Add("version", "string", version);
        if (domain.ChainId is { } chainId) Add("chainId", "uint256", chainId);
        if (domain.VerifyingContract is { } contract) Add("verifyingContract", "address", contract);
        if (domain.Salt is { } salt) Add("salt", "bytes32", salt);
        return (new TypedStruct(DomainType, fields), new TypedValue.Struct(values));

        void Add(string field, string type, TypedValue value)
        {
            fields.Add(new TypedField(field, type));
            values.Add(value);
        }
    }

    public static string Line(TypedStruct type) => $"{type.Name}({string.Join(',', type.Fields.Select(field => $"{field.Type} {field.Name}"))})";

    /// <summary>Takes the last array suffix off: true where there was one. A fixed length is null where any will do.</summary>
    public static bool TryItem(string type, out string item, out int? length)
    {
        (item, length) = (type, null);
        if (!type.EndsWith(']')) return false;
        var bracket = type.LastIndexOf('[');
        var digits = bracket < 0 ? default : type.AsSpan(bracket + 1, type.Length - bracket - 2);
        if (bracket < 1 || (digits.Length > 0 && !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            throw new ArgumentException($"'{type}' is not an array type.", nameof(type));
        item = type[..bracket];
        if (digits.Length > 0) length = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>The width in bits of uintN, in bytes of bytesN; null where the type is neither.</summary>
    public static int? Width(string type, string family, int step, int most) =>
        type.StartsWith(family, StringComparison.Ordinal)
        && int.TryParse(type.AsSpan(family.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var width)
        && width >= step && width <= most && width % step == 0 && type[family.Length] != '0'
            ? width
            : null;

    /// <summary>Says that a value cannot be of its field's type. Values are not repeated: they may be secret.</summary>
    public static ArgumentException Unfit(TypedValue value, string type) => new($"A value of kind {value.GetType().Name} does not fit the type '{type}'.");

    /// <summary>The number.</summary>
    /// <exception cref="OverflowException">It has more bits than its type.</exception>
    public static UInt256 Fitting(TypedValue.Number number, string type)
    {
        if (Width(type, "uint", 8, 256) is not { } bits) throw Unfit(number, type);
        _ = new AbiWriter().UInt(number.Value, bits);
        return number.Value;
    }

    /// <summary>The values beside the fields that they are of.</summary>
    public static IEnumerable<(TypedField Field, TypedValue Value)> Pairs(TypedStruct type, TypedValue.Struct value) =>
        type.Fields.Count == value.Values.Count
            ? type.Fields.Zip(value.Values)
            : throw new ArgumentException($"{type.Name} has {type.Fields.Count} fields, and {value.Values.Count} values are given.", nameof(value));

    /// <summary>The items of an array, as many as its type says.</summary>
    public static IReadOnlyList<TypedValue> Items(TypedValue value, string type, int? length) =>
        value is TypedValue.List list && (length is null || list.Items.Count == length) ? list.Items : throw Unfit(value, type);

    private void Collect(string type, SortedSet<string> into)
    {
        while (TryItem(type, out var item, out _)) type = item;
        if (Find(type) is not { } known || !into.Add(type)) return;
        foreach (var field in known.Fields) Collect(field.Type, into);
    }
}
