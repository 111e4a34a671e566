using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Usage;

/// <summary>
/// Consumers as salted hashes: the journal says that somebody came back, not who. A request's are hashed together and then put
/// into its bodies, because one by one a hash costs as much as the rest of an event. For one request at a time.
/// </summary>
internal sealed class ConsumerHash(ReadOnlyMemory<byte> salt)
{
    private readonly KeccakBatch _batch = new();
    private int[] _places = new int[64];
    private Hash32[] _hashes = new Hash32[64];

    /// <summary>Holds a consumer's place until its hash is there: not zero, which would mean that there is none.</summary>
    public static Hash32 Later { get; } = Keccak256.HashText("consumer");

    public void Clear() => _batch.Clear();

    /// <param name="subject">Who it is.</param>
    /// <param name="place">Where the hash goes in the bodies.</param>
    public void Add(ReadOnlySpan<byte> subject, int place)
    {
        if (_batch.Count == _places.Length) Array.Resize(ref _places, 2 * _places.Length);
        _places[_batch.Count] = place;
        var message = _batch.Add(salt.Length + subject.Length);
        salt.Span.CopyTo(message);
        subject.CopyTo(message[salt.Length..]);
    }

    public void WriteTo(EventBodyWriter bodies)
    {
        if (_hashes.Length < _batch.Count) _hashes = new Hash32[_places.Length];
        _batch.WriteTo(_hashes);
        for (var i = 0; i < _batch.Count; i++) bodies.Replace(_places[i], _hashes[i]);
        _batch.Clear();
    }
}
