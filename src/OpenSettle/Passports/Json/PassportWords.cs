using System.Buffers;
using System.Globalization;

namespace OpenSettle.Passports;

/// <summary>The words of passports: how levels, states and standings are written, everywhere the same.</summary>
public static class PassportWords
{
    /// <summary>The registry's statuses, by their numbers.</summary>
    public static ReadOnlySpan<string> Statuses => StatusNames;

    private static readonly string[] StatusNames = ["active", "deprecated", "retired", "salvage"];
    private static readonly string[] Permissions = ["unset", "allowed", "notAllowed", "constrained"];

    public static string Of(FigureLevel level) => Word(level);

    public static string Of(FigureState state) => Word(state);

    public static string Of(AttestationStanding standing) => Word(standing);

    public static string Of(DomainBasis basis) => Word(basis);

    public static string Of(StatementKind kind) => Word(kind);

    /// <summary>The registry's status; a number that it does not have stays a number.</summary>
    public static string OfStatus(byte status) => status < StatusNames.Length ? StatusNames[status] : status.ToString(CultureInfo.InvariantCulture);

    /// <summary>The registry's permission; a number that it does not have stays a number.</summary>
    public static string OfPermission(byte permission) => permission < Permissions.Length ? Permissions[permission] : permission.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a figure is recomputed with, by anybody: a command that a shell takes.</summary>
    public static string Query(Passport passport, Figure figure)
    {
        // A scope is a token, or a domain that may have any characters.
        var name = figure.Scope.Length == 0 ? figure.Id : $"{figure.Id}:{figure.Scope}";
        var quoted = name.AsSpan().ContainsAnyExcept(PlainCharacters) ? $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'" : name;
        return string.Create(CultureInfo.InvariantCulture, $"opensettle passport {passport.Model} --verify --block {passport.AsOf.Number} --figure {quoted}");
    }

    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_");

    internal static byte Status(JsonFields fields, string name) => Numbered(fields, name, StatusNames);

    internal static byte Permission(JsonFields fields, string name) => Numbered(fields, name, Permissions);

    internal static T Read<T>(JsonFields fields, string name)
        where T : struct, Enum
    {
        var text = fields.Text(name);
        foreach (var value in Enum.GetValues<T>())
        {
            if (Word(value) == text) return value;
        }

        throw fields.Bad(name, $"one of {string.Join(", ", Enum.GetValues<T>().Select(Word))}");
    }

    private static byte Numbered(JsonFields fields, string name, string[] words)
    {
        var text = fields.Text(name);
        var known = Array.IndexOf(words, text);
        if (known >= 0) return (byte)known;
        return byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= words.Length
            ? number
            : throw fields.Bad(name, $"one of {string.Join(", ", words)}");
    }

    private static string Word<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
