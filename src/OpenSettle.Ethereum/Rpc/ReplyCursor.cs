using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// Walks over a reply's JSON once, from token to token, and takes values straight out of its bytes. Text that is not JSON
/// ends in a <see cref="JsonException"/>, which <see cref="AnswerReader"/> gives a name; whatever else is wrong is refused here.
/// </summary>
internal ref struct ReplyCursor
{
    public const int DeepestNesting = 32;

    // A hash, each character of it escaped.
    private const int FirstUnescaped = ReplyReader.LongestValue * 6;

    private readonly ReadOnlySpan<byte> _text;
    private Utf8JsonReader _json;

    // Where the reader's own text begins within the whole.
    private int _start;
    private byte[]? _unescaped;

    public ReplyCursor(ReplyReader reply, ReadOnlySpan<byte> text)
    {
        Reply = reply;
        _text = text;
        _json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = DeepestNesting });
    }

    /// <summary>Names endpoint and method, and refuses.</summary>
    public ReplyReader Reply { get; }

    public readonly JsonTokenType Token => _json.TokenType;

    public readonly bool IsNull => _json.TokenType == JsonTokenType.Null;

    /// <summary>What follows the current token.</summary>
    public readonly ReadOnlySpan<byte> Rest => _text[Position..];

    private readonly int Position => _start + (int)_json.BytesConsumed;

    /// <summary>To the first token.</summary>
    public void Start() => _json.Read();

    /// <summary>To the end, where nothing may stand any more.</summary>
    public void End()
    {
        if (_json.Read()) throw new JsonException("Something follows the reply.");
    }

    /// <summary>The current value has to be an object: the cursor stands before its first field.</summary>
    public readonly void EnterObject(string name)
    {
        if (Token != JsonTokenType.StartObject) Reply.Refuse($"'{name}' is not an object but {Kind()}.");
    }

    /// <summary>The current value has to be an array: the cursor stands before its first item.</summary>
    public readonly void EnterArray(string name)
    {
        if (Token != JsonTokenType.StartArray) Reply.Refuse($"'{name}' is not an array but {Kind()}.");
    }

    /// <summary>To the next field's name, or past the object's end: then false.</summary>
    public bool NextField()
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>To the next item, or past the array's end: then false.</summary>
    public bool NextItem()
    {
        _json.Read();
        return _json.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>From a field's name to its value.</summary>
    public void Enter() => _json.Read();

    /// <summary>To the last token of the current value, or of the value of the field named here.</summary>
    public void Skip() => _json.Skip();

    /// <summary>Skips the current value, and gives its text.</summary>
    public ReadOnlySpan<byte> Raw()
    {
        var first = _start + (int)_json.TokenStartIndex;
        _json.Skip();
        return _text[first..Position];
    }

    /// <summary>A cursor on a part of this reply, at its first token.</summary>
    public readonly ReplyCursor On(ReadOnlySpan<byte> part)
    {
        var cursor = new ReplyCursor(Reply, part);
        cursor.Start();
        return cursor;
    }

    /// <summary>
    /// Steps over so many bytes after an item, which somebody else has read: whole items of the same array. So the reader
    /// finds on the other side what it expects on this one.
    /// </summary>
    public void StepOverItems(int bytes)
    {
        var position = Position + bytes;
        _json = new Utf8JsonReader(_text[position..], isFinalBlock: true, _json.CurrentState);
        _start = position;
    }

    /// <summary>The text of a name or a value, valid until the next one is asked for.</summary>
    public ReadOnlySpan<byte> Text(string name)
    {
        if (Token is not (JsonTokenType.String or JsonTokenType.PropertyName)) Reply.Refuse($"'{name}' is not a string but {Kind()}.");
        return _json.ValueIsEscaped ? Unescaped(name) : _json.ValueSpan;
    }

    public UInt256 Quantity(string name) => Reply.Quantity(Text(name), name);

    public ulong UInt64(string name) => Reply.UInt64(Text(name), name);

    public Hash32 Hash(string name) => Reply.Hash(Text(name), name);

    public Address Account(string name) => Reply.Account(Text(name), name);

    /// <summary>Bytes of any length.</summary>
    public byte[] Data(string name)
    {
        var text = Text(name);
        var bytes = new byte[Reply.DataLength(text, name)];
        Reply.Data(text, bytes, name);
        return bytes;
    }

    /// <summary>What the current token is, in words.</summary>
    public readonly string Kind() => Token switch
    {
        JsonTokenType.Null or JsonTokenType.None => "null",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Number => "a number",
        JsonTokenType.String or JsonTokenType.PropertyName => "a string",
        JsonTokenType.StartArray => "an array",
        _ => "an object",
    };

    // Nobody escapes what is hexadecimal, but it is legal: so it may cost a buffer.
    private ReadOnlySpan<byte> Unescaped(string name)
    {
        if (_unescaped is null || _unescaped.Length < _json.ValueSpan.Length) _unescaped = new byte[Math.Max(_json.ValueSpan.Length, FirstUnescaped)];
        try
        {
            return _unescaped.AsSpan(0, _json.CopyString(_unescaped));
        }
        catch (InvalidOperationException)
        {
            // What the reader says of text that is not UTF-8, or of half a surrogate pair.
            Reply.Refuse($"'{name}' is not a valid string.");
            return [];
        }
    }
}
