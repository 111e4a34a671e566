using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>What happened before anybody looks.</summary>
public sealed partial class PageStage
{
    private const int ClaimantCount = 24;
    private const uint FirstClaimant = 200;
    private const uint FirstBuyer = 300;
    private const int Weeks = 5;
    private const ulong SecondsOfWeek = 7 * 86_400;

    /// <summary>A base model, which earns by those below it.</summary>
    public StageModel Base { get; private set; } = null!;

    /// <summary>Derives from <see cref="Base"/>; has uses, payers, evaluations: the richest passport.</summary>
    public StageModel Tune { get; private set; } = null!;

    /// <summary>Derives from <see cref="Tune"/>; divides evenly between <see cref="Claimants"/> and <see cref="Wallet"/>.</summary>
    public StageModel Shared { get; private set; } = null!;

    /// <summary>Accounts without coin, with as much to claim as one another. Take one by <see cref="NextClaimantAsync"/>.</summary>
    public IReadOnlyList<Person> Claimants { get; private set; } = [];

    /// <summary>A wallet that is a contract, with as much to claim as a claimant; <see cref="WalletOwner"/> signs for it, and has coin.</summary>
    public Address Wallet { get; private set; }

    /// <summary>Sends signed usage, each batch after the one before.</summary>
    public UsageGateway Gateway { get; private set; } = null!;

    public Person WalletOwner => Cast.Relayer;

    /// <summary>The transaction of a payment.</summary>
    public string PaymentTransaction { get; private set; } = string.Empty;

    private async Task SeedAsync(CancellationToken cancellation)
    {
        Claimants = [.. Enumerable.Range(0, ClaimantCount).Select(i => new Person(
            string.Create(CultureInfo.InvariantCulture, $"Claimant {i}"), Chain.Provider.SignerFromMnemonic(Cast.Mnemonic, string.Empty, HdPath.Account(FirstClaimant + (uint)i))))];
        var funded = Task.WhenAll(
            Market.FundAsync(Cast.Bank, 1_000_000_000, cancellation), Market.FundAsync(Cast.LawFirm, 1_000_000_000, cancellation), Market.FundAsync(Cast.Hanna, 1_000_000_000, cancellation));
        Gateway = new UsageGateway(Node, Cast.Gateway, Deployment);
        var crowd = CrowdAsync(cancellation);
        var wallet = Market.CreateAsync(WalletOwner, DemoContracts.WalletOf(WalletOwner.Address), cancellation);
        Base = await RegisterAsync(
            Cast.Ada, "Lexis 7B",
            Contract.SplitTable.Of([Market.OwnerRow(30, "training"), Market.Row(Cast.Ben.Address, 45, "data"), Market.Row(Cast.Chloe.Address, 25, "code")]), [], cancellation);
        Wallet = await wallet;
        Tune = await RegisterAsync(
            Cast.Dora, "Lexis 7B NDA",
            new Contract.SplitTable([Market.OwnerRow(2, "training"), Market.Row(Cast.Finn.Address, 1, "evaluation")], 4, [Market.Row(Cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None),
            [new Contract.Parent(Base.Id.Value, 200_000)], cancellation);
        Shared = await RegisterAsync(
            Cast.Gita, "Lexis clauses",
            Contract.SplitTable.Of([.. Claimants.Select(claimant => Market.Row(claimant.Address, 1, "data")), Market.Row(Wallet, 1, "data")]),
            [new Contract.Parent(Tune.Id.Value, 100_000)], cancellation);
        await funded;
        await crowd;
        await WeeksAsync(cancellation);
        await Task.WhenAll(SettledAsync(cancellation), EvaluateAsync(cancellation), PermitAsync(cancellation));
        PaymentTransaction = (await Node.GetAsync("api/v1/payments", cancellation))[0].GetProperty("transaction").GetString() ?? string.Empty;
    }

    /// <summary>Buyers by the dozen, who begin in three different weeks.</summary>
    private async Task CrowdAsync(CancellationToken cancellation)
    {
        _crowd = [.. Enumerable.Range(0, 12).Select(i => new Person(
            string.Create(CultureInfo.InvariantCulture, $"Buyer {i}"), Chain.Provider.SignerFromMnemonic(Cast.Mnemonic, string.Empty, HdPath.Account(FirstBuyer + (uint)i))))];
        await Task.WhenAll(_crowd.Select(async buyer =>
        {
            await SetBalanceAsync(buyer.Address, (UInt256)1_000_000_000_000_000_000, cancellation);
            await Market.MintAsync(buyer, buyer.Address, 100_000_000, cancellation);
        }));
    }

    private IReadOnlyList<Person> _crowd = [];

    /// <summary>Five weeks of use and payments, on a chain whose clock is late by as much: some payers stay, some go, some come later.</summary>
    private async Task WeeksAsync(CancellationToken cancellation)
    {
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        for (var week = 0; week < Weeks; week++)
        {
            var start = now - ((ulong)(Weeks - week) * SecondsOfWeek);
            await Gateway.SendAsync(
                [.. Enumerable.Range(0, 60).Select(i => Use(Tune, "nda-review", week, i, start)), .. Enumerable.Range(60, 25).Select(i => Use(Base, "chat", week, i, start))], cancellation);
            await Task.WhenAll(
                Market.PayAsync(Cast.Bank, Tune, Deployment.Dollar, (UInt256)(18_000_000 + ((ulong)week * 1_000_000)), Market.Text("use"), cancellation),
                Task.WhenAll(Enumerable.Range(0, _crowd.Count).Where(i => week >= i % 3 && (i + week) % 4 != 3).Select(
                    i => Market.TransferAsync(_crowd[i], Tune, Deployment.Dollar, (UInt256)(2_000_000 + ((ulong)i * 250_000)), cancellation))),
                week < 3 ? Market.PayAsync(Cast.LawFirm, Tune, Deployment.Dollar, 30_000_001, Market.Text("use"), cancellation) : Task.CompletedTask,
                week is 1 or 4 ? Market.TransferAsync(Cast.Hanna, Base, Deployment.Coin, 250_000_000_000_000_000, cancellation) : Task.CompletedTask);
            if (week == Weeks - 2)
            {
                await Task.WhenAll(
                    Market.PayAsync(Cast.Bank, Shared, Deployment.Dollar, 300_000_000, Market.Text("clauses"), cancellation),
                    Market.TransferAsync(Cast.LawFirm, Shared, Deployment.Coin, 500_000_000_000_000_001, cancellation));
            }

            await AskChainAsync("evm_increaseTime", cancellation, SecondsOfWeek);
            await AskChainAsync("evm_mine", cancellation);
        }
    }

    /// <summary>Somebody who earns nothing by it measures a model, by what was committed to before.</summary>
    private async Task EvaluateAsync(CancellationToken cancellation)
    {
        await AttestAsync(Cast.EvaluatorAccount, ["evaluator", "--register", "--uri", "https://evaluator.example"], cancellation);
        string[] about = ["--domain", "nda-review", "--metric", "accuracy", "--set", Market.Text("held out").ToString(), "--method", "exact"];
        var commitment = await AttestAsync(Cast.EvaluatorAccount, ["commit", Tune.Id.ToString(), .. about], cancellation);
        await AttestAsync(Cast.EvaluatorAccount, ["evaluation", Tune.Id.ToString(), .. about, "--value", "0.91", "--n", "200", "--commitment", commitment], cancellation);
    }

    /// <summary>The owner says what the model was made from, and what nobody may do with it.</summary>
    private async Task PermitAsync(CancellationToken cancellation)
    {
        const int Dora = 9;
        await AttestAsync(
            Dora, ["provenance", Tune.Id.ToString(), "--identity", Market.Text("weights of Lexis 7B NDA").ToString(), "--dataset", $"{Market.Text("contracts")}:trained-on"], cancellation);
        await AttestAsync(Dora, ["permission", Tune.Id.ToString(), "--account", "anybody", "--use", "resale", "--permission", "not-allowed"], cancellation);
    }

    /// <summary>The attestation's uid, where it is one alone.</summary>
    public async Task<string> AttestAsync(int account, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var output = await CommandAsync(
            ["attest", .. arguments, "--rpc", Chain.Rpc.ToString(), "--deployment", Deployment.File, "--sender-key", $"mnemonic:{account}", "--yes", "--json"], cancellation);
        using var sent = JsonDocument.Parse(output.Split('\n').Last(line => line.StartsWith('{')));
        return sent.RootElement.GetProperty("requests")[0].TryGetProperty("uid", out var uid) ? uid.GetString() ?? string.Empty : string.Empty;
    }

    /// <summary>A verb of the command line; what it printed.</summary>
    public async Task<string> CommandAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using var command = ChildProcess.Start(
            $"opensettle {arguments[0]}", "dotnet", [NodeProcess.Executable(Workspace), .. arguments], Workspace.Root,
            Workspace.PathOf(string.Create(CultureInfo.InvariantCulture, $"command-{Interlocked.Increment(ref _commands)}.log")),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic });
        await command.RequireSuccessAsync("Its message says why.", cancellation);
        return command.Tail();
    }

    private int _commands;

    /// <summary>Waits until every payment is divided, and its epoch claimable, attested and pushed.</summary>
    public Task<JsonElement> SettledAsync(CancellationToken cancellation) => Node.WaitAsync(
        "all is settled",
        status => status.GetProperty("payments").GetInt32() >= Market.Payments && status.GetProperty("transactions").GetArrayLength() == 0
            && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed"
            && status.GetProperty("activeEpoch").GetUInt64() == latest.GetProperty("number").GetUInt64()
            && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && UInt256.Parse(token.GetProperty("undivided").GetString()) <= 60),
        cancellation);

    /// <summary>Registers a model, and publishes what its owner says of it, so that it has a name.</summary>
    public async Task<StageModel> RegisterAsync(
        Person creator, string name, Contract.SplitTable split, IReadOnlyList<Contract.Parent> parents, CancellationToken cancellation, byte[]? document = null, string? uri = null)
    {
        var bytes = document ?? new ModelDocument
        {
            Name = name,
            Description = $"{name} reviews clauses of contracts.",
            License = new ModelLicense("apache-2.0", null, null),
            Languages = ["en"],
            Tags = ["legal"],
            Task = "text-generation",
            Limitations = "English law alone. Tables in scanned contracts are not read.",
        }.ToBytes();
        var hash = Keccak256.Hash(bytes);
        var registration = new Contract.Registration(
            Market.Text(name), 0, Market.Text($"weights of {name}"), hash, uri ?? $"https://models.example/{hash}", 500, split, parents, [Cast.Gateway.Address]);
        await Market.SendAsync(creator, Deployment.Id.Registry, new Contract.ModelRegistry.RegisterCall(registration), UInt256.Zero, cancellation);
        var id = await Chain.Client.AskAsync(Deployment.Id.Registry, new Contract.ModelRegistry.ModelIdOf(creator.Address, registration.Salt), BlockRef.Latest, cancellation);
        var payAddress = await Chain.Client.AskAsync(Deployment.Id.Registry, new Contract.ModelRegistry.PayAddressOf(id), BlockRef.Latest, cancellation);
        await PublishAsync(hash, bytes, cancellation);
        return new StageModel(name, new ModelId(id), payAddress);
    }

    /// <summary>The node takes a document once the model that names it is in a final block.</summary>
    private async Task PublishAsync(Hash32 hash, byte[] bytes, CancellationToken cancellation)
    {
        for (var i = 0; ; i++)
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            using var response = await Http.PutAsync(new Uri(Node.Api, $"api/v1/documents/{hash}"), content, cancellation);
            if (response.IsSuccessStatusCode) return;
            if (i >= 100) throw new StageException(StageException.Failed, $"the node does not take a document: {await response.Content.ReadAsStringAsync(cancellation)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private static MeteredEvent Use(StageModel model, string domain, int week, int i, ulong start) => new()
    {
        Source = "urn:gateway:page",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{week}-{i}"),
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = domain,
        Outcome = i % 20 == 7 ? Outcomes.Error : Outcomes.Ok,
        Units = 10,
        Time = start + (ulong)(i * 3600),
        Consumer = Market.Text($"consumer {(i + week) % 7}"),
        Payment = Market.Text("use"),
    };
}
