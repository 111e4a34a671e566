using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>Amounts by token, as settings name them: "0xToken=25,0xOther=0.5", in whole tokens; the zero address is the chain's coin.</summary>
internal static class TokenAmounts
{
    private const int CoinDecimals = 18;
    private const int MostDecimals = 60;

    /// <summary>Null where it has that form. Whether the decimals fit is known once the deployment is.</summary>
    public static string? Check(string value) =>
        value.Length == 0 || value.Split(',').All(item => Split(item) is { } parts && Settings.TryDecimal(parts.Amount, MostDecimals, out _))
            ? null
            : "is not a list such as 0xToken=25,0xOther=0.5, with each token's address and an amount of whole tokens";

    /// <exception cref="SettingsException">A token has no decimals in the deployment's file, or fewer than the amount.</exception>
    public static IReadOnlyDictionary<Address, UInt256> Read(SettingDefinition setting, string value, IReadOnlyList<TokenInfo> tokens)
    {
        var amounts = new Dictionary<Address, UInt256>();
        foreach (var item in value.Length == 0 ? [] : value.Split(','))
        {
            // The form was checked when the value was read.
            var (token, text) = Split(item) ?? throw new InvalidOperationException("An amount was taken that is none.");
            var decimals = token == Address.Zero ? CoinDecimals : tokens.FirstOrDefault(known => known.Token == token)?.Decimals
                ?? throw new SettingsException([$"{setting.Key}: the deployment's file has no token {token.ToChecksumString()}. Add it there with its decimals, or take it out here."]);
            if (!Settings.TryDecimal(text, decimals, out var amount)) throw new SettingsException([$"{setting.Key}: {text} of token {token.ToChecksumString()} has more than its {decimals} decimals."]);
            if (!amounts.TryAdd(token, amount)) throw new SettingsException([$"{setting.Key}: token {token.ToChecksumString()} stands there twice. Take one out."]);
        }

        return amounts;
    }

    private static (Address Token, string Amount)? Split(string item)
    {
        var parts = item.Trim().Split('=');
        return parts.Length == 2 && Address.TryParse(parts[0], out var token) ? (token, parts[1]) : null;
    }
}
