using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>Logs of every kind that matters to a watcher, and of one that does not.</summary>
internal static class FakeLogs
{
    public const int Models = 4;
    public const int Tokens = 3;

    public static readonly DeploymentId Id = new(31337, Named("registry"), Named("rail"), Named("vault"));

    private static readonly Address Someone = Named("someone");

    /// <summary>What nobody asked for.</summary>
    public static (Address Address, LogTopics Topics, byte[] Data) Stranger => (Named("a stranger"), [Keccak256.HashText("something else")], []);

    public static WatchedDeployment Deployment(ulong firstBlock) => new(Id, Named("resolver"), firstBlock);

    public static Address PayAddress(int model) => Named($"pay address {model}");

    public static Address Token(int token) => Named($"token {token}");

    /// <summary>Address, topics and data of a random log.</summary>
    public static (Address Address, LogTopics Topics, byte[] Data) Random(Random random) => random.Next(8) switch
    {
        0 => ModelRegistered(random.Next(Models)),
        1 => TokenListed(random.Next(Tokens)),
        2 or 3 => Transfer(random.Next(Tokens), random.Next(Models), random.Next(1, 1000)),
        4 or 5 => NativeReceived(random.Next(Models), random.Next(1000)),
        6 => Rail(random.Next()),
        _ => Stranger,
    };

    public static (Address Address, LogTopics Topics, byte[] Data) Rail(int number) => (Id.Rail, [Keccak256.HashText($"said {number}")], BitConverter.GetBytes(number));

    public static (Address Address, LogTopics Topics, byte[] Data) ModelRegistered(int model) => (
        Id.Registry,
        [ModelRegistry.ModelRegisteredEvent.Topic, Keccak256.HashText($"model {model}"), Hash32.FromBytes(new AbiWriter().UInt((ulong)model).ToArray()), Word(Someone)],
        new AbiWriter().Account(PayAddress(model)).UInt(60, 32).Word(default).Word(default).Text("").ToArray());

    public static (Address Address, LogTopics Topics, byte[] Data) TokenListed(int token) =>
        (Id.Vault, [RoyaltySplit.TokenListedEvent.Topic, Word(Token(token))], new AbiWriter().UInt(1, 128).ToArray());

    public static (Address Address, LogTopics Topics, byte[] Data) NativeReceived(int model, int amount) =>
        (PayAddress(model), [ModelAccount.NativeReceivedTopic, Word(Someone)], new AbiWriter().UInt((ulong)amount).ToArray());

    public static (Address Address, LogTopics Topics, byte[] Data) Transfer(int token, int model, int amount) =>
        (Token(token), [Erc20.TransferTopic, Word(Someone), Word(PayAddress(model))], new AbiWriter().UInt((ulong)amount).ToArray());

    private static Hash32 Word(Address account) => Hash32.FromBytes(new AbiWriter().Account(account).ToArray());

    private static Address Named(string name) => Address.FromBytes(Keccak256.HashText(name).ToArray().AsSpan(12));
}
