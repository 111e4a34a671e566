using System.Net;
using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Doctor;

/// <summary>Others can fetch bundles where proposals will say that they are.</summary>
internal sealed class BundleUrlCheck : ICheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly ulong[] Local = [1337, 31337];

    public string Name => "bundleUrl";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = patient.Options;
        if (options.BundleUrl.Length == 0)
        {
            var isLocal = Local.Contains(options.Deployment.Watched.Id.ChainId);
            yield return !isLocal && new Uri(options.Listen).IsLoopback
                ? Finding.Warning(Name, $"bundles are said to be at {options.Listen}/bundles, where nobody else can fetch them.", "Set bundleUrl to the address under which others reach this node's bundles.")
                : Finding.Ok(Name, "not set: bundles are said to be at listen + /bundles");
            yield break;
        }

        var newest = BundlesCheck.Newest(patient) is [var last, ..] ? last.Hash : Hash32.Zero;
        var problem = await ProblemAsync($"{options.BundleUrl}/{newest}", newest.IsZero, cancellation);
        var name = EndpointName.Of(new Uri(options.BundleUrl));
        if (problem is null) yield return Finding.Ok(Name, newest.IsZero ? $"{name} answers" : $"{name} has the last bundle");
        else if (!patient.IsRunning) yield return Finding.Skipped(Name, $"{name}: {problem}, which may be because the node does not run");
        else yield return Finding.Warning(Name, $"{name}: {problem}.", "Set bundleUrl to the address under which this node's /bundles can be reached from elsewhere.");
    }

    /// <param name="mayBeAbsent">There is no bundle yet: that it is not found is an answer.</param>
    private static async Task<string?> ProblemAsync(string address, bool mayBeAbsent, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return response.IsSuccessStatusCode || (mayBeAbsent && response.StatusCode == HttpStatusCode.NotFound) ? null : $"it answers {(int)response.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return EndpointName.Quote(request.RequestUri ?? new Uri(address), e.Message.TrimEnd('.'));
        }
    }
}
