using System.Runtime.CompilerServices;
using System.Text.Json;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Doctor;

/// <summary>The API's port is free, or this deployment's node answers there: then what that node says of itself.</summary>
internal sealed class ListenCheck : ICheck
{
    private const int MostBytes = 16 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public string Name => "listen";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var listen = patient.Options.Listen;
        var shown = EndpointName.Of(new Uri(listen));
        if (ListenPort.ProblemOf(listen) is { } taken)
        {
            if (await StatusAsync(listen, cancellation) is { } status && IsOurs(status, patient))
            {
                patient.IsRunning = true;
                foreach (var finding in Told(status, shown)) yield return finding;
            }
            else
            {
                yield return Finding.Fault(Name, $"{taken} Something else has the port.", "Set listen to a free port, or stop what has it.");
            }

            yield break;
        }

        if (DataLook.IsInUse(patient.Data))
            yield return Finding.Warning(Name, $"a process works on {patient.Data.Folder}, and no node answers at {shown}.", "Set listen to what the running node was given; or look what the process is (a node that hangs, an 'opensettle db').");
        else yield return Finding.Ok(Name, $"{shown} is free; no node runs");
    }

    /// <summary>Halted is a fault, an alert is a warning; a veto is told by the vault's check.</summary>
    private IEnumerable<Finding> Told(JsonElement status, string shown)
    {
        var well = true;
        if (Text(status, "halted") is { } halted)
        {
            well = false;
            yield return Finding.Fault(Name, $"the node stopped settling: {halted}", "See \"When it stops\" in docs/operate.md; nothing is repaired by itself.");
        }

        if (Text(status, "trouble") is { } trouble)
        {
            well = false;
            yield return Finding.Warning(Name, $"the node is in trouble: {trouble}", "It goes on by itself when that is gone; opensettle status follows it.");
        }

        if (status.TryGetProperty("alerts", out var alerts) && alerts.ValueKind == JsonValueKind.Array)
        {
            foreach (var alert in alerts.EnumerateArray().Where(alert => Text(alert, "name") != "veto"))
            {
                well = false;
                yield return Finding.Warning(Name, $"the node's alert {Text(alert, "name")}: {Text(alert, "message")}", "See what the alert says; opensettle status shows when it is gone.");
            }
        }

        if (well) yield return Finding.Ok(Name, $"this deployment's node answers at {shown}");
    }

    private static bool IsOurs(JsonElement status, Patient patient) =>
        status.ValueKind == JsonValueKind.Object
        && status.TryGetProperty("contracts", out var contracts) && contracts.ValueKind == JsonValueKind.Object
        && Text(contracts, "vault") == patient.Options.Deployment.Watched.Id.Vault.ToChecksumString()
        && status.TryGetProperty("chainId", out var chain) && chain.TryGetUInt64(out var id) && id == patient.Options.Deployment.Watched.Id.ChainId;

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static async Task<JsonElement?> StatusAsync(string listen, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = Patience, MaxResponseContentBufferSize = MostBytes };
        try
        {
            using var document = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(new Uri(Reachable(listen)), "api/v1/status"), cancellation));
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Who listens everywhere is asked here.</summary>
    private static string Reachable(string listen) => new UriBuilder(listen) is { Host: "0.0.0.0" or "[::]" } everywhere ? new UriBuilder(everywhere.Uri) { Host = "127.0.0.1" }.ToString() : listen;
}
