namespace OpenSettle.Node.Usage;

/// <summary>What an event can say.</summary>
internal enum EventField
{
    /// <summary>Something that this program does not know, and skips.</summary>
    Unknown = 0,
    SpecVersion,
    Id,
    Source,
    Type,
    Time,
    Subject,
    Data,
    DataBase64,
    ModelId,
    Domain,
    Outcome,
    Units,
    InputTokens,
    OutputTokens,
    OlderInputTokens,
    OlderOutputTokens,
    ErrorType,
    Cost,
    Payment,
    PaymentTransaction,
    PaymentReference,
    PaymentNonce,
    Payer,
    Attribution,
    Method,
    MethodHash,
    Weights,
    Count,
}

/// <summary>The names of fields in our own form, and which field a name is. Names are compared as the bytes that came.</summary>
internal static class EventFields
{
    private static readonly string[] Paths =
    [
        "", "specversion", "id", "source", "type", "time", "subject", "data", "data_base64", "data.modelId", "data.domain", "data.outcome", "data.units",
        "data.gen_ai.usage.input_tokens", "data.gen_ai.usage.output_tokens", "data.gen_ai.usage.prompt_tokens", "data.gen_ai.usage.completion_tokens", "data.error.type",
        "data.cost", "data.payment", "data.payment.txHash", "data.payment.usageRef", "data.payment.nonce", "data.payment.payer", "data.attribution", "data.attribution.method",
        "data.attribution.methodHash", "data.attribution.weights",
    ];

    public static string PathOf(EventField field) => Paths[(int)field];

    public static EventField OfEnvelope(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => EventField.Id,
        4 when name.SequenceEqual("type"u8) => EventField.Type,
        4 when name.SequenceEqual("time"u8) => EventField.Time,
        4 when name.SequenceEqual("data"u8) => EventField.Data,
        6 when name.SequenceEqual("source"u8) => EventField.Source,
        7 when name.SequenceEqual("subject"u8) => EventField.Subject,
        11 when name.SequenceEqual("specversion"u8) => EventField.SpecVersion,
        11 when name.SequenceEqual("data_base64"u8) => EventField.DataBase64,
        _ => EventField.Unknown,
    };

    public static EventField OfData(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("cost"u8) => EventField.Cost,
        5 when name.SequenceEqual("units"u8) => EventField.Units,
        6 when name.SequenceEqual("domain"u8) => EventField.Domain,
        7 when name.SequenceEqual("modelId"u8) => EventField.ModelId,
        7 when name.SequenceEqual("outcome"u8) => EventField.Outcome,
        7 when name.SequenceEqual("payment"u8) => EventField.Payment,
        10 when name.SequenceEqual("error.type"u8) => EventField.ErrorType,
        11 when name.SequenceEqual("attribution"u8) => EventField.Attribution,
        25 when name.SequenceEqual("gen_ai.usage.input_tokens"u8) => EventField.InputTokens,
        26 when name.SequenceEqual("gen_ai.usage.output_tokens"u8) => EventField.OutputTokens,
        26 when name.SequenceEqual("gen_ai.usage.prompt_tokens"u8) => EventField.OlderInputTokens,
        30 when name.SequenceEqual("gen_ai.usage.completion_tokens"u8) => EventField.OlderOutputTokens,
        _ => EventField.Unknown,
    };

    public static EventField OfPayment(ReadOnlySpan<byte> name) => name.Length switch
    {
        5 when name.SequenceEqual("payer"u8) => EventField.Payer,
        5 when name.SequenceEqual("nonce"u8) => EventField.PaymentNonce,
        6 when name.SequenceEqual("txHash"u8) => EventField.PaymentTransaction,
        8 when name.SequenceEqual("usageRef"u8) => EventField.PaymentReference,
        9 when name.SequenceEqual("reference"u8) => EventField.PaymentReference,
        _ => EventField.Unknown,
    };

    public static EventField OfAttribution(ReadOnlySpan<byte> name) => name.Length switch
    {
        6 when name.SequenceEqual("method"u8) => EventField.Method,
        7 when name.SequenceEqual("weights"u8) => EventField.Weights,
        10 when name.SequenceEqual("methodHash"u8) => EventField.MethodHash,
        _ => EventField.Unknown,
    };
}

/// <summary>What stands where a value was expected.</summary>
internal enum SlotKind : byte
{
    None = 0,
    Null,
    Text,
    Number,
    Other,

    /// <summary>A text that is not valid Unicode.</summary>
    Broken,
}

/// <summary>Where a value stands: in the request's bytes, or unescaped in the reader's own.</summary>
internal readonly record struct Slot(SlotKind Kind, int Offset, int Length, bool Unescaped)
{
    /// <summary>Whether something was said: a null says nothing.</summary>
    public bool Given => Kind is not (SlotKind.None or SlotKind.Null);
}
