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

/// <summary>The forms that a passport is exported in.</summary>
public static class PassportExports
{
    public static IReadOnlyList<string> Formats { get; } = ["cyclonedx-1.6", "cyclonedx-1.7", "json", "csv", "card"];

    /// <exception cref="ArgumentException">The form is none of <see cref="Formats"/>.</exception>
    public static PassportExport Write(PassportFile file, string format) => format switch
    {
        "cyclonedx-1.6" => CycloneDxWriter.Write(file, "1.6"),
        "cyclonedx-1.7" => CycloneDxWriter.Write(file, "1.7"),
        "json" => new PassportExport(PassportJson.Write(file, indented: true), "application/json", "json", []),
        "csv" => CsvWriter.Write(file),
        "card" => CardWriter.Write(file),
        _ => throw new ArgumentException($"'{format}' is not a form that passports are exported in.", nameof(format)),
    };
}
