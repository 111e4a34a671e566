using System.Net.Http.Json;
using System.Text.Json;
using OpenSettle.Metering;

namespace OpenSettle.Demo.Stage;

/// <summary>`opensettle run` as an operator runs it, and its API.</summary>
public sealed class NodeProcess : IDisposable
{
    private readonly Workspace _workspace;
    private readonly IReadOnlyList<string> _arguments;
    private readonly IReadOnlyDictionary<string, string> _secrets;
    private readonly HttpClient _http;
    private readonly string _log;
    private ChildProcess _process;

    private NodeProcess(Workspace workspace, Uri api, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> secrets, string gatewayKey, string log = "node.log", string? failPoint = null)
    {
        (_workspace, Api, _arguments, _secrets, GatewayKey, _log) = (workspace, api, arguments, secrets, gatewayKey, log);
        _http = new HttpClient { BaseAddress = api, Timeout = TimeSpan.FromSeconds(20) };
        _process = Begin(failPoint);
    }

    /// <summary>The key of the gateway that sends usage here.</summary>
    public string GatewayKey { get; }

    public Uri Api { get; }

    public string LogFile => _process.LogFile;

    public int Id => _process.Id;

    public static string Executable(Workspace workspace)
    {
        // Built with this program, under the same configuration.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug";
        return Path.Combine(workspace.Root, "src", "OpenSettle.Cli", "bin", configuration, "net10.0", "opensettle.dll");
    }

    /// <param name="keys">How the node gets its keys; null: the cast's, written out.</param>
    /// <param name="endpoints">Through what it sees the chain; null: the chain's own endpoint.</param>
    /// <param name="through">A program, with arguments, that starts the node, whose own command comes after them; null: none.</param>
    /// <param name="dataDir">Where its data is; null: in the workspace.</param>
    /// <param name="mirrors">Where its bundles are copied to.</param>
    /// <param name="flags">Flags that differ from these, with their values; null: none.</param>
    /// <param name="executable">Another build of the node; null: the one that was built with this.</param>
    public static async Task<NodeProcess> StartAsync(
        Workspace workspace, LocalChain chain, Deployment deployment, Cast cast, int port, CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? keys = null, IReadOnlyList<Uri>? endpoints = null, IReadOnlyList<string>? through = null, string? dataDir = null, string mirrors = "",
        IReadOnlyDictionary<string, string>? flags = null, string? executable = null)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--rpc"] = string.Join(',', endpoints ?? [chain.Rpc]),
            ["--deployment"] = deployment.File,
            ["--data-dir"] = dataDir ?? workspace.PathOf("data"),
            ["--listen"] = $"http://127.0.0.1:{port}",
            ["--client"] = chain.Provider.Name,
            ["--finality"] = "1",
            ["--poll-milliseconds"] = "200",
            ["--epoch-seconds"] = "4",
            // The sums of a story are small beside its gas.
            ["--sweep-max-cost-percent"] = "100",
            ["--bundle-mirrors"] = mirrors,
            // The page checks in the browser what the node says.
            ["--page-rpc"] = chain.Rpc.ToString(),
            ["--usage-grace-seconds"] = "0",
        };
        foreach (var (flag, value) in flags ?? new Dictionary<string, string>(StringComparer.Ordinal)) given[flag] = value;
        string[] arguments = [.. through ?? [], "dotnet", executable ?? Executable(workspace), "run", .. given.SelectMany(pair => new[] { pair.Key, pair.Value })];
        // A folder of somebody else's has gateways of somebody else's.
        var key = dataDir is null
            ? await AddGatewayAsync(workspace, deployment, "eu-1", ["--address", cast.Gateway.Address.ToChecksumString(), "--scopes", "send,send-unsigned,read"], cancellation)
            : string.Empty;
        // Nodes beside one another do not write over each other's lines.
        return await new NodeProcess(workspace, new Uri($"http://127.0.0.1:{port}/"), arguments, keys ?? Written(cast), key, dataDir is null ? "node.log" : $"{Path.GetFileName(dataDir)}.log").OrGoneAsync(cancellation);
    }

    /// <summary>A node that is run with these arguments alone, and with these variables.</summary>
    /// <param name="log">The file of its lines, where several nodes run beside one another.</param>
    public static Task<NodeProcess> StartAsync(
        Workspace workspace, Uri api, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> variables, CancellationToken cancellation, string log = "node.log") =>
        new NodeProcess(workspace, api, ["dotnet", Executable(workspace), "run", .. arguments], variables, string.Empty, log).OrGoneAsync(cancellation);

    /// <summary>A node that believes nobody: `opensettle attest-node` or `opensettle watch`, with data and lines of its own.</summary>
    /// <param name="verb">attest-node, or watch.</param>
    /// <param name="name">Names its folder and its log.</param>
    /// <param name="keys">The variables that its key comes by; empty: it has none.</param>
    /// <param name="flags">Flags beside those that every one has.</param>
    /// <param name="failPoint">The step boundary at which the process ends itself; null: at none.</param>
    public static Task<NodeProcess> StartWitnessAsync(
        Workspace workspace, LocalChain chain, Deployment deployment, string verb, string name, IReadOnlyDictionary<string, string> keys, IReadOnlyDictionary<string, string> flags,
        CancellationToken cancellation, string? failPoint = null)
    {
        var port = Workspace.FreePort();
        var given = new Dictionary<string, string>(flags, StringComparer.Ordinal)
        {
            ["--rpc"] = chain.Rpc.ToString(),
            ["--deployment"] = deployment.File,
            ["--data-dir"] = workspace.PathOf(name),
            ["--listen"] = $"http://127.0.0.1:{port}",
            ["--client"] = chain.Provider.Name,
            ["--finality"] = "1",
        };
        given.TryAdd("--poll-milliseconds", "200");
        string[] arguments = ["dotnet", Executable(workspace), verb, .. given.SelectMany(pair => new[] { pair.Key, pair.Value })];
        return new NodeProcess(workspace, new Uri($"http://127.0.0.1:{port}/"), arguments, keys, string.Empty, $"{name}.log", failPoint).OrGoneAsync(cancellation);
    }

    /// <summary>Adds a gateway as an operator does, also while the node runs, and tells its key.</summary>
    public static Task<string> AddGatewayAsync(Workspace workspace, Deployment deployment, string name, IReadOnlyList<string> more, CancellationToken cancellation) =>
        AddAsync(workspace, deployment, "gateway", name, more, cancellation);

    /// <summary>Adds an operator, and tells the key.</summary>
    public static Task<string> AddOperatorAsync(Workspace workspace, Deployment deployment, string name, CancellationToken cancellation) =>
        AddAsync(workspace, deployment, "operator", name, [], cancellation);

    private static async Task<string> AddAsync(Workspace workspace, Deployment deployment, string what, string name, IReadOnlyList<string> more, CancellationToken cancellation)
    {
        using var add = ChildProcess.Start(
            $"opensettle {what} add", "dotnet",
            [Executable(workspace), what, "add", name, "--deployment", deployment.File, "--data-dir", workspace.PathOf("data"), "--json", .. more],
            workspace.Root, workspace.PathOf("gateway.log"));
        await add.RequireSuccessAsync("Its message says why.", cancellation);
        using var added = JsonDocument.Parse(add.Tail());
        return added.RootElement.GetProperty("key").GetString() ?? throw add.Failure("showed no key", "Look at its output.");
    }

    /// <summary>Ends the node as a power cut would.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Starts it again on the same data.</summary>
    public async Task RestartAsync(CancellationToken cancellation)
    {
        Launch();
        await ReadyAsync(cancellation);
    }

    /// <summary>How it ended, once it has: its code, and the last lines that it printed.</summary>
    public (int Code, string Tail) Ended => (_process.ExitCode, _process.Tail());

    /// <summary>Starts it again on the same data, and waits for nothing.</summary>
    /// <param name="failPoint">The step boundary at which the process ends itself; null: at none.</param>
    public void Launch(string? failPoint = null)
    {
        _process.Dispose();
        _process = Begin(failPoint);
    }

    /// <summary>Whether it ended within that time, and how: 137 is by a kill.</summary>
    public async Task<int?> EndedAsync(TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        return await _process.TryWaitAsync(limit.Token);
    }

    /// <summary>The last lines that it printed.</summary>
    public string Tail() => _process.Tail();

    public Task StopAsync() => _process.StopAsync(TimeSpan.FromSeconds(10));

    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellation)
    {
        var answer = await _http.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative), cancellation);
        return answer;
    }

    public Task<Stream> GetBytesAsync(string path, CancellationToken cancellation) => _http.GetStreamAsync(new Uri(path, UriKind.Relative), cancellation);

    /// <summary>Publishes a document that a model names.</summary>
    public async Task PublishAsync(byte[] document, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(document);
        using var response = await _http.PutAsync(new Uri($"api/v1/documents/{Primitives.Keccak256.Hash(document)}", UriKind.Relative), content, cancellation);
        if (!response.IsSuccessStatusCode) throw _process.Failure($"did not take a document: {await response.Content.ReadAsStringAsync(cancellation)}", $"Its whole log is {LogFile}.");
    }

    /// <summary>Sends a batch of CloudEvents. The status tells what became of it.</summary>
    /// <param name="statement">The gateway's signed statement; null: nobody signed them.</param>
    /// <param name="key">The gateway's key; null: that of the stage's first one.</param>
    public async Task<(int Status, JsonElement Body)> SendUsageAsync(IReadOnlyList<object> events, CancellationToken cancellation, string? statement = null, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("api/v1/events", UriKind.Relative));
        request.Headers.Authorization = new("Bearer", key ?? GatewayKey);
        if (statement is not null) request.Headers.Add(BatchHeader.Name, statement);
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(events));
        request.Content.Headers.ContentType = new("application/cloudevents-batch+json");
        using var response = await _http.SendAsync(request, cancellation);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(cancellation));
    }

    /// <summary>Asks for a page until it is as wanted.</summary>
    public async Task WaitAsync(string path, string what, Func<JsonElement, bool> reached, CancellationToken cancellation)
    {
        for (var i = 0; i < 300; i++)
        {
            using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
            if (response.IsSuccessStatusCode && reached(await response.Content.ReadFromJsonAsync<JsonElement>(cancellation))) return;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw _process.Failure($"did not come to this within half a minute: {what}", $"Its whole log was {LogFile}.");
    }

    /// <summary>Asks for the status until it is as wanted. A halted or ended node is an error at once.</summary>
    public async Task<JsonElement> WaitAsync(string what, Func<JsonElement, bool> reached, CancellationToken cancellation)
    {
        for (var i = 0; i < 600; i++)
        {
            if (_process.HasExited) throw _process.Failure("ended", $"It was waited for: {what}.");
            var status = await GetAsync("api/v1/status", cancellation);
            if (status.TryGetProperty("halted", out var halted)) throw new StageException(StageException.Failed, $"the node stopped settling: {halted.GetString()}");
            if (reached(status)) return status;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw _process.Failure($"did not come to this within a minute: {what}", $"Its whole log was {LogFile}.");
    }

    public void Dispose()
    {
        _process.Dispose();
        _http.Dispose();
    }

    private static Dictionary<string, string> Written(Cast cast) => new(StringComparer.Ordinal)
    {
        ["OPENSETTLE_OPERATOR_KEY"] = cast.OperatorKey.ToString(),
        ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', cast.AttestorKeys),
    };

    private ChildProcess Begin(string? failPoint)
    {
        var environment = new Dictionary<string, string>(_secrets, StringComparer.Ordinal);
        if (failPoint is not null) environment["OPENSETTLE_FAILPOINT"] = failPoint;
        return ChildProcess.Start("the node", _arguments[0], [.. _arguments.Skip(1)], _workspace.Root, _workspace.PathOf(_log), environment);
    }

    /// <summary>This, once it is ready; a node that does not come to it leaves no process behind.</summary>
    private async Task<NodeProcess> OrGoneAsync(CancellationToken cancellation)
    {
        try
        {
            await ReadyAsync(cancellation);
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public async Task ReadyAsync(CancellationToken cancellation)
    {
        for (var i = 0; i < 600; i++)
        {
            if (_process.HasExited) throw _process.Failure($"ended with code {_process.ExitCode} before it was ready", "Its message says what to do.");
            try
            {
                using var response = await _http.GetAsync(new Uri("readyz", UriKind.Relative), cancellation);
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw _process.Failure("was not ready within a minute", "Run it again on a less busy machine.");
    }
}
