using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Contracts;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Nethereum;

/// <summary>Every event that there is, decoded by every client, from logs that are right, damaged, and made up.</summary>
public sealed class EventMessageTests
{
    private const int Rounds = 15;

    private static readonly Uri Nowhere = new("http://127.0.0.1:1");

    private static readonly Dictionary<string, (string Contract, ContractKind Kind)> Contracts = new(StringComparer.Ordinal)
    {
        [nameof(Erc20)] = ("DemoDollar", ContractKind.Token),
        [nameof(ModelRegistry)] = ("ModelRegistry", ContractKind.Registry),
        [nameof(InferencePayments)] = ("InferencePayments", ContractKind.Rail),
        [nameof(ModelAccount)] = ("ModelAccount", ContractKind.PayAddress),
        [nameof(RoyaltySplit)] = ("RoyaltySplit", ContractKind.Vault),
        [nameof(SettlementResolver)] = ("SettlementResolver", ContractKind.Resolver),
        [nameof(ClaimRelay)] = ("ClaimRelay", ContractKind.Relay),
        [nameof(Eas)] = ("EAS", ContractKind.Eas),
    };

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Events_OfEveryKind_AreDecodedAlike(string name)
    {
        var samples = new Samples(4);
        var kinds = Samples.Kinds(typeof(ContractEvent));
        Assert.True(kinds.Count >= 43, $"Only {kinds.Count} events.");
        using var client = Clients.Named(name, TimeProvider.System).Connect(Nowhere, TimeSpan.FromSeconds(1));
        foreach (var kind in kinds)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var (contract, log) = Log(samples, kind);
                var told = client.Decode(contract, log);
                Assert.IsType(kind, told);
                Assert.Equal(Samples.Print(ContractEvents.Decode(contract, log)), Samples.Print(told));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Logs_ThatAreDamaged_AreRefusedOrDecodedAlike(string name)
    {
        var samples = new Samples(5);
        using var client = Clients.Named(name, TimeProvider.System).Connect(Nowhere, TimeSpan.FromSeconds(1));
        var refused = 0;
        foreach (var kind in Samples.Kinds(typeof(ContractEvent)))
        {
            for (var round = 0; round < 4 * Rounds; round++)
            {
                var (contract, log) = Log(samples, kind);
                log = Damage(samples, log);
                var failure = Record.Exception(() => Assert.Equal(Samples.Print(ContractEvents.Decode(contract, log)), Samples.Print(client.Decode(contract, log))));
                if (failure is null) continue;
                Assert.IsType<AbiException>(Record.Exception(() => client.Decode(contract, log)));
                refused++;
            }
        }

        Assert.True(refused > 100, $"Only {refused} were refused: they were hardly damaged.");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Log_OfNoEventOfOurs_IsNone(string name)
    {
        using var client = Clients.Named(name, TimeProvider.System).Connect(Nowhere, TimeSpan.FromSeconds(1));
        foreach (var kind in Enum.GetValues<ContractKind>())
        {
            Assert.Null(client.Decode(kind, new LogEntry(default, [], default, 1, default, default, 0)));
            Assert.Null(client.Decode(kind, new LogEntry(default, [Keccak256.HashText("Other()")], new byte[32], 1, default, default, 0)));
        }
    }

    private static (ContractKind Contract, LogEntry Log) Log(Samples samples, Type kind)
    {
        var (contract, which) = Contracts[kind.DeclaringType?.Name ?? string.Empty];
        var entry = Samples.Entry(contract, "event", one => one.GetProperty("name").ValueEquals(kind.Name));
        if (kind == typeof(RoyaltySplit.EpochProposed)) return (which, Proposed(samples));
        var inputs = entry.GetProperty("inputs").EnumerateArray().ToLookup(input => input.GetProperty("indexed").GetBoolean());
        var topics = inputs[true].Select(input => Hash32.FromBytes(samples.Encode([input])));
        return (which, Log([new AbiEvent(BindingTests.Signature(entry), indexed: 0).Topic, .. topics], samples.Encode(inputs[false])));
    }

    // Its indexed values say the same once more.
    private static LogEntry Proposed(Samples samples)
    {
        var proposal = samples.Of<RoyaltySplit.ActivateCall>().Proposal;
        return Log(
            [RoyaltySplit.EpochProposedEvent.Topic, Word(proposal.Epoch), Word(proposal.Attempt), proposal.Root],
            new AbiWriter().UInt(samples.Of<ulong>(), 64).DynamicTuple(proposal.Write).ToArray());
    }

    private static LogEntry Damage(Samples samples, LogEntry log)
    {
        var data = log.Data.ToArray();
        if (samples.Next(4) == 0) return log with { Topics = [log.Topics[0], .. Enumerable.Range(0, samples.Next(4)).Select(_ => samples.Of<Hash32>())] };
        if (data.Length == 0 || samples.Next(5) == 0) return log with { Data = samples.Bytes(samples.Next(300)) };
        if (samples.Next(4) == 0) return log with { Data = data.AsMemory(0, samples.Next(data.Length)) };
        // Offsets and lengths are small numbers at the end of a word: those make the most trouble.
        for (var hits = samples.Next(4); hits >= 0; hits--) data[samples.Next(2) == 0 ? samples.Next(data.Length) : 32 * samples.Next(data.Length / 32) + 31] = (byte)samples.Next(256);
        return log with { Data = data };
    }

    private static LogEntry Log(Hash32[] topics, byte[] data) => new(default, LogTopics.Create(topics), data, 1, default, default, 0);

    private static Hash32 Word(ulong number) => Hash32.FromBytes(new AbiWriter().UInt(number).ToArray());
}
