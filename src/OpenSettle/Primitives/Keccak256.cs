using System.Buffers.Binary;

namespace OpenSettle.Primitives;

/// <summary>Keccak-256 with the original padding, as Ethereum uses it (not SHA3-256).</summary>
public static class Keccak256
{
    internal const int Rate = 136;

    public static Hash32 Hash(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Hash(data, hash);
        return Hash32.FromBytes(hash);
    }

    /// <summary>Hashes the UTF-8 bytes of <paramref name="text"/>: event signatures, type strings.</summary>
    public static Hash32 HashText(string text) => Hash(System.Text.Encoding.UTF8.GetBytes(text));

    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Span<ulong> state = stackalloc ulong[KeccakKernels.Lanes];
        state.Clear();
        while (data.Length >= Rate)
        {
            Absorb(state, data[..Rate]);
            data = data[Rate..];
        }

        Finish(state, data, destination);
    }

    internal static void Finish(Span<ulong> state, ReadOnlySpan<byte> rest, Span<byte> destination)
    {
        Span<byte> last = stackalloc byte[Rate];
        last.Clear();
        rest.CopyTo(last);
        last[rest.Length] = 0x01;
        last[Rate - 1] |= 0x80;
        Absorb(state, last);
        for (var i = 0; i < 4; i++) BinaryPrimitives.WriteUInt64LittleEndian(destination[(i * 8)..], state[i]);
    }

    internal static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < Rate / 8; i++) state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(i * 8)..]);
        Span<ulong> spare = stackalloc ulong[KeccakKernels.Lanes];
        OneLane.Permute(state, spare, state, KeccakKernels.Lanes);
    }
}

/// <summary>Keccak-256 of data that comes in pieces.</summary>
public sealed class Keccak256Hasher
{
    private readonly ulong[] _state = new ulong[KeccakKernels.Lanes];
    private readonly byte[] _pending = new byte[Keccak256.Rate];
    private int _held;

    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var taken = Math.Min(data.Length, Keccak256.Rate - _held);
            data[..taken].CopyTo(_pending.AsSpan(_held));
            _held += taken;
            data = data[taken..];
            if (_held < Keccak256.Rate) return;
            Keccak256.Absorb(_state, _pending);
            _held = 0;
        }
    }

    /// <summary>The hash of all that was appended. Call it once, at the end.</summary>
    public Hash32 Finish()
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Keccak256.Finish(_state, _pending.AsSpan(0, _held), hash);
        return Hash32.FromBytes(hash);
    }
}
