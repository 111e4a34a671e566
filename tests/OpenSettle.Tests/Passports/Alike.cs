using System.Collections;
using System.Reflection;

namespace OpenSettle.Tests.Passports;

/// <summary>Whether two values say the same, lists by what is in them: records of lists are not equal by themselves.</summary>
internal static class Alike
{
    public static void Require(object? left, object? right, string path = "it")
    {
        if (left is null || right is null)
        {
            Assert.True(left is null && right is null, $"{path}: {left ?? "null"} and {right ?? "null"}");
            return;
        }

        if (left is IEnumerable ones and not string && right is IEnumerable others)
        {
            var (first, second) = (ones.Cast<object?>().ToList(), others.Cast<object?>().ToList());
            Assert.True(first.Count == second.Count, $"{path}: {first.Count} and {second.Count} items");
            for (var i = 0; i < first.Count; i++) Require(first[i], second[i], $"{path}[{i}]");
            return;
        }

        Assert.True(left.GetType() == right.GetType(), $"{path}: {left.GetType()} and {right.GetType()}");
        var type = left.GetType();
        if (type.IsEnum || type.IsPrimitive || left is string || type.Namespace == "OpenSettle.Primitives" || left is UInt128)
        {
            Assert.True(left.Equals(right), $"{path}: {left} and {right}");
            return;
        }

        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Instance)) Require(field.GetValue(left), field.GetValue(right), $"{path}.{field.Name}");
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0))
            Require(property.GetValue(left), property.GetValue(right), $"{path}.{property.Name}");
    }
}
