using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>Who says the same.</summary>
/// <param name="Agreed">What a quorum says; null where none does, or two say different things.</param>
/// <param name="Given">All that was said; who does not have it said nothing.</param>
/// <param name="Others">Who says something else than what was agreed.</param>
internal sealed record Tally<T>(T? Agreed, IReadOnlyList<Answer<T>> Given, IReadOnlyList<Answer<T>> Others, bool Contradicts)
    where T : class
{
    public static Tally<T> Of(IReadOnlyList<Answer<T?>> answers, IEqualityComparer<T> same, int quorum)
    {
        var given = new List<Answer<T>>();
        foreach (var answer in answers)
        {
            if (answer.Value is { } value) given.Add(new Answer<T>(answer.Endpoint, value));
        }

        var groups = given.GroupBy(item => item.Value, same).ToArray();
        // With a quorum of half or less, two camps may each reach it: neither is believed then.
        var agreed = groups.Where(group => group.Count() >= quorum).ToArray() is [var only] ? only.Key : null;
        return new Tally<T>(agreed, given, agreed is null ? [] : [.. given.Where(item => !same.Equals(item.Value, agreed))], groups.Length > 1);
    }
}

/// <summary>What of a receipt has to be the same everywhere.</summary>
internal sealed class ReceiptContent : IEqualityComparer<TransactionReceipt>
{
    public static ReceiptContent Comparer { get; } = new();

    public static string Told(TransactionReceipt receipt) =>
        $"block {receipt.BlockNumber} {receipt.BlockHash}, {(receipt.Succeeded ? "succeeded" : "failed")}, gas {receipt.GasUsed} at {receipt.EffectiveGasPrice}, {receipt.Logs.Count} logs";

    public bool Equals(TransactionReceipt? left, TransactionReceipt? right) => left is null || right is null
        ? left is null && right is null
        : left.TransactionHash == right.TransactionHash && left.BlockNumber == right.BlockNumber && left.BlockHash == right.BlockHash
            && left.Succeeded == right.Succeeded && left.GasUsed == right.GasUsed && left.EffectiveGasPrice == right.EffectiveGasPrice
            && left.DataFee == right.DataFee && left.ContractAddress == right.ContractAddress
            && left.Logs.Count == right.Logs.Count && left.Logs.Zip(right.Logs).All(pair => Same(pair.First, pair.Second));

    public int GetHashCode(TransactionReceipt obj) => HashCode.Combine(obj.TransactionHash, obj.BlockHash, obj.Succeeded, obj.GasUsed);

    private static bool Same(LogEntry left, LogEntry right) =>
        left with { Data = default } == right with { Data = default } && left.Data.Span.SequenceEqual(right.Data.Span);
}
