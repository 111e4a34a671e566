using System.Collections;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>A payment's money, the terms under which it is divided, and how many weighing events name it.</summary>
public sealed record DividedPayment(SettledPayment Settled, Terms Terms, ulong Named = 0);

/// <summary>What rounding left in a model's account.</summary>
public readonly record struct Residue(ModelId Model, Address Token, UInt256 Amount);

/// <summary>Money of a model that waits for a committed table.</summary>
public readonly record struct Suspense(SuspenseKey Key, UInt256 Amount);

/// <summary>What an account, or a parent model, got of something.</summary>
public readonly record struct Part<T>(T To, UInt256 Amount);

/// <summary>The parts of accounts, side by side with the amounts: the accounts of a table are not copied for each division.</summary>
internal sealed class PartList(ReadOnlyMemory<Address> accounts, ReadOnlyMemory<UInt256> amounts) : IReadOnlyList<Part<Address>>
{
    public int Count => amounts.Length;

    public Part<Address> this[int index] => new(accounts.Span[index], amounts.Span[index]);

    public IEnumerator<Part<Address>> GetEnumerator()
    {
        for (var i = 0; i < amounts.Length; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>How one model's money of one token was divided in an epoch.</summary>
/// <param name="CameUp">What its children sent up.</param>
/// <param name="Released">What came out of suspense.</param>
/// <param name="Up">To its parents.</param>
/// <param name="Rows">To the rows' accounts, accounts ascending.</param>
/// <param name="Pool">The attributed pool.</param>
/// <param name="Influence">To whom the pool went, accounts ascending.</param>
/// <param name="Suspended">What waits for a table.</param>
/// <param name="Residue">What rounding left.</param>
public sealed record ModelDivision(
    ModelId Model,
    Address Token,
    UInt256 CameUp,
    UInt256 Released,
    IReadOnlyList<Part<ModelId>> Up,
    IReadOnlyList<Part<Address>> Rows,
    UInt256 Pool,
    IReadOnlyList<Part<Address>> Influence,
    UInt256 Suspended,
    UInt256 Residue)
{
    /// <summary>The entries of the ledger, so that no account gives what it does not have yet.</summary>
    public IEnumerable<LedgerEntry> Entries()
    {
        var model = LedgerAccount.Model(Model);
        var pool = LedgerAccount.Pool(Model);
        if (!CameUp.IsZero) yield return new LedgerEntry(Token, LedgerAccount.Upstream(Model), model, CameUp);
        if (!Released.IsZero) yield return new LedgerEntry(Token, LedgerAccount.Suspense(Model), model, Released);
        foreach (var (parent, amount) in Up) yield return new LedgerEntry(Token, model, LedgerAccount.Upstream(parent), amount);
        foreach (var (account, amount) in Rows) yield return new LedgerEntry(Token, model, LedgerAccount.Contributor(account), amount);
        if (!Pool.IsZero) yield return new LedgerEntry(Token, model, pool, Pool);
        var left = Pool;
        foreach (var (account, amount) in Influence)
        {
            left -= amount;
            yield return new LedgerEntry(Token, pool, LedgerAccount.Contributor(account), amount);
        }

        if (!left.IsZero) yield return new LedgerEntry(Token, pool, model, left);
        if (!Suspended.IsZero) yield return new LedgerEntry(Token, model, LedgerAccount.Suspense(Model), Suspended);
    }
}

/// <summary>What the division of an epoch gives.</summary>
/// <param name="Models">Each model and token that had money, in the order in which they were divided: children before parents.</param>
/// <param name="Residues">What stays with the models, by model, then token; none is zero.</param>
/// <param name="Suspense">What waits for tables, in order of key; none is zero.</param>
/// <param name="Revenue">What the payments of each model were settled with, by model, then token; none is zero.</param>
public sealed record DivisionResult(
    IReadOnlyList<ModelDivision> Models, IReadOnlyList<Residue> Residues, IReadOnlyList<Suspense> Suspense, IReadOnlyList<(ModelId Model, TokenRevenue Revenue)> Revenue)
{
    /// <summary>The entries of the ledger, in an order in which they can be posted.</summary>
    public IEnumerable<LedgerEntry> Entries => Models.SelectMany(model => model.Entries());
}
