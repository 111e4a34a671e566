using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Doctor;

/// <summary>The attestor keys are of the vault's set now, and reach its threshold, alone or with other attestors.</summary>
internal sealed class AttestorsCheck : ICheck
{
    public string Name => "attestors";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Right.Count == 0 || !patient.HasContracts || patient.Attestors.Count == 0)
        {
            var why = patient.Options.AttestorKeys.Count == 0 ? "there is no attestor's key here" : "no attestor's key opens (see keys)";
            yield return Finding.Skipped(Name, patient.Right.Count == 0 ? Patient.NoChain : !patient.HasContracts ? Patient.NoContracts : why);
            yield break;
        }

        IChainClient client = patient.Right[0].Client;
        var vault = patient.Options.Deployment.Watched.Id.Vault;
        var threshold = await client.AskAsync(vault, new RoyaltySplit.Threshold(), BlockRef.Latest, cancellation);
        var ours = patient.Attestors.Select(signer => signer.Address).Distinct().ToList();
        if (ours.Count < patient.Attestors.Count) yield return Finding.Fault(Name, "the same key stands in attestorKeys twice.", "Take one of them out of attestorKeys.");
        var members = 0;
        foreach (var account in ours)
        {
            if (await client.AskAsync(vault, new RoyaltySplit.IsAttestor(account), BlockRef.Latest, cancellation)) members++;
            else
                yield return Finding.Warning(
                    Name, $"{account.ToChecksumString()} is not an attestor of this vault.", $"Take its key out of {Settings.AttestorKeys.Key}, or let the vault's governor schedule it.");
        }

        if (members >= threshold) yield return Finding.Ok(Name, $"{members} of the keys are attestors, and the vault wants {threshold} signatures");
        else if (!patient.AllAttestorsOpened) yield return Finding.Skipped(Name, $"whether the keys reach the vault's {threshold}, as not all of them open (see keys)");
        else if (patient.Options.Cluster.Has(NodeRoles.Attest) && members > 0) yield return Finding.Ok(Name, $"{members} of the keys are attestors; the vault wants {threshold} signatures, the others' included");
        else
            yield return Finding.Warning(
                Name, $"the vault wants {threshold} signatures, and {members} of the keys are attestors.", $"See that other attestors run (opensettle attest-node) and name this node by {WitnessSettings.Leaders.Key}, or add keys of attestors to {Settings.AttestorKeys.Key}.");
    }
}
