using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Doctor;

/// <summary>Nobody else sends with the operator's key, and no transaction waits behind one that is missing.</summary>
internal sealed class NonceCheck : ICheck
{
    private const string KeyOfItsOwn = "Stop what else sends with this key, and give the node a key of its own (operatorKey, guardianKey). What is pending has to be mined or replaced first.";

    public string Name => "nonces";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Right is not [var endpoint, ..] || patient.Sender is not { } signer)
        {
            yield return Finding.Skipped(Name, patient.Right.Count == 0 ? Patient.NoChain : patient.NoSender);
            yield break;
        }

        if (patient.HasBadBooks)
        {
            yield return Finding.Skipped(Name, "the books cannot be read (see database)");
            yield break;
        }

        var (latest, problem, open) = await LookOnceAsync(patient, endpoint.Client, signer.Address, cancellation);
        // A node that runs may have sent and signed between the two looks: what is wrong is so a second time.
        if (problem is not null) (latest, problem, open) = await LookOnceAsync(patient, endpoint.Client, signer.Address, cancellation);
        yield return problem ?? Finding.Ok(Name, $"the next nonce is {latest}; {open} transactions are under way");
    }

    private async Task<(ulong Latest, Finding? Problem, int Open)> LookOnceAsync(Patient patient, IChainClient client, Address account, CancellationToken cancellation)
    {
        var latest = await client.GetNonceAsync(account, BlockRef.Latest, cancellation);
        var pending = await client.GetNonceAsync(account, BlockRef.Pending, cancellation);
        // After the chain: what was signed is in the books before anybody else can have it.
        var sent = patient.Books is null ? SentLook.Nothing : DataLook.Books(patient.Data, session => SentLook.Of(session.Outbox, account));
        return (latest, Judge(latest, pending, sent), sent.Open);
    }

    /// <summary>Null where every nonce is explained by the books.</summary>
    internal Finding? Judge(ulong latest, ulong pending, SentLook sent)
    {
        // A nonce beyond those that were given out is somebody else's.
        var ours = sent.NextNonce;
        if (pending > latest && pending > (ours ?? latest))
            return Finding.Warning(Name, $"{pending - ulong.Max(latest, ours ?? latest)} transactions wait at the endpoint that this node did not send: settlement waits until they are final.", KeyOfItsOwn);
        if (ours is { } next && latest > next)
            return Finding.Warning(Name, $"nonce {next} to {latest - 1} of the operator's account were used by somebody else.", KeyOfItsOwn);
        // One that waits for a nonce in between that nothing has.
        if (sent.OpenNonces is [var first, ..] && first > ulong.Max(latest, pending))
            return Finding.Warning(Name, $"the next nonce on chain is {latest}, and the first transaction that is under way has {first}.", "Run the node: it fills the gap by itself. Where it does run, look at 'opensettle status'.");
        return null;
    }
}

/// <summary>What the books have of this node's transactions.</summary>
/// <param name="NextNonce">After the highest that was given out; null where none was.</param>
/// <param name="Open">Transactions that are under way.</param>
/// <param name="OpenNonces">Their nonces, the lowest first.</param>
internal sealed record SentLook(ulong? NextNonce, int Open, IReadOnlyList<ulong> OpenNonces)
{
    public static SentLook Nothing { get; } = new(null, 0, []);

    public static SentLook Of(OutboxStore outbox, Address account)
    {
        var open = outbox.Open();
        // Another key sent before: what it had under way is planned anew once the node runs.
        if (outbox.Sender() is { } sender && sender != account) return Nothing with { Open = open.Count };
        return new SentLook(outbox.NextNonce(), open.Count, [.. open.Select(item => item.Nonce).OfType<ulong>().Order()]);
    }
}
