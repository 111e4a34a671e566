using OpenSettle.Epochs;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>The names that all tests share: contracts, tokens, keys.</summary>
internal static class World
{
    /// <summary>The mnemonic that every development chain starts with: its keys are known to everybody.</summary>
    public const string Mnemonic = "test test test test test test test test test test test junk";

    public const ulong ChainId = 31337;

    public static readonly IChainProvider Provider = new BuiltinProvider(new ManualTime());

    public static readonly Address Registry = Account("registry");
    public static readonly Address Rail = Account("rail");
    public static readonly Address Vault = Account("vault");
    public static readonly Address Resolver = Account("resolver");
    public static readonly Address Eas = Account("eas");
    public static readonly Address ClaimRelay = Account("relay of claims");

    /// <summary>A contract that takes any call: what counts is how often it was made.</summary>
    public static readonly Address Counter = Account("counter");

    // Where rollups say what the data of a transaction cost.
    public static readonly Address DataFees = Address.Parse("0x420000000000000000000000000000000000000F");
    public static readonly Address ScrollFees = Address.Parse("0x5300000000000000000000000000000000000002");

    public static readonly Address Dollar = Account("dollar");
    public static readonly Address Euro = Account("euro");
    public static readonly Address Alice = Account("alice");
    public static readonly Address Bob = Account("bob");
    public static readonly Address Carol = Account("carol");
    public static readonly Address Payer = Account("payer");

    // Accounts 0 to 3 of the mnemonic. The attestors' addresses do not ascend in this order.
    public static readonly Hash32 OperatorKey = Hash32.Parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

    public static readonly IReadOnlyList<Hash32> AttestorKeys =
    [
        Hash32.Parse("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
        Hash32.Parse("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
        Hash32.Parse("0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    ];

    public static readonly Address Operator = Provider.SignerFromMnemonic(Mnemonic, string.Empty, HdPath.Account(0)).Address;

    public static readonly IReadOnlyList<Address> AttestorAddresses = [.. Enumerable.Range(1, 3).Select(index => Provider.SignerFromMnemonic(Mnemonic, string.Empty, HdPath.Account((uint)index)).Address)];

    // Account 4.
    public static readonly Hash32 GuardianKey = Hash32.Parse("0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a");

    public static readonly Address Guardian = Provider.SignerFromMnemonic(Mnemonic, string.Empty, HdPath.Account(4)).Address;

    public static DeploymentId Deployment { get; } = new(ChainId, Registry, Rail, Vault);

    public static Address Account(string name) => Address.FromBytes(Keccak256.HashText(name).ToArray().AsSpan(12));

    public static TestModel Model(string name, params (Address? Account, ulong Weight)[] rows) =>
        new(Keccak256.HashText(name), Account($"pay address of {name}"), Account($"creator of {name}"), rows.Length > 0 ? rows : [(Alice, 3), (null, 1)]);
}

/// <summary>A model of the fake chain. A null account is the row of the owner.</summary>
internal sealed record TestModel(Hash32 Id, Address PayAddress, Address Creator, IReadOnlyList<(Address? Account, ulong Weight)> Rows)
{
    public Registry.ModelId ModelId => new(Id);
}

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The seconds since 1970 that it shows, where it has to agree with a chain's; null: its own.</summary>
    public Func<ulong>? Shown { get; init; }

    public override DateTimeOffset GetUtcNow() => Shown is null ? _now : DateTimeOffset.FromUnixTimeSeconds((long)Shown());

    public override long GetTimestamp() => _now.UtcTicks;

    public void Advance(TimeSpan by) => _now += by;
}
