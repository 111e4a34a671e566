namespace OpenSettle.Passports;

/// <summary>A passport in somebody else's form.</summary>
/// <param name="Omitted">What that form cannot carry, in words: nothing is dropped without being named.</param>
public sealed record PassportExport(byte[] Content, string ContentType, string Extension, IReadOnlyList<string> Omitted);

/// <summary>What forms have to tell that they leave out.</summary>
internal sealed class Omissions
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Add(string line) => _lines.Add(line);

    /// <summary>One line for many of a kind; none where there are none.</summary>
    public void Add(int count, string what, string why)
    {
        if (count > 0) _lines.Add($"{what} ({count.ToString(System.Globalization.CultureInfo.InvariantCulture)}): {why}");
    }
}
