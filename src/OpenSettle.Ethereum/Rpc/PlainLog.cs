using System.Buffers;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// Reads a log that is written as plainly as nodes write them: no white space, no escapes, lower-case digits, every value
/// text but "removed". It takes a part of JSON and nothing beside it; whatever it does not take is left to the other way,
/// which judges. Ten thousand logs are read so in half of the time that finding their tokens would take.
/// </summary>
internal ref struct PlainLog
{
    private const int MostDigits = sizeof(ulong) * 2;

    private static readonly SearchValues<byte> Plain = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private ReadOnlySpan<byte> _rest;
    private Address _address;
    private LogTopics _topics;
    private ReadOnlySpan<byte> _data;
    private ulong _block;
    private Hash32 _blockHash;
    private Hash32 _transaction;
    private ulong _index;

    /// <param name="text">Begins with the log's '{'.</param>
    public PlainLog(ReadOnlySpan<byte> text) => _rest = text;

    /// <summary>What follows the log that was read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Whether the log was plain: then it is in the list.</summary>
    public bool TryRead(ref LogList logs)
    {
        if (!TrySkip((byte)'{')) return false;
        uint seen = 0;
        do
        {
            if (!TryText(out var name) || !TrySkip((byte)':')) return false;
            var field = FieldOf(name);
            if (field < 0)
            {
                // Letters and digits are the same in every reading of JSON.
                if (name.ContainsAnyExcept(Plain) || !TryText(out var skipped) || skipped.ContainsAnyExcept(Plain)) return false;
                continue;
            }

            var bit = 1U << field;
            if ((seen & bit) != 0 || !TryValue(field)) return false;
            seen |= bit;
        }
        while (TrySkip((byte)','));

        if (!TrySkip((byte)'}') || (seen & LogField.Required) != LogField.Required || _index > uint.MaxValue) return false;
        logs.MakeRoom(_rest);
        var data = logs.Reserve(_data.Length / 2);
        if (Convert.FromHexString(_data, data.Span, out _, out _) != OperationStatus.Done) return false;
        logs.Add() = new LogEntry(_address, _topics, data, _block, _blockHash, _transaction, (uint)_index);
        return true;
    }

    // By length first, which tells nearly all of them apart.
    private static int FieldOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("data"u8) => LogField.Data,
        6 when name.SequenceEqual("topics"u8) => LogField.Topics,
        7 when name.SequenceEqual("address"u8) => LogField.Address,
        7 when name.SequenceEqual("removed"u8) => LogField.Removed,
        8 when name.SequenceEqual("logIndex"u8) => LogField.LogIndex,
        9 when name.SequenceEqual("blockHash"u8) => LogField.BlockHash,
        11 when name.SequenceEqual("blockNumber"u8) => LogField.BlockNumber,
        15 when name.SequenceEqual("transactionHash"u8) => LogField.TransactionHash,
        _ => -1,
    };

    private bool TryValue(int field) => field switch
    {
        LogField.Address => TryText(out var text) && Address.TryParseLowerUtf8(text, out _address),
        LogField.Topics => TryTopics(),
        LogField.Data => TryData(),
        LogField.BlockNumber => TryNumber(out _block),
        LogField.BlockHash => TryHash(out _blockHash),
        LogField.TransactionHash => TryHash(out _transaction),
        LogField.LogIndex => TryNumber(out _index),
        _ => TryFalse(),
    };

    private bool TryTopics()
    {
        if (!TrySkip((byte)'[')) return false;
        Span<Hash32> topics = stackalloc Hash32[LogTopics.Most];
        var count = 0;
        if (!TrySkip((byte)']'))
        {
            do
            {
                if (count == LogTopics.Most || !TryHash(out topics[count])) return false;
                count++;
            }
            while (TrySkip((byte)','));
            if (!TrySkip((byte)']')) return false;
        }

        _topics = LogTopics.Create(topics[..count]);
        return true;
    }

    private bool TryHash(out Hash32 hash)
    {
        const int Quoted = Hash32.TextSize + 2;
        hash = default;
        if (_rest.Length < Quoted || _rest[0] != '"' || _rest[Quoted - 1] != '"') return false;
        if (!Hash32.TryParseLowerUtf8(_rest.Slice(1, Hash32.TextSize), out hash)) return false;
        _rest = _rest[Quoted..];
        return true;
    }

    private bool TryData()
    {
        if (!TryText(out var text) || !text.StartsWith("0x"u8) || text.Length % 2 != 0) return false;
        _data = text[2..];
        return true;
    }

    private bool TryNumber(out ulong number)
    {
        number = 0;
        if (!TryText(out var text) || !text.StartsWith("0x"u8) || text.Length is 2 or > 2 + MostDigits) return false;
        foreach (var digit in text[2..])
        {
            // Letters but these would be judged by the other way.
            var value = digit is >= (byte)'0' and <= (byte)'9' ? digit - '0' : digit is >= (byte)'a' and <= (byte)'f' ? digit - 'a' + 10 : -1;
            if (value < 0) return false;
            number = (number << 4) | (uint)value;
        }

        return true;
    }

    private bool TryFalse()
    {
        if (!_rest.StartsWith("false"u8)) return false;
        _rest = _rest["false"u8.Length..];
        return true;
    }

    // Up to the next quotation mark. Whether nothing in between is escaped is for those to see who use it.
    private bool TryText(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!TrySkip((byte)'"')) return false;
        var end = _rest.IndexOf((byte)'"');
        if (end < 0) return false;
        text = _rest[..end];
        _rest = _rest[(end + 1)..];
        return true;
    }

    private bool TrySkip(byte one)
    {
        if (_rest.IsEmpty || _rest[0] != one) return false;
        _rest = _rest[1..];
        return true;
    }
}
