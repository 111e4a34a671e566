using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Signing;

/// <summary>
/// A gateway's side: signs one batch after another, each naming the one before. A batch is sent until the node has taken it,
/// always the same bytes; only then <see cref="Taken"/> goes on to the next.
/// </summary>
/// <param name="signer">Holds the key of the account that models list.</param>
/// <param name="registry">The registry that lists it.</param>
/// <param name="number">Number of the last batch that the node has; after a restart the node tells it.</param>
/// <param name="digest">Digest of that batch; zero before the first.</param>
public sealed class BatchSigner(ISigner signer, ulong chainId, Address registry, ulong number = 0, Hash32 digest = default)
{
    public Address Gateway => signer.Address;

    /// <summary>Number and digest of the last batch that was taken.</summary>
    public (ulong Number, Hash32 Digest) Last { get; private set; } = (number, digest);

    /// <summary>Signs the next batch: these events, in the order in which they are sent.</summary>
    public async ValueTask<SignedStatement> SignAsync(IReadOnlyCollection<BatchedEvent> events, CancellationToken cancellation)
    {
        if (events.Count == 0) throw new ArgumentException("A batch has at least one event.", nameof(events));
        var statement = new BatchStatement(
            signer.Address, Last.Number + 1, BatchTree.OfEvents(events).Root, (ulong)events.Count, events.Min(e => e.Time), events.Max(e => e.Time), Last.Digest);
        var data = UsageBatchTypedData.Of(chainId, registry, statement);
        var signature = await signer.SignTypedDataAsync(data, cancellation).ConfigureAwait(false);
        return new SignedStatement(statement, data.Digest(), signature.ToArray());
    }

    /// <summary>The text of the header that goes with the events.</summary>
    public static string Header(SignedStatement signed) => BatchHeader.Format(signed.Statement, signed.Signature.Span);

    /// <summary>The node has the batch: the next one follows it.</summary>
    public void Taken(SignedStatement signed)
    {
        if (signed.Statement.Gateway != Gateway || signed.Statement.Number != Last.Number + 1 || signed.Statement.Previous != Last.Digest)
            throw new ArgumentException($"Batch {signed.Statement.Number} does not follow batch {Last.Number}.", nameof(signed));
        Last = (signed.Statement.Number, signed.Digest);
    }
}
