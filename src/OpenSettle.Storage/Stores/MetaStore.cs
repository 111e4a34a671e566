namespace OpenSettle.Storage.Stores;

/// <summary>Single facts about the file itself.</summary>
public sealed class MetaStore(BooksSession session)
{
    public byte[]? Get(string key) => session.Single("SELECT value FROM meta WHERE key = ?1", row => row.Bytes(0), key);

    public void Set(string key, byte[] value) =>
        session.Execute("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value);

    public string? GetText(string key) => Get(key) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    public void SetText(string key, string value) => Set(key, System.Text.Encoding.UTF8.GetBytes(value));
}
