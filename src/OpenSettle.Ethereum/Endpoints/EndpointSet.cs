using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>Several endpoints of one chain, with what is known of each: who may be asked, and in which order.</summary>
public sealed class EndpointSet : IDisposable
{
    // An answer that takes so much longer than the fastest makes an endpoint come after the others.
    private const int SlowFactor = 3;

    private static readonly TimeSpan SlowFloor = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _closing = new();
    private int _disposed;

    /// <param name="clients">One for each endpoint, in the order of preference. They are disposed of with the set.</param>
    public EndpointSet(IReadOnlyList<IChainClient> clients, EndpointOptions options, TimeProvider time)
        : this(clients, [.. Names(clients).Select(name => new EndpointHealth(name))], options, time)
    {
    }

    private EndpointSet(IReadOnlyList<IChainClient> clients, IReadOnlyList<EndpointHealth> healths, EndpointOptions options, TimeProvider time)
    {
        if (clients.Count == 0) throw new ArgumentException("There is no endpoint.", nameof(clients));
        if (options.Quorum < 1 || options.Quorum > clients.Count)
            throw new ArgumentException($"{options.Quorum} endpoints cannot agree where there are {clients.Count}.", nameof(options));
        All = [.. clients.Select((client, i) => new Endpoint(client, healths[i], i))];
        (Options, Time) = (options, time);
        Closing = _closing.Token;
    }

    public EndpointOptions Options { get; }

    /// <summary>Called once for each endpoint that is set aside.</summary>
    public Action<EndpointState>? OnSetAside { get; set; }

    /// <summary>Null: nobody looks on.</summary>
    public IEndpointObserver? Observer { get; set; }

    /// <summary>How each of them stands, in the order of preference.</summary>
    public IReadOnlyList<EndpointState> States
    {
        get
        {
            var now = Time.GetUtcNow();
            var head = HeadOfOthers(now);
            return [.. All.Select(endpoint => endpoint.Health.At(now, head, Options.MostBehind))];
        }
    }

    internal IReadOnlyList<Endpoint> All { get; }

    internal TimeProvider Time { get; }

    /// <summary>Ends with the set: for what goes on after its caller was answered.</summary>
    internal CancellationToken Closing { get; }

    /// <summary>The same endpoints with other clients: what one learns of an endpoint, the other knows.</summary>
    public EndpointSet With(IReadOnlyList<IChainClient> clients) => clients.Count == All.Count
        ? new EndpointSet(clients, [.. All.Select(endpoint => endpoint.Health)], Options, Time) { OnSetAside = OnSetAside, Observer = Observer }
        : throw new ArgumentException($"There are {All.Count} endpoints, and {clients.Count} clients.", nameof(clients));

    /// <summary>Looks at each endpoint now: what is wrong with it, or why that could not be seen; null where it is the right one.</summary>
    public async Task<IReadOnlyList<(string Name, string? Wrong, ChainException? Unseen)>> InspectAsync(CancellationToken cancellation) =>
        await Task.WhenAll(All.Select(async endpoint =>
        {
            try
            {
                await AskAsync(endpoint, static (client, token) => client.GetChainIdAsync(token), cancellation);
                return (endpoint.Name, (string?)null, (ChainException?)null);
            }
            catch (WrongEndpointException wrong)
            {
                return (endpoint.Name, wrong.Message, null);
            }
            catch (ChainException failure)
            {
                return (endpoint.Name, null, failure);
            }
        }));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _closing.Cancel();
        foreach (var endpoint in All) endpoint.Client.Dispose();
        _closing.Dispose();
    }

    /// <summary>The clients of those that may be asked now, the best first.</summary>
    public IReadOnlyList<IChainClient> ReadyClients() => [.. Ready().Select(endpoint => endpoint.Client)];

    /// <summary>Those that may be asked now, the best first.</summary>
    internal IReadOnlyList<Endpoint> Ready()
    {
        var now = Time.GetUtcNow();
        var head = HeadOfOthers(now);
        var states = All.Select(endpoint => (Endpoint: endpoint, State: endpoint.Health.At(now, head, Options.MostBehind)))
            .Where(item => item.State.Condition is EndpointCondition.Ok or EndpointCondition.Behind)
            .ToArray();
        var fastest = states.Min(item => item.State.Latency);
        return
        [
            .. states
                .OrderBy(item => item.State.Condition == EndpointCondition.Behind)
                .ThenBy(item => item.State.Failures > 0)
                .ThenBy(item => item.State.Latency is { } latency && fastest is { } best && latency > best * SlowFactor + SlowFloor)
                .ThenBy(item => item.Endpoint.Preference)
                .Select(item => item.Endpoint),
        ];
    }

    /// <summary>Asks one endpoint, and remembers how that went.</summary>
    /// <param name="isLarge">Whether the answer takes the longer the more is in it: its time says nothing of the endpoint.</param>
    internal async Task<T> AskAsync<T>(
        Endpoint endpoint, Func<IChainClient, CancellationToken, Task<T>> ask, CancellationToken cancellation, bool isLarge = false)
    {
        if (Options.Inspect is not null && !endpoint.Health.IsChecked) await InspectOneAsync(endpoint, Options.Inspect, cancellation);
        return await NotedAsync(endpoint, ask, isLarge, cancellation);
    }

    internal void SetAside(Endpoint endpoint, string why)
    {
        if (endpoint.Health.SetAside(why)) OnSetAside?.Invoke(endpoint.Health.At(Time.GetUtcNow(), null, 0));
    }

    /// <summary>Nobody can be asked: who is why, and when that ends.</summary>
    internal ChainException NobodyReady(string method)
    {
        var now = Time.GetUtcNow();
        var states = States;
        var first = states.Where(state => state.AskedAgain is not null).Min(state => state.AskedAgain);
        var wait = first is null ? (TimeSpan?)null : first.Value - now;
        var until = first is null ? "none is asked before the next start" : $"the first is asked again at {first:yyyy-MM-dd HH:mm:ss} UTC";
        return new ChainException(ChainErrorKind.Unreachable, Names(), method, $"no endpoint can be asked: {string.Join("; ", states.Select(Told))}; {until}")
        {
            RetryAfter = wait,
        };
    }

    /// <summary>All of them, for an error that is no single one's.</summary>
    internal string Names() => string.Join(", ", All.Select(endpoint => endpoint.Name));

    internal static string Told(EndpointState state) => state.Condition switch
    {
        EndpointCondition.SetAside => $"{state.Name} is set aside ({state.Why})",
        EndpointCondition.Cooling => $"{state.Name} waits until {state.AskedAgain:HH:mm:ss} ({state.Why})",
        EndpointCondition.Behind => $"{state.Name} is behind ({state.Why})",
        _ => $"{state.Name} is well",
    };

    private static IEnumerable<string> Names(IReadOnlyList<IChainClient> clients) =>
        clients.Select((client, i) => clients.Take(i).Count(before => before.Endpoint == client.Endpoint) is var earlier and > 0 ? $"{client.Endpoint} ({earlier + 1})" : client.Endpoint);

    /// <summary>Of three or more the second highest: one that lies about its head cannot put all others behind it.</summary>
    private ulong? HeadOfOthers(DateTimeOffset now)
    {
        var heads = All.Select(endpoint => endpoint.Health.FreshHead(now)).OfType<ulong>().OrderDescending().ToArray();
        return heads.Length switch { 0 => null, < 3 => heads[0], _ => heads[1] };
    }

    private async Task InspectOneAsync(Endpoint endpoint, EndpointInspection inspect, CancellationToken cancellation)
    {
        var wrong = await NotedAsync(endpoint, (client, token) => inspect(client, token), isLarge: true, cancellation);
        if (wrong is null)
        {
            endpoint.Health.Checked();
            return;
        }

        SetAside(endpoint, wrong);
        throw new WrongEndpointException(wrong);
    }

    private async Task<T> NotedAsync<T>(Endpoint endpoint, Func<IChainClient, CancellationToken, Task<T>> ask, bool isLarge, CancellationToken cancellation)
    {
        var start = Time.GetTimestamp();
        try
        {
            var answer = await ask(endpoint.Client, cancellation);
            endpoint.Health.Answered(isLarge ? null : Time.GetElapsedTime(start));
            Observer?.Asked(endpoint.Name, null, Time.GetElapsedTime(start));
            return answer;
        }
        catch (ChainException failure)
        {
            Observer?.Asked(endpoint.Name, failure.Kind, Time.GetElapsedTime(start));
            // A refusal is an answer.
            if (failure.Kind is ChainErrorKind.Unreachable or ChainErrorKind.RateLimited or ChainErrorKind.BadReply or ChainErrorKind.Forbidden)
                endpoint.Health.Failed(Time.GetUtcNow(), failure);
            else endpoint.Health.Answered(isLarge ? null : Time.GetElapsedTime(start));
            throw;
        }
        catch (OperationCanceledException)
        {
            if (!isLarge) endpoint.Health.Outpaced(Time.GetElapsedTime(start));
            throw;
        }
    }
}

/// <summary>The endpoint is another chain's, or has other contracts. It was set aside.</summary>
internal sealed class WrongEndpointException(string message) : Exception(message);
