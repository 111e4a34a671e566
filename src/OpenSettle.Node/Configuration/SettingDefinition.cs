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
/// <param name="Reload">Whether a running node takes a new value when its settings are read again.</param>
/// <param name="Address">Whether it names addresses, which may hold a password: they are shown by their names only.</param>
/// <param name="OfProcess">Whether it holds for the whole process, and so for all of its chains.</param>
public sealed record SettingDefinition(
    string Key, string Help, string? Default, Func<string, string?> Problem, bool Secret = false, Func<string, bool>? IsReference = null, bool Reload = false, bool Address = false, bool OfProcess = false)
{
    private static readonly (string End, string Unit)[] Units =
    [
        ("Milliseconds", "milliseconds"), ("Seconds", "seconds"), ("Hours", "hours"), ("Days", "days"), ("Gwei", "gwei"), ("Percent", "percent"),
    ];

    /// <summary>The unit, which the key names; null where it has none.</summary>
    public string? Unit => Units.FirstOrDefault(unit => Key.EndsWith(unit.End, StringComparison.Ordinal)).Unit;

    /// <summary>dataDir → OPENSETTLE_DATA_DIR.</summary>
    public string EnvironmentName => "OPENSETTLE_" + Words('_').ToUpperInvariant();

    /// <summary>dataDir → --data-dir.</summary>
    public string Flag => "--" + Words('-');

    /// <summary>base, dataDir → OPENSETTLE_CHAINS__BASE__DATA_DIR.</summary>
    public string EnvironmentNameOf(string chain) =>
        $"{ChainsVariable}{chain.Replace('-', '_').ToUpperInvariant()}__{Words('_').ToUpperInvariant()}";

    /// <summary>Variables of one chain of several begin so.</summary>
    internal const string ChainsVariable = "OPENSETTLE_CHAINS__";

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
