using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>One statement for very many rows.</summary>
internal abstract class BulkStatement : IDisposable
{
    public void Bind(int position, ulong number) => Bind(position, checked((long)number));

    public abstract void Bind(int position, long number);

    /// <summary>The bytes are copied.</summary>
    public abstract void Bind(int position, ReadOnlySpan<byte> bytes);

    public abstract void Bind(int position, string text);

    public void Bind(int position, Hash32 word)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        word.WriteTo(bytes);
        Bind(position, bytes);
    }

    public void Bind(int position, Address account)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        account.WriteTo(bytes);
        Bind(position, bytes);
    }

    public void Bind(int position, UInt256 amount)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Size];
        amount.WriteBigEndian(bytes);
        Bind(position, bytes);
    }

    /// <summary>Runs what is bound; nothing is asked for.</summary>
    public abstract void Run();

    /// <summary>Goes to the next row of a query; false where there is none. The row stands until the next call.</summary>
    public abstract bool Step();

    /// <summary>Ends a query before its last row: other values can be bound.</summary>
    public abstract void Reset();

    public abstract long Number(int column);

    /// <summary>Bytes of the row that stands.</summary>
    public abstract ReadOnlySpan<byte> Bytes(int column);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
