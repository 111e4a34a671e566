using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Http;

/// <summary>What models did in epochs, and what proves it: the path to the epoch's record root, and the call that attests the record.</summary>
internal sealed class RecordEndpoints(NodeOptions options, SqliteBooks books, NodeState state)
{
    private const int MostRows = 500;
    private const int UsualRows = 50;

    // Calldata of a transaction that every chain takes.
    private const int MostCalldata = 96 * 1024;

    // Trees of so many records in all are kept, or one.
    private const int MostKept = 200_000;

    private readonly Lock _lock = new();
    private readonly List<RecordTree> _kept = [];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models/{id}/records", (RecordEndpoints records, string id, string? before, int? limit) => records.List(id, before, limit));
        routes.MapGet("/api/v1/models/{id}/records/{epoch}", (RecordEndpoints records, HttpContext context, string id, string epoch) => records.Prove(context, id, epoch));
    }

    /// <summary>Newest first.</summary>
    private IResult List(string id, string? before, int? limit)
    {
        if (Find(id, out var model) is { } refusal) return refusal;
        ulong end = long.MaxValue;
        if (before is not null && !TryNumber(before, out end)) return BadEpoch();
        var most = Math.Clamp(limit ?? UsualRows, 1, MostRows);
        var rows = books.Read(session => session.Records.Newest(model, end, most));
        return Results.Ok(new
        {
            model = model.ToString(),
            records = rows.Select(row => Describe(row.Epoch, row.Record)),
            before = rows.Count == most ? rows[^1].Epoch : (ulong?)null,
        });
    }

    private IResult Prove(HttpContext context, string id, string epoch)
    {
        if (Find(id, out var model) is { } refusal) return refusal;
        if (!TryNumber(epoch, out var number)) return BadEpoch();
        var known = books.Read(session => session.Epochs.Get(number) is { IsActive: true } settled ? (Proposal?)Proposal.Decode(session.Epochs.Proposal(number).Span) : null);
        if (known is null) return Problems.NotFound($"Epoch {number} is not active", "Records are those of epochs that the vault activated: GET /api/v1/epochs lists them.");
        var tree = TreeOf(number);
        var index = tree?.IndexOf(model) ?? -1;
        if (tree is null || index < 0)
            return Problems.NotFound($"Epoch {number} has no record of that model", "It had neither payments nor usage that counts. GET /api/v1/models/{id}/records lists those that there are.");
        if (tree.Root != known.RecordRoot)
            throw new StorageException(StorageErrorKind.Inconsistent, $"The records of epoch {number} in the books have root {tree.Root}, and the vault has {known.RecordRoot}.");
        // What was activated never changes.
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Ok(Describe(known.Record, tree, index));
    }

    private IResult? Find(string id, out ModelId model)
    {
        model = default;
        if (!Hash32.TryParse(id, out var parsed)) return Problems.BadRequest("That is not a model id", "A model id is 0x and 64 hexadecimal digits.");
        model = new ModelId(parsed);
        return state.Registry.TryGet(model, out _) ? null : Problems.NotFound("There is no such model", "GET /api/v1/models lists those that there are.");
    }

    /// <summary>The tree of an active epoch; null where it has no records.</summary>
    private RecordTree? TreeOf(ulong epoch)
    {
        lock (_lock)
        {
            if (_kept.Find(tree => tree.Epoch == epoch) is { } known) return known;
            var records = books.Read(session => session.Records.OfEpoch(epoch));
            if (records.Count == 0) return null;
            var tree = RecordTree.Build(epoch, records);
            _kept.Add(tree);
            while (_kept.Count > 1 && _kept.Sum(kept => kept.Records.Count) > MostKept) _kept.RemoveAt(0);
            return tree;
        }
    }

    private object Describe(EpochRecord epoch, RecordTree tree, int index)
    {
        var record = tree.Records[index];
        var proof = tree.Proof(index);
        var (call, why) = CallOf(epoch, record, proof);
        return new
        {
            epoch = new
            {
                epoch = epoch.Epoch,
                lastBlock = epoch.LastBlock,
                root = epoch.Root.ToString(),
                recordRoot = epoch.RecordRoot.ToString(),
                bundleHash = epoch.BundleHash.ToString(),
            },
            record = Describe(epoch.Epoch, record),
            data = Hex.Encode(RecordTree.Encode(epoch.Epoch, record)),
            leaf = RecordTree.HashOf(epoch.Epoch, record).ToString(),
            proof = proof.Select(node => node.ToString()),
            attestRecord = call is null ? null : new { to = options.Deployment.Watched.Resolver.ToChecksumString(), data = Hex.Encode(call.Data.Span) },
            reason = why,
        };
    }

    /// <summary>The transaction that attests the record, or why there is none.</summary>
    private static (ContractCall? Call, string? Why) CallOf(EpochRecord epoch, ModelRecord record, IReadOnlyList<Hash32> proof)
    {
        if (record.Revenue.FirstOrDefault(revenue => revenue.Amount > UInt256.MaxAmount) is { Amount.IsZero: false } large)
            return (null, $"Its revenue of token {large.Token.ToChecksumString()} does not fit into 128 bits: it is proven by its path, and cannot be attested by itself.");
        var call = new SettlementResolver.AttestRecordCall(epoch, record, proof);
        return call.Data.Length <= MostCalldata
            ? (call, null)
            : (null, $"It has {record.Domains.Count} domains, and the call {call.Data.Length} bytes, more than the {MostCalldata} that a transaction surely takes: it is proven by its path, and cannot be attested by itself.");
    }

    private static object Describe(ulong epoch, ModelRecord record) => new
    {
        epoch,
        uses = record.Uses,
        paidUses = record.PaidUses,
        consumers = record.Consumers,
        revenue = record.Revenue.Select(revenue => new { token = revenue.Token.ToChecksumString(), amount = revenue.Amount.ToString() }),
        domains = record.Domains.Select(domain => new
        {
            domain = RoleText.FromWord(domain.Domain),
            word = domain.Domain.ToString(),
            successes = domain.Successes,
            trials = domain.Trials,
            paidSuccesses = domain.PaidSuccesses,
            paidTrials = domain.PaidTrials,
        }),
    };

    private static bool TryNumber(string text, out ulong number) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= long.MaxValue;

    private static IResult BadEpoch() => Problems.BadRequest("That is not an epoch's number", "An epoch's number is a whole number from 1.");
}
