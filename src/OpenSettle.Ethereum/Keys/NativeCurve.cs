using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// libsecp256k1: constant-time with private keys, and with a context that is blinded by random bytes of this process. The
/// context is changed nowhere after that, and what does not change it may be called by many threads at once.
/// </summary>
internal sealed class NativeCurve : ICurve
{
    private const int WordSize = Hash32.Size;
    private const int CompactSize = 2 * WordSize;
    private const int CompressedSize = 33;
    private const int UncompressedSize = 65;

    private readonly NativeFunctions _functions;
    private readonly nint _context;

    private NativeCurve(string library, NativeFunctions functions)
    {
        Name = $"libsecp256k1 ({library})";
        _functions = functions;
        _context = functions.Create(NativeFunctions.ContextFlags);
        if (_context == 0) throw new CryptographicException("it makes no context");
        Span<byte> seed = stackalloc byte[WordSize];
        RandomNumberGenerator.Fill(seed);
        if (functions.Randomize(_context, in seed[0]) != 1) throw new CryptographicException("its context takes no random bytes");
        CryptographicOperations.ZeroMemory(seed);
    }

    public string Name { get; }

    /// <summary>The library of that name; null where there is none, and where it is not what it should be: then with the reason.</summary>
    public static NativeCurve? Load(string library, out string? problem)
    {
        problem = null;
        // Never from the working directory: whoever puts a library there would be given keys.
        const DllImportSearchPath Where = DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory;
        if (!NativeLibrary.TryLoad(library, typeof(NativeCurve).Assembly, Where, out var handle)) return null;
        try
        {
            // It stays loaded for as long as the process lives.
            var curve = new NativeCurve(library, new NativeFunctions(handle));
            CurveProbe.Require(curve);
            return curve;
        }
        catch (Exception fault) when (fault is EntryPointNotFoundException or CryptographicException)
        {
            problem = fault is EntryPointNotFoundException ? $"{library} lacks a function: {fault.Message}" : $"{library} is not used: {fault.Message}";
            NativeLibrary.Free(handle);
            return null;
        }
    }

    public bool IsPrivateKey(ReadOnlySpan<byte> key) => key.Length == WordSize && _functions.VerifySecret(_context, in key[0]) == 1;

    public void WritePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> point)
    {
        RequireSize(privateKey, WordSize);
        Span<byte> publicKey = stackalloc byte[NativeFunctions.PublicKeySize];
        if (_functions.CreatePublic(_context, ref publicKey[0], in privateKey[0]) != 1) throw new CryptographicException("A private key is out of range.");
        Serialize(publicKey, point);
    }

    public bool TryAdd(Span<byte> privateKey, ReadOnlySpan<byte> word)
    {
        RequireSize(privateKey, WordSize);
        RequireSize(word, WordSize);
        return _functions.AddToSecret(_context, ref privateKey[0], in word[0]) == 1;
    }

    public int Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> digest, Span<byte> signature)
    {
        RequireSize(privateKey, WordSize);
        RequireSize(digest, WordSize);
        RequireSize(signature, CompactSize);
        Span<byte> made = stackalloc byte[NativeFunctions.SignatureSize];
        if (_functions.Sign(_context, ref made[0], in digest[0], in privateKey[0], 0, 0) != 1) throw new CryptographicException("A private key is out of range.");
        _functions.SerializeSignature(_context, ref signature[0], out var recoveryId, in made[0]);
        return recoveryId;
    }

    public bool TryRecover(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int recoveryId, Span<byte> point)
    {
        RequireSize(digest, WordSize);
        RequireSize(signature, CompactSize);
        // The library ends the process where this is above 3.
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)recoveryId, 1u, nameof(recoveryId));
        Span<byte> parsed = stackalloc byte[NativeFunctions.SignatureSize];
        Span<byte> publicKey = stackalloc byte[NativeFunctions.PublicKeySize];
        if (_functions.ParseSignature(_context, ref parsed[0], in signature[0], recoveryId) != 1) return false;
        if (_functions.Recover(_context, ref publicKey[0], in parsed[0], in digest[0]) != 1) return false;
        Serialize(publicKey, point);
        return true;
    }

    private static void RequireSize(ReadOnlySpan<byte> bytes, int size)
    {
        if (bytes.Length != size) throw new ArgumentException($"{bytes.Length} bytes where {size} are meant.");
    }

    private void Serialize(ReadOnlySpan<byte> publicKey, Span<byte> point)
    {
        RequireSize(point, point.Length == CompressedSize ? CompressedSize : UncompressedSize);
        var length = (nuint)point.Length;
        _functions.SerializePublic(
            _context, ref point[0], ref length, in publicKey[0], point.Length == CompressedSize ? NativeFunctions.CompressedFlags : NativeFunctions.UncompressedFlags);
    }
}
