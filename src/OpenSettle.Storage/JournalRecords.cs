using OpenSettle.Primitives;

namespace OpenSettle.Storage;

/// <summary>A block of the journal.</summary>
public readonly record struct JournalHeader(ulong Number, Hash32 Hash, Hash32 Parent, ulong Timestamp);

/// <summary>A log of the journal, as the chain had it.</summary>
/// <param name="Topics">The topics, one after the other, 32 bytes each.</param>
public readonly record struct JournalLog(
    ulong Block, uint Index, Address Address, Hash32 Transaction, ReadOnlyMemory<byte> Topics, ReadOnlyMemory<byte> Data);
