using System.Net;

namespace OpenSettle.Node.Verification;

/// <summary>Keeps to what a server says of its rate: where it answers 429 and when to come back, the same is asked again then, a few times.</summary>
public sealed class PatientHandler(HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    private const int MostTries = 5;

    /// <summary>Whoever has to wait longer is told so instead.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.TooManyRequests || tries == MostTries || response.Headers.RetryAfter?.Delta is not { } wait || wait > LongestWait) return response;
            response.Dispose();
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
