namespace OpenSettle.Storage.Stores;

/// <summary>Something that a webhook's target is to be told.</summary>
/// <param name="Id">The same however often it is sent.</param>
/// <param name="Created">When it was written here.</param>
/// <param name="Attempts">That failed.</param>
public sealed record WebhookDelivery(string Target, string Id, DateTimeOffset Created, ReadOnlyMemory<byte> Body, int Attempts, DateTimeOffset Due);

/// <summary>What webhooks have to tell, until it is told: written with what it tells of, so that a crash between the two loses none.</summary>
public sealed class WebhookStore(BooksSession session)
{
    /// <summary>Writes a delivery. One that is there already is left as it is.</summary>
    public void Add(WebhookDelivery delivery) => session.Execute(
        "INSERT INTO webhook_deliveries (target, id, created, body, attempts, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        delivery.Target, delivery.Id, delivery.Created.ToUnixTimeMilliseconds(), delivery.Body, delivery.Attempts, delivery.Due.ToUnixTimeMilliseconds());

    /// <summary>What a target is to be told by now, what is due longest first.</summary>
    public IReadOnlyList<WebhookDelivery> Due(string target, DateTimeOffset now, int most) => session.Query(
        "SELECT id, created, body, attempts, due FROM webhook_deliveries WHERE target = ?1 AND due <= ?2 ORDER BY due, id LIMIT ?3",
        row => new WebhookDelivery(target, row.GetString(0), Time(row.GetInt64(1)), row.Bytes(2), row.GetInt32(3), Time(row.GetInt64(4))),
        target, now.ToUnixTimeMilliseconds(), most);

    public long Count(string target) => session.Single("SELECT count(*) FROM webhook_deliveries WHERE target = ?1", row => row.GetInt64(0), target);

    /// <summary>How much waits, by target.</summary>
    public IReadOnlyDictionary<string, long> Backlog() =>
        session.Query("SELECT target, count(*) FROM webhook_deliveries GROUP BY target", row => (row.GetString(0), row.GetInt64(1))).ToDictionary(row => row.Item1, row => row.Item2, StringComparer.Ordinal);

    /// <summary>It failed, and is tried again.</summary>
    public void Postpone(WebhookDelivery delivery, DateTimeOffset due) => session.Execute(
        "UPDATE webhook_deliveries SET attempts = attempts + 1, due = ?3 WHERE target = ?1 AND id = ?2", delivery.Target, delivery.Id, due.ToUnixTimeMilliseconds());

    /// <summary>It was told, or nobody wants it any more.</summary>
    public void Remove(WebhookDelivery delivery) => session.Execute("DELETE FROM webhook_deliveries WHERE target = ?1 AND id = ?2", delivery.Target, delivery.Id);

    /// <summary>Drops all that a target was to be told.</summary>
    public int RemoveAll(string target) => session.Execute("DELETE FROM webhook_deliveries WHERE target = ?1", target);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
