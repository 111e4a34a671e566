namespace OpenSettle.Node.Configuration;

/// <summary>What somebody may have meant who mistyped a name.</summary>
public static class Nearest
{
    /// <summary>A question after the message; empty where nothing is near.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var best = known.Select(candidate => (candidate, distance: Distance(name, candidate))).DefaultIfEmpty((candidate: string.Empty, distance: int.MaxValue)).MinBy(pair => pair.distance);
        return best.distance <= Math.Max(2, name.Length / 3) ? $" Did you mean '{best.candidate}'?" : string.Empty;
    }

    /// <summary>Levenshtein's, ignoring case.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
