using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Contracts;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Nethereum;

/// <summary>Every view that there is, asked by every client, with answers that are right, damaged, and made up.</summary>
public sealed class ViewMessageTests
{
    private const int Rounds = 6;

    private static readonly Dictionary<string, string> Contracts = new(StringComparer.Ordinal)
    {
        [nameof(Erc20)] = "DemoDollar",
        [nameof(ModelRegistry)] = "ModelRegistry",
        [nameof(RoyaltySplit)] = "RoyaltySplit",
        [nameof(SettlementResolver)] = "SettlementResolver",
        [nameof(ClaimRelay)] = "ClaimRelay",
        [nameof(Eas)] = "EAS",
    };

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Views_OfEveryKind_AreAnsweredAlike(string name)
    {
        var samples = new Samples(2);
        using var stub = new Answering();
        using var client = Clients.Named(name, TimeProvider.System).Connect(stub.Endpoint, ManualTime.Deadline);
        var kinds = Samples.Kinds(typeof(ContractView<>));
        Assert.True(kinds.Count >= 44, $"Only {kinds.Count} views.");
        foreach (var kind in kinds)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var view = View.Sample(samples, kind);
                stub.Answer = samples.Encode(Outputs(view));
                Assert.Equal(Samples.Print(view.Read(stub.Answer)), Samples.Print(await view.AskAsync(client)));
                Assert.Contains(Hex.Encode(view.Data), stub.LastRequest, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answers_ThatAreDamaged_AreRefusedOrReadAlike(string name)
    {
        var samples = new Samples(3);
        using var stub = new Answering();
        using var client = Clients.Named(name, TimeProvider.System).Connect(stub.Endpoint, ManualTime.Deadline);
        foreach (var kind in Samples.Kinds(typeof(ContractView<>)))
        {
            for (var round = 0; round < Rounds; round++)
            {
                var view = View.Sample(samples, kind);
                stub.Answer = Damage(samples, samples.Encode(Outputs(view)));
                var requests = stub.Requests;
                var answer = await Record.ExceptionAsync(async () => Assert.Equal(Samples.Print(view.Read(stub.Answer)), Samples.Print(await view.AskAsync(client))));
                if (answer is AbiException) answer = await Record.ExceptionAsync(() => view.AskAsync(client));
                else if (answer is null) continue;
                var refusal = Assert.IsType<ChainException>(answer);
                Assert.Equal(ChainErrorKind.BadReply, refusal.Kind);
                Assert.Contains(view.Signature, refusal.Message, StringComparison.Ordinal);
                // The next endpoint may know better; this one said what it had to say.
                Assert.Equal(requests + 1, stub.Requests);
            }
        }
    }

    /// <summary>An answer may begin with the bytes that a revert's reason begins with: a hash may be anything.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_ThatBeginsLikeARevert_IsStillAnAnswer(string name)
    {
        var root = Hash32.Parse("0x08c379a0" + new string('1', 56));
        using var stub = new Answering { Answer = root.ToArray() };
        using var client = Clients.Named(name, TimeProvider.System).Connect(stub.Endpoint, ManualTime.Deadline);
        Assert.Equal(root, await client.AskAsync(Address.Zero, new RoyaltySplit.Root(), BlockRef.Latest, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_OfAnAddressWithoutCode_IsRefused(string name)
    {
        using var stub = new Answering { Answer = [] };
        using var client = Clients.Named(name, TimeProvider.System).Connect(stub.Endpoint, ManualTime.Deadline);
        var refusal = await Assert.ThrowsAsync<ChainException>(() => client.AskAsync(Address.Zero, new RoyaltySplit.Epoch(), BlockRef.At(7), CancellationToken.None));
        Assert.Equal(ChainErrorKind.BadReply, refusal.Kind);
        Assert.Contains("\"0x7\"", stub.LastRequest, StringComparison.Ordinal);
    }

    private static JsonElement.ArrayEnumerator Outputs(View view) =>
        Samples.Entry(Contracts[view.Contract], "function", entry => BindingTests.Signature(entry) == view.Signature).GetProperty("outputs").EnumerateArray();

    private static byte[] Damage(Samples samples, byte[] answer)
    {
        if (samples.Next(4) == 0) return samples.Bytes(samples.Next(200));
        if (samples.Next(3) == 0) return answer[..samples.Next(answer.Length)];
        for (var hits = samples.Next(3); hits >= 0; hits--) answer[samples.Next(answer.Length)] = (byte)samples.Next(256);
        return answer;
    }

    /// <summary>An endpoint that answers every call with the same bytes.</summary>
    private sealed class Answering : IDisposable
    {
        private readonly StubServer _server;

        public Answering() => _server = StubServer.Replying(request =>
        {
            LastRequest = request;
            return StubReply.Text(StubServer.Envelope(request, $"\"result\":\"{Hex.Encode(Answer)}\""));
        });

        public byte[] Answer { get; set; } = [];

        public string LastRequest { get; private set; } = string.Empty;

        public Uri Endpoint => _server.Endpoint;

        public int Requests => _server.Requests;

        public void Dispose() => _server.Dispose();
    }

    /// <summary>A view of whatever type.</summary>
    private abstract record View(string Contract, string Signature, byte[] Data)
    {
        public static View Sample(Samples samples, Type kind)
        {
            var answer = kind.BaseType?.GetGenericArguments()[0] ?? throw new InvalidOperationException(kind.Name);
            var contract = kind.DeclaringType?.Name ?? throw new InvalidOperationException(kind.Name);
            return (View)(Activator.CreateInstance(typeof(View<>).MakeGenericType(answer), contract, samples.Of(kind)) ?? throw new InvalidOperationException(kind.Name));
        }

        public abstract object? Read(byte[] answer);

        public abstract Task<object?> AskAsync(IChainClient client);
    }

    private sealed record View<T>(string Contract, ContractView<T> Inner) : View(Contract, Inner.Signature, Inner.Data.ToArray())
    {
        public override object? Read(byte[] answer) => Inner.Read(answer);

        public override async Task<object?> AskAsync(IChainClient client) => await client.AskAsync(Address.Zero, Inner, BlockRef.Latest, CancellationToken.None);
    }
}
