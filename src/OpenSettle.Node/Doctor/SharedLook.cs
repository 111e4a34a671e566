using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Doctor;

/// <summary>A look into the database that several nodes share; nothing is made there.</summary>
/// <param name="Problem">Why it cannot be used, with what to do; null: it can.</param>
/// <param name="Told">What there is, where it can be used.</param>
/// <param name="Books">Null where there are none yet, or of an older version.</param>
internal sealed record SharedLook(string? Problem, string Told, BooksLook? Books)
{
    private const string Name = "opensettle doctor";

    public static async Task<SharedLook> AtAsync(NodeOptions options, CancellationToken cancellation)
    {
        try
        {
            using var place = PostgresPlace.Of(options.Cluster.Database, options.Deployment.Watched.Id, Name);
            var look = PostgresLook.Of(place);
            if (look.Version is not { } version) return new SharedLook(null, $"{place.Name}: there is nothing yet: the first node that starts makes it", null);
            if (version > look.Newest) return new SharedLook($"{place.Name} has tables of version {version}, and this program knows {look.Newest}. Run the newer program that wrote it.", string.Empty, null);
            if (look.Deployment is { } deployment && deployment != DataLook.NameOf(options.Deployment.Watched.Id))
                return new SharedLook($"{place.Name} holds the books of another deployment ({deployment}). Set database to another one, or deployment to the right file.", string.Empty, null);
            if (version < look.Newest) return new SharedLook(null, $"{place.Name} is brought from version {version} to {look.Newest} by the next node that starts", null);
            using var books = new PostgresBooks(place);
            var (seen, count) = books.Read(session => (new BooksLook(session.Chain.Cursor(), session.Epochs.List(DatabaseCheck.Epochs)), session.Epochs.Latest()?.Number ?? 0));
            var leader = (await new PostgresLeases(place).ListAsync(cancellation)).FirstOrDefault(lease => lease.Lease.Name == Leadership.LeaseName && lease.Left > TimeSpan.Zero);
            return new SharedLook(
                null, $"{place.Name}: books up to block {seen.Cursor?.Block.ToString() ?? "none"}, {count} epochs; {(leader is null ? "no node leads" : $"{NodeIdentity.NameOf(leader.Lease.Holder)} leads")}", seen);
        }
        catch (StorageException e)
        {
            return new SharedLook(e.Message, string.Empty, null);
        }
    }
}
