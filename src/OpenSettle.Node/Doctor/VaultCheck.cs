using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;

namespace OpenSettle.Node.Doctor;

/// <summary>Whether the vault takes proposals now: not paused, and nothing held after a veto.</summary>
internal sealed class VaultCheck : ICheck
{
    public string Name => "vault";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Right is not [{ Head: { } head } endpoint, ..] || !patient.HasContracts)
        {
            yield return Finding.Skipped(Name, patient.Right.Count == 0 ? Patient.NoChain : Patient.NoContracts);
            yield break;
        }

        IChainClient client = endpoint.Client;
        var vault = patient.Options.Deployment.Watched.Id.Vault;
        var until = await client.AskAsync(vault, new RoyaltySplit.PausedUntil(), BlockRef.Latest, cancellation);
        var epoch = await client.AskAsync(vault, new RoyaltySplit.Epoch(), BlockRef.Latest, cancellation);
        var held = patient.Books?.Epochs is [{ State: EpochState.Vetoed } vetoed, ..] && !File.Exists(Resume.FileIn(patient.Options.DataDir)) ? vetoed : null;
        if (until > head.Timestamp)
        {
            yield return Finding.Warning(
                Name, $"the guardian paused the vault for another {Words.Of(TimeSpan.FromSeconds(until - head.Timestamp))} of block time: proposals and activations wait, claims go on.",
                "Talk to the guardian. Settlement goes on by itself when the pause ends.");
        }

        if (held is not null)
            yield return Finding.Fault(Name, $"the guardian vetoed epoch {held.Number}, attempt {held.Attempt}, and nothing is proposed until somebody says so.", $"Find out why, then: opensettle resume {held.Number}.{held.Attempt}");
        if (until <= head.Timestamp && held is null) yield return Finding.Ok(Name, $"takes proposals; epoch {epoch} is the last one that is active");
    }
}
