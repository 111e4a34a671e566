using OpenSettle.Primitives;

namespace OpenSettle.Node.Mirrors;

/// <summary>A place that has copies of bundles, each under the name that it has here.</summary>
internal interface IBundleMirror
{
    /// <summary>For people: without what would let them in.</summary>
    string Name { get; }

    /// <summary>The length of the compressed bundle there, or null where it is not there.</summary>
    /// <exception cref="MirrorException">The mirror cannot be asked.</exception>
    Task<long?> LengthAsync(Hash32 hash, CancellationToken cancellation);

    /// <summary>Copies the file there.</summary>
    /// <exception cref="MirrorException">The mirror does not take it.</exception>
    Task PutAsync(Hash32 hash, string file, CancellationToken cancellation);

    /// <summary>Writes the compressed bundle to a stream. Nobody has looked at it; false where it is not there.</summary>
    /// <exception cref="MirrorException">The mirror cannot be asked.</exception>
    Task<bool> FetchAsync(Hash32 hash, Stream to, CancellationToken cancellation);
}

/// <summary>A mirror fails. The message holds nothing that would let anybody in.</summary>
internal sealed class MirrorException(string message, Exception? inner = null) : Exception(message, inner);
