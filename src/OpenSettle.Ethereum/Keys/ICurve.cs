namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// What is needed of secp256k1, by a library: nothing here does arithmetic on points itself. Words are 32 bytes, big-endian;
/// signatures are r and s, 64 bytes; points are 33 bytes, or 65 uncompressed.
/// </summary>
internal interface ICurve
{
    /// <summary>Which library it is, for people.</summary>
    string Name { get; }

    /// <summary>Whether the word is above zero and below the order.</summary>
    bool IsPrivateKey(ReadOnlySpan<byte> key);

    /// <summary>Writes the point of a private key that is in range, compressed where the place has 33 bytes.</summary>
    void WritePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> point);

    /// <summary>Adds a word to a private key, modulo the order; false, and the key of no use, where the word or the sum is out of range.</summary>
    bool TryAdd(Span<byte> privateKey, ReadOnlySpan<byte> word);

    /// <summary>
    /// Signs with the nonce of RFC 6979 and low s. Gives the recovery id, or a first guess at it (0 or 1): whoever asks
    /// recovers with it before the signature is used, and tries the other.
    /// </summary>
    int Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> digest, Span<byte> signature);

    /// <summary>
    /// Writes the uncompressed point whose key made the signature; false where there is none. The signature's r and s are in range
    /// and not zero, and the recovery id is 0 or 1: above that r is not what it was, which no contract knows of.
    /// </summary>
    bool TryRecover(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int recoveryId, Span<byte> point);
}
