using System.Runtime.InteropServices;
using System.Text.Json;
using OpenSettle.Metering;

namespace OpenSettle.Node.Usage;

/// <content>Measured influence.</content>
internal sealed partial class EventReader
{
    private void ReadAttribution(ref Utf8JsonReader reader)
    {
        if (!OpensOnce(ref reader, EventField.Attribution)) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            var field = EventFields.OfAttribution(name);
            if (field == EventField.Unknown && PromptNames.Contains(name)) RefusePrompt(ref reader, name);
            reader.Read();
            if (field == EventField.Unknown) SkipUnprompted(ref reader);
            else if (field == EventField.Weights) ReadWeights(ref reader);
            else Note(ref reader, field);
        }
    }

    private void ReadWeights(ref Utf8JsonReader reader)
    {
        if (!Once(EventField.Weights)) SkipUnprompted(ref reader);
        else if (reader.TokenType == JsonTokenType.StartArray) ReadRows(ref reader);
        else if (reader.TokenType != JsonTokenType.Null)
        {
            Refuse(EventField.Weights, "an array is needed");
            SkipUnprompted(ref reader);
        }
    }

    private void ReadRows(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadRow(ref reader);
                continue;
            }

            SkipUnprompted(ref reader);
            Refuse(EventField.Weights, "a weight is an object");
        }

        _weights.Sort(static (left, right) => left.Account.CompareTo(right.Account));
        for (var i = 1; i < _weights.Count; i++)
        {
            if (_weights[i].Account == _weights[i - 1].Account) Refuse(EventField.Weights, "an account stands in it twice");
        }
    }

    private void ReadRow(ref Utf8JsonReader reader)
    {
        Slot account = default, weight = default, low = default, high = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            if (name.SequenceEqual("account"u8)) NoteInRow(ref reader, ref account, "data.attribution.weights.account");
            else if (name.SequenceEqual("weight"u8)) NoteInRow(ref reader, ref weight, "data.attribution.weights.weight");
            else if (name.SequenceEqual("low"u8)) NoteInRow(ref reader, ref low, "data.attribution.weights.low");
            else if (name.SequenceEqual("high"u8)) NoteInRow(ref reader, ref high, "data.attribution.weights.high");
            else
            {
                if (PromptNames.Contains(name)) RefusePrompt(ref reader, name);
                reader.Read();
                SkipUnprompted(ref reader);
            }
        }

        AddWeight(account, weight, low, high);
    }

    private void NoteInRow(ref Utf8JsonReader reader, ref Slot slot, string path)
    {
        reader.Read();
        if (slot.Kind != SlotKind.None) Refuse(path, "it stands twice");
        slot = Take(ref reader);
    }

    /// <summary>A weight that is absent, zero or negative gives nothing.</summary>
    private void AddWeight(in Slot account, in Slot weight, in Slot low, in Slot high)
    {
        if (!TryWeight(weight, UInt128.Zero, "data.attribution.weights.weight", out var middle) || middle == UInt128.Zero) return;
        if (account.Kind != SlotKind.Text || !PlainValues.TryAccount(Bytes(account), out var who) || who.IsZero)
        {
            Refuse("data.attribution.weights.account", "an account is needed: 0x and 40 hexadecimal digits, not all zero, mixed case with a right checksum");
            return;
        }

        if (!TryWeight(low, middle, "data.attribution.weights.low", out var least) || !TryWeight(high, middle, "data.attribution.weights.high", out var most)) return;
        if (least > middle || most < middle) Refuse(EventField.Weights, "a weight is not between its low and its high");
        else if (_weights.Count == EventBody.MostWeights) Refuse(EventField.Weights, "more than 1024 accounts have a weight");
        else _weights.Add(new MeasuredWeight(who, middle, least, most));
    }

    private bool TryWeight(in Slot slot, UInt128 otherwise, string path, out UInt128 weight)
    {
        weight = otherwise;
        if (!slot.Given) return true;
        if (slot.Kind is SlotKind.Text or SlotKind.Number && PlainValues.TryWeight(Bytes(slot), out weight)) return true;
        Refuse(path, "a whole number below 2^96 is needed, or a negative one, which gives nothing");
        return false;
    }

    private ReadOnlySpan<MeasuredWeight> Weights => CollectionsMarshal.AsSpan(_weights);
}
