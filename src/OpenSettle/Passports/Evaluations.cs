using System.Globalization;
using System.Numerics;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>Which evaluations are sound, which of them rank, and what they come to.</summary>
internal static class Evaluations
{
    /// <summary>From so many trials on a domain is ranked by evaluations.</summary>
    public const ulong LeastTrials = 30;

    /// <summary>One evaluator is worth no more in a domain: anybody may write any n.</summary>
    public const ulong MostTrials = 1_000;

    /// <summary>More was never tried.</summary>
    public const ulong MostN = 1_000_000_000_000;

    public const int LongestValue = 64;

    private static readonly HashSet<string> Proportions = new(["accuracy", "exact_match", "pass_rate", "success_rate"], StringComparer.Ordinal);

    public static string? Fault(EvaluationStatement said)
    {
        if (said.Metric.Length == 0) return "It names no metric.";
        if (said.EvalSetHash.IsZero) return "It names no set.";
        if (said.IsCommitment) return null;
        if (said.N == 0) return "It has a value, and says of no trials.";
        if (said.N > MostN) return $"It says of {said.N} trials, more than {MostN}.";
        if (said.Value.Length == 0) return "It has trials, and no value.";
        if (!IsNumber(said.Value)) return $"Its value is not a number of at most {LongestValue} characters.";
        if (!Proportions.Contains(said.Metric)) return null;
        return Proportion(said.Value) is null ? $"Its {said.Metric}, {said.Value}, is not a decimal from 0 to 1." : null;
    }

    /// <summary>Null where it ranks.</summary>
    public static string? WhyUnranked(JudgedAttestation judged, EvaluationStatement said, IReadOnlyDictionary<Hash32, JudgedAttestation> byUid)
    {
        if (judged.Benefits) return "Not ranked: its evaluator gains when the model earns.";
        if (judged.Entry.At is not { } at) return "Not ranked: it is off chain, where not everybody sees it.";
        if (!Proportions.Contains(said.Metric)) return $"Not ranked: {said.Metric} is not a proportion.";
        if (judged.Entry.RefUid.IsZero) return "Not ranked: it names no commitment to its set.";
        if (!byUid.TryGetValue(judged.Entry.RefUid, out var commitment) || commitment.Entry.Statement is not EvaluationStatement { IsCommitment: true } committed)
            return "Not ranked: what it refers to is no commitment about this model.";
        if (commitment.Standing is not (AttestationStanding.Valid or AttestationStanding.Replaced)) return $"Not ranked: its commitment is {commitment.Standing}.";
        if (commitment.Entry.At is not { } before || before.Block >= at.Block) return "Not ranked: its commitment was not made in an earlier block.";
        if (commitment.Entry.Attester != judged.Entry.Attester) return "Not ranked: its commitment is somebody else's.";
        var same = committed.Domain == said.Domain && committed.EvalSetHash == said.EvalSetHash && committed.Metric == said.Metric
            && (committed.MethodHash.IsZero || committed.MethodHash == said.MethodHash);
        return same ? null : "Not ranked: its commitment is to another set, domain, metric or method.";
    }

    /// <summary>
    /// Pooled by domain. Of several metrics on one set the lowest counts; of one evaluator's many trials as many as <see cref="MostTrials"/>,
    /// in proportion.
    /// </summary>
    public static Dictionary<Hash32, (ulong Successes, ulong Trials)> Pool(IEnumerable<(Address Evaluator, EvaluationStatement Said)> ranked)
    {
        var pooled = new Dictionary<Hash32, (ulong Successes, ulong Trials)>();
        foreach (var own in ranked.GroupBy(one => (one.Evaluator, one.Said.Domain)))
        {
            var (successes, trials) = (BigInteger.Zero, BigInteger.Zero);
            foreach (var set in own.GroupBy(one => one.Said.EvalSetHash))
            {
                var results = set.Select(one => (Successes: Successes(one.Said), Trials: (BigInteger)one.Said.N));
                var lowest = results.Aggregate((a, b) => a.Successes * b.Trials <= b.Successes * a.Trials ? a : b);
                (successes, trials) = (successes + lowest.Successes, trials + lowest.Trials);
            }

            if (trials > MostTrials) (successes, trials) = (successes * MostTrials / trials, MostTrials);
            var known = pooled.GetValueOrDefault(own.Key.Domain);
            pooled[own.Key.Domain] = (known.Successes + (ulong)successes, known.Trials + (ulong)trials);
        }

        return pooled;
    }

    private static BigInteger Successes(EvaluationStatement said)
    {
        var (part, whole) = Proportion(said.Value) ?? throw new InvalidOperationException($"'{said.Value}' was ranked, and is no proportion.");
        return (part * said.N * 2 + whole) / (whole * 2);
    }

    /// <summary>A plain decimal from 0 to 1, exact; null for anything else.</summary>
    private static (BigInteger Part, BigInteger Whole)? Proportion(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? text : text.Remove(point, 1);
        if (text.Length > LongestValue || digits.Length == 0 || point == 0 || point == text.Length - 1 || digits.AsSpan().ContainsAnyExceptInRange('0', '9')) return null;
        var part = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        var whole = BigInteger.Pow(10, point < 0 ? 0 : text.Length - point - 1);
        return part <= whole ? (part, whole) : null;
    }

    /// <summary>A decimal, with a sign or an exponent at most: nothing that is infinite, and no words.</summary>
    private static bool IsNumber(string text) =>
        text.Length <= LongestValue
        && (char.IsAsciiDigit(text[0]) || (text[0] == '-' && text.Length > 1 && char.IsAsciiDigit(text[1])))
        && char.IsAsciiDigit(text[^1])
        && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value);
}
