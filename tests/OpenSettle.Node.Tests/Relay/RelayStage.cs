using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Relay;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Relay;

/// <summary>A node that relays, and an active epoch with something for two people with keys and for a wallet that is a contract.</summary>
internal sealed class RelayStage : IDisposable
{
    public const ulong FarOff = FakeChain.FirstTime + 1_000_000;

    /// <summary>More than any of the tests' transactions may cost.</summary>
    public static readonly RelayOptions Open = new() { IsOn = true, Budget = 1_000_000_000, MaxFee = 50 };

    public static readonly ISigner Ann = Provider.SignerFromMnemonic(Mnemonic, string.Empty, HdPath.Account(11));
    public static readonly ISigner Ben = Provider.SignerFromMnemonic(Mnemonic, string.Empty, HdPath.Account(12));
    public static readonly Address Wallet = Account("a wallet that is a contract");
    public static readonly byte[] Word = [1, 2, 3];
    private static readonly TestModel Shared = Model("shared", (Ann.Address, 5), (Ben.Address, 3), (Wallet, 2));

    private RelayStage(FakeChain chain, TestNode node) => (Chain, Node) = (chain, node);

    public FakeChain Chain { get; }

    public TestNode Node { get; }

    /// <param name="relay">The limits; null: wide ones.</param>
    /// <param name="contract">False: the deployment has no relay contract.</param>
    /// <param name="prices">What tokens are worth.</param>
    /// <param name="amount">What was paid for the model.</param>
    public static async Task<RelayStage> StartAsync(RelayOptions? relay = null, bool contract = true, string prices = "", ulong amount = 1_000)
    {
        var chain = new FakeChain();
        chain.People.UnionWith([Ann.Address, Ben.Address, Alice, Bob, Carol]);
        chain.Mine(block => block.List(Dollar, 10), block => block.Deploy(Wallet, Word));
        chain.Mine(block => block.Register(Shared));
        chain.Mine(block => block.Pay(Shared, Dollar, amount));
        var stage = new RelayStage(chain, new TestNode(chain, relay: relay ?? Open, claimRelay: contract ? World.ClaimRelay : null, tokenPrices: prices));
        await stage.Node.RunAsync(20);
        Assert.Equal(1UL, stage.Node.State.Active?.Epoch);
        return stage;
    }

    public Task PayAsync(ulong amount)
    {
        Chain.Mine(block => block.Pay(Shared, Dollar, amount));
        return Node.RunAsync(20);
    }

    public UInt256 LeafOf(Address account)
    {
        var tree = Node.State.Active?.Tree ?? throw new InvalidOperationException("No epoch is active.");
        return tree.Leaves[tree.IndexOf(account, Dollar)].Amount;
    }

    public UInt256 ClaimedBy(Address account) => Chain.State.Claimed.GetValueOrDefault((account, Dollar));

    public RelayRequest Signed(ISigner signer, Address to, ulong deadline = FarOff, ulong nonce = 0)
    {
        var cumulative = LeafOf(signer.Address);
        var data = ClaimTypedData.Of(ChainId, Vault, new ClaimOrder(signer.Address, Dollar, to, cumulative, nonce, deadline));
        var signature = signer.SignTypedDataAsync(data, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return new RelayRequest(signer.Address, Dollar, cumulative, to, deadline, signature.ToArray());
    }

    public RelayRequest OfWallet(Address to) => new(Wallet, Dollar, LeafOf(Wallet), to, FarOff, Word);

    /// <summary>Hands a claim in that is taken.</summary>
    public async Task<Hash32> TakeAsync(RelayRequest request)
    {
        var (taken, declined) = await Node.Desk.TakeAsync(request, CancellationToken.None);
        Assert.True(taken is not null, declined?.Words);
        return taken.Id;
    }

    /// <summary>Hands a claim in that is declined, and gives the code.</summary>
    public async Task<RelayDecline> DeclineAsync(RelayRequest request)
    {
        var (taken, declined) = await Node.Desk.TakeAsync(request, CancellationToken.None);
        Assert.Null(taken);
        return declined ?? throw new InvalidOperationException("Neither taken nor declined.");
    }

    public RelayClaim Find(Hash32 id) => Node.Books.Read(session => session.Relay.Find(id)) ?? throw new InvalidOperationException("The claim is not known.");

    public CumulativeLeaf Leaf(Address account) => new(account, Dollar, LeafOf(account));

    public void Dispose() => Node.Dispose();
}
