using System.Text;

namespace OpenSettle.Node.Configuration;

/// <summary>
/// One setting. Its key in the file, its environment variable and its flag all come from here.
/// </summary>
/// <param name="Key">The key in the file, in camelCase.</param>
/// <param name="Help">One line for people.</param>
/// <param name="Default">What holds where nothing is said; null where the setting has to be given or may be absent.</param>
/// <param name="Problem">Says what is wrong with a value and how it should be, or null where it is right.</param>
/// <param name="Secret">Never shown; may be given as <c>file:PATH</c>, and then the file's first line is the value.</param>
/// <param name="IsReference">Whether a secret's value only says where the secret is: then a flag may give it.</param>
public sealed record SettingDefinition(
    string Key, string Help, string? Default, Func<string, string?> Problem, bool Secret = false, Func<string, bool>? IsReference = null)
{
    /// <summary>dataDir → OPENSETTLE_DATA_DIR.</summary>
    public string EnvironmentName => "OPENSETTLE_" + Words('_').ToUpperInvariant();

    /// <summary>dataDir → --data-dir.</summary>
    public string Flag => "--" + Words('-');

    private string Words(char separator)
    {
        var words = new StringBuilder();
        foreach (var c in Key)
        {
            if (char.IsAsciiLetterUpper(c)) words.Append(separator);
            words.Append(char.ToLowerInvariant(c));
        }

        return words.ToString();
    }
}
