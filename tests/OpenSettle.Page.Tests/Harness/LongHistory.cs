using System.Globalization;
using System.Text.Json;
using System.Web;
using Microsoft.Playwright;
using OpenSettle.Demo.Stage;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>An account with very many payouts: the node's answers to that one question are made here, each row with its place as its amount.</summary>
public sealed class LongHistory(int rows, StageToken token)
{
    /// <summary>More than the page asks for at once, so that a hundred thousand come in a few seconds.</summary>
    private const int PageRows = 1_000;

    private bool _failed;

    /// <summary>The row at which the answer once is a refusal.</summary>
    public int? FailOnceAt { get; init; }

    /// <summary>What was asked for, by its first row.</summary>
    public List<int> Served { get; } = [];

    public int Rows { get; private set; }

    public Task ServeAsync(IPage page) => page.RouteAsync("**/api/v1/accounts/*/payouts?*", route =>
    {
        var before = HttpUtility.ParseQueryString(new Uri(route.Request.Url).Query)["before"];
        var first = before is null ? 0 : int.Parse(before, CultureInfo.InvariantCulture);
        if (first == FailOnceAt && !_failed)
        {
            _failed = true;
            return route.FulfillAsync(new RouteFulfillOptions
            {
                Status = 503, ContentType = "application/problem+json", Body = """{"type":"urn:opensettle:problem:not-now","title":"The books cannot be read now","status":503,"detail":"Ask again."}""",
            });
        }

        var count = Math.Min(PageRows, rows - first);
        Served.Add(first);
        Rows += count;
        var answer = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["account"] = $"0x{new string('1', 40)}",
            ["block"] = rows,
            ["payouts"] = Enumerable.Range(first, count).Select(i => new
            {
                how = i % 3 == 0 ? "push" : "claim",
                block = rows - i,
                logIndex = i % 5,
                time = 1_790_000_000 - (i * 60),
                transaction = $"0x{i:x64}",
                token = token.Address.ToChecksumString(),
                symbol = token.Symbol,
                decimals = token.Decimals,
                amount = i.ToString(CultureInfo.InvariantCulture),
                to = $"0x{i:x40}",
            }),
        };
        if (first + count < rows) answer["next"] = (first + count).ToString(CultureInfo.InvariantCulture);
        return route.FulfillAsync(new RouteFulfillOptions { ContentType = "application/json", Body = JsonSerializer.Serialize(answer) });
    });
}
