using System.Text;
using System.Text.Json;
using OpenSettle.Metering;
using OpenSettle.Registry;

namespace OpenSettle.Node.Usage;

/// <summary>
/// Reads one event after another out of a request's bytes into <see cref="EventBody"/>s. What an event says is noted as
/// places in the request, checked when the event is whole, and written once: a good event allocates nothing. For one
/// request at a time.
/// </summary>
internal sealed partial class EventReader(MappingSet mappings, ConsumerHash consumers, ReadOnlyMemory<byte> chainPrefix)
{
    private readonly Slot[] _slots = new Slot[(int)EventField.Count];
    private readonly Slot[] _found = new Slot[MappingRule.MostPointers];
    private readonly List<MeasuredWeight> _weights = [];
    private byte[] _scratch = new byte[1024];
    private int _scratchLength;
    private byte[] _request = [];
    private int _base;
    private int _dataDepth;
    private (int Offset, int Length) _laterData;
    private MappingRule? _rule;
    private string? _wrongField;
    private string? _wrong;

    /// <summary>The bodies of the events that were good.</summary>
    public EventBodyWriter Bodies { get; } = new();

    /// <summary>Path of the field that is wrong; null for the event as a whole.</summary>
    public string? WrongField => _wrongField;

    public string? Wrong => _wrong;

    /// <summary>What the last good event says of where it belongs.</summary>
    public (ModelId Model, ulong Time) Last { get; private set; }

    public ReadOnlySpan<byte> LastSource => Text(EventField.Source);

    public ReadOnlySpan<byte> LastId => Text(EventField.Id);

    /// <summary>Whether only what a signature covers is taken: consumers as hashes already.</summary>
    public bool Signed { get; set; }

    public void Begin(byte[] request)
    {
        _request = request;
        Bodies.Clear();
    }

    /// <summary>Reads a CloudEvent at which the reader stands, to its end. False where something of it is wrong.</summary>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public bool ReadCloudEvent(ref Utf8JsonReader reader)
    {
        Forget();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            Refuse(null, "an event is an object");
            return false;
        }

        ReadEnvelope(ref reader);
        if (_laterData.Length > 0) ReadLaterData();
        return Finish();
    }

    /// <summary>Reads a record of another form, at which the reader stands.</summary>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public bool ReadRecord(ref Utf8JsonReader reader, MappingRule rule)
    {
        Forget();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            Refuse(null, "a record is an object");
            return false;
        }

        (_rule, _isRecord) = (rule, true);
        _slots[(int)EventField.SpecVersion] = ToScratch("1.0"u8);
        ReadDataObject(ref reader);
        return Finish();
    }

    /// <summary>Reads the data of an event whose envelope came in headers.</summary>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public bool ReadBinary(ref Utf8JsonReader reader, IEnumerable<(EventField Field, byte[]? Value)> headers)
    {
        Forget();
        foreach (var (field, value) in headers)
        {
            if (value is null) Refuse(EventFields.PathOf(field), "the header stands twice");
            else _slots[(int)field] = ToScratch(value);
        }

        _rule = mappings.Find(Text(EventField.Type), Text(EventField.Source));
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            Refuse("data", "an object is needed");
            return false;
        }

        ReadDataObject(ref reader);
        return Finish();
    }

    private void Forget()
    {
        _slots.AsSpan().Clear();
        _weights.Clear();
        _scratchLength = 0;
        _base = 0;
        _laterData = default;
        (_rule, _isRecord) = (null, false);
        (_wrongField, _wrong) = (null, null);
    }

    /// <summary>The first thing that is wrong is told.</summary>
    private void Refuse(string? field, string reason)
    {
        if (_wrong is null) (_wrongField, _wrong) = (field, reason);
    }

    private void Refuse(EventField field, string reason) => Refuse(_rule?.PathOf(field) ?? EventFields.PathOf(field), reason);

    private void ReadEnvelope(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = EventFields.OfEnvelope(Name(ref reader));
            reader.Read();
            switch (field)
            {
                case EventField.Unknown:
                    reader.Skip();
                    break;
                case EventField.Data:
                    ReadData(ref reader);
                    break;
                case EventField.DataBase64:
                    reader.Skip();
                    Refuse(field, "only data as JSON is taken");
                    break;
                default:
                    Note(ref reader, field);
                    break;
            }
        }
    }

    private void ReadData(ref Utf8JsonReader reader)
    {
        if (!Once(EventField.Data) || reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            Refuse(EventField.Data, "an object is needed");
            return;
        }

        // Which form the data has may stand after it.
        var known = _slots[(int)EventField.Type].Kind == SlotKind.Text && _slots[(int)EventField.Source].Kind == SlotKind.Text;
        if (mappings.Matches && !known)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            _laterData = (start, (int)reader.BytesConsumed - start);
            return;
        }

        if (mappings.Matches) _rule = mappings.Find(Text(EventField.Type), Text(EventField.Source));
        ReadDataObject(ref reader);
    }

    private void ReadLaterData()
    {
        _rule = mappings.Find(Text(EventField.Type), Text(EventField.Source));
        var data = new Utf8JsonReader(_request.AsSpan(_laterData.Offset, _laterData.Length), new JsonReaderOptions { MaxDepth = UsageLimits.MostDepth });
        _base = _laterData.Offset;
        data.Read();
        ReadDataObject(ref data);
        _base = 0;
    }

    private void ReadDataObject(ref Utf8JsonReader reader)
    {
        _slots[(int)EventField.Data] = new Slot(SlotKind.Other, 0, 0, false);
        _dataDepth = reader.CurrentDepth + 1;
        if (_rule is { } rule) ReadMapped(ref reader, rule);
        else ReadOwnData(ref reader);
    }

    private void ReadOwnData(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            var field = EventFields.OfData(name);
            if (field == EventField.Unknown && PromptNames.Contains(name)) RefusePrompt(ref reader, name);
            reader.Read();
            switch (field)
            {
                case EventField.Unknown:
                    SkipUnprompted(ref reader);
                    break;
                case EventField.Payment:
                    ReadPayment(ref reader);
                    break;
                case EventField.Attribution:
                    ReadAttribution(ref reader);
                    break;
                default:
                    Note(ref reader, field);
                    break;
            }
        }
    }

    private void ReadPayment(ref Utf8JsonReader reader)
    {
        if (!OpensOnce(ref reader, EventField.Payment)) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            var field = EventFields.OfPayment(name);
            if (field == EventField.Unknown && PromptNames.Contains(name)) RefusePrompt(ref reader, name);
            reader.Read();
            if (field == EventField.Unknown) SkipUnprompted(ref reader);
            else Note(ref reader, field);
        }
    }

    /// <summary>Steps into an object; anything else is skipped, and refused unless it is null.</summary>
    private bool OpensOnce(ref Utf8JsonReader reader, EventField field)
    {
        if (Once(field))
        {
            if (reader.TokenType == JsonTokenType.StartObject) return true;
            if (reader.TokenType != JsonTokenType.Null) Refuse(field, "an object is needed");
        }

        SkipUnprompted(ref reader);
        return false;
    }

    /// <summary>The name at which the reader stands.</summary>
    private ReadOnlySpan<byte> Name(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return reader.ValueSpan;
        var slot = Unescape(ref reader);
        if (slot.Kind == SlotKind.Text) return Bytes(slot);
        Refuse(null, "a name in it is not valid Unicode");
        return default;
    }

    private void Note(ref Utf8JsonReader reader, EventField field)
    {
        if (Once(field)) _slots[(int)field] = Take(ref reader);
        else SkipUnprompted(ref reader);
    }

    private bool Once(EventField field)
    {
        ref var slot = ref _slots[(int)field];
        if (slot.Kind == SlotKind.None)
        {
            slot = new Slot(SlotKind.Other, 0, 0, false);
            return true;
        }

        Refuse(field, "it stands twice");
        return false;
    }

    /// <summary>Notes the value at which the reader stands, and goes to its end.</summary>
    private Slot Take(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.ValueIsEscaped ? Unescape(ref reader) : new Slot(SlotKind.Text, _base + (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, false);
            case JsonTokenType.Number:
                return new Slot(SlotKind.Number, _base + (int)reader.TokenStartIndex, reader.ValueSpan.Length, false);
            case JsonTokenType.Null:
                return new Slot(SlotKind.Null, 0, 0, false);
            default:
                SkipUnprompted(ref reader);
                return new Slot(SlotKind.Other, 0, 0, false);
        }
    }

    private Slot Unescape(ref Utf8JsonReader reader)
    {
        var room = ScratchRoom(reader.ValueSpan.Length);
        try
        {
            var length = reader.CopyString(room);
            var slot = new Slot(SlotKind.Text, _scratchLength, length, true);
            _scratchLength += length;
            return slot;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            return new Slot(SlotKind.Broken, 0, 0, false);
        }
    }

    private Slot ToScratch(ReadOnlySpan<byte> text)
    {
        text.CopyTo(ScratchRoom(text.Length));
        var slot = new Slot(SlotKind.Text, _scratchLength, text.Length, true);
        _scratchLength += text.Length;
        return slot;
    }

    private Span<byte> ScratchRoom(int length)
    {
        if (_scratch.Length - _scratchLength < length) Array.Resize(ref _scratch, Math.Max(2 * _scratch.Length, _scratchLength + length));
        return _scratch.AsSpan(_scratchLength);
    }

    private ReadOnlySpan<byte> Bytes(scoped in Slot slot) => (slot.Unescaped ? _scratch : _request).AsSpan(slot.Offset, slot.Length);

    private ReadOnlySpan<byte> Text(EventField field) => _slots[(int)field] is { Kind: SlotKind.Text } slot ? Bytes(slot) : default;

    /// <summary>Skips a value, and looks for prompts and answers in it.</summary>
    private void SkipUnprompted(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            var name = Name(ref reader);
            if (PromptNames.Contains(name)) RefusePrompt(ref reader, name);
        }
    }

    /// <summary>At a name under which prompts come: a count under it is none.</summary>
    private void RefusePrompt(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name)
    {
        var ahead = reader;
        ahead.Read();
        if (ahead.TokenType is JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            var inside = reader.CurrentDepth > _dataDepth ? "*." : string.Empty;
            Refuse($"data.{inside}{Encoding.UTF8.GetString(name)}", "prompts and answers are not taken: send what was used, and not what was said");
        }
    }
}
