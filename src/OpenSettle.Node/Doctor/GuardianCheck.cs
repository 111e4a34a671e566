using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Doctor;

/// <summary>A watchtower's key is the vault's guardian now: found out before a veto is needed.</summary>
internal sealed class GuardianCheck : ICheck
{
    public string Name => "guardian";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!patient.Options.Cluster.Has(NodeRoles.Watch))
        {
            yield return Finding.Ok(Name, "this node is no watchtower, and needs no guardian's key");
            yield break;
        }

        if (patient.Right.Count == 0 || !patient.HasContracts || patient.Sender is not { } signer)
        {
            yield return Finding.Skipped(Name, patient.Right.Count == 0 ? Patient.NoChain : !patient.HasContracts ? Patient.NoContracts : patient.NoSender);
            yield break;
        }

        var guardian = await patient.Right[0].Client.AskAsync(patient.Options.Deployment.Watched.Id.Vault, new RoyaltySplit.Guardian(), BlockRef.Latest, cancellation);
        yield return guardian == signer.Address
            ? Finding.Ok(Name, $"{guardian.ToChecksumString()} is the vault's guardian")
            : Finding.Fault(Name, $"the vault's guardian is {guardian.ToChecksumString()}, and guardianKey is {signer.Address.ToChecksumString()}'s: it cannot veto.", $"Set {WitnessSettings.GuardianKey.Key} to the guardian's key, or leave it out: then the watchtower only tells.");
    }
}
