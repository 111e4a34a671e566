using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Contracts;

public sealed class EventDecodingTests
{
    private static readonly Hash32 Model = Keccak256.HashText("model");
    private static readonly Address Someone = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    private static readonly Address Token = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");

    [Fact]
    public void Paid_Whole_IsDecoded()
    {
        var log = Log(new AbiWriter().UInt(7).Word(Keccak256.HashText("use")), InferencePayments.PaidEvent.Topic, Model, Word(Someone), Word(Token));
        Assert.Equal(new InferencePayments.Paid(Model, Someone, Token, 7, Keccak256.HashText("use")), InferencePayments.Decode(log));
    }

    [Fact]
    public void SplitSet_WithRows_IsDecoded()
    {
        SplitRow[] rows = [new(Someone, 3, Model), new(Token, UInt256.MaxAmount / (1UL << 32), default)];
        SplitRow[] fallback = [new(Token, 9, Model)];
        var data = new AbiWriter().UInt(99, 64).Array(rows, WriteRow).UInt(7, 96).Array(fallback, WriteRow);
        var split = Assert.IsType<ModelRegistry.SplitSet>(ModelRegistry.Decode(Log(data, ModelRegistry.SplitSetEvent.Topic, Model, Word(2))));
        Assert.Equal((Model, 2U, 99UL, (UInt256)7), (split.ModelId, split.Version, split.EffectiveAt, split.PoolWeight));
        Assert.Equal(rows, split.Rows);
        Assert.Equal(fallback, split.FallbackRows);
    }

    [Fact]
    public void SplitCommitted_Whole_IsDecoded()
    {
        var data = new AbiWriter().UInt(99, 64).Word(Model).UInt(70_000, 32).UInt(UInt256.MaxAmount, 128).Text("ipfs://table");
        Assert.Equal(
            new ModelRegistry.SplitCommitted(Model, 2, 99, new TableCommitment(Model, 70_000, UInt256.MaxAmount, "ipfs://table")),
            ModelRegistry.Decode(Log(data, ModelRegistry.SplitCommittedEvent.Topic, Model, Word(2))));
    }

    [Fact]
    public void ModelRegistered_WithATextThatIsNotUtf8_IsStillDecoded()
    {
        var data = new AbiWriter().Account(Token).UInt(60, 32).Word(Model).Word(Model).Bytes([0xff, 0x61]);
        var registered = Assert.IsType<ModelRegistry.ModelRegistered>(
            ModelRegistry.Decode(Log(data, ModelRegistry.ModelRegisteredEvent.Topic, Model, Word(1), Word(Someone))));
        Assert.Equal("\ufffda", registered.Uri);
        Assert.Equal((1UL, Someone, Token, 60U), (registered.Number, registered.Creator, registered.PayAddress, registered.NoticePeriod));
    }

    [Fact]
    public void EpochProposed_Whole_GivesTheProposalBack()
    {
        var given = new Proposal(
            7, 1, 3, Model, Keccak256.HashText("root"), Keccak256.HashText("push"), Hash32.Zero, Model, 50, Model, [new TokenTotal(Token, 5)], [Model, default], "file:///7");
        var data = new AbiWriter().UInt(60, 64).DynamicTuple(given.Write);
        var proposed = Assert.IsType<RoyaltySplit.EpochProposed>(
            RoyaltySplit.Decode(Log(data, RoyaltySplit.EpochProposedEvent.Topic, Word(7), Word(1), Keccak256.HashText("root"))));
        Assert.Equal(60UL, proposed.ReadyAt);
        Assert.Equal(given with { Totals = [], Revoked = [] }, proposed.Proposal with { Totals = [], Revoked = [] });
        Assert.Equal(given.Totals, proposed.Proposal.Totals);
        Assert.Equal(given.Revoked, proposed.Proposal.Revoked);
        // The indexed values say the same once more.
        foreach (var topics in new[] { (8UL, 1UL, given.Root), (7UL, 2UL, given.Root), (7UL, 1UL, Model) })
        {
            var log = Log(data, RoyaltySplit.EpochProposedEvent.Topic, Word(topics.Item1), Word(topics.Item2), topics.Item3);
            Assert.Throws<AbiException>(() => RoyaltySplit.Decode(log));
        }
    }

    /// <summary>Every event of registry and vault is read, so that no log of theirs is passed over by mistake.</summary>
    [Theory]
    [InlineData("ModelRegistry")]
    [InlineData("RoyaltySplit")]
    public void Events_OfTheCompiledContracts_AreAllDecoded(string contract)
    {
        // Of standards: what nobody's books need, and what the vault never emits.
        string[] left = ["Approval", "ApprovalForAll", "MetadataUpdate", "EIP712DomainChanged"];
        var decoded = 0;
        foreach (var entry in CompiledContract.Load(contract).Abi.EnumerateArray().Where(entry => entry.GetProperty("type").ValueEquals("event")))
        {
            var name = entry.GetProperty("name").GetString()!;
            if (left.Contains(name)) continue;
            var inputs = entry.GetProperty("inputs").EnumerateArray().ToList();
            var topics = inputs.Where(input => input.GetProperty("indexed").GetBoolean()).Select(_ => Hash32.Zero);
            var data = new AbiWriter();
            foreach (var input in inputs.Where(input => !input.GetProperty("indexed").GetBoolean())) WriteEmpty(data, input);
            var log = Log(data.ToArray(), [new AbiEvent(BindingTests.Signature(entry), indexed: 0).Topic, .. topics]);
            var told = contract == "RoyaltySplit" ? RoyaltySplit.Decode(log) : ModelRegistry.Decode(log);
            Assert.Equal(name, told?.GetType().Name);
            decoded++;
        }

        Assert.True(decoded >= 15, $"Only {decoded} events.");
    }

    [Fact]
    public void Log_OfAnotherEvent_IsNone()
    {
        var log = Log(new AbiWriter(), Keccak256.HashText("Other()"));
        Assert.Null(ModelRegistry.Decode(log));
        Assert.Null(RoyaltySplit.Decode(log));
        Assert.Null(InferencePayments.Decode(log));
        Assert.Null(ModelAccount.Decode(log));
        Assert.Null(SettlementResolver.Decode(log));
        Assert.Null(Erc20.Decode(log));
        Assert.Null(RoyaltySplit.Decode(Log(new AbiWriter())));
    }

    [Fact]
    public void Log_OfOurEventWithOtherShape_IsRefused()
    {
        Assert.Throws<AbiException>(() => InferencePayments.Decode(Log(new AbiWriter().UInt(7), InferencePayments.PaidEvent.Topic, Model, Word(Someone), Word(Token))));
        Assert.Throws<AbiException>(() => InferencePayments.Decode(Log(new AbiWriter().UInt(7).UInt(8), InferencePayments.PaidEvent.Topic, Model, Word(Someone))));
        Assert.Throws<AbiException>(() => InferencePayments.Decode(Log(new AbiWriter().UInt(7).UInt(8), InferencePayments.PaidEvent.Topic, Model, Model, Word(Token))));
    }

    [Fact]
    public void Transfer_OfAStrangersToken_IsNoneWhereItsShapeIsNotErc20s()
    {
        Assert.Equal(new Erc20.Transfer(Someone, Token, 5), Erc20.Decode(Log(new AbiWriter().UInt(5), Erc20.TransferTopic, Word(Someone), Word(Token))));
        // An ERC-721's, then two that only hostile code writes.
        Assert.Null(Erc20.Decode(Log(new AbiWriter(), Erc20.TransferTopic, Word(Someone), Word(Token), Word(5))));
        Assert.Null(Erc20.Decode(Log(new AbiWriter().UInt(5), Erc20.TransferTopic, Model, Word(Token))));
        Assert.Null(Erc20.Decode(Log(new AbiWriter().UInt(5).UInt(6), Erc20.TransferTopic, Word(Someone), Word(Token))));
    }

    [Fact]
    public void Log_OfRandomData_IsDecodedOrRefusedAndNothingElse()
    {
        var random = new Random(11);
        var topics = new[]
        {
            ModelRegistry.ModelRegisteredEvent.Topic, ModelRegistry.SplitSetEvent.Topic, ModelRegistry.SplitCommittedEvent.Topic, ModelRegistry.LineageSetEvent.Topic, RoyaltySplit.EpochProposedEvent.Topic,
        };
        for (var round = 0; round < 4_000; round++)
        {
            var data = new byte[random.Next(0, 14) * 32];
            for (var at = 30; at + 2 <= data.Length; at += 32)
            {
                data[at] = (byte)(random.Next(8) == 0 ? random.Next(256) : 0);
                data[at + 1] = (byte)random.Next(256);
            }

            var log = Log(data, topics[random.Next(topics.Length)], Model, Word(1), Word(2));
            try
            {
                _ = ModelRegistry.Decode(log);
                _ = RoyaltySplit.Decode(log);
            }
            catch (AbiException)
            {
                // The one allowed refusal.
            }
        }
    }

    private static void WriteRow(AbiWriter writer, SplitRow row) => writer.Account(row.Account).UInt(row.Weight, 96).Word(row.Role);

    private static void WriteEmpty(AbiWriter data, JsonElement input)
    {
        var type = input.GetProperty("type").GetString()!;
        if (type is "string" or "bytes" || type.EndsWith(']')) data.Bytes([]);
        else if (type == "tuple")
        {
            data.DynamicTuple(tuple =>
            {
                foreach (var component in input.GetProperty("components").EnumerateArray()) WriteEmpty(tuple, component);
            });
        }
        else data.UInt(0);
    }

    private static LogEntry Log(AbiWriter data, params Hash32[] topics) => Log(data.ToArray(), topics);

    private static LogEntry Log(byte[] data, params Hash32[] topics) => new(Token, LogTopics.Create(topics), data, 1, default, default, 0);

    private static Hash32 Word(Address account) => Hash32.FromBytes(new AbiWriter().Account(account).ToArray());

    private static Hash32 Word(ulong number) => Hash32.FromBytes(new AbiWriter().UInt(number).ToArray());
}
