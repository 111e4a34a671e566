using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>
/// What tokens are worth in the chain's coin, as the operator says. It decides when moving money is worth its gas, never
/// whose money it is.
/// </summary>
public sealed class TokenPrices
{
    /// <summary>The form, for people.</summary>
    public const string Form = "TOKEN=COINS with commas between, such as 0x…=0.0003: what one whole token is worth";

    /// <summary>10^77 is the largest power of ten below 2^256.</summary>
    private const byte MostDecimals = 77;

    private readonly Dictionary<Address, Price> _prices;

    private TokenPrices(Dictionary<Address, Price> prices) => _prices = prices;

    /// <summary>No token has a price; the coin is worth itself.</summary>
    public static TokenPrices None { get; } = new([]);

    /// <summary>Reads the <see cref="Form"/>. How many decimals a token has, the deployment file says.</summary>
    /// <exception cref="SettingsException">The file does not have that token, and so nobody knows what a whole one is.</exception>
    public static TokenPrices Of(string setting, IReadOnlyList<TokenInfo> tokens)
    {
        var (prices, problems) = (new Dictionary<Address, Price>(), new List<string>());
        foreach (var (token, wei) in Read(setting) ?? throw new InvalidOperationException("Prices were taken that are none."))
        {
            if (tokens.FirstOrDefault(known => known.Token == token) is not { } info)
                problems.Add($"tokenPrices: the deployment file does not have {token.ToChecksumString()}, so that its decimals are not known. Add it to \"tokens\" there, or take its price out.");
            else if (info.Decimals > MostDecimals)
                problems.Add($"tokenPrices: {token.ToChecksumString()} has {info.Decimals} decimals, and at most {MostDecimals} can be reckoned with. Take its price out.");
            else
                prices.Add(token, new Price(wei, PowerOfTen(info.Decimals)));
        }

        return problems.Count == 0 ? new TokenPrices(prices) : throw new SettingsException(problems);
    }

    /// <summary>What that much of a token is worth in wei, rounded down; false where the token has no price.</summary>
    public bool TryValue(Address token, UInt256 amount, out UInt256 wei)
    {
        // The vault takes no more of a token; and so no value is larger than 256 bits.
        var most = amount < UInt256.MaxAmount ? amount : UInt256.MaxAmount;
        if (token.IsZero)
        {
            wei = most;
            return true;
        }

        var known = _prices.TryGetValue(token, out var price);
        wei = known ? UInt256.MulDivFloor(most, price.Wei, price.Whole) : UInt256.Zero;
        return known;
    }

    /// <summary>What is wrong with the setting by itself, or null.</summary>
    internal static string? Problem(string setting) => Read(setting) is null ? $"is not {Form}; each token once, each price above zero, and none for the coin itself" : null;

    private static List<(Address Token, UInt256 Wei)>? Read(string setting)
    {
        var prices = new List<(Address Token, UInt256 Wei)>();
        if (setting.Length == 0) return prices;
        foreach (var item in setting.Split(',', StringSplitOptions.TrimEntries))
        {
            var sides = item.Split('=', StringSplitOptions.TrimEntries);
            if (sides.Length != 2 || !Address.TryParse(sides[0], out var token) || token.IsZero || prices.Exists(price => price.Token == token)) return null;
            if (!Settings.TryCoins(sides[1], out var wei) || wei.IsZero) return null;
            prices.Add((token, wei));
        }

        return prices;
    }

    private static UInt256 PowerOfTen(byte exponent)
    {
        var power = UInt256.One;
        for (var i = 0; i < exponent; i++) power *= 10;
        return power;
    }

    /// <param name="Wei">Of one whole token.</param>
    /// <param name="Whole">How many of its smallest units a whole token has.</param>
    private readonly record struct Price(UInt256 Wei, UInt256 Whole);
}
