using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>Books that are rebuilt take in epochs that they did not build.</summary>
public interface IEpochAdoption
{
    /// <summary>The first epoch begins with it.</summary>
    ulong FirstBlock { get; }

    /// <summary>Holds an epoch's bundle against what the books know by now, before anything of it is posted.</summary>
    /// <exception cref="SettlementHaltedException">It is not what follows from them.</exception>
    void Require(BooksSession session, SettledEpoch epoch, SettledEpoch? before);
}
