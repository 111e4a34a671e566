using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Signals.Webhooks;

namespace OpenSettle.Node.Witness;

/// <summary>What a node does that believes nobody.</summary>
internal static class WitnessServices
{
    public static void AddWitness(this IServiceCollection services, NodeOptions options)
    {
        services.AddSingleton<WitnessPlaces>().AddSingleton(provider => provider.GetRequiredService<WitnessPlaces>().BundleSource());
        services.AddSingleton(provider => provider.GetRequiredService<WitnessPlaces>().BatchSource(provider.GetRequiredService<IChainProvider>()));
        services.AddSingleton<HeldBatches>().AddSingleton<PullStep>().AddSingleton<EpochJudge>().AddSingleton<JudgeStep>();
        if (options.Cluster.Has(NodeRoles.Watch) && options.Witness.GuardianKey is not null) services.AddSingleton<IWitnessAct, VetoStep>();
        if (options.Cluster.Has(NodeRoles.Attest)) services.AddSingleton<CandidateClient>().AddSingleton<IWitnessAct, AttestStep>();
        services.AddSingleton<PipelineParts>().AddSingleton<PipelineWorker, WitnessPipeline>();
        services.AddHostedService<WebhookWorker>().AddHostedService(provider => provider.GetRequiredService<PipelineWorker>());
    }
}
