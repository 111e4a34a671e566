using System.Text;

namespace OpenSettle.Tests.Support;

/// <summary>Small damage to a text file of lines, from a seeded source.</summary>
internal static class Mutations
{
    private static readonly string[] Pieces =
        ["[", "]", "\"", ",", "\n", "\r", " ", "0", "9", "-", "e", ".", "null", "true", "{}", "\\u0000", "\\ud800", "\"OWNER\"", "\"end\"", "99999999999999999999", "[[[[[[", "\u00e9", "\ufeff", "\0"];

    public static byte[] Apply(Random random, byte[] original)
    {
        var bytes = original.ToList();
        for (var left = random.Next(1, 4); left > 0 && bytes.Count > 1; left--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 80), bytes.Count - at));
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.Slice(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                    break;
                case 5:
                    MoveLine(random, bytes);
                    break;
                default:
                    // A digit for a digit keeps the form: what is left is another bundle, or a wrong one.
                    while (at < bytes.Count && !char.IsAsciiDigit((char)bytes[at])) at++;
                    if (at < bytes.Count) bytes[at] = (byte)('0' + random.Next(10));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>
    /// One digit for another, in a line of any kind alike: what is left is mostly a bundle, of something else.
    /// </summary>
    public static byte[] Digit(Random random, byte[] original)
    {
        var lines = Encoding.UTF8.GetString(original).Split('\n');
        var kinds = lines.Where(line => line.Length > 0).Select(line => line[..line.IndexOf(',', StringComparison.Ordinal)]).Distinct().ToList();
        var kind = kinds[random.Next(kinds.Count)];
        var candidates = Enumerable.Range(0, lines.Length).Where(i => lines[i].StartsWith(kind, StringComparison.Ordinal)).ToList();
        var at = candidates[random.Next(candidates.Count)];
        if (random.Next(10) == 0) return Encoding.UTF8.GetBytes(string.Join('\n', lines.Where((_, i) => i != at)));
        var line = lines[at].ToCharArray();
        var digits = Enumerable.Range(0, line.Length).Where(i => char.IsAsciiDigit(line[i])).ToList();
        var digit = digits[random.Next(digits.Count)];
        line[digit] = (char)('0' + (line[digit] - '0' + random.Next(1, 10)) % 10);
        lines[at] = new string(line);
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }

    private static void MoveLine(Random random, List<byte> bytes)
    {
        var lines = Encoding.Latin1.GetString([.. bytes]).Split('\n').ToList();
        var line = lines[random.Next(lines.Count)];
        if (random.Next(2) == 0) lines.Remove(line);
        lines.Insert(random.Next(lines.Count + 1), line);
        bytes.Clear();
        bytes.AddRange(Encoding.Latin1.GetBytes(string.Join('\n', lines)));
    }
}
