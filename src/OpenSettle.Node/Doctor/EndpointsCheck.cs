using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Doctor;

/// <summary>Each endpoint: whether it answers, is of the deployment's chain, keeps up with the others and with the time, and says what is final.</summary>
internal sealed class EndpointsCheck : ICheck
{
    /// <summary>A head that is older than this is told of.</summary>
    private static readonly TimeSpan OldHead = TimeSpan.FromMinutes(2);

    /// <summary>An endpoint whose head is that old settles nothing.</summary>
    private static readonly TimeSpan DeadHead = TimeSpan.FromMinutes(30);

    private const string LookAtIt = "Look whether the node behind it runs and is in step with its network, or set rpc to another endpoint.";

    public string Name => "rpc";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var wanted = patient.Options.Deployment.Watched.Id.ChainId;
        var asked = new List<(EndpointLook Endpoint, ulong? ChainId, TimeSpan Took, ChainException? Failure)>();
        foreach (var endpoint in patient.Endpoints) asked.Add(await AskAsync(endpoint, wanted, patient.Time, cancellation));
        MarkBehind(patient);
        // One that is wrong keeps a node from starting; one that is away does so only where the others are too few.
        var enough = patient.Endpoints.Count(endpoint => endpoint is { IsRight: true, IsBehind: false }) >= patient.Options.RpcQuorum;
        foreach (var (endpoint, chainId, took, failure) in asked)
        {
            if (failure is not null) yield return Judged(enough, $"{failure.Message.TrimEnd('.')}.", "Check that the endpoint runs, and that rpc names it.");
            else if (!endpoint.IsRight)
                yield return Finding.Fault(Name, $"{endpoint.Name} is chain {chainId}, and the deployment file is for chain {wanted}.", "Set rpc or deployment to the right one.");
            else if (endpoint.Head is not { } head) yield return Judged(enough, $"{endpoint.Name} has no newest block.", LookAtIt);
            else if (endpoint.IsBehind) yield return Judged(enough, $"{endpoint.Name} is at block {head.Number}, and others are at {patient.Right[0].Head?.Number}.", LookAtIt);
            else yield return Aged(endpoint, head, took, patient.Time);
            if (endpoint.Head is not null && await FinalProblemAsync(patient, endpoint, cancellation) is { } problem) yield return problem;
        }

        if (!enough && patient.Endpoints.Count > 1)
            yield return Finding.Fault(Name, $"{patient.Options.RpcQuorum} endpoints have to agree, and {patient.Endpoints.Count(endpoint => endpoint is { IsRight: true, IsBehind: false })} of {patient.Endpoints.Count} are well.",
                "Bring the others back, or set rpc and rpcQuorum to what there is.");
    }

    private Finding Judged(bool enough, string message, string remedy) => enough ? Finding.Warning(Name, message + " The others are enough.", remedy) : Finding.Fault(Name, message, remedy);

    private static async Task<(EndpointLook Endpoint, ulong? ChainId, TimeSpan Took, ChainException? Failure)> AskAsync(EndpointLook endpoint, ulong wanted, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await endpoint.Client.GetChainIdAsync(cancellation);
            // The second answer: the first one's time has the connection in it.
            var start = time.GetTimestamp();
            var chainId = await endpoint.Client.GetChainIdAsync(cancellation);
            var took = time.GetElapsedTime(start);
            endpoint.IsRight = chainId == wanted;
            if (endpoint.IsRight) endpoint.Head = await endpoint.Client.GetBlockAsync(BlockRef.Latest, cancellation);
            endpoint.Clock = await ServerClock.AskAsync(endpoint.Address, time, cancellation);
            return (endpoint, chainId, took, null);
        }
        catch (ChainException failure)
        {
            endpoint.IsRight = false;
            return (endpoint, null, TimeSpan.Zero, failure);
        }
    }

    private static void MarkBehind(Patient patient)
    {
        var most = new EndpointOptions().MostBehind;
        var highest = patient.Endpoints.Max(endpoint => endpoint.Head?.Number ?? 0);
        foreach (var endpoint in patient.Endpoints) endpoint.IsBehind = endpoint.IsRight && (endpoint.Head?.Number ?? 0) + most < highest;
    }

    /// <summary>By its server's clock where it tells the time: whether ours is right is another question.</summary>
    private Finding Aged(EndpointLook endpoint, BlockHeader head, TimeSpan took, TimeProvider time)
    {
        var now = endpoint.Clock?.Theirs ?? time.GetUtcNow();
        var age = now - DateTimeOffset.FromUnixTimeSeconds((long)ulong.Min(head.Timestamp, (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
        var told = $"{endpoint.Name}: block {head.Number} is {Words.Of(age)} old";
        if (age > DeadHead) return Finding.Fault(Name, told + ".", LookAtIt);
        if (age > OldHead) return Finding.Warning(Name, told + ": nothing is settled while no blocks come.", LookAtIt);
        return Finding.Ok(Name, $"{endpoint.Name}: block {head.Number}, answers in {(long)took.TotalMilliseconds} ms");
    }

    private async Task<Finding?> FinalProblemAsync(Patient patient, EndpointLook endpoint, CancellationToken cancellation)
    {
        if (patient.Options.Confirmations is not null) return null;
        const string SetFinality = "Set finality to the number of blocks after which this chain changes nothing any more.";
        try
        {
            return await endpoint.Client.GetBlockAsync(BlockRef.Finalized, cancellation) is null ? Finding.Fault(Name, $"{endpoint.Name} calls no block final.", SetFinality) : null;
        }
        catch (ChainException e)
        {
            return Finding.Fault(Name, $"{endpoint.Name} cannot say what is final: {e.Message.TrimEnd('.')}.", SetFinality);
        }
    }
}

/// <summary>The clock of a web server: every answer tells its time, to the second.</summary>
internal static class ServerClock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Null where it does not tell.</summary>
    public static async Task<(DateTimeOffset Theirs, DateTimeOffset Ours)?> AskAsync(Uri address, TimeProvider time, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Patience };
        using var http = new HttpClient(handler) { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}""", Encoding.UTF8, "application/json"),
        };
        if (address.UserInfo.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            // What lay in a cache tells the time of then.
            if (response.Headers.Date is not { } theirs || response.Headers.Age is not null) return null;
            return (theirs, time.GetUtcNow());
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }
}

/// <summary>Times and amounts as people say them.</summary>
internal static class Words
{
    public static string Of(TimeSpan time) => time.Duration() switch
    {
        var span when span < TimeSpan.FromMinutes(2) => $"{(long)span.TotalSeconds} s",
        var span when span < TimeSpan.FromHours(2) => $"{(long)span.TotalMinutes} minutes",
        var span when span < TimeSpan.FromDays(2) => $"{(long)span.TotalHours} hours",
        var span => $"{(long)span.TotalDays} days",
    };

    /// <summary>Wei as coins, rounded down to nine decimals.</summary>
    public static string Coins(UInt256 wei)
    {
        var digits = wei.ToString().PadLeft(19, '0');
        var text = $"{digits[..^18]}.{digits[^18..^9]}".TrimEnd('0').TrimEnd('.');
        return text == "0" && !wei.IsZero ? "less than 0.000000001" : text;
    }

    /// <summary>Wei as gwei, rounded down to three decimals.</summary>
    public static string Gwei(UInt256 wei)
    {
        var digits = wei.ToString().PadLeft(10, '0');
        return $"{digits[..^9]}.{digits[^9..^6]}".TrimEnd('0').TrimEnd('.');
    }
}
