using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Passports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>What a node serves of passports, from its books: in this process, or over HTTP in one of its own. No chain is behind it.</summary>
internal sealed class PassportServer : IDisposable
{
    private readonly SqliteBooks _books;
    private readonly SqliteUsage _usage;
    private readonly NodeState _state;
    private readonly NodeOptions _options;

    public PassportServer(string folder)
    {
        var paths = NodeOptionsPaths.In(folder);
        _books = SqliteBooks.Open(paths.Database, PassportData.Deployment.Id);
        _usage = SqliteUsage.Open(paths.Usage, PassportData.Deployment.Id, TimeProvider.System);
        _state = new NodeState(_books.Read(session => session.Chain.LoadTables()), TimeProvider.System) { Registry = _books.Read(session => session.Chain.LoadRegistry()) };
        _options = Options(folder);
    }

    /// <summary>A passport that nobody asked for before, from the books to its JSON.</summary>
    public byte[] Cold(ModelId model)
    {
        using var service = new PassportService(new PassportSource(_books, _usage, _state, _options), _state, _options);
        var now = service.Now() ?? throw new InvalidOperationException("The books are empty.");
        return (service.GetAsync(model, now, CancellationToken.None).GetAwaiter().GetResult() ?? throw new InvalidOperationException("There is no such model.")).Json;
    }

    /// <summary>Of a warm process: milliseconds of processor time for the facts, the passport and its JSON. On a busy machine they say more than the clock.</summary>
    public string Stages(ModelId model)
    {
        var source = new PassportSource(_books, _usage, _state, _options);
        var now = source.Now() ?? throw new InvalidOperationException("The books are empty.");
        var sums = new double[3];
        const int Times = 10;
        for (var run = 0; run <= Times; run++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var facts = source.Load(model, now) ?? throw new InvalidOperationException("There is no such model.");
            var loaded = Environment.CpuUsage.TotalTime;
            var passport = PassportBuilder.Build(facts);
            var built = Environment.CpuUsage.TotalTime;
            _ = PassportJson.Write(new PassportFile(passport, 1, [], null));
            var written = Environment.CpuUsage.TotalTime;
            if (run == 0) continue;
            sums[0] += (loaded - before).TotalMilliseconds;
            sums[1] += (built - loaded).TotalMilliseconds;
            sums[2] += (written - built).TotalMilliseconds;
        }

        return string.Create(CultureInfo.InvariantCulture, $"facts {sums[0] / Times:0.0}, passport {sums[1] / Times:0.0}, JSON {sums[2] / Times:0.0} ms of processor time");
    }

    /// <summary>Says its port, and ends when its input does.</summary>
    public static async Task RunAsync(string folder)
    {
        using var server = new PassportServer(folder);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json => JsonForms.AddTo(json.SerializerOptions));
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(server._options).AddSingleton(server._state).AddSingleton(server._books).AddSingleton<IUsageJournal>(server._usage).AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IChainClient>(new BuiltinProvider(TimeProvider.System).Connect(server._options.Rpc[0], TimeSpan.FromSeconds(1)));
        builder.Services.AddSingleton<PassportSource>().AddSingleton<PassportService>().AddSingleton<PassportRequest>().AddSingleton<PassportEndpoints>().AddSingleton<FindEndpoints>();
        await using var app = builder.Build();
        PassportEndpoints.Map(app);
        FindEndpoints.Map(app);
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Until whoever started it is done.
        }
    }

    public void Dispose()
    {
        _usage.Dispose();
        _books.Dispose();
    }

    private static NodeOptions Options(string folder) => new()
    {
        Rpc = [new Uri("http://127.0.0.1:1")],
        RpcQuorum = 1,
        Completeness = Completeness.Receipts,
        Deployment = new DeploymentFile(PassportData.Deployment, [new TokenInfo(PassportData.Dollar, "USD", 6)]),
        DataDir = folder,
        Listen = "http://127.0.0.1:0",
        Client = "builtin",
        Confirmations = null,
        Poll = TimeSpan.FromSeconds(1),
        RpcTimeout = TimeSpan.FromSeconds(1),
        BlocksAtOnce = 1,
        EpochSeconds = 1,
        OperatorKey = null,
        AttestorKeys = [],
        SenderKey = null,
        UsageArchive = Path.Combine(folder, "archive"),
        MaxFeePerGas = UInt256.MaxAmount,
        BumpAfter = TimeSpan.FromMinutes(1),
        MaxEpochCost = UInt256.MaxAmount,
        BundleUrl = string.Empty,
    };
}
