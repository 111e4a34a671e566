using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Node.Doctor;

/// <summary>Nobody else sends with the operator's key, and no transaction waits behind one that is missing.</summary>
internal sealed class NonceCheck : ICheck
{
    private const string KeyOfItsOwn = "Stop what else sends with this key, and give the node a key of its own (operatorKey). What is pending has to be mined or replaced first.";

    public string Name => "nonces";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Right is not [var endpoint, ..] || patient.Operator is not { } signer)
        {
            yield return Finding.Skipped(Name, patient.Right.Count == 0 ? Patient.NoChain : "the operator's key does not open (see keys)");
            yield break;
        }

        var latest = await endpoint.Client.GetNonceAsync(signer.Address, BlockRef.Latest, cancellation);
        var pending = await endpoint.Client.GetNonceAsync(signer.Address, BlockRef.Pending, cancellation);
        var books = patient.Books;
        if (patient.HasBadBooks)
        {
            yield return Finding.Skipped(Name, "the books cannot be read (see database)");
            yield break;
        }

        if (Judge(latest, pending, books) is { } problem) yield return problem;
        else yield return Finding.Ok(Name, $"the next nonce is {latest}; {books?.Open ?? 0} transactions are under way");
    }

    /// <summary>Null where every nonce is explained by the books.</summary>
    internal Finding? Judge(ulong latest, ulong pending, BooksLook? books)
    {
        // What was signed is in the books before anybody can have it: a nonce beyond them is somebody else's.
        var ours = books?.NextNonce;
        if (pending > latest && pending > (ours ?? latest))
            return Finding.Warning(Name, $"{pending - ulong.Max(latest, ours ?? latest)} transactions wait at the endpoint that this node did not send: settlement waits until they are final.", KeyOfItsOwn);
        if (ours is { } next && latest > next)
            return Finding.Warning(Name, $"nonce {next} to {latest - 1} of the operator's account were used by somebody else.", KeyOfItsOwn);
        // One that waits for a nonce in between that nothing has.
        if (books is { OpenNonces: [var first, ..] } && first > ulong.Max(latest, pending) && first > 0)
            return Finding.Warning(Name, $"the next nonce on chain is {latest}, and the first transaction that is under way has {first}.", "Run the node: it fills the gap by itself. Where it does run, look at 'opensettle status'.");
        return null;
    }
}
