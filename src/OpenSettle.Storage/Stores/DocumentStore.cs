using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>Documents that say more of models, by their keccak-256.</summary>
public sealed class DocumentStore(BooksSession session)
{
    public byte[]? Find(Hash32 hash) => session.Single("SELECT body FROM documents WHERE hash = ?1", row => row.Bytes(0), hash);

    public long Count() => session.Single("SELECT count(*) FROM documents", row => row.GetInt64(0));

    public void Add(ReadOnlyMemory<byte> body) =>
        session.Execute("INSERT INTO documents (hash, body) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING", Keccak256.Hash(body.Span), body);
}
