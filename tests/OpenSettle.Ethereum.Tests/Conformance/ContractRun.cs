using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>
/// The contracts, used by one client while all clients look on: each call is encoded, each view asked and each log decoded by
/// every one of them, and they have to agree. Remembers what was used.
/// </summary>
internal sealed class ContractRun : IDisposable
{
    /// <summary>Seconds: longer than any test takes, so that a veto is never late. The node's clock is put forward over it.</summary>
    public const uint Window = 600;

    private const uint OwnerIndex = 15;
    private const uint BuyerIndex = 16;

    // The node gave it nothing: it signs, and others send.
    private const uint StrangerIndex = 77;

    private static readonly CancellationToken Stop = CancellationToken.None;

    private readonly IReadOnlyList<IChainClient> _clients;
    private readonly IChainProvider _driver;
    private readonly Dictionary<Address, ContractKind> _kinds = [];

    private ContractRun(IChainProvider driver, IReadOnlyList<IChainClient> clients)
    {
        (_driver, _clients) = (driver, clients);
        (OwnerKey, BuyerKey, StrangerKey) = (Key(OwnerIndex), Key(BuyerIndex), Key(StrangerIndex));
        var client = clients[0];
        (Owner, Buyer) = (new TestSender(client, OwnerKey), new TestSender(client, BuyerKey));
    }

    /// <summary>Deploys, owns models, attests, guards and governs.</summary>
    public TestSender Owner { get; }

    /// <summary>To whom a model is sold.</summary>
    public TestSender Buyer { get; }

    public ISigner OwnerKey { get; }

    public ISigner BuyerKey { get; }

    /// <summary>Of an account without coin.</summary>
    public ISigner StrangerKey { get; }

    public required TestDeployment Contracts { get; init; }

    public required EasStage Attesting { get; init; }

    /// <summary>EAS's first version, beside a resolver of its own.</summary>
    public required EasStage Legacy { get; init; }

    public Address Resolver => Attesting.Resolver;

    /// <summary>Brings signed claims to the vault.</summary>
    public required Address Relay { get; init; }

    public IChainClient Driver => _clients[0];

    public HashSet<Type> Called { get; } = [];

    public HashSet<Type> Asked { get; } = [];

    public HashSet<Type> Told { get; } = [];

    public static async Task<ContractRun> StartAsync(string name)
    {
        var driver = Clients.Named(name, TimeProvider.System);
        // The driver's own connection first.
        var providers = Clients.All(TimeProvider.System).OrderBy(client => client.Name != name).Select(client => client.Provider);
        IChainClient[] clients = [.. providers.Select(provider => provider.Connect(ChainNode.Endpoint, ChainNode.Timeout))];
        var owner = new TestSender(clients[0], driver.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(OwnerIndex)));
        var contracts = await TestDeployment.CreateAsync(owner, owner.Address, Window);
        var run = new ContractRun(driver, clients)
        {
            Contracts = contracts,
            Attesting = await EasStage.CreateAsync(owner, contracts.Vault, EasArtifacts.CreationCode("EAS")),
            Legacy = await EasStage.CreateAsync(owner, contracts.Vault, EasArtifacts.DeployedOn("mainnet")),
            Relay = await EasStage.DeployAsync(owner, CompiledContract.Load("ClaimRelay").CreationCode, new AbiWriter().Account(contracts.Vault)),
        };
        run._kinds[contracts.Dollar] = ContractKind.Token;
        run._kinds[contracts.Registry] = ContractKind.Registry;
        run._kinds[contracts.Rail] = ContractKind.Rail;
        run._kinds[contracts.Vault] = ContractKind.Vault;
        run._kinds[run.Relay] = ContractKind.Relay;
        foreach (var stage in new[] { run.Attesting, run.Legacy })
        {
            run._kinds[stage.Resolver] = ContractKind.Resolver;
            run._kinds[stage.Service] = ContractKind.Eas;
        }

        return run;
    }

    /// <summary>Logs of a pay address are read as such from now on.</summary>
    public void Know(Address payAddress) => _kinds[payAddress] = ContractKind.PayAddress;

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    public async Task<IReadOnlyList<ContractEvent>> CallAsync(TestSender sender, Address contract, ContractCall call, UInt256 value = default)
    {
        Assert.All(_clients, client => Assert.Equal(Hex.Encode(call.Data.Span), Hex.Encode(client.Encode(call).Span)));
        Called.Add(call.GetType());
        return await SendAsync(sender, contract, _clients[0].Encode(call), value);
    }

    public async Task<IReadOnlyList<ContractEvent>> SendAsync(TestSender sender, Address to, ReadOnlyMemory<byte> data, UInt256 value = default)
    {
        var receipt = await sender.SendAsync(to, data, value);
        foreach (var client in _clients) Assert.Equal(Samples.Print(receipt), Samples.Print(await client.GetReceiptAsync(receipt.TransactionHash, Stop)));
        var told = new List<ContractEvent>();
        foreach (var log in receipt.Logs.Where(log => _kinds.ContainsKey(log.Address)))
        {
            var read = _clients.Select(client => client.Decode(_kinds[log.Address], log)).ToArray();
            Assert.Single(read.Select(Samples.Print).Distinct(StringComparer.Ordinal));
            if (read[0] is not { } one) continue;
            Told.Add(one.GetType());
            told.Add(one);
        }

        return told;
    }

    public async Task<T> AskAsync<T>(Address contract, ContractView<T> view)
    {
        var latest = await LatestAsync();
        var answers = new List<T>();
        foreach (var client in _clients) answers.Add(await client.AskAsync(contract, view, BlockRef.At(latest.Number), Stop));
        Assert.Single(answers.Select(answer => Samples.Print(answer)).Distinct(StringComparer.Ordinal));
        Asked.Add(view.GetType());
        return answers[0];
    }

    public async Task<BlockHeader> LatestAsync() =>
        await _clients[0].GetBlockAsync(BlockRef.Latest, Stop) ?? throw new InvalidOperationException("The node has no block.");

    /// <summary>Puts the node's clock forward to a block time.</summary>
    public async Task WaitAsync(ulong timestamp)
    {
        var latest = await LatestAsync();
        if (latest.Timestamp < timestamp) await ChainNode.CommandAsync("evm_increaseTime", timestamp - latest.Timestamp);
        await ChainNode.CommandAsync("evm_mine");
        Assert.True((await LatestAsync()).Timestamp >= timestamp, "The node's clock did not move.");
    }

    private ISigner Key(uint index) => _driver.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(index));
}

/// <summary>An EAS, and a resolver of ours beside it.</summary>
internal sealed record EasStage(Address Service, Address Resolver)
{
    /// <param name="code">The service's creation code: some version of it.</param>
    public static async Task<EasStage> CreateAsync(TestSender owner, Address vault, byte[] code)
    {
        var registry = await DeployAsync(owner, EasArtifacts.CreationCode("SchemaRegistry"), new AbiWriter());
        var eas = await DeployAsync(owner, code, new AbiWriter().Account(registry));
        return new EasStage(eas, await DeployAsync(owner, CompiledContract.Load("SettlementResolver").CreationCode, new AbiWriter().Account(eas).Account(registry).Account(vault)));
    }

    public static async Task<Address> DeployAsync(TestSender owner, ReadOnlyMemory<byte> creation, AbiWriter arguments) =>
        (await owner.DeployAsync(new ReadOnlyMemory<byte>([.. creation.Span, .. arguments.ToArray()]))).ContractAddress
        ?? throw new InvalidOperationException("A deployment has no address.");
}
