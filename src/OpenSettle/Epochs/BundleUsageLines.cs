using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>The kinds of lines, in their order. Their names are those of the lines, but for the first.</summary>
internal enum LineKind
{
    First,
    Deployment,
    Epoch,
    Previous,
    Token,
    Terms,
    Batch,
    Usage,
    Method,
    Open,
    Payment,
    Direct,
    Push,
    Account,
    Residue,
    Suspense,
    Total,
    Root,
    End,
}

/// <summary>The lines of a bundle that tell of usage, as they are read.</summary>
internal sealed class BundleUsageLines
{
    private readonly List<BatchRoot> _batches = [];
    private readonly List<UsageCount> _counts = [];
    private readonly List<MethodCount> _methods = [];
    private readonly List<OpenSum> _open = [];
    private readonly List<DirectSum> _direct = [];

    public EpochUsage ToUsage() => new(_batches, _counts, _methods, _open, _direct);

    public void Take(LineKind kind, ref CanonicalReader line)
    {
        switch (kind)
        {
            case LineKind.Batch:
                AddAfter(_batches, new BatchRoot(line.Account(), line.Number(), line.Word(), NotZero(line.Number())), static batch => (batch.Gateway, batch.Number));
                break;
            case LineKind.Usage:
                AddAfter(_counts, new UsageCount(new ModelId(line.Word()), NotZero(line.Number()), line.Number(), line.Amount()), static count => count.Model);
                break;
            case LineKind.Method:
                AddAfter(_methods, new MethodCount(new ModelId(line.Word()), line.Word(), NotZero(line.Number())), static method => (method.Model, method.Method));
                break;
            default:
                AddAfter(_open, new OpenSum(new ModelId(line.Word()), line.Account(), NotZero(line.Amount())), static sum => (sum.Model, sum.Account));
                break;
        }
    }

    public void TakeDirect(ref CanonicalReader line, int terms)
    {
        var id = line.Number();
        if (id >= (ulong)terms) throw new CanonicalFormatException($"terms {id} are not in this file.");
        AddAfter(_direct, new DirectSum((int)id, line.Account(), line.Account(), NotZero(line.Amount())), static sum => (sum.Terms, sum.Token, sum.Account));
    }

    private static void AddAfter<T, TKey>(List<T> lines, T line, Func<T, TKey> key) where TKey : IComparable<TKey>
    {
        if (lines.Count > 0 && key(lines[^1]).CompareTo(key(line)) >= 0) throw new CanonicalFormatException($"'{key(line)}' does not come after '{key(lines[^1])}'.");
        lines.Add(line);
    }

    private static ulong NotZero(ulong value) => value == 0 ? throw Nothing() : value;

    private static UInt256 NotZero(UInt256 value) => value.IsZero ? throw Nothing() : value;

    private static CanonicalFormatException Nothing() => new("a line with nothing in it does not belong here.");
}
