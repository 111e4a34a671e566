using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>
/// Takes attestations that the chain does not have, as EAS's own files. It needs no key: the resolver's rules are applied, so that only a
/// model's owner and evaluators get anything in, and of each so much.
/// </summary>
internal sealed class AttestationEndpoints(NodeOptions options, IBooks books, PassportSource source, NodeState state, IChainClient client, IChainProvider provider, TimeProvider time)
{
    /// <summary>A statement is small; each file of a model is read for its passport.</summary>
    public const int MostBytes = 32 * 1024;

    /// <summary>Files about a model by one account, and by all but its owner together.</summary>
    public const int MostByOne = 50;
    public const int MostByOthers = 200;

    private readonly SchemaSet _schemas = new(options.Deployment.Watched.Resolver);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost(
        "/api/v1/attestations", (AttestationEndpoints attestations, HttpRequest request, CancellationToken cancellation) => attestations.TakeAsync(request, cancellation))
        .For(Access.Public).Costs(20).Takes<OffchainFileForm>(MostBytes)
        .WithName("takeAttestation").WithSummary("Takes an attestation off chain, as EAS's own file of version 2, under the resolver's rules").Produces<AttestationTakenAnswer>().Produces<AttestationTakenAnswer>(201);

    private async Task<IResult> TakeAsync(HttpRequest request, CancellationToken cancellation)
    {
        var watched = options.Deployment.Watched;
        if (watched.Eas.IsZero) return Problems.NotFound("This node does not watch an attestation service", "Its deployment file names none: set contracts.eas in it.");
        if (source.Now() is not { } now) return Problems.Of(503, "The books are empty yet", "Send it again once the node has read the chain.");
        if (await ReadAsync(request, cancellation) is not { } bytes) return Problems.Of(413, "The file is too large", $"A file has at most {MostBytes} bytes.");
        var (attestation, problem) = OffchainFile.Parse(bytes);
        if (attestation is null) return Problems.BadRequest("That is no attestation of EAS", $"{problem}. Send the file as EAS's own tools write it, version 2.");

        ulong revoked;
        try
        {
            revoked = await client.AskAsync(watched.Eas, new Eas.GetRevokeOffchain(attestation.Signer, attestation.Uid), BlockRef.Latest, cancellation);
        }
        catch (ChainException)
        {
            return Problems.Of(503, "The chain cannot be asked whether it was taken back", "Send it again later.");
        }

        var view = new Rules(state.Registry, now, books.Read(session => session.Notices.Evaluators(now.Number)), revoked);
        var verdict = new OffchainRules(watched.Id.ChainId, watched.Eas, _schemas, provider.Recover).Judge(attestation, view, Math.Max(now.Timestamp, (ulong)time.GetUtcNow().ToUnixTimeSeconds()));
        if (verdict.Entry is not { Statement.About: { } model } entry)
            return Problems.Of(422, "The attestation is not taken", $"{verdict.Message}.");
        // Known is what this account signed: the uid alone does not say who did.
        if (books.Read(session => session.Attestations.HasOffchain(entry.Uid, entry.Attester))) return Results.Ok(new AttestationTakenAnswer(entry.Uid, null));
        return await KeepAsync(entry.Uid, model, entry.Attester, entry.Time, OffchainFile.Write(attestation), view.OwnerOf(model), cancellation);
    }

    private async Task<IResult> KeepAsync(Hash32 uid, ModelId model, Address attester, ulong at, byte[] file, Address? owner, CancellationToken cancellation)
    {
        try
        {
            var kept = await books.WriteAsync(
                session =>
                {
                    var (all, own, owners) = session.Attestations.CountOffchain(model, attester, owner ?? Address.Zero);
                    if (own >= MostByOne || (attester != owner && all - owners >= MostByOthers)) return false;
                    session.Attestations.AddOffchain(new OffchainRow(uid, model, attester, at, file));
                    return true;
                },
                cancellation);
            if (!kept) return Problems.Of(409, "There are too many attestations off chain", $"This node keeps {MostByOne} about a model by one account, and {MostByOthers} by others than its owner. Attest on chain, which has no such limit.");
        }
        catch (StorageException)
        {
            return Problems.Of(503, "The books cannot take this now", "Send it again later.");
        }

        state.ChangePassports();
        return Results.Created($"/api/v1/models/{model}/attestations", new AttestationTakenAnswer(uid, model));
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MostBytes) return null;
        var bytes = new byte[MostBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        return length > MostBytes ? null : bytes[..length];
    }

    /// <summary>What the resolver would find on chain now.</summary>
    private sealed class Rules(RegistryBook registry, BlockPoint now, IReadOnlySet<Address> evaluators, ulong revokedAt) : IRulesView
    {
        public Address? OwnerOf(ModelId model) => registry.TryGet(model, out var entry) && entry.Registration.At.Block < now.Number ? entry.OwnerAt(now.Number) : null;

        public bool IsEvaluator(Address account) => evaluators.Contains(account);

        public ulong RevokedAt(Address attester, Hash32 uid) => revokedAt;
    }
}
