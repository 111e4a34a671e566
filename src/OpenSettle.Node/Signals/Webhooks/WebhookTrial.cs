using OpenSettle.Epochs;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>What a webhook's target said to a trial.</summary>
/// <param name="Target">Its address without credentials.</param>
/// <param name="Why">Why it did not take it; null where it did.</param>
public sealed record WebhookTrialAnswer(string Target, string? Why);

/// <summary>Sends every target one message of the type test, once, without a node.</summary>
public static class WebhookTrial
{
    public static async Task<IReadOnlyList<WebhookTrialAnswer>> SendAsync(SignalOptions options, DeploymentId deployment, TimeProvider time, CancellationToken cancellation)
    {
        if (options.WebhookSecret is not { } secret) return [];
        using var sender = new WebhookSender(secret, time);
        var now = time.GetUtcNow();
        var message = new WebhookText(deployment).Of(WebhookTypes.Test, $"{now.UtcTicks}", now, new { note = "Sent by opensettle webhooks test." });
        return await Task.WhenAll(WebhookTarget.Of(options).Select(async target =>
            new WebhookTrialAnswer(target.Name, (await sender.SendAsync(target, message.Id, message.Body, cancellation)).Why)));
    }
}
