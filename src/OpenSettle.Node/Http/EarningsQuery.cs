using System.Globalization;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

/// <summary>What requests about an account's money have in common. Each gives what was asked for, or the refusal.</summary>
internal static class EarningsQuery
{
    public const int UsualRows = 50;
    public const int MostRows = 500;

    public static bool TryAccount(string text, out Address account, out IResult refusal) => TryAddress("account", text, out account, out refusal);

    /// <summary>An address that may be left out.</summary>
    public static bool TryToken(string name, string? text, out Address? token, out IResult refusal)
    {
        (token, refusal) = (null, Results.Empty);
        if (text is null) return true;
        if (!TryAddress(name, text, out var parsed, out refusal)) return false;
        token = parsed;
        return true;
    }

    public static bool TryModel(string? text, out ModelId? model, out IResult refusal)
    {
        (model, refusal) = (null, Results.Empty);
        if (text is null) return true;
        if (Hash32.TryParse(text, out var id))
        {
            model = new ModelId(id);
            return true;
        }

        refusal = Problems.BadRequest("'model' is not a model id", "A model id is 0x and 64 hexadecimal digits.");
        return false;
    }

    /// <summary>A whole number that may be left out.</summary>
    public static bool TryNumber(string name, string? text, ulong least, ulong most, out ulong? number, out IResult refusal)
    {
        (number, refusal) = (null, Results.Empty);
        if (text is null) return true;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed >= least && parsed <= most)
        {
            number = parsed;
            return true;
        }

        refusal = Problems.BadRequest($"'{name}' is not what it should be", string.Create(CultureInfo.InvariantCulture, $"It is a whole number from {least} to {most}."));
        return false;
    }

    public static bool TryLimit(string? text, out int limit, out IResult refusal)
    {
        var isGood = Paging.TryLimit(text, UsualRows, MostRows, out limit, out var wrong);
        refusal = wrong ?? Results.Empty;
        return isGood;
    }

    public static IResult BadAddress(string name) => Problems.BadRequest($"'{name}' is not an address", "An address is 0x and 40 hexadecimal digits; mixed case must be a right checksum.");

    private static bool TryAddress(string name, string text, out Address address, out IResult refusal)
    {
        var isGood = Address.TryParse(text, out address);
        refusal = isGood ? Results.Empty : BadAddress(name);
        return isGood;
    }
}
