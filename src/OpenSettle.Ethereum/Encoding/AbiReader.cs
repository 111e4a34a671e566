using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>
/// Reads one ABI tuple, value by value. Whatever the bytes say, nothing is read outside of them and nothing larger than
/// them is allocated: arrays hold static items only, so that offsets cannot make one blob count many times.
/// </summary>
internal ref struct AbiReader(ReadOnlySpan<byte> tuple)
{
    private const int WordSize = 32;

    private readonly ReadOnlySpan<byte> _tuple = tuple;
    private int _at;

    /// <summary>Reads one item of an array.</summary>
    public delegate T ItemReader<out T>(ref AbiReader reader);

    public Hash32 Word() => Hash32.FromBytes(NextWord());

    public Address Account()
    {
        var word = NextWord();
        if (word[..(WordSize - Address.Size)].ContainsAnyExcept((byte)0)) throw new AbiException("An address has more than 20 bytes.");
        return Address.FromBytes(word[(WordSize - Address.Size)..]);
    }

    public bool Bool()
    {
        var word = UInt(8);
        return word <= UInt256.One ? !word.IsZero : throw new AbiException("A bool is neither 0 nor 1.");
    }

    public UInt256 UInt(int bits = 256)
    {
        var word = NextWord();
        if (word[..(WordSize - bits / 8)].ContainsAnyExcept((byte)0)) throw new AbiException($"A uint{bits} has more than {bits} bits.");
        return UInt256.FromBigEndian(word);
    }

    public ulong UInt64() => (ulong)UInt(64);

    public ushort UInt16() => (ushort)(ulong)UInt(16);

    public uint UInt32() => (uint)(ulong)UInt(32);

    public byte UInt8() => (byte)(ulong)UInt(8);

    public byte[] Bytes()
    {
        var rest = Tail();
        var length = Length(ref rest, 1);
        return rest[..length].ToArray();
    }

    /// <summary>
    /// A string. Contracts take any bytes for one, so bytes that are not UTF-8 become U+FFFD: they must not be able to
    /// stop a reader.
    /// </summary>
    public string Text()
    {
        var rest = Tail();
        var length = Length(ref rest, 1);
        return System.Text.Encoding.UTF8.GetString(rest[..length]);
    }

    /// <summary>A struct that holds something dynamic.</summary>
    public AbiReader Tuple() => new(Tail());

    /// <summary>An array of items that take a fixed number of words each.</summary>
    public T[] Array<T>(int wordsPerItem, ItemReader<T> read)
    {
        var rest = Tail();
        var count = Length(ref rest, checked(wordsPerItem * WordSize));
        var items = new T[count];
        var reader = new AbiReader(rest);
        for (var i = 0; i < items.Length; i++) items[i] = read(ref reader);
        return items;
    }

    /// <summary>
    /// An array of strings in the one form that encoders give it: offsets lead from one string to the next. So no two are the same bytes,
    /// and all together are no longer than what was given. Their padding is not looked at.
    /// </summary>
    public string[] Texts()
    {
        var rest = Tail();
        var items = new string[Length(ref rest, 2 * WordSize)];
        var expected = items.Length * WordSize;
        var reader = new AbiReader(rest);
        for (var i = 0; i < items.Length; i++)
        {
            var at = reader._at;
            var offset = UInt256.FromBigEndian(rest.Slice(at, WordSize));
            if (offset != (ulong)expected) throw new AbiException($"String {i} of an array is not where it belongs.");
            items[i] = reader.Text();
            var bytes = (int)(ulong)UInt256.FromBigEndian(rest.Slice(expected, WordSize));
            expected += WordSize + (bytes + WordSize - 1) / WordSize * WordSize;
        }

        return items;
    }

    // Takes a length off the front, which may say no more than what follows can hold.
    private static int Length(ref ReadOnlySpan<byte> rest, int itemSize)
    {
        var length = UInt256.FromBigEndian(rest[..WordSize]);
        rest = rest[WordSize..];
        var most = (ulong)(rest.Length / itemSize);
        return length <= most ? (int)(ulong)length : throw new AbiException($"A length of {length} is more than the {most} that the bytes can hold.");
    }

    private ReadOnlySpan<byte> Tail()
    {
        var offset = UInt();
        if (_tuple.Length < WordSize || offset > (ulong)(_tuple.Length - WordSize))
            throw new AbiException($"An offset of {offset} points outside of {_tuple.Length} bytes.");
        return _tuple[(int)(ulong)offset..];
    }

    private ReadOnlySpan<byte> NextWord()
    {
        if (_tuple.Length - _at < WordSize) throw new AbiException($"{_tuple.Length} bytes end before a value at {_at}.");
        var word = _tuple.Slice(_at, WordSize);
        _at += WordSize;
        return word;
    }
}
