using System.Collections;
using System.Reflection;
using OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>Whether two values of the domain say the same: records compare lists and bytes in them by reference, this does by content.</summary>
internal static class Likeness
{
    public static bool Equal(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> others) => bytes.Span.SequenceEqual(others.Span),
        (string text, string other) => string.Equals(text, other, StringComparison.Ordinal),
        (IEnumerable items, IEnumerable others) => items.Cast<object?>().SequenceEqual(others.Cast<object?>(), Comparer.Instance),
        _ when IsRecord(left.GetType()) => left.GetType() == right.GetType()
            && left.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).All(property => Equal(property.GetValue(left), property.GetValue(right))),
        _ => left.Equals(right),
    };

    private static bool IsRecord(Type type) => type.IsClass && type.Namespace == typeof(ContractEvent).Namespace;

    private sealed class Comparer : IEqualityComparer<object?>
    {
        public static readonly Comparer Instance = new();

        bool IEqualityComparer<object?>.Equals(object? x, object? y) => Equal(x, y);

        public int GetHashCode(object? obj) => 0;
    }
}
