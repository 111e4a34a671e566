using OpenSettle.Primitives;

namespace OpenSettle.Metering;

/// <summary>An event's line, written from its bytes: the same as <see cref="BatchedEvent.ToText"/> of it, without the objects between.</summary>
public static class EventLine
{
    /// <exception cref="FormatException">No line can say what the event's bytes say.</exception>
    public static void Write(CanonicalWriter writer, in EventView e)
    {
        var attribution = e.ReadAttribution();
        writer.Open();
        writer.Plain("event"u8);
        writer.Word(e.Identity());
        writer.Word(e.Consumer);
        writer.Word(e.Model.Value);
        writer.Text(e.Domain);
        writer.Text(e.Outcome);
        writer.Number(e.Units);
        writer.Number(e.Time);
        writer.Word(e.Payment);
        writer.Word(attribution is { Weights.Count: > 0 } ? attribution.MethodHash : Hash32.Zero);
        writer.Open();
        var last = Address.Zero;
        foreach (var (account, weight, _, _) in attribution?.Weights ?? [])
        {
            // A reader of the line refuses anything else: so nobody may sign it.
            if (weight == 0) throw new FormatException($"the weight of {account} is zero");
            if (account <= last) throw new FormatException($"{account} does not come after {last}");
            last = account;
            writer.Open();
            writer.Account(account);
            writer.Amount(weight);
            writer.Close();
        }

        writer.Close();
        writer.Close();
    }
}
