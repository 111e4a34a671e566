using OpenSettle.Epochs;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>
/// Statements as the bytes that their schema says, and back. Anybody may attest any bytes: those that are not exactly what an encoder
/// writes for a statement say nothing, so that every statement has one form, and nobody hides something behind it.
/// </summary>
public static class StatementCodec
{
    /// <summary>More data than this is not looked at: a block has no room for it, and neither has a file.</summary>
    public const int MostBytes = 1024 * 1024;

    private const int WeightBits = 96;

    /// <exception cref="OverflowException">A number is wider than its field.</exception>
    public static byte[] Encode(Statement statement) => Write(statement).ToArray();

    /// <summary>What the bytes say, or null where they are not what the schema says; then <paramref name="problem"/> says why.</summary>
    public static Statement? Decode(StatementKind kind, ReadOnlySpan<byte> data, out string? problem)
    {
        problem = null;
        try
        {
            if (data.Length > MostBytes) throw new AbiException($"It has {data.Length} bytes, and at most {MostBytes} are read.");
            var statement = Read(kind, new AbiReader(data));
            if (!Write(statement).ToArray().AsSpan().SequenceEqual(data)) throw new AbiException("An encoder writes it in another way.");
            return statement;
        }
        catch (AbiException e)
        {
            problem = $"the data is not what the schema of {Name(kind)} says: {e.Message}";
            return null;
        }
    }

    /// <inheritdoc cref="Decode(StatementKind, ReadOnlySpan{byte}, out string?)"/>
    public static Statement? Decode(StatementKind kind, ReadOnlySpan<byte> data) => Decode(kind, data, out _);

    /// <summary>The kind, as people and files write it.</summary>
    public static string Name(StatementKind kind) => kind switch
    {
        StatementKind.Provenance => "provenance",
        StatementKind.Lineage => "lineage",
        StatementKind.Contribution => "contribution",
        StatementKind.Permission => "permission",
        StatementKind.Evaluation => "evaluation",
        StatementKind.Epoch => "epoch",
        StatementKind.UsageRecord => "usage record",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such schema."),
    };

    private static AbiWriter Write(Statement statement)
    {
        var writer = new AbiWriter();
        return statement switch
        {
            ProvenanceStatement provenance => Write(writer, provenance),
            LineageStatement lineage => Write(writer, lineage),
            ContributionStatement contribution => writer
                .Word(contribution.Model.Value).Account(contribution.Account).Word(contribution.Role).UInt(contribution.Weight, WeightBits).Word(contribution.Method),
            PermissionStatement permission => writer
                .Word(permission.Model.Value).Account(permission.Account).Word(permission.Use).UInt(permission.Permission, 8).UInt(permission.Expires, 64).Word(permission.TermsHash),
            EvaluationStatement evaluation => writer
                .Word(evaluation.Model.Value).Word(evaluation.Domain).Text(evaluation.Metric).Text(evaluation.Value).UInt(evaluation.N, 64).Word(evaluation.EvalSetHash)
                .Word(evaluation.MethodHash),
            EpochStatement epoch => writer.UInt(epoch.Number, 64).UInt(epoch.LastBlock, 64).Word(epoch.Root).Word(epoch.RecordRoot).Word(epoch.BundleHash),
            UsageRecordStatement record => Write(writer, record),
            _ => throw new ArgumentException($"There is no schema for {statement.GetType().Name}.", nameof(statement)),
        };
    }

    private static AbiWriter Write(AbiWriter writer, ProvenanceStatement provenance)
    {
        if (provenance.DatasetHashes.Count != provenance.Relations.Count)
            throw new ArgumentException($"There are {provenance.DatasetHashes.Count} data sets and {provenance.Relations.Count} relations.", nameof(provenance));
        return writer
            .Word(provenance.Model.Value)
            .Word(provenance.IdentityHash)
            .Array(provenance.DatasetHashes, WriteWord)
            .Array(provenance.Relations, static (item, relation) => item.Text(relation))
            .Text(provenance.Uri);
    }

    private static AbiWriter Write(AbiWriter writer, LineageStatement lineage) => writer
        .Word(lineage.Model.Value)
        .Array(lineage.Parents, static (item, parent) => item.Word(parent.Model.Value))
        .Array(lineage.Parents, static (item, parent) => item.UInt(parent.Share, 32))
        .UInt(lineage.Version, 32);

    private static AbiWriter Write(AbiWriter writer, UsageRecordStatement record) => writer
        .Word(record.Model.Value)
        .UInt(record.Epoch, 64)
        .UInt(record.Uses, 64)
        .UInt(record.Consumers, 64)
        .Array(record.Revenue, static (item, revenue) => item.Account(revenue.Token))
        .Array(record.Revenue, static (item, revenue) => item.UInt(revenue.Amount, 128))
        .Array(record.Domains, static (item, domain) => item.Word(domain.Domain))
        .Array(record.Domains, static (item, domain) => item.UInt(domain.Successes, 64))
        .Array(record.Domains, static (item, domain) => item.UInt(domain.Trials, 64));

    private static void WriteWord(AbiWriter writer, Hash32 word) => writer.Word(word);

    private static Statement Read(StatementKind kind, AbiReader data) => kind switch
    {
        StatementKind.Provenance => ReadProvenance(data),
        StatementKind.Lineage => ReadLineage(data),
        StatementKind.Contribution => new ContributionStatement(Model(ref data), data.Account(), data.Word(), (UInt128)data.UInt(WeightBits), data.Word()),
        StatementKind.Permission => new PermissionStatement(Model(ref data), data.Account(), data.Word(), data.UInt8(), data.UInt64(), data.Word()),
        StatementKind.Evaluation => new EvaluationStatement(Model(ref data), data.Word(), data.Text(), data.Text(), data.UInt64(), data.Word(), data.Word()),
        StatementKind.Epoch => new EpochStatement(data.UInt64(), data.UInt64(), data.Word(), data.Word(), data.Word()),
        StatementKind.UsageRecord => ReadRecord(data),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such schema."),
    };

    private static ProvenanceStatement ReadProvenance(AbiReader data)
    {
        var (model, identity, hashes, relations, uri) = (Model(ref data), data.Word(), data.Array(1, ReadWord), data.Texts(), data.Text());
        return hashes.Length == relations.Length
            ? new ProvenanceStatement(model, identity, hashes, relations, uri)
            : throw new AbiException($"It has {hashes.Length} data sets and {relations.Length} relations.");
    }

    private static LineageStatement ReadLineage(AbiReader data)
    {
        var (model, parents, shares) = (Model(ref data), data.Array(1, ReadWord), data.Array(1, static (ref AbiReader item) => item.UInt32()));
        return parents.Length == shares.Length
            ? new LineageStatement(model, [.. parents.Zip(shares, static (parent, share) => new Parent(new ModelId(parent), share))], data.UInt32())
            : throw new AbiException($"It has {parents.Length} parents and {shares.Length} shares.");
    }

    private static UsageRecordStatement ReadRecord(AbiReader data)
    {
        var (model, epoch, uses, consumers) = (Model(ref data), data.UInt64(), data.UInt64(), data.UInt64());
        var tokens = data.Array(1, static (ref AbiReader item) => item.Account());
        var revenue = data.Array(1, static (ref AbiReader item) => item.UInt(128));
        var domains = data.Array(1, ReadWord);
        var successes = data.Array(1, static (ref AbiReader item) => item.UInt64());
        var trials = data.Array(1, static (ref AbiReader item) => item.UInt64());
        if (tokens.Length != revenue.Length || domains.Length != successes.Length || domains.Length != trials.Length) throw new AbiException("Its lists differ in length.");
        return new UsageRecordStatement(
            model, epoch, uses, consumers, [.. tokens.Zip(revenue, static (token, amount) => new TokenRevenue(token, amount))],
            [.. domains.Zip(successes, trials)]);
    }

    private static ModelId Model(ref AbiReader data) => new(data.Word());

    private static Hash32 ReadWord(ref AbiReader item) => item.Word();
}
