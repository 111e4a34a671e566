using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Stores;

/// <summary>Events that wait.</summary>
internal static class HeldTable
{
    public static IReadOnlyList<HeldGroup> Groups(BooksSession session) => session.Query(
        "SELECT model, gateway, hold, count(*), min(position), max(position) FROM usage_held GROUP BY hold, model, gateway ORDER BY hold, model, gateway",
        row => new HeldGroup(row.Model(0), row.GetInt32(1), (Hold)row.GetInt32(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)));

    /// <summary>Positions of a group's events whose time is not after that one, in order.</summary>
    public static IReadOnlyList<long> Until(BooksSession session, HeldGroup group, ulong eventTime)
    {
        var time = new byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(time, eventTime);
        // The time's place in the bytes of an event: see EventBody.
        return session.Query(
            $"""
            SELECT h.position FROM usage_held h JOIN usage_events e ON e.position = h.position{session.Choose(string.Empty, " AND e.model = h.model")}
            WHERE h.hold = ?1 AND h.model = ?2 AND h.gateway = ?3 AND h.position BETWEEN ?4 AND ?5 AND substr(e.body, 43, 8) <= ?6 ORDER BY h.position
            """,
            row => row.GetInt64(0), group.Hold, group.Model, group.Gateway, group.FirstPosition, group.LastPosition, (ReadOnlyMemory<byte>)time);
    }
}
