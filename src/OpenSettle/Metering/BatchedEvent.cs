using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Metering;

/// <summary>One usage event, as its gateway signed it in a batch.</summary>
/// <param name="Id">keccak-256 of source and id: the event's identity.</param>
/// <param name="Consumer">Salted hash of who used the model; zero where it is not told.</param>
/// <param name="Payment">Usage reference or transaction of the payment that it belongs to; zero where there is none.</param>
/// <param name="Method">Hash of the method that measured the weights; zero without weights.</param>
/// <param name="Weights">Positive influence, accounts ascending, each once.</param>
public sealed record BatchedEvent(
    Hash32 Id, Hash32 Consumer, ModelId Model, string Domain, string Outcome, ulong Units, ulong Time, Hash32 Payment, Hash32 Method,
    IReadOnlyList<InfluenceWeight> Weights)
{
    /// <summary>The event's line of text: what the batch's tree hashes.</summary>
    public byte[] ToText()
    {
        var writer = new CanonicalWriter();
        writer.Open();
        writer.Plain("event"u8);
        writer.Word(Id);
        writer.Word(Consumer);
        writer.Word(Model.Value);
        writer.Text(Domain);
        writer.Text(Outcome);
        writer.Number(Units);
        writer.Number(Time);
        writer.Word(Payment);
        writer.Word(Method);
        writer.Open();
        foreach (var (account, weight) in Weights)
        {
            writer.Open();
            writer.Account(account);
            writer.Amount(weight);
            writer.Close();
        }

        writer.Close();
        writer.Close();
        return writer.Written.ToArray();
    }

    /// <summary>Reads an event's line, strictly.</summary>
    public static BatchedEvent Parse(ReadOnlySpan<byte> text)
    {
        var reader = new CanonicalReader(text);
        reader.Open();
        if (!reader.Plain().SequenceEqual("event"u8)) throw new CanonicalFormatException("this is not an event.");
        var (id, consumer, model) = (reader.Word(), reader.Word(), new ModelId(reader.Word()));
        var (domain, outcome) = (reader.Text(), reader.Text());
        var (units, time, payment, method) = (reader.Number(), reader.Number(), reader.Word(), reader.Word());
        var weights = new List<InfluenceWeight>();
        reader.Open();
        while (reader.More)
        {
            reader.Open();
            var (account, weight) = (reader.Account(), reader.Amount());
            reader.Close();
            if (weight.IsZero || weight >= SplitTable.WeightLimit) throw new CanonicalFormatException($"the weight {weight} is not between 1 and 2^96 - 1.");
            if (account.IsZero) throw new CanonicalFormatException("the zero address has no influence.");
            if (weights.Count > 0 && weights[^1].Account >= account) throw new CanonicalFormatException($"{account} does not come after {weights[^1].Account}.");
            weights.Add(new InfluenceWeight(account, (UInt128)weight));
        }

        reader.Close();
        reader.Close();
        reader.End();
        return new BatchedEvent(id, consumer, model, domain, outcome, units, time, payment, method, weights);
    }
}

/// <summary>What an event says of an account's influence.</summary>
public readonly record struct InfluenceWeight(Address Account, UInt128 Weight);

/// <summary>A gateway's batch of events, in its order.</summary>
public sealed record UsageBatch(Address Gateway, ulong Number, IReadOnlyList<BatchedEvent> Events)
{
    /// <summary>The root, where whoever read the events' lines worked it out: an event has one line only, and need not be written and hashed again.</summary>
    public Hash32? KnownRoot { get; init; }

    /// <summary>Root of the tree over the events' texts.</summary>
    public Hash32 Root()
    {
        if (KnownRoot is { } known) return known;
        if (Events.Count == 0) throw new InvalidOperationException($"Batch {Number} of gateway {Gateway} is empty.");
        return BatchTree.OfEvents(Events).Root;
    }
}
