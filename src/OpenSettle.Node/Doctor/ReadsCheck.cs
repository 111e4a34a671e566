using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Node.Doctor;

/// <summary>Each endpoint gives what the settings need of it: blocks and logs in the way of <c>completeness</c>, and the state of a final block.</summary>
internal sealed class ReadsCheck : ICheck
{
    /// <summary>Blocks among which one with transactions is looked for.</summary>
    private const ulong Recent = 64;

    public string Name => "reads";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Right.Count == 0)
        {
            yield return Finding.Skipped(Name, Patient.NoChain);
            yield break;
        }

        foreach (var endpoint in patient.Right)
        {
            var head = endpoint.Head?.Number ?? 0;
            var way = patient.Options.Completeness;
            if (await ProblemAsync(endpoint, way, head, patient.Options.Deployment.Watched.Id.Vault, cancellation) is { } problem)
            {
                yield return Finding.Fault(Name, $"{endpoint.Name} does not give what completeness {Text(way)} needs: {problem.Message.TrimEnd('.')}.",
                    way == Completeness.Receipts ? "Set completeness to second (with two endpoints), or rpc to an endpoint that gives receipts." : "Set rpc to an endpoint that gives logs.");
                continue;
            }

            if (await FirstProblemAsync(patient, endpoint, head, cancellation) is { } first) yield return first;
            else if (patient.HasContracts && await StateProblemAsync(patient, endpoint, head, cancellation) is { } state)
                yield return Finding.Warning(Name, $"{endpoint.Name} keeps no state of final blocks, so that the books are not held against the vault: {state.Message.TrimEnd('.')}.",
                    "Name an endpoint in rpc that keeps some hours of state.");
            else yield return Finding.Ok(Name, $"{endpoint.Name} gives what completeness {Text(way)} needs");
        }
    }

    private static string Text(Completeness way) => way.ToString().ToLowerInvariant();

    /// <summary>Tries the way on a recent block, with transactions where there is one.</summary>
    private static async Task<ChainException?> ProblemAsync(EndpointLook endpoint, Completeness way, ulong head, Primitives.Address vault, CancellationToken cancellation)
    {
        var first = head > Recent ? head - Recent : 0;
        try
        {
            if (way != Completeness.Second)
            {
                var headers = (await endpoint.Client.GetSealedHeadersAsync(first, head, cancellation)).OfType<SealedHeader>().ToList();
                if (headers.Count > 0) await endpoint.Client.GetProvenLogsAsync([headers.LastOrDefault(header => header.Transactions.Count > 0) ?? headers[^1]], cancellation);
            }

            if (way != Completeness.Receipts) await endpoint.Client.GetLogsAsync(new LogFilter(first, head, [vault], []), cancellation);
            return null;
        }
        catch (ChainException e)
        {
            return e;
        }
    }

    /// <summary>Reading begins at the deployment, or goes on where it was.</summary>
    private async Task<Finding?> FirstProblemAsync(Patient patient, EndpointLook endpoint, ulong head, CancellationToken cancellation)
    {
        var first = patient.Options.Deployment.Watched.FirstBlock;
        if (first > head)
            return Finding.Fault(Name, $"the deployment file says block {first}, and {endpoint.Name} is at {head}.", "Set deployment to the file of this chain, or rpc to an endpoint that is in step.");
        const string Remedy = "Set rpc to an endpoint that keeps the chain from the deployment on.";
        try
        {
            return await endpoint.Client.GetBlockAsync(BlockRef.At(first), cancellation) is null
                ? Finding.Fault(Name, $"{endpoint.Name} does not have block {first}, in which the contracts were deployed.", Remedy)
                : null;
        }
        catch (ChainException e)
        {
            return Finding.Fault(Name, $"{endpoint.Name} does not give block {first}, in which the contracts were deployed: {e.Message.TrimEnd('.')}.", Remedy);
        }
    }

    private static async Task<ChainException?> StateProblemAsync(Patient patient, EndpointLook endpoint, ulong head, CancellationToken cancellation)
    {
        try
        {
            var final = patient.Options.Confirmations is { } on ? (head > on ? head - on : 0) : (await endpoint.Client.GetBlockAsync(BlockRef.Finalized, cancellation))?.Number ?? 0;
            // Before the deployment there is nothing to be asked.
            if (final <= patient.Options.Deployment.Watched.FirstBlock) return null;
            await ((IChainClient)endpoint.Client).AskAsync(patient.Options.Deployment.Watched.Id.Vault, new RoyaltySplit.Epoch(), BlockRef.At(final), cancellation);
            return null;
        }
        catch (ChainException e)
        {
            return e;
        }
    }
}
