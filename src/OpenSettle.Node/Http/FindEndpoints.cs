using OpenSettle.Storage;
using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Passports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>Which models stay reliable in a niche, and how surely: the surest first.</summary>
internal sealed class FindEndpoints(IBooks books, PassportService passports, NodeOptions options)
{
    private const int DefaultLimit = 20;
    private const int MostLimit = 200;
    private const int LongestDomain = 200;
    private const uint One = 1_000_000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/find", (FindEndpoints find, HttpContext context) => find.Find(context))
        .For(Access.Public).Costs(5).WithName("findModels").WithSummary("Models that stay reliable in a domain, the surest first").Pages(MostLimit, DefaultLimit)
        .Asks("domain", "minN", "lowerBound", "maxPrice", "token", "status", "basis", "after").Produces<FoundAnswer>();

    private IResult Find(HttpContext context)
    {
        var (query, refusal) = ParseQuery(context.Request.Query);
        if (query is null) return refusal ?? throw new InvalidOperationException("A query is taken or refused.");
        var found = books.Read(session => session.Standings.Find(query with { Limit = query.Limit + 1 }));
        var shown = found.Take(query.Limit).ToList();
        var next = found.Count > query.Limit ? string.Create(CultureInfo.InvariantCulture, $"{shown[^1].Standing.Low}.{shown[^1].Number}") : null;
        if (next is not null) Paging.Next(context, ("after", next));
        return Answers.Json(new FoundAnswer(passports.Now() is { } now ? PassportEndpoints.Describe(now) : null, [.. shown.Select(item => Describe(item, query.Token))], next));
    }

    private (StandingQuery? Query, IResult? Refusal) ParseQuery(IQueryCollection asked)
    {
        if (asked.Keys.FirstOrDefault(key => key is not ("domain" or "minN" or "lowerBound" or "maxPrice" or "token" or "status" or "basis" or "limit" or "after")) is { } strange)
            return Bad(strange[..Math.Min(strange.Length, 40)], "is not known", "There are domain, minN, lowerBound, maxPrice, token, status, basis, limit and after.");
        string? Value(string name) => asked.TryGetValue(name, out var values) ? values.ToString() : null;
        if (Value("domain") is not { Length: > 0 and <= LongestDomain } domain) return Bad("domain", "is missing, or too long", $"Name the domain as gateways write it, at most {LongestDomain} characters.");
        var minN = 0UL;
        if (Value("minN") is { } n && !(ulong.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out minN) && minN <= long.MaxValue)) return Bad("minN", "is not a number", "It is a whole number of trials.");
        var low = UInt256.Zero;
        if (Value("lowerBound") is { } bound && !(Millionths.TryParse(bound, out low) && low <= One)) return Bad("lowerBound", "is not a share", "It is a decimal from 0 to 1 with at most six decimals, like 0.75.");
        if (!Paging.TryLimit(Value("limit"), DefaultLimit, MostLimit, out var limit, out var wrong)) return (null, wrong);
        byte? status = null;
        if (Value("status") is { } word)
        {
            if (PassportWords.Statuses.IndexOf(word) is not (>= 0 and var place)) return Bad("status", "is not a status", $"There are {string.Join(", ", PassportWords.Statuses)}.");
            status = (byte)place;
        }

        DomainBasis? basis = null;
        if (Value("basis") is { } by)
        {
            basis = new[] { DomainBasis.Evaluated, DomainBasis.PaidUsage }.Where(one => PassportWords.Of(one) == by).Select(one => (DomainBasis?)one).FirstOrDefault();
            if (basis is null) return Bad("basis", "is not a basis", $"There are {PassportWords.Of(DomainBasis.Evaluated)} and {PassportWords.Of(DomainBasis.PaidUsage)}.");
        }

        (uint Low, ulong Number)? after = null;
        if (Value("after") is { } last && (after = PlaceOf(last)) is null) return Bad("after", "is no place in the order", "Give back 'next' of the answer before as it is.");
        var (token, price, refusal) = Price(Value("token"), Value("maxPrice"));
        return refusal is null ? (new StandingQuery(RoleText.FromWord(DomainWord.Of(domain)), minN, (uint)(ulong)low, basis, status, price, token, after, limit), null) : (null, refusal);
    }

    /// <summary>A price is written as people write it, in whole tokens.</summary>
    private (Address? Token, (Address Token, UInt256 Most)? Price, IResult? Refusal) Price(string? token, string? price)
    {
        Address? named = null;
        if (token is not null)
        {
            if (!Address.TryParse(token, out var address)) return (null, null, Bad("token", "is not an address", "Name a token by its address.").Refusal);
            named = address;
        }

        if (price is null) return (named, null, null);
        named ??= options.Deployment.Tokens is [var only] ? only.Token : null;
        if (named is not { } of) return (null, null, Bad("token", "is missing", "A price is in a token: name it by its address.").Refusal);
        if (options.Deployment.Tokens.FirstOrDefault(known => known.Token == of) is not { } info) return (null, null, Bad("token", "is not known", "Its decimals are in no deployment file: prices in it cannot be compared.").Refusal);
        const int Finer = 6;
        return Settings.TryDecimal(price, info.Decimals + Finer, out var most)
            ? (of, (of, most), null)
            : (null, null, Bad("maxPrice", "is not a price", $"It is a decimal in {info.Symbol} for one use, like 0.002.").Refusal);
    }

    private static (uint Low, ulong Number)? PlaceOf(string text) =>
        text.Split('.') is [var low, var number]
        && uint.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place <= long.MaxValue
            ? (parsed, place)
            : null;

    private static (StandingQuery? Query, IResult? Refusal) Bad(string name, string what, string remedy) => (null, Problems.BadRequest($"'{name}' {what}", remedy));

    private static FoundModelAnswer Describe(FoundStanding item, Address? token)
    {
        var prices = token is { } wanted ? item.Prices.Where(price => price.Token == wanted).ToList() : item.Prices;
        var price = prices.Count == 1 ? prices[0] : ((Address Token, UInt256 Price)?)null;
        return new FoundModelAnswer(
            item.Model,
            item.Number,
            item.Name,
            item.Standing.Domain,
            PassportWords.Of(item.Standing.Basis),
            item.Standing.Successes.ToString(CultureInfo.InvariantCulture),
            item.Standing.Trials.ToString(CultureInfo.InvariantCulture),
            Millionths.Text(item.Standing.Low),
            Millionths.Text(item.Standing.High),
            price is { } one ? Millionths.Text(one.Price) : null,
            price?.Token,
            item.Status < PassportWords.Statuses.Length ? PassportWords.Statuses[item.Status] : null,
            item.Flags.Split(',', StringSplitOptions.RemoveEmptyEntries));
    }
}
