using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>
/// An epoch from its bundle: what whoever built it had. It trusts nothing of the books in the file; they are recomputed from its
/// payments and sums, and have to be those that the file states.
/// </summary>
/// <param name="Head">The bundle, without its payments.</param>
/// <param name="Hash">Of the bytes that were read.</param>
/// <param name="Payments">How many payments it has.</param>
/// <param name="Result">Recomputed; its input has no payments.</param>
public sealed record EpochReplay(Bundle Head, Hash32 Hash, int Payments, EpochResult Result)
{
    /// <exception cref="BundleFormatException">The bytes are no bundle.</exception>
    /// <exception cref="InvalidOperationException">Its payments give other books or roots than it states.</exception>
    public static EpochReplay Read(Stream source, SettlementState before)
    {
        var division = new Division();
        var count = 0;
        var (bundle, hash) = BundleReader.Read(source, (_, payment) =>
        {
            count++;
            division.Add(payment);
        });
        var result = EpochBuilder.Build(
            new EpochInput(
                bundle.Number, bundle.FirstBlock, bundle.LastBlock, bundle.ParentHash, bundle.LastBlockHash, bundle.PreviousRoot, before, bundle.Tokens, bundle.Terms, [],
                bundle.Usage, bundle.Push),
            division);
        // Leaves and entries are in the roots; what waits is not.
        if (result.Root != bundle.Root || result.PushRoot != bundle.PushRoot || !result.After.Residues.SequenceEqual(bundle.After.Residues)
            || !result.After.Suspense.SequenceEqual(bundle.After.Suspense) || !result.After.Accounts.SequenceEqual(bundle.After.Accounts))
        {
            throw new InvalidOperationException($"the payments of epoch {bundle.Number} give root {result.Root}, and the bundle's books are others, with root {bundle.Root}");
        }

        if (result.RecordRoot != bundle.RecordRoot || !result.Records.SequenceEqual(bundle.Records))
            throw new InvalidOperationException($"the payments and counts of epoch {bundle.Number} give record root {result.RecordRoot}, and the bundle's records are others, with root {bundle.RecordRoot}");
        return new EpochReplay(bundle, hash, count, result);
    }
}
