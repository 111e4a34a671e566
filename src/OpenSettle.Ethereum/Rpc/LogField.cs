namespace OpenSettle.Ethereum.Rpc;

/// <summary>The fields of a log that are read.</summary>
internal static class LogField
{
    public const int Address = 0;
    public const int Topics = 1;
    public const int Data = 2;
    public const int BlockNumber = 3;
    public const int BlockHash = 4;
    public const int TransactionHash = 5;
    public const int LogIndex = 6;
    public const int Removed = 7;

    /// <summary>A log needs all of these, one bit each: "removed" alone may be left out.</summary>
    public const uint Required = (1U << Removed) - 1;

    /// <summary>The bytes of a log that holds these, has no topics and no data, and all its numbers have one digit: none is shorter.</summary>
    public const int ShortestLog = 285;

    public static readonly FieldNames Names = new("address", "topics", "data", "blockNumber", "blockHash", "transactionHash", "logIndex", "removed");
}
