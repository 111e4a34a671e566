using Microsoft.Data.Sqlite;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Sqlite;

/// <summary>Sums of amounts within SQL, exact: SQLite's own numbers have 64 bits.</summary>
internal static class AmountFunctions
{
    // No aggregate beside it: with this library the state of one group goes on into the next.
    public static void Register(SqliteConnection connection) => connection.CreateFunction<byte[], byte[], byte[]>("add_amounts", Add, isDeterministic: true);

    private static byte[] Add(byte[] left, byte[] right)
    {
        var sum = new byte[UInt256.Size];
        (UInt256.FromBigEndian(left) + UInt256.FromBigEndian(right)).WriteBigEndian(sum);
        return sum;
    }
}
