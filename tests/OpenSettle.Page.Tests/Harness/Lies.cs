using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>Answers of the node that are changed on their way to the page, as a node that lies would give them.</summary>
public static class Lies
{
    /// <summary>Every answer of JSON to such an address is changed.</summary>
    /// <param name="glob">As Playwright matches addresses: **/api/v1/models/**.</param>
    /// <param name="change">Changes it in place, and tells how much it changed.</param>
    public static async Task<Lie> TellAsync(this IPage page, string glob, Func<JsonNode, int> change)
    {
        var lie = new Lie();
        await page.RouteAsync(glob, async route =>
        {
            var response = await route.FetchAsync();
            if (!response.Ok || !response.Headers.GetValueOrDefault("content-type", string.Empty).StartsWith("application/json", StringComparison.Ordinal) || JsonNode.Parse(await response.BodyAsync()) is not { } answer)
            {
                await route.FulfillAsync(new RouteFulfillOptions { Response = response });
                return;
            }

            lie.Told += change(answer);
            var headers = response.Headers.Where(header => header.Key is not ("content-length" or "content-encoding" or "etag")).ToDictionary(StringComparer.Ordinal);
            await route.FulfillAsync(new RouteFulfillOptions { Status = response.Status, Headers = headers, Body = answer.ToJsonString() });
        });
        return lie;
    }

    /// <summary>Sets every text of these names, wherever it stands, and tells how many there were.</summary>
    public static int SetTexts(JsonNode? node, IReadOnlySet<string> names, string text)
    {
        var set = 0;
        if (node is JsonArray array)
        {
            foreach (var item in array) set += SetTexts(item, names, text);
        }
        else if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToList())
            {
                if (value is JsonValue && value.GetValueKind() == System.Text.Json.JsonValueKind.String && names.Contains(name))
                {
                    members[name] = text;
                    set++;
                }
                else set += SetTexts(value, names, text);
            }
        }

        return set;
    }
}

/// <summary>How much of it was told: a lie that reached nobody shows nothing.</summary>
public sealed class Lie
{
    public int Told { get; set; }
}
