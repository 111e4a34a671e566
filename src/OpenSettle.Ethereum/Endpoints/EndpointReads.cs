using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using Polly;
using Polly.Hedging;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>
/// One read over several endpoints: the next is asked where one fails, and, after a while, where it is slow. Reads only: what
/// one endpoint refuses for a reason (a revert, a range) is an answer, and no other is asked.
/// </summary>
internal sealed class EndpointReads
{
    private readonly EndpointSet _set;
    private readonly ResiliencePipeline _retry;
    private readonly ResiliencePipeline<object>[] _hedging;
    private readonly ResiliencePipeline<object>[] _failover;

    public EndpointReads(EndpointSet set)
    {
        _set = set;
        _retry = ReadRetry.Create(set.Time);
        // By the number of those that can be asked: two, three, and so on.
        var counts = Enumerable.Range(2, set.All.Count - 1).ToArray();
        _hedging = [.. counts.Select(count => Hedging(count, set, set.Options.HedgeAfter))];
        _failover = [.. counts.Select(count => Hedging(count, set, null))];
    }

    /// <param name="isLarge">
    /// Whether the answer takes the longer the more is in it. Such reads are not asked of two endpoints for taking long: it would
    /// cost both as much, and bring nothing.
    /// </param>
    /// <param name="isWhole">
    /// Whether the endpoint has all that was asked for. One that is a block behind the one that named it has not, and another may;
    /// where none has, that is the answer. Null: every answer is.
    /// </param>
    public async Task<T> ReadAsync<T>(
        string method, Func<IChainClient, CancellationToken, Task<T>> ask, CancellationToken cancellation, bool isLarge = false, Func<T, bool>? isWhole = null)
    {
        var read = new Read<T>(method, ask, isLarge, isWhole);
        // With one endpoint, its client tries again by itself.
        if (_set.All.Count == 1) return await OnceAsync(read, cancellation);
        return await _retry.ExecuteAsync(static async (state, token) => await state.Self.OnceAsync(state.Read, token), (Self: this, Read: read), cancellation);
    }

    /// <summary>Whether another endpoint may know better. What nobody classified is asked of another: it may be a fault of this one's own.</summary>
    private static bool PassesOn(Exception? failure) => failure is WrongEndpointException or NotThereException
        or ChainException { IsTransient: true } or ChainException { Kind: ChainErrorKind.Forbidden or ChainErrorKind.MethodMissing or ChainErrorKind.Unknown };

    private static ResiliencePipeline<object> Hedging(int count, EndpointSet set, TimeSpan? after) =>
        new ResiliencePipelineBuilder<object> { TimeProvider = set.Time }
            .AddHedging(new HedgingStrategyOptions<object>
            {
                MaxHedgedAttempts = Math.Min(count - 1, 10),
                Delay = after ?? Timeout.InfiniteTimeSpan,
                ShouldHandle = static attempt => ValueTask.FromResult(PassesOn(attempt.Outcome.Exception)),
            })
            .Build();

    private async Task<T> OnceAsync<T>(Read<T> read, CancellationToken cancellation)
    {
        var ready = _set.Ready();
        var failures = new List<Exception>();
        try
        {
            if (ready.Count == 0) throw _set.NobodyReady(read.Method);
            if (ready.Count == 1) return await _set.AskAsync(ready[0], read.Ask, cancellation, read.IsLarge);
            var next = -1;
            var answer = await (read.IsLarge ? _failover : _hedging)[ready.Count - 2].ExecuteAsync(
                async token => new Taken<T>(await AskAsync(ready[Interlocked.Increment(ref next)], read, failures, token)), cancellation);
            return answer is Taken<T> taken ? taken.Value : throw new InvalidOperationException("An answer of another read came back.");
        }
        catch (Exception failure) when (PassesOn(failure) && failures.Count > 0)
        {
            lock (failures)
            {
                if (failures.OfType<NotThereException<T>>().FirstOrDefault() is { } notThere) return notThere.Answer;
            }

            throw Together(read.Method, failures);
        }
    }

    private async Task<T> AskAsync<T>(Endpoint endpoint, Read<T> read, List<Exception> failures, CancellationToken cancellation)
    {
        try
        {
            var answer = await _set.AskAsync(endpoint, read.Ask, cancellation, read.IsLarge);
            return read.IsWhole?.Invoke(answer) is false ? throw new NotThereException<T>(answer) : answer;
        }
        catch (Exception failure) when (PassesOn(failure))
        {
            lock (failures) failures.Add(failure);
            throw;
        }
    }

    /// <summary>What all of them failed with. Where trying again can help with one, it can help.</summary>
    private ChainException Together(string method, List<Exception> failures)
    {
        ChainException[] told;
        lock (failures) told = [.. failures.OfType<ChainException>()];
        if (told.Length == 0) return _set.NobodyReady(method);
        if (told.Length == 1) return told[0];
        var first = told.FirstOrDefault(failure => failure.IsTransient) ?? told[0];
        return new ChainException(first.Kind, _set.Names(), method, string.Join("; ", told.Select(failure => failure.Message)), first)
        {
            RetryAfter = told.Min(failure => failure.RetryAfter),
        };
    }

    /// <summary>An answer, which may be null, as the object that a pipeline of any type carries.</summary>
    private sealed record Taken<T>(T Value);

    private sealed record Read<T>(string Method, Func<IChainClient, CancellationToken, Task<T>> Ask, bool IsLarge, Func<T, bool>? IsWhole);

    /// <summary>The endpoint answered, and does not have all of it.</summary>
    private abstract class NotThereException() : Exception("The endpoint does not have all of it.");

    private sealed class NotThereException<T>(T answer) : NotThereException
    {
        public T Answer => answer;
    }
}
