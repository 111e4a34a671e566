using System.Text.Json;
using System.Data.Common;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>What the registry and the resolver say of models and evaluators that decides no money.</summary>
public sealed class NoticeStore(BooksSession session)
{
    public void Add(ModelNotice notice)
    {
        var (kind, body) = NoticeText.Write(notice);
        session.Execute(
            "INSERT INTO notices (block, log_index, timestamp, model, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            notice.At.Block, (long)notice.At.LogIndex, notice.Time, notice.Model, kind, body);
    }

    /// <summary>A model's, of earlier blocks than one, in chain order.</summary>
    public IReadOnlyList<ModelNotice> Of(ModelId model, ulong before) => session.Query(
        "SELECT block, log_index, timestamp, kind, body FROM notices WHERE model = ?1 AND block < ?2 ORDER BY block, log_index",
        row => NoticeText.Read(row.GetInt32(3), At(row), row.Number(2), model, row.GetString(4)), model, before);

    /// <summary>Models of which something was said in these blocks.</summary>
    public IReadOnlyList<ModelId> Models(ulong first, ulong before) =>
        session.Query("SELECT DISTINCT model FROM notices WHERE block >= ?1 AND block < ?2", row => row.Model(0), first, before);

    /// <summary>The documents that models' notices name.</summary>
    public bool Names(Hash32 document) => session.Single(
        "SELECT EXISTS (SELECT 1 FROM notices WHERE kind = 3 AND instr(body, ?1) > 0)", row => row.Flag(0), document.ToString());

    /// <summary>Models whose notices ever named a document.</summary>
    public IReadOnlyList<ModelId> Naming(Hash32 document) =>
        session.Query("SELECT DISTINCT model FROM notices WHERE kind = 3 AND instr(body, ?1) > 0", row => row.Model(0), document.ToString());

    public void SetEvaluator(Address account, LogPosition at, bool registered, string uri) => session.Execute(
        "INSERT INTO evaluators (account, block, log_index, registered, uri) VALUES (?1, ?2, ?3, ?4, ?5)", account, at.Block, (long)at.LogIndex, registered ? 1 : 0, uri);

    /// <summary>Who calls itself an evaluator at the start of a block.</summary>
    public IReadOnlySet<Address> Evaluators(ulong before) => session
        .Query("SELECT account, registered FROM evaluators WHERE block < ?1 ORDER BY account, block, log_index", row => (Account: row.Account(0), Registered: row.Flag(1)), before)
        .GroupBy(row => row.Account)
        .Where(words => words.Last().Registered)
        .Select(words => words.Key)
        .ToHashSet();

    private static LogPosition At(DbDataReader row) => new(row.Number(0), checked((uint)row.GetInt64(1)));
}

/// <summary>The JSON bodies of notices. Kinds are numbers on disk and are never given a new meaning.</summary>
internal static class NoticeText
{
    private sealed record PermissionBody(string Account, string Use, byte Permission, ulong Expires, string TermsHash, string Uri);

    private sealed record MetadataBody(string Hash, string Uri);

    public static (int Kind, string Body) Write(ModelNotice notice) => notice switch
    {
        StatusNotice said => (1, JsonSerializer.Serialize(said.Status)),
        PermissionNotice said => (2, JsonSerializer.Serialize(new PermissionBody(
            said.Account.ToString(), said.Use.ToString(), said.Permission, said.Expires, said.TermsHash.ToString(), said.Uri))),
        MetadataNotice said => (3, JsonSerializer.Serialize(new MetadataBody(said.MetadataHash.ToString(), said.Uri))),
        FrozenNotice => (4, "{}"),
        _ => throw new InvalidOperationException($"The notice {notice.GetType().Name} cannot be stored."),
    };

    public static ModelNotice Read(int kind, LogPosition at, ulong time, ModelId model, string body)
    {
        switch (kind)
        {
            case 1:
                return new StatusNotice(at, time, model, Body<byte>(body));
            case 2:
                var permission = Body<PermissionBody>(body);
                return new PermissionNotice(
                    at, time, model, Address.Parse(permission.Account), Hash32.Parse(permission.Use), permission.Permission, permission.Expires, Hash32.Parse(permission.TermsHash), permission.Uri);
            case 3:
                var metadata = Body<MetadataBody>(body);
                return new MetadataNotice(at, time, model, Hash32.Parse(metadata.Hash), metadata.Uri);
            case 4:
                return new FrozenNotice(at, time, model);
            default:
                throw new StorageException(StorageErrorKind.Inconsistent, $"The notice at {at} is of unknown kind {kind}.");
        }
    }

    private static T Body<T>(string body) =>
        JsonSerializer.Deserialize<T>(body) ?? throw new StorageException(StorageErrorKind.Inconsistent, "A notice has an empty body.");
}
