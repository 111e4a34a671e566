using OpenSettle.Ethereum;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Demo.Stage;

/// <summary>A model on the stage.</summary>
public sealed record StageModel(string Name, ModelId Id, Address PayAddress);

/// <summary>
/// What people do on the chain, with transactions that they sign themselves. It keeps its own tally of what was paid, so
/// that the node's books can be held against somebody else's count.
/// </summary>
public sealed class Market(LocalChain chain, Deployment deployment)
{
    private static readonly UInt256 AnyFee = (UInt256)1_000_000_000_000;
    private static readonly UInt256 Never = (UInt256)4_102_444_800;
    private readonly Dictionary<Address, UInt256> _paidIn = [];

    public int Payments { get; private set; }

    /// <summary>All that was paid, by token.</summary>
    public IReadOnlyDictionary<Address, UInt256> PaidIn => _paidIn;

    public static Hash32 Text(string text) => Keccak256.HashText(text);

    public static Contract.SplitRow Row(Address account, ulong weight, string role) =>
        new(account, weight, RoleText.ToWord(role) ?? throw new ArgumentException($"'{role}' is not a role.", nameof(role)));

    public static Contract.SplitRow OwnerRow(ulong weight, string role) => Row(FactReader.OwnerSentinel, weight, role);

    public Task SendAsync(Person sender, Address to, ContractCall call, UInt256 value, CancellationToken cancellation) =>
        SendAsync(sender, to, chain.Client.Encode(call), value, cancellation);

    public Task SendAsync(Person sender, Address to, ReadOnlyMemory<byte> data, UInt256 value, CancellationToken cancellation) =>
        new OneShotSender(chain.Client, sender.Signer, deployment.Id.ChainId, AnyFee, TimeProvider.System).SendAsync(to, data, value, cancellation);

    public async Task<StageModel> RegisterAsync(
        Person creator, string name, Contract.SplitTable split, IReadOnlyList<Contract.Parent> parents, CancellationToken cancellation, params IReadOnlyList<Address> gateways)
    {
        var registration = new Registration(
            Text(name), 0, Text($"weights of {name}"), Keccak256.Hash(DocumentOf(name)), $"ipfs://{name}", 500, split, parents, gateways);
        await SendAsync(creator, deployment.Id.Registry, new Contract.ModelRegistry.RegisterCall(registration), UInt256.Zero, cancellation);
        var id = await chain.Client.AskAsync(
            deployment.Id.Registry, new Contract.ModelRegistry.ModelIdOf(creator.Address, registration.Salt), Ethereum.Ports.BlockRef.Latest, cancellation);
        var payAddress = await chain.Client.AskAsync(
            deployment.Id.Registry, new Contract.ModelRegistry.PayAddressOf(id), Ethereum.Ports.BlockRef.Latest, cancellation);
        return new StageModel(name, new ModelId(id), payAddress);
    }

    /// <summary>What the owner says of a model, as the registry names it by its hash: the same bytes for the same name.</summary>
    public static byte[] DocumentOf(string name) => new ModelDocument { Name = name, Description = $"{name}, a model of the demo.", Tags = ["demo"] }.ToBytes();

    /// <summary>The owner says whose usage counts for a model.</summary>
    public Task ListGatewayAsync(Person owner, StageModel model, Address gateway, CancellationToken cancellation) =>
        SendAsync(owner, deployment.Id.Registry, new Contract.ModelRegistry.SetGatewayCall(model.Id.Value, gateway, Listed: true), UInt256.Zero, cancellation);

    /// <summary>Gives somebody demo dollars, which anybody may make.</summary>
    public Task MintAsync(Person sender, Address to, UInt256 dollars, CancellationToken cancellation) =>
        SendAsync(sender, deployment.Dollar.Address, new Erc20.MintCall(to, dollars), UInt256.Zero, cancellation);

    /// <summary>Gives a payer demo dollars, and lets the rail take them.</summary>
    public async Task FundAsync(Person payer, UInt256 dollars, CancellationToken cancellation)
    {
        await MintAsync(payer, payer.Address, dollars, cancellation);
        await SendAsync(payer, deployment.Dollar.Address, new Erc20.ApproveCall(deployment.Id.Rail, dollars), UInt256.Zero, cancellation);
    }

    /// <summary>A plain transfer to the pay address: what any wallet, exchange or x402 client does.</summary>
    public async Task TransferAsync(Person payer, StageModel model, StageToken token, UInt256 amount, CancellationToken cancellation)
    {
        if (token.Address.IsZero) await SendAsync(payer, model.PayAddress, ReadOnlyMemory<byte>.Empty, amount, cancellation);
        else await SendAsync(payer, token.Address, new Erc20.TransferCall(model.PayAddress, amount), UInt256.Zero, cancellation);
        Count(token, amount);
    }

    /// <summary>Through the rail, with a reference to what was used.</summary>
    public async Task PayAsync(Person payer, StageModel model, StageToken token, UInt256 amount, Hash32 usageRef, CancellationToken cancellation)
    {
        await SendAsync(
            payer, deployment.Id.Rail, new InferencePayments.PayCall(model.Id.Value, token.Address, amount, usageRef),
            token.Address.IsZero ? amount : UInt256.Zero, cancellation);
        Count(token, amount);
    }

    /// <summary>Through the rail, with a permit in place of an allowance: one transaction of the payer's.</summary>
    public async Task PayWithPermitAsync(Person payer, StageModel model, UInt256 amount, Hash32 usageRef, CancellationToken cancellation)
    {
        var (dollar, rail) = (deployment.Dollar.Address, deployment.Id.Rail);
        // The payer's first permit: later ones have another nonce.
        var data = DemoTypedData.Permit(deployment.Id.ChainId, dollar, payer.Address, rail, amount, nonce: 0, Never);
        var signature = await payer.Signer.SignTypedDataAsync(data, cancellation);
        await SendAsync(payer, rail, new DemoContracts.PayWithPermitCall(model.Id.Value, dollar, amount, usageRef, amount, Never, signature).Data, UInt256.Zero, cancellation);
        Count(deployment.Dollar, amount);
    }

    /// <summary>Through the rail, by an authorisation that the payer signed and somebody else brings, who pays the gas.</summary>
    public async Task PayWithAuthorizationAsync(Person payer, Person brings, StageModel model, UInt256 amount, Hash32 usageRef, CancellationToken cancellation)
    {
        var (dollar, rail, chainId) = (deployment.Dollar.Address, deployment.Id.Rail, deployment.Id.ChainId);
        var salt = Text($"{payer.Name} pays once");
        var nonce = DemoContracts.AuthorizationNonce(chainId, rail, model.Id.Value, usageRef, salt);
        var signature = await payer.Signer.SignTypedDataAsync(DemoTypedData.Authorization(chainId, dollar, payer.Address, rail, amount, Never, nonce), cancellation);
        var authorization = new DemoContracts.Authorization(payer.Address, model.Id.Value, dollar, amount, usageRef, salt, UInt256.Zero, Never, signature.ToArray());
        await SendAsync(brings, rail, new DemoContracts.PayWithAuthorizationCall(authorization).Data, UInt256.Zero, cancellation);
        Count(deployment.Dollar, amount);
    }

    /// <summary>
    /// The model is sold as any marketplace sells an NFT: it asks what the royalty is and who gets it, and the buyer's money
    /// is divided by that. What comes to the pay address is a payment for the model.
    /// </summary>
    public async Task<(Address RoyaltyTo, UInt256 Royalty)> SellAsync(Person seller, Person buyer, StageModel model, UInt256 price, CancellationToken cancellation)
    {
        var (dollar, registry) = (deployment.Dollar.Address, deployment.Id.Registry);
        var (to, royalty) = await chain.Client.AskAsync(registry, new DemoContracts.RoyaltyInfo(model.Id.Value, price), Ethereum.Ports.BlockRef.Latest, cancellation);
        await SendAsync(buyer, dollar, new Erc20.TransferCall(to, royalty), UInt256.Zero, cancellation);
        await SendAsync(buyer, dollar, new Erc20.TransferCall(seller.Address, price - royalty), UInt256.Zero, cancellation);
        await SendAsync(seller, registry, new DemoContracts.TransferModelCall(seller.Address, buyer.Address, model.Id.Value).Data, UInt256.Zero, cancellation);
        if (to == model.PayAddress) Count(deployment.Dollar, royalty);
        return (to, royalty);
    }

    /// <summary>Creates a contract through the proxy that is at the same address on every chain, and tells where it stands.</summary>
    public async Task<Address> CreateAsync(Person sender, ReadOnlyMemory<byte> creation, CancellationToken cancellation)
    {
        await SendAsync(sender, DemoContracts.CreationProxy, new byte[Hash32.Size].Concat(creation.ToArray()).ToArray(), UInt256.Zero, cancellation);
        return DemoContracts.CreatedAt(creation);
    }

    private void Count(StageToken token, UInt256 amount)
    {
        lock (_paidIn)
        {
            Payments++;
            _paidIn[token.Address] = _paidIn.GetValueOrDefault(token.Address) + amount;
        }
    }
}
