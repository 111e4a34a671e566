
namespace OpenSettle.Passports;

/// <summary>
/// Facts of later than the block that a passport is of are a fault of whoever gathered them: left out in silence, two readers would get
/// two passports.
/// </summary>
internal static class FactsCheck
{
    public static void Check(PassportFacts facts)
    {
        var asOf = facts.AsOf;
        if (!facts.Registry.TryGet(facts.Model, out var entry)) throw Wrong($"model {facts.Model} is not in the registry");
        if (entry.Registration.At.Block >= asOf.Number) throw Wrong($"model {facts.Model} was registered in block {entry.Registration.At.Block}, the passport is as of block {asOf.Number}");
        var ends = CheckEpochs(facts);
        EpochPoint? epoch = null;
        foreach (var row in facts.Revenue)
        {
            if (epoch is null || epoch.Number != row.Epoch) epoch = Epoch(ends, row.Epoch, "revenue");
            if (row.Day * Calendar.SecondsOfDay > epoch.EndTime) throw Wrong($"revenue of day {row.Day} is of after epoch {row.Epoch}");
            if (row.Oldest / Calendar.SecondsOfDay != row.Day) throw Wrong($"the oldest payment of day {row.Day}, at {row.Oldest}, is of another day");
            if (row.Oldest > epoch.EndTime || row.TimeWeighted < row.Settled * row.Oldest || row.TimeWeighted > row.Settled * epoch.EndTime)
                throw Wrong($"times of day {row.Day}'s payments are not between the oldest, at {row.Oldest}, and the end of epoch {row.Epoch}");
        }

        foreach (var (number, record) in facts.Records)
        {
            Epoch(ends, number, "a record");
            if (record.Model != facts.Model) throw Wrong($"the record of epoch {number} is of model {record.Model}");
        }

        if (facts.Records.GroupBy(record => record.Epoch).FirstOrDefault(records => records.Skip(1).Any()) is { } twice) throw Wrong($"epoch {twice.Key} has two records");
        foreach (var earning in facts.Earnings) Epoch(ends, earning.Epoch, "an earning");
        foreach (var flow in facts.Upstream) Epoch(ends, flow.Epoch, "a flow upstream");
        foreach (var flow in facts.Flows)
        {
            if (flow.Day * Calendar.SecondsOfDay > asOf.Timestamp) throw Wrong($"a transfer of day {flow.Day} is of after the block");
        }

        foreach (var seen in facts.Seen)
        {
            if (seen.Day * Calendar.SecondsOfDay > asOf.Timestamp) throw Wrong($"usage of day {seen.Day} is of after the block");
        }

        CheckWords(facts);
    }

    private static Dictionary<ulong, EpochPoint> CheckEpochs(PassportFacts facts)
    {
        var epochs = new Dictionary<ulong, EpochPoint>();
        EpochPoint? last = null;
        foreach (var epoch in facts.Epochs)
        {
            if (epoch.LastBlock >= facts.AsOf.Number || epoch.EndTime > facts.AsOf.Timestamp || epoch.ActivatedAt > facts.AsOf.Timestamp)
                throw Wrong($"epoch {epoch.Number} was not active at block {facts.AsOf.Number}");
            if (epoch.ActivatedAt < epoch.EndTime) throw Wrong($"epoch {epoch.Number} was active before its end");
            if (last is not null && (epoch.Number <= last.Number || epoch.EndTime < last.EndTime)) throw Wrong($"epoch {epoch.Number} came after epoch {last.Number}");
            last = epoch;
            epochs.Add(epoch.Number, epoch);
        }

        return epochs;
    }

    private static void CheckWords(PassportFacts facts)
    {
        foreach (var entry in facts.Attestations)
        {
            if (entry.OnChain != entry.At is not null) throw Wrong($"attestation {entry.Uid} is on chain exactly where it has a log");
            if (entry.At is { } at && (at.Block >= facts.AsOf.Number || entry.Time > facts.AsOf.Timestamp))
                throw Wrong($"attestation {entry.Uid} was made in block {at.Block}, the passport is as of block {facts.AsOf.Number}");
        }

        foreach (var permission in facts.Permissions)
        {
            if (permission.At.Block >= facts.AsOf.Number) throw Wrong($"a permission was set in block {permission.At.Block}, the passport is as of block {facts.AsOf.Number}");
        }
    }

    private static EpochPoint Epoch(Dictionary<ulong, EpochPoint> epochs, ulong number, string what) =>
        epochs.TryGetValue(number, out var epoch) ? epoch : throw Wrong($"{what} is of epoch {number}, which is not among the active ones");

    private static ArgumentException Wrong(string what) => new($"These are no facts of a passport: {what}.", "facts");
}
