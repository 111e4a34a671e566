using System.Buffers;
using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// Reads a log that is written as plainly as nodes write them: no white space, no escapes, no field but those that nodes
/// send, lower-case digits. It takes a part of JSON and nothing beside it; whatever it does not take is left to the other
/// way, which judges. So a log is read in less time than finding its tokens would take.
/// The methods go by places in one text that stays where it is: texts cut ever shorter cost as much as what is done with them.
/// </summary>
internal static class PlainLog
{
    // Two more fields that nodes send: nobody reads them.
    private const int TransactionIndex = 8;
    private const int BlockTimestamp = 9;

    // No place: the text goes on as a plain log does not.
    private const int Strange = -1;

    /// <summary>Reads the log at this place, and adds it: the place after it, or less than zero where it is not plain.</summary>
    /// <param name="topics">Room for a log's topics.</param>
    public static int Read(ReadOnlySpan<byte> text, int at, Span<Hash32> topics, ref LogList logs)
    {
        var count = 0;
        Address address = default;
        var data = default(Range);
        ulong block = 0;
        Hash32 blockHash = default;
        Hash32 transaction = default;
        ulong index = 0;
        ulong ignored = 0;
        uint seen = 0;
        if (!Has(text, at, (byte)'{')) return Strange;
        at++;
        int before;
        // In the order of nodes, where one round is enough. In another order there are more.
        do
        {
            before = at;
            if (!Took(LogField.Address, Account(text, at, "\"address\":"u8, ref address), ref at, ref seen)) return Strange;
            if (!Took(LogField.Topics, Topics(text, at, "\"topics\":["u8, topics, ref count), ref at, ref seen)) return Strange;
            if (!Took(LogField.Data, Digits(text, at, "\"data\":\"0x"u8, ref data), ref at, ref seen)) return Strange;
            if (!Took(LogField.BlockNumber, Number(text, at, "\"blockNumber\":\"0x"u8, ref block), ref at, ref seen)) return Strange;
            if (!Took(LogField.TransactionHash, Hash(text, at, "\"transactionHash\":"u8, ref transaction), ref at, ref seen)) return Strange;
            if (!Took(TransactionIndex, Number(text, at, "\"transactionIndex\":\"0x"u8, ref ignored), ref at, ref seen)) return Strange;
            if (!Took(LogField.BlockHash, Hash(text, at, "\"blockHash\":"u8, ref blockHash), ref at, ref seen)) return Strange;
            if (!Took(BlockTimestamp, Number(text, at, "\"blockTimestamp\":\"0x"u8, ref ignored), ref at, ref seen)) return Strange;
            if (!Took(LogField.LogIndex, Number(text, at, "\"logIndex\":\"0x"u8, ref index), ref at, ref seen)) return Strange;
            if (!Took(LogField.Removed, False(text, at, "\"removed\":false"u8), ref at, ref seen)) return Strange;
        }
        while (at != before && Has(text, at, (byte)'"'));

        if (!Has(text, at, (byte)'}') || (seen & LogField.Required) != LogField.Required || index > uint.MaxValue) return Strange;
        at++;
        logs.MakeRoom(text[at..]);
        var digits = text[data];
        var bytes = logs.Reserve(digits.Length / 2);
        if (Convert.FromHexString(digits, bytes.Span, out _, out _) != OperationStatus.Done) return Strange;
        logs.Add() = new LogEntry(address, LogTopics.Create(topics[..count]), bytes, block, blockHash, transaction, (uint)index);
        return at;
    }

    /// <summary>Goes on to the place after a field, where it was there; false where it is strange, or was there before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Took(int field, int next, ref int at, ref uint seen)
    {
        if (next == at) return true;
        var bit = 1U << field;
        if (next < 0 || (seen & bit) != 0) return false;
        seen |= bit;
        at = next;
        return true;
    }

    // Each of these reads one field, with its name, where the text has it at this place: the place of the next one. Where
    // another field is there, that is the place itself.
    private static int Account(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> name, ref Address address)
    {
        const int Length = Address.TextSize;
        if (!text[at..].StartsWith(name)) return at;
        at += name.Length + 1;
        if (!IsQuoted(text, at, Length) || !Address.TryParseLowerUtf8(text.Slice(at, Length), out address)) return Strange;
        return Next(text, at + Length + 1);
    }

    private static int Hash(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> name, ref Hash32 hash)
    {
        if (!text[at..].StartsWith(name)) return at;
        at += name.Length + 1;
        if (!IsQuoted(text, at, Hash32.TextSize) || !Hash32.TryParseLowerUtf8(text.Slice(at, Hash32.TextSize), out hash)) return Strange;
        return Next(text, at + Hash32.TextSize + 1);
    }

    private static int Topics(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> name, Span<Hash32> topics, ref int count)
    {
        if (!text[at..].StartsWith(name)) return at;
        at += name.Length;
        var read = 0;
        for (; !Has(text, at, (byte)']'); read++)
        {
            if (read > 0 && !Has(text, at++, (byte)',')) return Strange;
            at++;
            if (read == LogTopics.Most || !IsQuoted(text, at, Hash32.TextSize)) return Strange;
            if (!Hash32.TryParseLowerUtf8(text.Slice(at, Hash32.TextSize), out topics[read])) return Strange;
            at += Hash32.TextSize + 1;
        }

        count = read;
        return Next(text, at + 1);
    }

    // Finds where the digits are. Whether they are digits is seen when they are decoded.
    private static int Digits(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> name, ref Range digits)
    {
        if (!text[at..].StartsWith(name)) return at;
        at += name.Length;
        var length = text[at..].IndexOf((byte)'"');
        if (length < 0 || length % 2 != 0) return Strange;
        digits = at..(at + length);
        return Next(text, at + length + 1);
    }

    private static int Number(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> name, ref ulong number)
    {
        const int MostDigits = sizeof(ulong) * 2;
        if (!text[at..].StartsWith(name)) return at;
        at += name.Length;
        ulong read = 0;
        for (var digits = 0; digits <= MostDigits && at < text.Length; digits++, at++)
        {
            if (text[at] == '"' && digits > 0)
            {
                number = read;
                return Next(text, at + 1);
            }

            var digit = HexDigit(text[at]);
            if (digit < 0) return Strange;
            read = (read << 4) | (uint)digit;
        }

        return Strange;
    }

    private static int False(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> field) =>
        text[at..].StartsWith(field) ? Next(text, at + field.Length) : at;

    // After a value: past the comma to a name, or to the brace.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Next(ReadOnlySpan<byte> text, int at)
    {
        if (Has(text, at, (byte)'}')) return at;
        return Has(text, at, (byte)',') && Has(text, at + 1, (byte)'"') ? at + 1 : Strange;
    }

    private static bool IsQuoted(ReadOnlySpan<byte> text, int at, int length) => Has(text, at - 1, (byte)'"') && Has(text, at + length, (byte)'"');

    private static bool Has(ReadOnlySpan<byte> text, int at, byte one) => (uint)at < (uint)text.Length && text[at] == one;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HexDigit(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        _ => -1,
    };
}
