using System.Globalization;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Servers;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Docs;

/// <summary>A chain, a node and a history behind them that the documents' commands have something to say about.</summary>
public sealed class DocsStage : IAsyncLifetime
{
    private const string Password = "correct horse battery staple";

    private readonly StageFixture _stage = new();
    private NodeProcess? _node;

    public Workspace Workspace => _stage.Workspace;

    public string Rpc => _stage.Chain.Rpc.ToString().TrimEnd('/');

    /// <summary>The node's address, with its slash.</summary>
    public string Api => _node!.Api.ToString();

    /// <summary>A model that Ada owns, which derives from <see cref="Parent"/>.</summary>
    public string Model { get; private set; } = string.Empty;

    public string Parent { get; private set; } = string.Empty;

    /// <summary>Has something to claim, and no document claims it.</summary>
    public string Owner => _stage.Cast.Ada.Address.ToChecksumString();

    /// <summary>Has something to claim.</summary>
    public string Account => _stage.Cast.Ben.Address.ToChecksumString();

    /// <summary>Has something to claim too.</summary>
    public string Other => _stage.Cast.Chloe.Address.ToChecksumString();

    /// <summary>One of the vault's attestors.</summary>
    public string Attestor => _stage.Cast.Attestors[^1].Address.ToChecksumString();

    /// <summary>The account by which models list the gateway.</summary>
    public string Gateway => _stage.Cast.Gateway.Address.ToChecksumString();

    public string Token => _stage.Deployment.Dollar.Address.ToChecksumString();

    public string SomeHash { get; } = Market.Text("a data set").ToString();

    public string Transaction { get; private set; } = string.Empty;

    /// <summary>A database that several nodes may share.</summary>
    public string Database { get; private set; } = string.Empty;

    /// <summary>The running node's data.</summary>
    public string DataDir => Workspace.PathOf("data");

    public async Task InitializeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _stage.InitializeAsync();
        Database = PostgresServer.ToUri(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        var (cast, deployment) = (_stage.Cast, _stage.Deployment);
        _node = await NodeProcess.StartAsync(_stage.Workspace, _stage.Chain, deployment, cast, Workspace.FreePort(), limit.Token);
        var market = new Market(_stage.Chain, deployment);
        var parent = await market.RegisterAsync(
            cast.Ada, "lexis-7b", Contract.SplitTable.Of([Market.OwnerRow(30, "training"), Market.Row(cast.Ben.Address, 45, "data"), Market.Row(cast.Chloe.Address, 25, "code")]), [],
            limit.Token, cast.Gateway.Address);
        var model = await market.RegisterAsync(
            cast.Ada, "lexis-7b-nda",
            new Contract.SplitTable([Market.OwnerRow(2, "training"), Market.Row(cast.Ben.Address, 1, "evaluation")], 4, [Market.Row(cast.Chloe.Address, 1, "curation")], Contract.TableCommitment.None),
            [new Contract.Parent(parent.Id.Value, 250_000)], limit.Token, cast.Gateway.Address);
        var (hash, rows, weight) = TableText.Commit(Table());
        await market.RegisterAsync(cast.Ada, "committed", Contract.SplitTable.Commit(new Contract.TableCommitment(hash, rows, weight, "ipfs://split")), [], limit.Token, cast.Gateway.Address);
        (Model, Parent) = (model.Id.ToString(), parent.Id.ToString());

        await market.FundAsync(cast.Bank, 1_000_000_000, limit.Token);
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await new UsageGateway(_node, cast.Gateway, deployment).SendAsync([.. Enumerable.Range(0, 40).Select(i => Use(model, i, now))], limit.Token);
        await market.PayAsync(cast.Bank, model, deployment.Dollar, 30_000_000, Market.Text("use"), limit.Token);
        await market.TransferAsync(cast.Bank, parent, deployment.Dollar, 120_000_000, limit.Token);
        await market.TransferAsync(cast.Bank, parent, deployment.Coin, 500_000_000_000_000_001, limit.Token);
        await _node.WaitAsync(
            "all is settled",
            status => status.GetProperty("payments").GetInt32() == 3 && status.GetProperty("transactions").GetArrayLength() == 0
                && status.GetProperty("activeEpoch").GetUInt64() >= 1 && status.GetProperty("latestEpoch").GetProperty("state").GetString() == "pushed"
                && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && UInt256.Parse(token.GetProperty("undivided").GetString()) <= 20),
            limit.Token);
        Transaction = (await _node.GetAsync("api/v1/payments", limit.Token))[0].GetProperty("transaction").GetString() ?? string.Empty;
    }

    public async Task DisposeAsync()
    {
        _node?.Dispose();
        await _stage.DisposeAsync();
    }

    /// <summary>A folder with what the documents' commands name.</summary>
    public string NewFolder(string name)
    {
        var folder = Directory.CreateDirectory(Workspace.PathOf(name)).FullName;
        void Write(string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);
        var cast = _stage.Cast;
        File.Copy(_stage.Deployment.File, Path.Combine(folder, "deployment.json"));
        foreach (var file in (string[])["sender.key", "key", "owner.key", "old.key"]) Write(file, cast.AdaKey.ToString());
        Write("friend.key", cast.RelayerKey.ToString());
        Write("operator.key", cast.RelayerKey.ToString());
        Write("attestors.key", string.Join(',', cast.AttestorKeys));
        Write("attestor.key", cast.AttestorKeys[0].ToString());
        Write("attestor-2.key", cast.AttestorKeys[1].ToString());
        // Their places among the cast.
        Write("governor.key", "mnemonic:15");
        Write("guardian.key", "mnemonic:5");
        foreach (var file in (string[])["keystore.password", "password"]) Write(file, Password);
        Write("settings.json", $$"""{"rpc":"{{Rpc}}","deployment":"deployment.json","dataDir":"data","finality":"1","operatorKey":"file:operator.key","attestorKeys":"file:attestors.key"}""");
        // Nodes that believe nobody: nothing but the chain, and where candidates and usage are.
        Write("attestor.json", $$"""{"rpc":"{{Rpc}}","deployment":"deployment.json","finality":"1","attestorKeys":"file:attestor.key","leaders":"{{Api}}"}""");
        Write("watchtower.json", $$"""{"rpc":"{{Rpc}}","deployment":"deployment.json","finality":"1","guardianKey":"file:guardian.key"}""");
        // One of several nodes: what it shares with others is a PostgreSQL of this stage's.
        Write("database", Database);
        Write("north.json", $$"""{"database":"file:database","roles":"settle,read","nodeName":"north-1","bundleMirrors":"mirror","rpc":"{{Rpc}}","deployment":"deployment.json","dataDir":"data","finality":"1","operatorKey":"file:operator.key","attestorKeys":"file:attestors.key"}""");
        Write("mapping.json", $$$"""{"mappings":[{"name":"litellm","preset":"litellm","domain":"chat","models":{"*":"{{{Model}}}"}}]}""");
        Write("README.md", "---\nlicense: mit\ntags: [legal]\n---\n# Contracts 7B\n\nReviews clauses.\n");
        foreach (var file in (string[])["model.safetensors", "weights.safetensors", "set.parquet", "set.jsonl", "terms.md"]) Write(file, $"{name} {file}");
        File.WriteAllBytes(Path.Combine(folder, "split.json"), TableText.Of(Table()));
        Write("statements.json", $$"""[{"kind":"permission","model":"{{Model}}","account":"anybody","use":"training","permission":"allowed"}]""");
        var mirror = Directory.CreateDirectory(Path.Combine(folder, "mirror")).FullName;
        foreach (var bundle in Directory.EnumerateFiles(Path.Combine(DataDir, "bundles"), "*.bundle.gz")) File.Copy(bundle, Path.Combine(mirror, Path.GetFileName(bundle)));
        return folder;
    }

    /// <summary>What a shell of these documents' reader has: the program by its name, and settings that say where things are.</summary>
    public IReadOnlyDictionary<string, string> Environment(string folder)
    {
        var programs = Directory.CreateDirectory(Workspace.PathOf("programs")).FullName;
        Program(Path.Combine(programs, "opensettle"), $"exec dotnet '{NodeProcess.Executable(Workspace)}' \"$@\"");
        // An answer of 404 is a failure, as it is for the reader.
        Program(Path.Combine(programs, "curl"), "PATH=${PATH#*:}; exec curl --fail-with-body --silent --show-error \"$@\"");
        var cast = _stage.Cast;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = $"{programs}:{System.Environment.GetEnvironmentVariable("PATH")}",
            ["TERM"] = "xterm",
            ["KEY"] = _node!.GatewayKey,
            ["OPENSETTLE_RPC"] = Rpc,
            ["OPENSETTLE_DEPLOYMENT"] = _stage.Deployment.File,
            ["OPENSETTLE_API"] = Api,
            ["OPENSETTLE_DATA_DIR"] = Path.Combine(folder, "data"),
            ["OPENSETTLE_LISTEN"] = "http://127.0.0.1:0",
            ["OPENSETTLE_FINALITY"] = "1",
            ["OPENSETTLE_SENDER_KEY"] = cast.AdaKey.ToString(),
            ["OPENSETTLE_KEY_PASSWORD"] = Password,
            ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic,
        };
    }

    /// <summary>What only a node is given.</summary>
    public IReadOnlyDictionary<string, string> NodeKeys => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["OPENSETTLE_OPERATOR_KEY"] = _stage.Cast.RelayerKey.ToString(),
        ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', _stage.Cast.AttestorKeys),
    };

    private static void Program(string file, string line)
    {
        File.WriteAllText(file, $"#!/bin/sh\n{line}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private SplitTable Table() => new(1, [new SplitRow(null, 3, "training"), new SplitRow(_stage.Cast.Ben.Address, 2, "data")]);

    private static MeteredEvent Use(StageModel model, int i, ulong now) => new()
    {
        Source = "urn:gateway:eu-1",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{i}"),
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = "nda-review",
        Outcome = i < 38 ? Outcomes.Ok : Outcomes.Error,
        Units = 10,
        Time = now,
        Consumer = Market.Text($"consumer {i % 7}"),
        Payment = Market.Text("use"),
    };
}
