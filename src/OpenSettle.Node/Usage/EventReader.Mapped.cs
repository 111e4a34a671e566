using System.Buffers.Text;
using System.Text.Json;
using OpenSettle.Registry;

namespace OpenSettle.Node.Usage;

/// <content>Usage in another form, by a rule.</content>
internal sealed partial class EventReader
{
    private ModelId _mappedModel;
    private bool _isRecord;

    private void ReadMapped(ref Utf8JsonReader reader, MappingRule rule)
    {
        _found.AsSpan().Clear();
        _mappedModel = default;
        var all = rule.Pointers.Count == MappingRule.MostPointers ? ulong.MaxValue : (1UL << rule.Pointers.Count) - 1;
        ReadMapped(ref reader, rule, all, 0);
    }

    /// <summary>Reads an object to its end.</summary>
    /// <param name="reader">Stands at the object.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="lead">Bits of the pointers that lead into this object.</param>
    /// <param name="depth">Names of them that are behind.</param>
    private void ReadMapped(ref Utf8JsonReader reader, MappingRule rule, ulong lead, int depth)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            var (further, here) = (0UL, 0UL);
            for (var i = 0; i < rule.Pointers.Count; i++)
            {
                var names = rule.Pointers[i].Names;
                if ((lead & (1UL << i)) == 0 || !name.SequenceEqual(names[depth])) continue;
                if (names.Length == depth + 1) here |= 1UL << i;
                else further |= 1UL << i;
            }

            if (PromptNames.Contains(name)) RefusePrompt(ref reader, name);
            reader.Read();
            if (further != 0 && reader.TokenType == JsonTokenType.StartObject)
            {
                NoteFound(rule, here, new Slot(SlotKind.Other, 0, 0, false));
                ReadMapped(ref reader, rule, further, depth + 1);
            }
            else
            {
                NoteFound(rule, here, Take(ref reader));
            }
        }
    }

    private void NoteFound(MappingRule rule, ulong pointers, Slot slot)
    {
        for (var i = 0; pointers != 0; i++, pointers >>= 1)
        {
            if ((pointers & 1) == 0) continue;
            if (_found[i].Kind != SlotKind.None) Refuse("data" + rule.Pointers[i].Text.Replace('/', '.'), "it stands twice");
            _found[i] = slot;
        }
    }

    /// <summary>Puts what the rule found where our own form would have it.</summary>
    private void ResolveMapped(MappingRule rule)
    {
        foreach (var (field, sources) in rule.Fields)
        {
            // What the event's envelope says holds, and a CloudEvent has to say who it is.
            if (_slots[(int)field].Given || (!_isRecord && field is EventField.Source or EventField.Type)) continue;
            foreach (var source in sources)
            {
                var slot = field == EventField.Units && source.Fixed is null ? Sum(rule, source) : First(source);
                if (!slot.Given) continue;
                _slots[(int)field] = slot;
                break;
            }
        }

        var name = _slots[(int)EventField.ModelId];
        if (name.Kind != SlotKind.Text) Refuse(EventField.ModelId, "a model's name is needed");
        else if (!rule.TryModel(Bytes(name), out _mappedModel))
            Refuse(EventField.ModelId, rule.Models is null ? WordNeeded : $"the mapping {rule.Name} does not know this model: add it to its models, or \"*\" for all others, and send the event again");
    }

    private Slot First(MappedSource source) => source.Fixed is { } text ? ToScratch(text) : _found[source.Pointers[0]];

    /// <summary>The sum of those numbers that are there.</summary>
    private Slot Sum(MappingRule rule, MappedSource source)
    {
        var (sum, given) = (0UL, false);
        foreach (var pointer in source.Pointers)
        {
            var slot = _found[pointer];
            if (!slot.Given) continue;
            given = true;
            if (slot.Kind is not (SlotKind.Text or SlotKind.Number) || !PlainValues.TryUnits(Bytes(slot), out var number) || number > ulong.MaxValue - sum)
            {
                Refuse("data" + rule.Pointers[pointer].Text.Replace('/', '.'), "a whole number, not negative, is needed, and a sum of at most 64 bits");
                return slot;
            }

            sum += number;
        }

        if (!given) return default;
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(sum, digits, out var length);
        return ToScratch(digits[..length]);
    }
}
