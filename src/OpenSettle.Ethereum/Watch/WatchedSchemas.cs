using OpenSettle.Ethereum.Attestations;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Watch;

/// <summary>The schemas of a deployment whose attestations are watched.</summary>
internal static class WatchedSchemas
{
    /// <summary>By uid, which follows from the resolver's address. Empty where no service is watched, or it is a contract of ours, whose logs are read as such.</summary>
    public static IReadOnlyDictionary<Hash32, StatementKind> Schemas(this WatchedDeployment deployment)
    {
        Address[] ours = [deployment.Id.Registry, deployment.Id.Rail, deployment.Id.Vault, deployment.Resolver];
        return deployment.Eas.IsZero || ours.Contains(deployment.Eas)
            ? new Dictionary<Hash32, StatementKind>()
            : Enum.GetValues<StatementKind>().ToDictionary(kind => SchemaUid.Of(kind, deployment.Resolver));
    }
}
