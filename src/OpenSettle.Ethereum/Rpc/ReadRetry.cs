using OpenSettle.Ethereum.Ports;
using Polly;
using Polly.Retry;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Asks again where asking again can help. For reads only: a broadcast goes out once.</summary>
internal static class ReadRetry
{
    private const int Attempts = 3;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);

    // Longer waits are for the caller, who has other endpoints and other work.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Not again: for endpoints that are one of several, where the next is asked at once.</summary>
    public static ResiliencePipeline None => ResiliencePipeline.Empty;

    public static ResiliencePipeline Create(TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstWait,
                MaxDelay = LongestWait,
                ShouldHandle = static outcome => ValueTask.FromResult(
                    outcome.Outcome.Exception is ChainException { IsTransient: true } failure && !(failure.RetryAfter > LongestWait)),
                DelayGenerator = static outcome => ValueTask.FromResult((outcome.Outcome.Exception as ChainException)?.RetryAfter),
            })
            .Build();
}
