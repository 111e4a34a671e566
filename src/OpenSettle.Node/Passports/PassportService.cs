using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Passports;

/// <summary>A passport as it is handed out.</summary>
/// <param name="Json">Its bytes; nobody changes them.</param>
/// <param name="Tag">Names those bytes.</param>
internal sealed record PassportAnswer(PassportFile File, byte[] Json, string Tag);

/// <summary>
/// Computes a passport once for each state of the books, and keeps what was asked for last. Who asks for one that is being computed waits
/// for that.
/// </summary>
internal sealed class PassportService(PassportSource source, NodeState state, NodeOptions options) : IDisposable
{
    /// <summary>What is kept may take this much memory, about.</summary>
    private const long MostBytes = 128L * 1024 * 1024;

    /// <summary>The objects of a passport take about so many times the bytes of its JSON.</summary>
    private const int Overhead = 4;

    /// <summary>One at a time would let a large one hold all others up; more would take the cores from settlement.</summary>
    private const int AtOnce = 2;

    private readonly SemaphoreSlim _turn = new(AtOnce, AtOnce);
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, Entry> _entries = [];
    private readonly LinkedList<Key> _order = [];
    private long _bytes;

    /// <summary>The start of the block that passports are of without a block: it moves on with each fact, and at the latest after a minute of block time.</summary>
    public BlockPoint? Now() => state.PassportPoint is { } point ? new BlockPoint(point.Block + 1, point.Timestamp) : source.Now();

    /// <summary>Null where there was no such model yet.</summary>
    public async Task<PassportAnswer?> GetAsync(ModelId model, BlockPoint asOf, CancellationToken cancellation)
    {
        var key = new Key(model, asOf.Number, state.PassportChanges);
        TaskCompletionSource<PassportAnswer?>? mine = null;
        Task<PassportAnswer?> wanted;
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var known))
            {
                _order.Remove(known.Place);
                _order.AddLast(known.Place);
                wanted = known.Answer;
            }
            else
            {
                mine = new TaskCompletionSource<PassportAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
                wanted = mine.Task;
                _entries.Add(key, new Entry(wanted, _order.AddLast(key)));
            }
        }

        if (mine is not null) await ComputeAsync(key, asOf, mine);
        return await wanted.WaitAsync(cancellation);
    }

    /// <summary>Not kept: for who looks at every model once.</summary>
    public (PassportFacts Facts, Passport Passport)? Compute(ModelId model, BlockPoint asOf) =>
        source.Load(model, asOf) is { } facts ? (facts, PassportBuilder.Build(facts)) : null;

    public void Dispose() => _turn.Dispose();

    /// <summary>Whoever asked first computes, also where it does not wait any longer: others may.</summary>
    private async Task ComputeAsync(Key key, BlockPoint asOf, TaskCompletionSource<PassportAnswer?> mine)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            var answer = Compute(key.Model, asOf) is var (facts, passport) ? Answer(facts, passport) : null;
            Keep(key, answer);
            mine.SetResult(answer);
        }
        catch (Exception e)
        {
            lock (_gate) Drop(key);
            mine.SetException(e);
        }
        finally
        {
            _turn.Release();
        }
    }

    private PassportAnswer Answer(PassportFacts facts, Passport passport)
    {
        var document = facts.Metadata is { } bytes ? ModelDocument.TryParse(bytes, out _) : null;
        var file = new PassportFile(passport, facts.Registry.Get(facts.Model).Number, [.. options.Deployment.Tokens.Select(token => new TokenName(token.Token, token.Symbol, token.Decimals))], document);
        var json = PassportJson.Write(file);
        return new PassportAnswer(file, json, $"\"{Keccak256.Hash(json).ToString()[2..34]}\"");
    }

    private void Keep(Key key, PassportAnswer? answer)
    {
        lock (_gate)
        {
            // Strangers may ask for models that are not there.
            if (answer is null)
            {
                Drop(key);
                return;
            }

            if (!_entries.TryGetValue(key, out var entry)) return;
            entry.Bytes = (long)answer.Json.Length * Overhead;
            _bytes += entry.Bytes;
            for (var place = _order.First; _bytes > MostBytes && place is not null;)
            {
                var next = place.Next;
                if (_entries[place.Value] is { Bytes: > 0 } && place.Value != key) Drop(place.Value);
                place = next;
            }
        }
    }

    private void Drop(Key key)
    {
        if (!_entries.Remove(key, out var entry)) return;
        _order.Remove(entry.Place);
        _bytes -= entry.Bytes;
    }

    /// <param name="Changes">How often something came in that no block says.</param>
    private readonly record struct Key(ModelId Model, ulong Block, long Changes);

    private sealed class Entry(Task<PassportAnswer?> answer, LinkedListNode<Key> place)
    {
        public Task<PassportAnswer?> Answer => answer;

        public LinkedListNode<Key> Place => place;

        /// <summary>Zero while it is computed.</summary>
        public long Bytes { get; set; }
    }
}
