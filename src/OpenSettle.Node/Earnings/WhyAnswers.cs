using OpenSettle.Epochs;

namespace OpenSettle.Node.Earnings;

/// <summary>A number that is exact: as a fraction in lowest terms, and as a decimal that is cut after some digits. In the token's smallest unit.</summary>
internal sealed record ExactText(string Fraction, string Decimal)
{
    private const int Digits = 6;

    public static ExactText Of(Fraction number) => new(number.ToString(), number.ToDecimal(Digits));
}

/// <summary>Why an account earned what it did in an epoch.</summary>
/// <param name="Bundle">The hash of the epoch's bundle, which all of it follows from.</param>
internal sealed record WhyAnswer(string Account, ulong Epoch, string Root, string Bundle, IReadOnlyList<WhyToken> Tokens);

/// <param name="Earned">What the epoch gave, in whole units: the exact amounts of all models, and the rounding.</param>
/// <param name="Exact">The sum over all models, on this page or not.</param>
/// <param name="Rounding">Earned less exact: what rounding took, or what residues of earlier epochs gave.</param>
/// <param name="Models">The models whose money it came from, those that gave most first.</param>
/// <param name="AllModels">How many there are.</param>
/// <param name="Usage">What was measured of the models that divide by influence here.</param>
internal sealed record WhyToken(
    string Token, string Symbol, int Decimals, string Earned, ExactText Exact, ExactText Rounding, IReadOnlyList<WhyModel> Models, int AllModels, IReadOnlyList<WhyUsage> Usage);

/// <param name="Model">The model that was paid.</param>
/// <param name="Payments">How many payments of it the account has a part in.</param>
internal sealed record WhyModel(string Model, ulong Number, ulong Payments, string Money, ExactText Exact, IReadOnlyList<WhyGroup> Groups);

/// <param name="Group">Names it: <c>group=…</c> tells its payments.</param>
/// <param name="Source"><c>plain</c>: payments that no event names; <c>named</c>: payments that events name; <c>released</c>: money that waited for a table.</param>
/// <param name="Part">The account's part of each unit of the money.</param>
/// <param name="Reasons">They sum up to the part, where there are no more.</param>
/// <param name="MoreReasons">Whether the lineage has more ways up than are told.</param>
internal sealed record WhyGroup(
    string Group, string Source, uint SplitVersion, uint LineageVersion, string Owner, ulong Payments, string Money, ExactText Part, ExactText Exact, IReadOnlyList<WhyReason> Reasons, bool MoreReasons);

/// <param name="Path">The models that the money went through: first the one that was paid, last the one that divided it.</param>
/// <param name="Kind"><c>row</c>, <c>direct</c>, <c>open</c> or <c>fallback</c>.</param>
/// <param name="Keeps">What the last model divides of what reached it, in millionths: the rest goes up to its parents.</param>
/// <param name="Pool">What of that is the pool, which influence or the fallback rows divide; null where a row of the split is the reason.</param>
/// <param name="Part">The product of the shares along the path, of what the last model keeps, of the pool, and of weight by of.</param>
internal sealed record WhyReason(IReadOnlyList<WhyStep> Path, string Kind, string? Role, uint Keeps, WhyPool? Pool, string Weight, string Of, ExactText Part, ExactText Exact);

/// <param name="Share">What of the money of the model before it goes up to it, in millionths; null for the first.</param>
internal sealed record WhyStep(string Model, ulong Number, uint? Share);

/// <param name="Of">The sum of all weights of the split, with the pool's.</param>
internal sealed record WhyPool(string Weight, string Of);

/// <param name="Events">All that were seen.</param>
/// <param name="Counted">Those of listed gateways.</param>
/// <param name="Methods">By which methods influence was measured, and in how many events.</param>
internal sealed record WhyUsage(string Model, ulong Events, ulong Counted, string Units, IReadOnlyList<WhyMethod> Methods);

internal sealed record WhyMethod(string Method, ulong Events);

/// <summary>The payments of one group, in chain order.</summary>
/// <param name="Next">What <c>after</c> has to be for the next page; null: this is the last.</param>
internal sealed record WhyPaymentsAnswer(string Account, ulong Epoch, string Bundle, string Token, string Group, ExactText Part, IReadOnlyList<WhyPayment> Payments, string? Next);

/// <param name="Settled">What of it came into the vault, and was divided.</param>
/// <param name="Events">How many weighing events name it.</param>
internal sealed record WhyPayment(
    ulong Block, uint LogIndex, ulong Time, string Transaction, string Payer, string Route, string? UsageRef, string Paid, string Settled, ulong Events, ExactText Exact);
