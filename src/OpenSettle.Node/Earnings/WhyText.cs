using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Earnings;

/// <summary>Explanations as the API tells them.</summary>
internal static class WhyText
{
    /// <summary>A deep lineage has very many ways up: more of them are left out of an answer, and said to be.</summary>
    private const int MostReasons = 200;

    /// <param name="only">One model's money alone; null: all.</param>
    /// <param name="first">Models that are passed over.</param>
    public static WhyToken Describe(ExplainedEpoch epoch, ExplainedToken explained, TokenText token, ModelId? only, int first, int most)
    {
        var byModel = explained.Why.Groups.GroupBy(part => part.Group.Terms.Model)
            .Select(parts => (Model: parts.Key, Parts: parts.ToList(), Exact: Sum(parts)))
            .Where(model => only is null || model.Model == only)
            .OrderByDescending(model => model.Exact).ThenBy(model => model.Model).ToList();
        var numbers = epoch.Money.Head.Terms.GroupBy(terms => terms.Model).ToDictionary(terms => terms.Key, terms => terms.First().ModelNumber);
        var models = byModel.Skip(first).Take(most).Select(model => new WhyModel(
            model.Model.ToString(), numbers[model.Model], model.Parts.Aggregate(0UL, (sum, part) => sum + part.Group.Payments), model.Parts.Aggregate(UInt256.Zero, (sum, part) => sum + part.Group.Money).ToString(),
            ExactText.Of(model.Exact), [.. model.Parts.OrderByDescending(part => part.Amount).ThenBy(part => part.Group.Terms.Id).Select(part => Describe(explained.Why, part, numbers))])).ToList();
        return new WhyToken(
            token.Token, token.Symbol, token.Decimals, explained.Earned.ToString(), ExactText.Of(explained.Why.Exact), ExactText.Of(explained.Rounding), models, byModel.Count,
            Usage(epoch.Money.Head.Usage, models));
    }

    public static WhyPayment Describe(DividedPayment payment, Fraction part)
    {
        var made = payment.Settled.Payment;
        return new WhyPayment(
            made.At.Block, made.At.LogIndex, made.Timestamp, made.Transaction.ToString(), made.Payer.ToChecksumString(), NameOf(made.Route), made.UsageRef.IsZero ? null : made.UsageRef.ToString(),
            made.Amount.ToString(), payment.Settled.Settled.ToString(), payment.Named, ExactText.Of(Fraction.Of(payment.Settled.Settled) * part));
    }

    /// <summary>"12-named": the terms' number, and where the money came from.</summary>
    public static string NameOf(MoneyGroup group) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{group.Terms.Id}-{NameOf(group.Source)}");

    private static WhyGroup Describe(WhyThisAmount why, GroupPart part, Dictionary<ModelId, ulong> numbers)
    {
        var group = part.Group;
        var money = Fraction.Of(group.Money);
        var reasons = why.Reasons(group).Take(MostReasons + 1).ToList();
        return new WhyGroup(
            NameOf(group), NameOf(group.Source), group.Terms.Split.Version, group.Terms.LineageVersion, group.Terms.Owner.ToChecksumString(), group.Payments, group.Money.ToString(), ExactText.Of(part.Part), ExactText.Of(part.Amount),
            [.. reasons.Take(MostReasons).OrderByDescending(reason => reason.Part).Select(reason => Describe(group.Terms, reason, money, numbers))],
            reasons.Count > MostReasons);
    }

    /// <summary>With every factor of its part, so that whoever reads it can multiply.</summary>
    private static WhyReason Describe(Terms terms, Reason reason, Fraction money, Dictionary<ModelId, ulong> numbers)
    {
        var steps = new List<WhyStep>(reason.Path.Count) { new(terms.Model.ToString(), numbers[terms.Model], null) };
        foreach (var model in reason.Path.Skip(1))
        {
            var parent = terms.Parents.Single(one => one.Terms.Model == model);
            steps.Add(new WhyStep(model.ToString(), numbers[model], parent.Share));
            terms = parent.Terms;
        }

        var keeps = terms.Parents.Aggregate(Division.ShareUnit, (rest, parent) => rest - parent.Share);
        var pool = reason.Kind == ReasonKind.Row ? null : new WhyPool(terms.Split.PoolWeight.ToString(), ((UInt256)terms.Rows.Sum + terms.Split.PoolWeight).ToString());
        return new WhyReason(steps, NameOf(reason.Kind), reason.Role.Length > 0 ? reason.Role : null, keeps, pool, reason.Weight.ToString(), reason.Of.ToString(), ExactText.Of(reason.Part), ExactText.Of(money * reason.Part));
    }

    private static List<WhyUsage> Usage(EpochUsage usage, List<WhyModel> models)
    {
        var measured = models.SelectMany(model => model.Groups).SelectMany(group => group.Reasons).Where(reason => reason.Kind is "direct" or "open").Select(reason => reason.Path[^1].Model).ToHashSet(StringComparer.Ordinal);
        return [.. usage.Counts.Where(count => measured.Contains(count.Model.ToString())).Select(count => new WhyUsage(
            count.Model.ToString(), count.Events, count.Counted, count.Units.ToString(), [.. usage.Methods.Where(method => method.Model == count.Model).Select(method => new WhyMethod(method.Method.ToString(), method.Events))]))];
    }

    private static Fraction Sum(IEnumerable<GroupPart> parts) => parts.Aggregate(Fraction.Zero, static (sum, part) => sum + part.Amount);

    private static string NameOf(Enum value) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
