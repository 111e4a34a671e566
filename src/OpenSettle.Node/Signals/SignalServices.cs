using System.Diagnostics.Metrics;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Signals.Webhooks;

namespace OpenSettle.Node.Signals;

/// <summary>What tells of a node to whoever watches it: metrics, a collector, webhooks.</summary>
internal static class SignalServices
{
    public static IServiceCollection AddSignals(this IServiceCollection services)
    {
        services.AddSingleton(provider => new NodeMetrics(provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<NodeOptions>().Deployment.Watched.Id.ChainId)).AddSingleton<NodeGauges>();
        services.AddSingleton<SampleKeeper>().AddHostedService(provider => provider.GetRequiredService<SampleKeeper>());
        services.AddSingleton<WebhookQueue>().AddSingleton<WebhookFacts>();
        return services;
    }

    /// <summary>Before all routes: what they answer is counted.</summary>
    public static void UseSignals(this WebApplication app, Otlp? otlp)
    {
        app.UseRequestMeter();
        // Made here: nobody asks for it, and without it there is nothing to look at.
        _ = app.Services.GetRequiredService<NodeGauges>();
        otlp?.Start(app.Services.GetRequiredService<NodeMetrics>(), app.Logger);
    }
}
