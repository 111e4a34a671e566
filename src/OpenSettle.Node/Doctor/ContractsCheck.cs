using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Node.Doctor;

/// <summary>The contracts of the deployment file are there, are this version's, and belong together.</summary>
internal sealed class ContractsCheck : ICheck
{
    public string Name => "contracts";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Right.Count == 0)
        {
            yield return Finding.Skipped(Name, Patient.NoChain);
            yield break;
        }

        var watched = patient.Options.Deployment.Watched;
        var good = 0;
        foreach (var endpoint in patient.Right)
        {
            if (await DeploymentInspection.InspectAsync(watched, endpoint.Client, cancellation) is { } wrong)
                yield return Finding.FaultOf(Name, wrong, "Set deployment to the file of this chain.");
            else good++;
        }

        if (good < patient.Right.Count) yield break;
        IChainClient client = patient.Right[0].Client;
        var id = watched.Id;
        var registry = await client.AskAsync(id.Vault, new RoyaltySplit.Registry(), BlockRef.Latest, cancellation);
        var rail = await client.AskAsync(id.Vault, new RoyaltySplit.Rail(), BlockRef.Latest, cancellation);
        patient.HasContracts = registry == id.Registry && rail == id.Rail;
        yield return patient.HasContracts
            ? Finding.Ok(Name, $"registry, rail, vault and resolver are those of the deployment file; vault {id.Vault.ToChecksumString()}")
            : Finding.Fault(Name, $"the vault {id.Vault} belongs to registry {registry} and rail {rail}, not to those of the deployment file.", "Set deployment to the file as the deployment script wrote it.");
    }
}
