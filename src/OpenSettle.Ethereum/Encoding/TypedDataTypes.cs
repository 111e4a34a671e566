using System.Buffers;
using System.Globalization;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Utf8Text = System.Text.Unicode.Utf8;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>
/// The types of EIP-712 data: names looked up, array suffixes taken apart, the domain's own type. All of them are judged at
/// once, used or not: an unknown type behind an empty array would otherwise be signed without a word.
/// </summary>
internal sealed class TypedDataTypes
{
    public const string DomainType = "EIP712Domain";

    // Types may refer to themselves, so values could nest without an end; what is signed here nests a few times.
    private const int DeepestNesting = 64;

    private readonly Dictionary<string, TypedStruct> _structs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Hash32> _hashes = new(StringComparer.Ordinal);

    public TypedDataTypes(IReadOnlyList<TypedStruct> types)
    {
        if (types.Count == 0) throw new ArgumentException("Typed data need the type of their message.", nameof(types));
        foreach (var type in types)
        {
            if (!IsIdentifier(type.Name) || type.Name == DomainType || IsAtomic(type.Name))
                throw new ArgumentException($"'{type.Name}' cannot be the name of a struct.", nameof(types));
            if (!_structs.TryAdd(type.Name, type)) throw new ArgumentException($"The type {type.Name} is given twice.", nameof(types));
        }

        foreach (var type in types) RequireFields(type);
    }

    public TypedStruct? Find(string type) => _structs.GetValueOrDefault(type);

    public TypedStruct Struct(string type) => Find(type) ?? throw new ArgumentException($"There is no type '{type}'.", nameof(type));

    /// <summary>The type and its fields, then those that it refers to, each once and sorted by name.</summary>
    public string Encode(string type)
    {
        var referred = new SortedSet<string>(StringComparer.Ordinal) { type };
        var open = new Stack<string>([type]);
        while (open.TryPop(out var next))
        {
            foreach (var field in Struct(next).Fields)
            {
                var item = Innermost(field.Type);
                if (Find(item) is not null && referred.Add(item)) open.Push(item);
            }
        }

        referred.Remove(type);
        return string.Concat(referred.Prepend(type).Select(name => Line(Struct(name))));
    }

    /// <summary>The hash of <see cref="Encode"/>: the same for every struct of a long array.</summary>
    public Hash32 TypeHash(string type)
    {
        if (!_hashes.TryGetValue(type, out var hash)) _hashes[type] = hash = Keccak256.HashText(Encode(type));
        return hash;
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
        var count = 0;
        // Lengths as Solidity has them: not zero, and in one spelling only.
        if (bracket < 1 || (digits.Length > 0 && (digits[0] == '0' || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out count))))
            throw new ArgumentException($"'{type}' is not an array type.", nameof(type));
        item = type[..bracket];
        if (digits.Length > 0) length = count;
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

    /// <summary>The number, where its type has room for it.</summary>
    /// <exception cref="OverflowException">It has more bits. It is not repeated.</exception>
    public static UInt256 Fitting(TypedValue.Number number, string type)
    {
        if (Width(type, "uint", 8, 256) is not { } bits) throw Unfit(number, type);
        Span<byte> word = stackalloc byte[UInt256.Size];
        number.Value.WriteBigEndian(word);
        if (word[..^(bits / 8)].ContainsAnyExcept((byte)0)) throw new OverflowException($"A number has more bits than the type '{type}'.");
        return number.Value;
    }

    /// <summary>The bytes of a text. Half a surrogate pair has none: a signer elsewhere would put something else in its place.</summary>
    public static byte[] Utf8(TypedValue.Text text)
    {
        var bytes = new byte[System.Text.Encoding.UTF8.GetByteCount(text.Value)];
        var outcome = Utf8Text.FromUtf16(text.Value, bytes, out _, out _, replaceInvalidSequences: false);
        return outcome == OperationStatus.Done ? bytes : throw new ArgumentException("A text holds half a surrogate pair.");
    }

    /// <summary>One level further down in the message.</summary>
    public static int Deeper(int depth) =>
        depth < DeepestNesting ? depth + 1 : throw new ArgumentException($"The values nest more than {DeepestNesting} times.");

    /// <summary>The values beside the fields that they are of.</summary>
    public static IEnumerable<(TypedField Field, TypedValue Value)> Pairs(TypedStruct type, TypedValue.Struct value) =>
        type.Fields.Count == value.Values.Count
            ? type.Fields.Zip(value.Values)
            : throw new ArgumentException($"{type.Name} has {type.Fields.Count} fields, and {value.Values.Count} values are given.", nameof(value));

    /// <summary>The items of an array, as many as its type says.</summary>
    public static IReadOnlyList<TypedValue> Items(TypedValue value, string type, int? length) =>
        value is TypedValue.List list && (length is null || list.Items.Count == length) ? list.Items : throw Unfit(value, type);

    private void RequireFields(TypedStruct type)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in type.Fields)
        {
            if (!IsIdentifier(field.Name)) throw new ArgumentException($"'{field.Name}' of {type.Name} cannot be the name of a field.");
            if (!names.Add(field.Name)) throw new ArgumentException($"{type.Name} has the field {field.Name} twice.");
            var item = Innermost(field.Type);
            if (!IsAtomic(item) && Find(item) is null) throw new ArgumentException($"The field {field.Name} of {type.Name} has the unknown type '{field.Type}'.");
        }
    }

    private static string Innermost(string type)
    {
        while (TryItem(type, out var item, out _)) type = item;
        return type;
    }

    private static bool IsAtomic(string type) =>
        type is "address" or "bool" or "bytes" or "string" || Width(type, "uint", 8, 256) is not null || Width(type, "bytes", 1, Hash32.Size) is not null;

    // Anything else could make two lists of types read the same.
    private static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '$');
}
