using OpenSettle.Storage.Stores;
using OpenSettle.Metering;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Sqlite;

/// <summary>Holds rows, as they come, against the statements of the batches that they name.</summary>
internal sealed class BatchRows(IEnumerable<ArchivedBatch> batches)
{
    private readonly Queue<ArchivedBatch> _next = new(batches);
    private readonly List<BatchedEvent> _events = [];
    private ArchivedBatch? _open;

    /// <exception cref="InvalidDataException">The rows before were not what was signed, or this one is in no batch that is known.</exception>
    public void Take(in JournalBytes row)
    {
        if (_open is not null && row.Batch != _open.Id) Close(_open);
        if (row.Batch == 0) return;
        if (_open is null)
        {
            if (!_next.TryDequeue(out var next) || next.Id != row.Batch || next.FirstPosition != row.Position) throw new InvalidDataException($"the event at {row.Position} is of batch id {row.Batch}, whose statement is not there");
            _open = next;
        }

        _events.Add(EventBody.Decode(row.Body.Span).ToBatched());
    }

    /// <exception cref="InvalidDataException">A batch is not there.</exception>
    public void Finish()
    {
        if (_open is not null) Close(_open);
        if (_next.TryPeek(out var missing)) throw new InvalidDataException($"{NameOf(missing.Statement)} has no events");
    }

    public static string NameOf(BatchStatement statement) => $"batch {statement.Number} of gateway {statement.Gateway}";

    private void Close(ArchivedBatch batch)
    {
        if (UsageCheck.Compare(NameOf(batch.Statement), batch.Statement, _events) is { } problem) throw new InvalidDataException(problem);
        _events.Clear();
        _open = null;
    }
}
