using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Usage;

/// <content>An event that was read to its end: its values are checked, and its bytes written.</content>
internal sealed partial class EventReader
{
    private const string WordNeeded = "0x and 64 hexadecimal digits are needed";

    private bool Finish()
    {
        if (_wrong is not null) return false;
        if (_rule is { } rule) ResolveMapped(rule);
        CheckEnvelope();
        var model = ReadModel();
        var units = ReadUnits();
        var time = ReadTime();
        var payer = ReadPayer();
        var consumer = ReadConsumer(ref payer);
        var payment = ReadPaymentWord();
        CheckTexts();
        var methodHash = Word(EventField.MethodHash);
        var attributed = _weights.Count > 0;
        if (attributed && methodHash.IsZero) Refuse(EventField.MethodHash, "it is needed where weights are: " + WordNeeded);
        if (_wrong is not null) return false;
        if (consumer is null) consumers.Add(Text(EventField.Subject), Bodies.NextConsumer);
        Bodies.Begin(model, units, time, consumer ?? ConsumerHash.Later, payer, payment, _slots[(int)EventField.Cost].Given, attributed);
        Bodies.Text(Text(EventField.Source));
        Bodies.Text(Text(EventField.Id));
        Bodies.Text(Text(EventField.Type));
        Bodies.Text(Text(EventField.Domain));
        Bodies.Text(OutcomeText());
        if (_slots[(int)EventField.Cost] is { Given: true } cost) Bodies.Text(Bytes(cost));
        if (attributed)
        {
            Bodies.Text(Text(EventField.Method));
            Bodies.Weights(methodHash, Weights);
        }

        Last = (model, time);
        return true;
    }

    private void CheckEnvelope()
    {
        if (!Text(EventField.SpecVersion).SequenceEqual("1.0"u8)) Refuse(EventField.SpecVersion, "only \"1.0\" is taken");
        Require(EventField.Id);
        Require(EventField.Source);
        Require(EventField.Type);
        if (_slots[(int)EventField.Data].Kind == SlotKind.None) Refuse(EventField.Data, "an object is needed");
    }

    private void CheckTexts()
    {
        Allow(EventField.Domain);
        Allow(EventField.Outcome);
        if (_weights.Count > 0) Require(EventField.Method);
        var cost = _slots[(int)EventField.Cost];
        if (cost.Given && (cost.Kind is not (SlotKind.Text or SlotKind.Number) || !PlainValues.IsDecimal(Bytes(cost))))
            Refuse(EventField.Cost, "a decimal number of at most 64 characters is needed, or a text that is one");
    }

    private void Require(EventField field)
    {
        var slot = _slots[(int)field];
        if (slot.Kind == SlotKind.Text)
        {
            if (PlainValues.TextProblem(Bytes(slot)) is { } problem) Refuse(field, problem);
        }
        else
        {
            Refuse(field, slot.Kind == SlotKind.Broken ? "the text is not valid Unicode" : "a text is needed");
        }
    }

    private void Allow(EventField field)
    {
        if (_slots[(int)field].Given) Require(field);
    }

    private ModelId ReadModel()
    {
        if (_rule is not null) return _mappedModel;
        if (PlainValues.TryWord(Text(EventField.ModelId), out var model) && !model.IsZero) return new ModelId(model);
        Refuse(EventField.ModelId, WordNeeded);
        return default;
    }

    private ulong ReadTime()
    {
        var slot = _slots[(int)EventField.Time];
        if (slot.Kind == SlotKind.Text && RfcTime.TryParse(Bytes(slot), _rule?.TimesAreUtc ?? false, out var time)) return time;
        if (_rule is not null && slot.Kind == SlotKind.Number && PlainValues.TryUnits(Bytes(slot), out time) && time <= UsageLimits.LastSecond) return time;
        Refuse(EventField.Time, _rule is null ? "a time in the form of RFC 3339, from 1970 on, is needed" : "a time in the form of RFC 3339 is needed, or seconds since 1970");
        return 0;
    }

    private ulong ReadUnits()
    {
        if (_slots[(int)EventField.Units].Given) return Number(EventField.Units);
        var (input, output) = (Newer(EventField.InputTokens, EventField.OlderInputTokens), Newer(EventField.OutputTokens, EventField.OlderOutputTokens));
        if (!_slots[(int)input].Given && !_slots[(int)output].Given)
        {
            Refuse(EventField.Units, "a whole number is needed, here or as gen_ai.usage.input_tokens and gen_ai.usage.output_tokens");
            return 0;
        }

        var (first, second) = (Number(input), Number(output));
        if (first <= ulong.MaxValue - second) return first + second;
        Refuse(EventField.Units, "input and output tokens together are more than 64 bits");
        return 0;
    }

    private EventField Newer(EventField name, EventField older) => _slots[(int)name].Given ? name : older;

    private ulong Number(EventField field)
    {
        var slot = _slots[(int)field];
        if (!slot.Given) return 0;
        if (slot.Kind is SlotKind.Number or SlotKind.Text && PlainValues.TryUnits(Bytes(slot), out var value)) return value;
        Refuse(field, "a whole number, not negative, of at most 64 bits is needed");
        return 0;
    }

    private Address ReadPayer()
    {
        var slot = _slots[(int)EventField.Payer];
        if (!slot.Given) return Address.Zero;
        if (slot.Kind == SlotKind.Text && PlainValues.TryAccount(WithoutChain(Bytes(slot)), out var payer) && !payer.IsZero) return payer;
        Refuse(EventField.Payer, "an account of this chain is needed: 0x and 40 hexadecimal digits, mixed case with a right checksum");
        return Address.Zero;
    }

    /// <summary>The account in a CAIP-10 name of this chain; any other text as it is.</summary>
    private ReadOnlySpan<byte> WithoutChain(ReadOnlySpan<byte> text) => text.StartsWith(chainPrefix.Span) ? text[chainPrefix.Length..] : text;

    /// <summary>Who used the model; null: its hash is still to be made. An account of this chain pays as well, unless another one is named.</summary>
    private Hash32? ReadConsumer(ref Address payer)
    {
        if (!_slots[(int)EventField.Subject].Given) return Hash32.Zero;
        Require(EventField.Subject);
        if (_wrong is not null) return Hash32.Zero;
        var subject = Text(EventField.Subject);
        if (PlainValues.TryWord(subject, out var hash) && !hash.IsZero) return hash;
        if (Signed)
        {
            Refuse(EventField.Subject, "in a signed batch it is a hash that the gateway made: " + WordNeeded);
            return Hash32.Zero;
        }

        if (payer.IsZero && subject.StartsWith(chainPrefix.Span) && PlainValues.TryAccount(subject[chainPrefix.Length..], out var account)) payer = account;
        return null;
    }

    private Hash32 ReadPaymentWord()
    {
        if (_slots[(int)EventField.PaymentTransaction].Given && _slots[(int)EventField.PaymentReference].Given)
            Refuse(EventField.Payment, "either txHash or usageRef is needed, and not both");
        return _slots[(int)EventField.PaymentReference].Given ? Word(EventField.PaymentReference) : Word(EventField.PaymentTransaction);
    }

    private Hash32 Word(EventField field)
    {
        var slot = _slots[(int)field];
        if (!slot.Given) return Hash32.Zero;
        if (slot.Kind == SlotKind.Text && PlainValues.TryWord(Bytes(slot), out var word)) return word;
        Refuse(field, WordNeeded);
        return Hash32.Zero;
    }

    /// <summary>As it is told; where it is not, an error type says that it failed.</summary>
    private ReadOnlySpan<byte> OutcomeText()
    {
        if (_slots[(int)EventField.Outcome].Given) return Text(EventField.Outcome);
        return _slots[(int)EventField.ErrorType].Given ? "error"u8 : "unknown"u8;
    }
}
