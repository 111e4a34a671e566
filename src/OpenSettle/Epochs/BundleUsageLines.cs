using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>The lines of a bundle that tell of usage, as they are read.</summary>
internal sealed class BundleUsageLines
{
    private readonly List<BatchRoot> _batches = [];
    private readonly List<UsageCount> _counts = [];
    private readonly List<MethodCount> _methods = [];
    private readonly List<OpenSum> _open = [];
    private readonly List<DirectSum> _direct = [];

    public EpochUsage ToUsage() => new(_batches, _counts, _methods, _open, _direct, []);

    public void Take(LineKind kind, ref CanonicalReader line)
    {
        switch (kind)
        {
            case LineKind.Batch:
                BundleLines.AddAfter(_batches, new BatchRoot(line.Account(), line.Number(), line.Word(), BundleLines.NotZero(line.Number())), static batch => (batch.Gateway, batch.Number));
                break;
            case LineKind.Usage:
                BundleLines.AddAfter(_counts, new UsageCount(new ModelId(line.Word()), BundleLines.NotZero(line.Number()), line.Number(), line.Amount()), static count => count.Model);
                break;
            case LineKind.Method:
                BundleLines.AddAfter(_methods, new MethodCount(new ModelId(line.Word()), line.Word(), BundleLines.NotZero(line.Number())), static method => (method.Model, method.Method));
                break;
            default:
                BundleLines.AddAfter(_open, new OpenSum(new ModelId(line.Word()), line.Account(), BundleLines.NotZero(line.Amount())), static sum => (sum.Model, sum.Account));
                break;
        }
    }

    public void TakeDirect(ref CanonicalReader line, int terms)
    {
        var id = line.Number();
        if (id >= (ulong)terms) throw new CanonicalFormatException($"terms {id} are not in this file.");
        BundleLines.AddAfter(_direct, new DirectSum((int)id, line.Account(), line.Account(), BundleLines.NotZero(line.Amount())), static sum => (sum.Terms, sum.Token, sum.Account));
    }
}
