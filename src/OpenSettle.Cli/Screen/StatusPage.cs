using System.Globalization;
using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Screen;

/// <summary>A node's status for whoever runs it: what needs a person comes first, then the chain, the epochs, the money, and what is under way.</summary>
/// <param name="eventsPerSecond">Usage since the look before; null where there was none.</param>
internal sealed class StatusPage(Page page, TimeProvider clock, double? eventsPerSecond = null)
{
    private const int BarRoom = 40;

    private static readonly string[] Steps = ["closed", "built", "signed", "proposed", "active", "attested", "pushed"];

    public void Print(JsonElement status)
    {
        PrintTroubles(status);
        PrintChain(status);
        PrintEpochs(status);
        PrintUsage(status);
        foreach (var token in status.GetProperty("tokens").EnumerateArray()) PrintToken(token);
        PrintSending(status);
        PrintEndpoints(status);
    }

    /// <summary>What a person has to see to.</summary>
    private void PrintTroubles(JsonElement status)
    {
        if (Text(status, "halted") is { } halted) page.Warning("HALTED    ", halted);
        if (Text(status, "held") is { } held) page.Warning("HELD      ", held);
        if (Text(status, "trouble") is { } trouble) page.Warning("trouble   ", trouble);
        foreach (var alert in Items(status, "alerts"))
        {
            var since = alert.TryGetProperty("since", out var at) && at.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(at.GetString(), CultureInfo.InvariantCulture, out var time) ? $" (since {Times.Of(time, clock)})" : string.Empty;
            page.Warning("ALERT     ", $"{Text(alert, "name")}: {Text(alert, "message")}{since}");
        }

        foreach (var token in Items(status, "tokens").Where(token => !token.GetProperty("balanced").GetBoolean())) page.Warning("BOOKS     ", $"{Text(token, "symbol")} does not balance: NOT BALANCED");
        if (!status.TryGetProperty("drift", out var drift)) return;
        if (Text(drift, "reason") is { } reason) page.Item("drift     ", $"not known: {reason}");
        foreach (var token in Items(drift, "tokens").Where(token => Text(token, "drift") != "0")) page.Warning("DRIFT     ", $"{Text(token, "token")}: the chain has {Text(token, "drift")} more than the books");
    }

    private void PrintChain(JsonElement status)
    {
        var id = status.GetProperty("chainId").GetUInt64();
        if (!status.TryGetProperty("chain", out var chain) || chain.ValueKind != JsonValueKind.Object)
        {
            page.Item("chain     ", Line($"{id}: not read yet, books at {Text(status, "booksBlock") ?? "none"}"));
            return;
        }

        var (head, final) = (chain.GetProperty("head").GetUInt64(), chain.GetProperty("final").GetUInt64());
        var books = status.TryGetProperty("booksBlock", out var at) && at.ValueKind == JsonValueKind.Number ? at.GetUInt64() : (ulong?)null;
        var lag = books is { } block ? block >= final ? "up to date" : Line($"{final - block:N0} blocks behind") : "none yet";
        page.Item("chain     ", Line($"{id}: head {head:N0}, final {final:N0}{(head > final ? Line($" ({head - final:N0} behind the head)") : string.Empty)}, books {(books is { } known ? Line($"{known:N0}") : string.Empty)}{(books is null ? string.Empty : " ")}{lag}"));
        if (!chain.TryGetProperty("backfill", out var backfill) || backfill.ValueKind != JsonValueKind.Object) return;
        var (next, last) = (backfill.GetProperty("next").GetUInt64(), backfill.GetProperty("last").GetUInt64());
        var left = backfill.TryGetProperty("secondsLeft", out var seconds) && seconds.ValueKind == JsonValueKind.Number ? TimeSpan.FromSeconds(seconds.GetInt64()) : (TimeSpan?)null;
        page.Item("reading   ", ProgressLine.Describe("blocks", "blocks", next, last, backfill.GetProperty("blocksPerSecond").GetDouble(), left, page.Width));
    }

    private void PrintEpochs(JsonElement status)
    {
        var active = status.GetProperty("activeEpoch").GetUInt64();
        if (!status.TryGetProperty("latestEpoch", out var epoch) || epoch.ValueKind != JsonValueKind.Object)
        {
            page.Item("epochs    ", "none yet");
            return;
        }

        var state = Text(epoch, "state") ?? "unknown";
        var window = state == "proposed" && epoch.TryGetProperty("readyAt", out var ready) && ready.TryGetUInt64(out var at) && at > 0 ? $"; its window ends {Times.OfSeconds(at, clock)}" : string.Empty;
        page.Item("epochs    ", Line($"epoch {epoch.GetProperty("number").GetUInt64()} is {state}{window}; claims against epoch {active}"));
        var step = Array.IndexOf(Steps, state);
        if (step >= 0) page.Item("          ", string.Join(" > ", Steps.Select((name, i) => i == step ? $"[{name}]" : name)));
    }

    private void PrintUsage(JsonElement status)
    {
        var rate = eventsPerSecond is { } perSecond ? Line($", {perSecond:N1} events/s") : string.Empty;
        page.Item("books     ", Line($"{status.GetProperty("models").GetInt64():N0} models, {status.GetProperty("payments").GetInt64():N0} payments, {status.GetProperty("usageEvents").GetInt64():N0} usage events{rate}"));
        if (!status.TryGetProperty("usage", out var usage)) return;
        if (usage.GetProperty("waiting").GetInt64() is > 0 and var waiting) page.Item("waiting   ", Line($"{waiting:N0} usage events: GET /api/v1/quarantine says for what"));
        if (usage.GetProperty("conflicts").GetInt64() is > 0 and var conflicts) page.Item("conflicts ", Line($"{conflicts:N0} usage events came again with another content"));
    }

    /// <summary>Where what came in is now, as a bar of its parts and in numbers.</summary>
    private void PrintToken(JsonElement token)
    {
        var decimals = token.GetProperty("decimals").GetByte();
        UInt256 Of(string name) => token.TryGetProperty(name, out var value) ? UInt256.Parse(value.GetString()) : UInt256.Zero;
        string Amount(UInt256 amount) => Amounts.Format(amount, decimals);
        var symbol = Text(token, "symbol") ?? "?";
        page.Item($"{symbol,-9} ", $"{Amount(Of("received"))} received");
        (string Name, string Words, char Mark)[] parts =
            [("paid", "paid", '█'), ("owed", "owed", '▓'), ("undivided", "in the vault and not divided yet", '▒'), ("suspense", "waits for a split table", '▒'), ("unswept", "waits at pay addresses", '░')];
        var there = parts.Where(part => !Of(part.Name).IsZero).ToList();
        var whole = there.Aggregate(UInt256.Zero, (sum, part) => sum + Of(part.Name));
        if (whole.IsZero) return;
        page.Row("          " + string.Concat(there.Select(part => new string(part.Mark, int.Max(1, (int)(ulong)UInt256.MulDivFloor(Of(part.Name), (UInt256)(ulong)int.Min(BarRoom, page.Width - 12), whole))))));
        foreach (var (name, words, mark) in there) page.Item($"        {mark} ", $"{Amount(Of(name))} {words}");
    }

    private void PrintSending(JsonElement status)
    {
        foreach (var item in Items(status, "transactions"))
            page.Item("sending   ", $"{Text(item, "purpose")} ({Text(item, "state")}){(Text(item, "waits") is { } why ? $": waits, {why}" : string.Empty)}");
        foreach (var sweep in Items(status, "sweeps")) page.Item("unswept   ", $"{Text(sweep, "token")}, {Text(sweep, "models")} pay addresses: {Text(sweep, "why")}");
        if (!status.TryGetProperty("pushes", out var pushes) || pushes.ValueKind != JsonValueKind.Object) return;
        if (Text(pushes, "waits") is { } waits) page.Item("pushes    ", $"wait: {waits}");
        if (pushes.TryGetProperty("refusingAccounts", out var refusing) && refusing.GetInt32() is > 0 and var refused)
            page.Item("pushes    ", Line($"{refused:N0} accounts refused theirs and can take them: GET /api/v1/pushes/refused"));
    }

    /// <summary>One line where all are well; those that are not, with why.</summary>
    private void PrintEndpoints(JsonElement status)
    {
        var endpoints = Items(status, "endpoints");
        var well = endpoints.Count(endpoint => Text(endpoint, "state") == "ok");
        if (endpoints.Count > 0)
        {
            var slowest = endpoints.Select(endpoint => endpoint.TryGetProperty("latencyMilliseconds", out var latency) && latency.TryGetInt64(out var milliseconds) ? milliseconds : 0).Max();
            page.Item("endpoints ", Line($"{well} of {endpoints.Count} well{(slowest > 0 ? Line($", answers within {slowest:N0} ms") : string.Empty)}"));
        }

        foreach (var endpoint in endpoints.Where(endpoint => Text(endpoint, "state") != "ok"))
            page.Warning("endpoint  ", $"{Text(endpoint, "name")} is {Text(endpoint, "state")}{(Text(endpoint, "why") is { } why ? $": {why}" : string.Empty)}");
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);

    private static List<JsonElement> Items(JsonElement parent, string name) => parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? Inert.Of(value.ToString()) : null;
}
