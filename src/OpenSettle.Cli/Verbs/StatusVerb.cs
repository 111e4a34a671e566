using System.CommandLine;
using System.Text.Json;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle status: what a node knows and does.</summary>
internal static class StatusVerb
{
    private static readonly Option<bool> Json = new("--json") { Description = "print the node's answer as JSON" };

    public static Command Create() => VerbRunner.Create("status", "Shows what a node knows, and what it is doing", [Settings.Api], RunAsync, Json);

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var status = await api.GetAsync("api/v1/status", cancellation)
            ?? throw new VerbException(ExitCode.Api, $"api: {settings.Get(Settings.Api)} is not a node of OpenSettle. Set --api.");
        if (parsed.GetValue(Json))
        {
            Console.WriteLine(status.GetRawText());
            return;
        }

        try
        {
            Print(status);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node answers in a form that this version does not know: {e.Message}", e);
        }
    }

    private static void Print(JsonElement status)
    {
        var chain = status.TryGetProperty("chain", out var known) ? $"head {known.GetProperty("head")}, final {known.GetProperty("final")}" : "not read yet";
        Console.WriteLine($"chain     {status.GetProperty("chainId")}: {chain}, books at {Text(status, "booksBlock", "none")}");
        if (status.TryGetProperty("chain", out known) && known.TryGetProperty("backfill", out var backfill)) PrintBackfill(backfill);
        if (status.TryGetProperty("endpoints", out var endpoints)) PrintEndpoints(endpoints);
        Console.WriteLine($"books     {status.GetProperty("models")} models, {status.GetProperty("payments")} payments, {status.GetProperty("usageEvents")} usage events");
        if (status.TryGetProperty("usage", out var usage)) PrintUsage(usage);
        var latest = status.TryGetProperty("latestEpoch", out var epoch) ? $"epoch {epoch.GetProperty("number")} is {epoch.GetProperty("state").GetString()}" : "none yet";
        Console.WriteLine($"epochs    {latest}; claims against epoch {status.GetProperty("activeEpoch")}");
        foreach (var token in status.GetProperty("tokens").EnumerateArray())
        {
            var decimals = token.GetProperty("decimals").GetByte();
            string Amount(string name) => Amounts.Format(UInt256.Parse(token.GetProperty(name).GetString()), decimals);
            Console.WriteLine($"{token.GetProperty("symbol").GetString(),-9} {Amount("received")} received{(token.GetProperty("balanced").GetBoolean() ? string.Empty : "  NOT BALANCED")}");
            Console.WriteLine($"          {Amount("owed")} owed, {Amount("paid")} paid");
            if (token.GetProperty("unswept").GetString() != "0") Console.WriteLine($"          {Amount("unswept")} waits at pay addresses");
            if (token.GetProperty("undivided").GetString() != "0") Console.WriteLine($"          {Amount("undivided")} in the vault and not divided yet");
        }

        foreach (var item in status.GetProperty("transactions").EnumerateArray())
        {
            var waits = item.TryGetProperty("waits", out var why) ? $": waits, {why.GetString()}" : string.Empty;
            Console.WriteLine($"sending   {item.GetProperty("purpose").GetString()} ({item.GetProperty("state").GetString()}){waits}");
        }

        PrintOperations(status);
        if (status.TryGetProperty("pushes", out var pushes))
        {
            if (pushes.TryGetProperty("waits", out var why)) Console.WriteLine($"pushes    wait: {why.GetString()}");
            if (pushes.GetProperty("refusingAccounts").GetInt32() is > 0 and var refused) Console.WriteLine($"pushes    {refused} accounts refused theirs and can take them: GET /api/v1/pushes/refused");
        }

        if (status.TryGetProperty("held", out var held)) Console.WriteLine($"HELD      {held.GetString()}");
        if (status.TryGetProperty("trouble", out var trouble)) Console.WriteLine($"trouble   {trouble.GetString()}");
        if (status.TryGetProperty("halted", out var halted)) Console.WriteLine($"HALTED    {halted.GetString()}");
    }

    /// <summary>What waits at pay addresses, the books against the chain where that is not known, and what a person has to see to.</summary>
    private static void PrintOperations(JsonElement status)
    {
        if (status.TryGetProperty("sweeps", out var sweeps))
        {
            foreach (var sweep in sweeps.EnumerateArray())
                Console.WriteLine($"unswept   {sweep.GetProperty("token").GetString()}, {sweep.GetProperty("models")} pay addresses: {sweep.GetProperty("why").GetString()}");
        }

        if (status.TryGetProperty("drift", out var drift))
        {
            if (drift.TryGetProperty("reason", out var reason)) Console.WriteLine($"drift     not known: {reason.GetString()}");
            foreach (var token in drift.GetProperty("tokens").EnumerateArray().Where(token => token.GetProperty("drift").GetString() != "0"))
                Console.WriteLine($"DRIFT     {token.GetProperty("token").GetString()}: the chain has {token.GetProperty("drift").GetString()} more than the books");
        }

        if (!status.TryGetProperty("alerts", out var alerts)) return;
        foreach (var alert in alerts.EnumerateArray()) Console.WriteLine($"ALERT     {alert.GetProperty("name").GetString()}: {alert.GetProperty("message").GetString()}");
    }

    /// <summary>What waits, and what contradicted itself: where there is none, nothing.</summary>
    private static void PrintUsage(JsonElement usage)
    {
        if (usage.GetProperty("waiting").GetInt64() is > 0 and var waiting) Console.WriteLine($"waiting   {waiting} usage events: GET /api/v1/quarantine says for what");
        if (usage.GetProperty("conflicts").GetInt64() is > 0 and var conflicts) Console.WriteLine($"conflicts {conflicts} usage events came again with another content");
    }

    private static void PrintBackfill(JsonElement backfill)
    {
        var left = backfill.TryGetProperty("secondsLeft", out var seconds) ? $"about {TimeSpan.FromSeconds(seconds.GetInt64()):g} left" : "time left unknown";
        Console.WriteLine($"reading   block {backfill.GetProperty("next")} of {backfill.GetProperty("last")}, {backfill.GetProperty("blocksPerSecond")} blocks/s, {backfill.GetProperty("logsPerSecond")} logs/s, {left}");
    }

    /// <summary>Those that are not well; all of them are in the JSON.</summary>
    private static void PrintEndpoints(JsonElement endpoints)
    {
        foreach (var endpoint in endpoints.EnumerateArray().Where(endpoint => endpoint.GetProperty("state").GetString() != "ok"))
        {
            var why = endpoint.TryGetProperty("why", out var reason) ? $": {reason.GetString()}" : string.Empty;
            Console.WriteLine($"endpoint  {endpoint.GetProperty("name").GetString()} is {endpoint.GetProperty("state").GetString()}{why}");
        }
    }

    private static string Text(JsonElement parent, string name, string otherwise) => parent.TryGetProperty(name, out var value) ? value.ToString() : otherwise;
}
