using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Verify;

/// <summary>
/// Recomputes an epoch from its bundle and the one before it, and compares it with the chain. Uses nothing but what it is
/// given: the same check serves the daemon, the command line and the tests.
/// </summary>
public static class EpochVerifier
{
    /// <param name="source">The bundle's bytes, uncompressed.</param>
    /// <param name="previous">The epoch before it, already verified; null for the first.</param>
    /// <param name="onChain">What the vault says.</param>
    /// <param name="chain">What the verifier itself knows of the chain, where it does.</param>
    /// <param name="usage">The epoch's batches, where the verifier has them.</param>
    /// <returns>The report, and the epoch itself where it could be read.</returns>
    public static (VerifyReport Report, VerifiedEpoch? Epoch) Verify(
        Stream source, VerifiedEpoch? previous, EpochOnChain onChain, ChainView? chain = null, IReadOnlyList<UsageBatch>? usage = null) =>
        VerifyWith(source, previous, onChain, chain, usage is null ? null : _ => usage);

    /// <summary>The same, where the batches are asked for once it is known which the bundle names.</summary>
    public static (VerifyReport Report, VerifiedEpoch? Epoch) VerifyWith(
        Stream source, VerifiedEpoch? previous, EpochOnChain onChain, ChainView? chain, UsageOf? usage)
    {
        var division = new Division();
        var payments = new PaymentsCheck();
        ChainCheck? chainCheck = null;
        var sums = new SumsCheck(chain, usage);
        Bundle bundle;
        Hash32 hash;
        long count = 0;
        try
        {
            (bundle, hash) = BundleReader.Read(source, (head, payment) =>
            {
                count++;
                payments.Take(head, payment);
                if (payments.Difference is not null) return;
                chainCheck ??= chain is null ? null : new ChainCheck(chain, head);
                chainCheck?.Take(payment);
                sums.Take(head, payment);
                division.Add(payment);
            });
        }
        catch (BundleFormatException e)
        {
            return (OnlyForm(e.Message), null);
        }

        var epoch = new VerifiedEpoch(bundle, hash);
        if ((FormCheck.Difference(bundle, hash, previous, onChain) ?? payments.Difference) is { } form) return (OnlyForm(form), epoch);
        var before = previous?.Bundle.After ?? SettlementState.Empty;
        EpochResult? result = null;
        string? cannot = null;
        try
        {
            result = EpochBuilder.Build(
                new EpochInput(
                    bundle.Number, bundle.FirstBlock, bundle.LastBlock, bundle.ParentHash, bundle.LastBlockHash, bundle.PreviousRoot,
                    before, bundle.Tokens, bundle.Terms, [], bundle.Usage, bundle.Push),
                division);
        }
        catch (Exception e) when (e is InvalidOperationException or OverflowException or KeyNotFoundException or ArgumentException)
        {
            cannot = $"the epoch cannot be recomputed: {e.Message}";
        }

        // Where the books agree, the recomputed trees are the stated ones': they need not be built twice.
        var pools = cannot ?? PoolsCheck.Difference(result!, bundle);
        chainCheck ??= chain is null ? null : new ChainCheck(chain, bundle);
        return (new VerifyReport(
        [
            new LevelReport(VerifyLevel.Form, VerifyOutcome.Agrees, $"epoch {bundle.Number} follows and is the one on chain"),
            Level(
                VerifyLevel.Solvency, Summed(() => SolvencyCheck.Difference(bundle, before, onChain, chain, pools is null ? result : null)),
                "nothing is promised that is not there"),
            chainCheck is null
                ? NotChecked(VerifyLevel.FixedParts, "the chain was not given")
                : Level(VerifyLevel.FixedParts, Summed(() => chainCheck.Finish(bundle, before, result?.Division)) ?? (result is null ? cannot : null), "payments, terms and fixed parts are those of the chain"),
            Level(VerifyLevel.Pools, pools, $"epoch {bundle.Number}: {count} payments, {bundle.After.Accounts.Count} accounts, root {bundle.Root} recomputed"),
            sums.Finish(bundle),
        ]), epoch with { Division = result?.Division });
    }

    internal static LevelReport Level(VerifyLevel level, string? difference, string agrees) =>
        difference is null ? new LevelReport(level, VerifyOutcome.Agrees, agrees) : new LevelReport(level, VerifyOutcome.Differs, difference);

    /// <summary>A forged file may state amounts whose sums need more than 256 bits: that is a difference too.</summary>
    private static string? Summed(Func<string?> check)
    {
        try
        {
            return check();
        }
        catch (OverflowException e)
        {
            return $"the stated amounts cannot be summed up: {e.Message}";
        }
        catch (InvalidOperationException e)
        {
            // Books of an epoch before that was forged name what the chain never had.
            return $"the epoch cannot be held against the chain: {e.Message}";
        }
    }

    internal static LevelReport NotChecked(VerifyLevel level, string why) => new(level, VerifyOutcome.NotChecked, why);

    private static VerifyReport OnlyForm(string difference) => new(
    [
        new LevelReport(VerifyLevel.Form, VerifyOutcome.Differs, difference),
        .. Enum.GetValues<VerifyLevel>().Where(level => level > VerifyLevel.Form).Select(level => NotChecked(level, "its form is wrong")),
    ]);
}
