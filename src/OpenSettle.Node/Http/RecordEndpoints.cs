using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

/// <summary>What models did in epochs, and what proves it: the path to the epoch's record root, and the call that attests the record.</summary>
internal sealed class RecordEndpoints(NodeOptions options, IBooks books, NodeState state)
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
        routes.MapGet("/api/v1/models/{id}/records", (RecordEndpoints records, HttpContext context, string id, string? before, string? limit) => records.List(context, id, before, limit))
            .For(Access.Public).Costs(2).WithName("listRecords").WithSummary("What the model did in active epochs, newest first").Pages(MostRows, UsualRows).Produces<RecordsAnswer>();
        routes.MapGet("/api/v1/models/{id}/records/{epoch}", (RecordEndpoints records, string id, string epoch) => records.Prove(id, epoch))
            .For(Access.Public).Costs(5).WithName("getRecord").WithSummary("One of them with what proves it, and the transaction that attests it; never changes").Produces<RecordProofAnswer>();
    }

    /// <summary>Newest first.</summary>
    private IResult List(HttpContext context, string id, string? before, string? limit)
    {
        if (Find(id, out var model) is { } refusal) return refusal;
        if (!Paging.TryNumber(before, long.MaxValue, out var end)) return BadEpoch();
        if (!Paging.TryLimit(limit, UsualRows, MostRows, out var most, out var wrong) && wrong is not null) return wrong;
        var rows = books.Read(session => session.Records.Newest(model, end, most + 1));
        var next = rows.Count > most ? rows[most - 1].Epoch : (ulong?)null;
        if (next is { } last) Paging.Next(context, ("before", Paging.Text(last)));
        return Answers.Json(new RecordsAnswer(model, [.. rows.Take(most).Select(row => Describe(row.Epoch, row.Record))], next));
    }

    private IResult Prove(string id, string epoch)
    {
        if (Find(id, out var model) is { } refusal) return refusal;
        if (!Paging.TryNumber(epoch, 0, out var number)) return BadEpoch();
        var known = books.Read(session => session.Epochs.Get(number) is { IsActive: true } settled ? (Proposal?)Proposal.Decode(session.Epochs.Proposal(number).Span) : null);
        if (known is null) return Problems.NotFound($"Epoch {number} is not active", "Records are those of epochs that the vault activated: GET /api/v1/epochs lists them.");
        var tree = TreeOf(number);
        var index = tree?.IndexOf(model) ?? -1;
        if (tree is null || index < 0)
            return Problems.NotFound($"Epoch {number} has no record of that model", "It had neither payments nor usage that counts. GET /api/v1/models/{id}/records lists those that there are.");
        if (tree.Root != known.RecordRoot)
            throw new StorageException(StorageErrorKind.Inconsistent, $"The records of epoch {number} in the books have root {tree.Root}, and the vault has {known.RecordRoot}.");
        // What was activated never changes.
        return Answers.Json(Describe(known.Record, tree, index), Answers.Forever);
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

    private RecordProofAnswer Describe(EpochRecord epoch, RecordTree tree, int index)
    {
        var record = tree.Records[index];
        var proof = tree.Proof(index);
        var (call, why) = CallOf(epoch, record, proof);
        return new RecordProofAnswer(
            new RecordEpochAnswer(epoch.Epoch, epoch.LastBlock, epoch.Root, epoch.RecordRoot, epoch.BundleHash),
            Describe(epoch.Epoch, record),
            new HexData(RecordTree.Encode(epoch.Epoch, record)),
            RecordTree.HashOf(epoch.Epoch, record),
            proof,
            call is null ? null : new CallAnswer(options.Deployment.Watched.Resolver, new HexData(call.Data)),
            why);
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

    private static RecordAnswer Describe(ulong epoch, ModelRecord record) => new(
        epoch,
        record.Uses,
        record.PaidUses,
        record.Consumers,
        [.. record.Revenue.Select(revenue => new TokenAmountAnswer(revenue.Token, revenue.Amount))],
        [
            .. record.Domains.Select(domain => new RecordDomainAnswer(
                RoleText.FromWord(domain.Domain), domain.Domain, domain.Successes, domain.Trials, domain.PaidSuccesses, domain.PaidTrials)),
        ]);

    private static IResult BadEpoch() => Problems.BadRequest("That is not an epoch's number", "An epoch's number is a whole number from 1.");
}
