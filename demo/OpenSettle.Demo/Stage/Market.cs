using OpenSettle.Ethereum;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
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
        Person creator, string name, Contract.SplitTable split, IReadOnlyList<Contract.Parent> parents, CancellationToken cancellation)
    {
        var registration = new Registration(
            Text(name), 0, Text($"weights of {name}"), Text($"card of {name}"), $"ipfs://{name}", 500, split, parents, []);
        await SendAsync(creator, deployment.Id.Registry, new Contract.ModelRegistry.RegisterCall(registration), UInt256.Zero, cancellation);
        var id = await chain.Client.AskAsync(
            deployment.Id.Registry, new Contract.ModelRegistry.ModelIdOf(creator.Address, registration.Salt), Ethereum.Ports.BlockRef.Latest, cancellation);
        var payAddress = await chain.Client.AskAsync(
            deployment.Id.Registry, new Contract.ModelRegistry.PayAddressOf(id), Ethereum.Ports.BlockRef.Latest, cancellation);
        return new StageModel(name, new ModelId(id), payAddress);
    }

    /// <summary>The owner says whose usage counts for a model.</summary>
    public Task ListGatewayAsync(Person owner, StageModel model, Address gateway, CancellationToken cancellation) =>
        SendAsync(owner, deployment.Id.Registry, new Contract.ModelRegistry.SetGatewayCall(model.Id.Value, gateway, Listed: true), UInt256.Zero, cancellation);

    /// <summary>Gives a payer demo dollars, and lets the rail take them.</summary>
    public async Task FundAsync(Person payer, UInt256 dollars, CancellationToken cancellation)
    {
        await SendAsync(payer, deployment.Dollar.Address, new Erc20.MintCall(payer.Address, dollars), UInt256.Zero, cancellation);
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

    private void Count(StageToken token, UInt256 amount)
    {
        lock (_paidIn)
        {
            Payments++;
            _paidIn[token.Address] = _paidIn.GetValueOrDefault(token.Address) + amount;
        }
    }
}
