using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Ethereum.Tests.Proof;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>A chain in memory with all kinds of logs, from a seed: models are registered and tokens listed on the way.</summary>
internal sealed class RangesChain
{
    public const int Blocks = 40;

    public static readonly WatchedDeployment Deployment = new(new DeploymentId(31337, Account(1), Account(2), Account(3)), Account(4), 0) { Eas = Account(6) };

    private readonly Random _random;
    private readonly int _quiet;

    /// <param name="quiet">How many blocks in ten have no logs.</param>
    public RangesChain(int seed, int quiet = 4)
    {
        _random = new Random(seed);
        _quiet = quiet;
        var parent = Keccak256.HashText($"genesis {seed}");
        for (var number = 0UL; number < Blocks; number++)
        {
            var hash = RandomReceipts.Word(_random);
            var logs = Logs(number, hash);
            // Now and then more bits than the logs set: as if others had.
            var bloom = LogsBloom.Of(logs);
            if (_random.Next(3) == 0) bloom.AsSpan(0, _random.Next(LogsBloom.Size)).Fill(0xff);
            Headers.Add(new SealedHeader(new BlockHeader(number, hash, parent, number * 12, 1), bloom, default, [.. logs.Select(log => log.TransactionHash).Distinct()]));
            All.Add(logs);
            parent = hash;
        }
    }

    public List<SealedHeader> Headers { get; } = [];

    public List<LogEntry[]> All { get; } = [];

    public static Address Account(int number)
    {
        var bytes = new byte[Address.Size];
        (bytes[0], bytes[^1], bytes[^2]) = (0x77, (byte)(number & 0xff), (byte)(number >> 8));
        return Address.FromBytes(bytes);
    }

    public static Address PayAddress(int number) => Account(1_000 + number);

    public static Address Token(int number) => Account(100 + number);

    /// <summary>A set that knows of a pay address and a token already.</summary>
    public static WatchSet Wanted()
    {
        var wanted = new WatchSet(Deployment);
        wanted.AddPayAddress(PayAddress(0));
        wanted.AddToken(Token(0));
        return wanted;
    }

    /// <summary>What is to be found: one walk over everything.</summary>
    public List<LogEntry> Walk(int first, int last, WatchSet wanted)
    {
        var kept = new List<LogEntry>();
        foreach (var log in All[first..(last + 1)].SelectMany(logs => logs))
        {
            if (!wanted.Wants(in log)) continue;
            kept.Add(log);
            wanted.Learn(in log);
        }

        return kept;
    }

    public static LogEntry Registered(int model) => new(
        Deployment.Id.Registry,
        [ModelRegistry.ModelRegisteredEvent.Topic, Keccak256.HashText($"model {model}"), Word(model), Padded(Account(9))],
        new AbiWriter().Account(PayAddress(model)).UInt(60, 32).Word(default).Word(default).Text("ipfs://").ToArray(), 0, default, default, 0);

    public static LogEntry Listed(int token) =>
        new(Deployment.Id.Vault, [RoyaltySplit.TokenListedEvent.Topic, Padded(Token(token))], new AbiWriter().UInt(1, 128).ToArray(), 0, default, default, 0);

    public static LogEntry Transfer(Address token, Address to) =>
        new(token, [Erc20.TransferTopic, Padded(Account(8)), Padded(to)], new AbiWriter().UInt(5).ToArray(), 0, default, default, 0);

    public static LogEntry Native(Address to) =>
        new(to, [ModelAccount.NativeReceivedTopic, Padded(Account(8))], new AbiWriter().UInt(6).ToArray(), 0, default, default, 0);

    /// <summary>An attestation by one of the deployment's schemas, or by somebody else's.</summary>
    public static LogEntry Attested(Hash32 topic, Hash32 schema) =>
        new(Deployment.Eas, [topic, Padded(Address.Zero), Padded(Account(8)), schema], new AbiWriter().Word(Keccak256.HashText("uid")).ToArray(), 0, default, default, 0);

    public static LogEntry At(LogEntry log, ulong block, Hash32 hash, uint index) =>
        log with { BlockNumber = block, BlockHash = hash, LogIndex = index, TransactionHash = Keccak256.HashText($"{block} {index / 3}") };

    private static Hash32 Word(int number)
    {
        var bytes = new byte[Hash32.Size];
        bytes[^1] = (byte)number;
        return Hash32.FromBytes(bytes);
    }

    private static Hash32 Padded(Address account)
    {
        var bytes = new byte[Hash32.Size];
        account.WriteTo(bytes.AsSpan(12));
        return Hash32.FromBytes(bytes);
    }

    private LogEntry[] Logs(ulong block, Hash32 hash) =>
        _random.Next(10) < _quiet ? [] : [.. Enumerable.Range(0, _random.Next(1, 9)).Select(index => At(Log(), block, hash, (uint)index))];

    // Registered in any order, some never; paid before, after, in strange tokens, and what looks like it and is not.
    private LogEntry Log() => _random.Next(15) switch
    {
        0 => Registered(_random.Next(12)),
        1 => Listed(_random.Next(4)),
        2 => new LogEntry(Deployment.Id.Rail, [RandomReceipts.Word(_random)], new byte[] { 1, 2, 3 }, 0, default, default, 0),
        3 or 4 or 5 => Transfer(Token(_random.Next(5)), PayAddress(_random.Next(16))),
        6 or 7 => Native(PayAddress(_random.Next(16))),
        8 => Transfer(Token(_random.Next(5)), PayAddress(_random.Next(16))) with { Data = new byte[] { 1 } },
        10 => Attested(_random.Next(2) == 0 ? Eas.AttestedTopic : Eas.RevokedTopic, SchemaUid.Of((StatementKind)_random.Next(7), Deployment.Resolver)),
        11 => Attested(Eas.AttestedTopic, SchemaUid.Of((StatementKind)_random.Next(7), Account(5))),
        12 => Attested(RandomReceipts.Word(_random), SchemaUid.Of(StatementKind.Lineage, Deployment.Resolver)),
        9 => Registered(_random.Next(12)) with { Address = Account(5) },
        _ => RandomReceipts.Log(_random, 0) with { Data = RandomReceipts.Bytes(_random, 40) },
    };
}
