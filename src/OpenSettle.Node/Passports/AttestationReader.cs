using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage;

namespace OpenSettle.Node.Passports;

/// <summary>
/// Reads what attestations say, which is in no log. Whoever is asked cannot lie about it: the uid, which a log has, is the hash of all of it.
/// </summary>
/// <param name="clients">The endpoints, the best first: what one says wrong another is asked.</param>
internal sealed class AttestationReader(NodeOptions options, IBooks books, Func<IReadOnlyList<IChainClient>> clients)
{
    private const int AtOnce = 50;

    /// <summary>Reads what was not read yet.</summary>
    /// <returns>How many were read, and the first that could not be, in words.</returns>
    public async Task<(int Read, string? Problem)> RunAsync(CancellationToken cancellation)
    {
        var service = options.Deployment.Watched.Eas;
        if (service.IsZero) return (0, null);
        var (read, problem) = (0, (string?)null);
        LogPosition? after = null;
        while (books.Read(session => session.Attestations.Unread(AtOnce, after)) is { Count: > 0 } unread)
        {
            var contents = new List<AttestationContent>(unread.Count);
            foreach (var row in unread)
            {
                var (content, trouble) = await AskAsync(service, row, cancellation);
                if (content is not null) contents.Add(content);
                problem ??= trouble;
            }

            if (contents.Count > 0)
            {
                await books.WriteAsync(
                    session =>
                    {
                        foreach (var content in contents) session.Attestations.AddContent(content);
                    },
                    cancellation);
            }

            read += contents.Count;
            // One that cannot be read does not keep those behind it from being read.
            after = unread[^1].At;
        }

        return (read, problem);
    }

    private async Task<(AttestationContent? Content, string? Problem)> AskAsync(Address service, AttestationRow row, CancellationToken cancellation)
    {
        string? problem = null;
        foreach (var client in clients())
        {
            try
            {
                var said = await client.AskAsync(service, new Eas.GetAttestation(row.Uid), BlockRef.Latest, cancellation);
                if (AttestationReading.Contradiction(row.Uid, row.Schema, row.Attester, row.Recipient, row.Time, said) is not { } wrong) return (ContentOf(row, said), null);
                problem ??= $"{client.Endpoint}: attestation {row.Uid}: {wrong}";
            }
            catch (ChainException e)
            {
                problem ??= e.Message;
            }
        }

        return (null, problem ?? "no endpoint can be asked");
    }

    /// <summary>
    /// The model is the first word, as the resolver reads it, whether the rest makes sense or not. Of what is too large to make sense only that
    /// word is kept.
    /// </summary>
    private static AttestationContent ContentOf(AttestationRow row, EasAttestation said) => new(
        row.Uid, row.Kind != StatementKind.Epoch && said.Data.Length >= Hash32.Size ? new ModelId(Hash32.FromBytes(said.Data.Span[..Hash32.Size])) : null,
        said.RefUid, said.Time, said.ExpirationTime, said.Data.Length > StatementCodec.MostBytes ? said.Data[..Hash32.Size] : said.Data);
}
