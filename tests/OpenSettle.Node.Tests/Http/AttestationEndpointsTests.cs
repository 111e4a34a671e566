using System.Net;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Http;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

/// <summary>Attestations off chain, as files that anybody may bring.</summary>
public sealed class AttestationEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly ISigner Owner = Provider.SignerFromPrivateKey(Keccak256.HashText("owner"));
    private static readonly ISigner Stranger = Provider.SignerFromPrivateKey(Keccak256.HashText("stranger"));
    private static readonly TestModel Own = Model("own") with { Creator = Owner.Address };

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private TestApi? _api;

    public AttestationEndpointsTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Own));
        _chain.MineEmpty(1);
        _node = new TestNode(_chain, eas: World.Eas);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync()
    {
        _api = await TestApi.StartAsync(_node);
        await _node.WatchAsync();
    }

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task File_OfTheOwner_IsTakenOnce_AndShownAsOffChain()
    {
        var file = await FileAsync(Owner, "first");
        using var taken = await PostAsync(file);
        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
        using var again = await PostAsync(file);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var entry = Assert.Single(_node.Source.Load(Own.ModelId, _node.Source.Now()!.Value)!.Attestations);
        Assert.Equal((Owner.Address, false, true), (entry.Attester, entry.OnChain, entry.At is null));
        Assert.Equal("first", Assert.IsType<ProvenanceStatement>(entry.Statement).Uri);
        Assert.Equal("valid", (await Api.GetAsync($"/api/v1/models/{Own.Id}/attestations")).GetProperty("attestations").EnumerateArray().Single().GetProperty("standing").GetString());
        // At a block before it was made it was not there.
        Assert.Empty(_node.Source.Load(Own.ModelId, new Registry.BlockPoint(2, 5))!.Attestations);
    }

    [Fact]
    public async Task File_ThatTheResolverWouldNotTake_IsNotTaken()
    {
        using var foreign = await PostAsync(await FileAsync(Stranger, "mine"));
        await TestApi.AssertProblemAsync(foreign, HttpStatusCode.UnprocessableEntity, "does not own the model");
        using var elsewhere = await PostAsync(await FileAsync(Owner, "there", chainId: 5));
        await TestApi.AssertProblemAsync(elsewhere, HttpStatusCode.UnprocessableEntity, "chain 5");
        var text = System.Text.Encoding.UTF8.GetString(await FileAsync(Owner, "signed"));
        using var forged = await PostAsync(System.Text.Encoding.UTF8.GetBytes(text.Replace(Owner.Address.ToChecksumString(), Stranger.Address.ToChecksumString(), StringComparison.Ordinal)));
        await TestApi.AssertProblemAsync(forged, HttpStatusCode.UnprocessableEntity, "not signed by");
        using var nonsense = await PostAsync([1, 2, 3]);
        await TestApi.AssertProblemAsync(nonsense, HttpStatusCode.BadRequest, "EAS's own tools");
        using var large = await PostAsync(new byte[AttestationEndpoints.MostBytes + 1]);
        await TestApi.AssertProblemAsync(large, HttpStatusCode.RequestEntityTooLarge, "at most");
        Assert.Empty(_node.Source.Load(Own.ModelId, _node.Source.Now()!.Value)!.Attestations);
    }

    [Fact]
    public async Task Files_OfOneAccountAboutOneModel_AreBounded()
    {
        for (var i = 0; i < AttestationEndpoints.MostByOne; i++)
        {
            using var taken = await PostAsync(await FileAsync(Owner, $"{i}"));
            Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
        }

        using var more = await PostAsync(await FileAsync(Owner, "more"));
        await TestApi.AssertProblemAsync(more, HttpStatusCode.Conflict, "on chain");
    }

    [Fact]
    public async Task Files_DamagedAnywhere_AreRefusedOrSayTheSame()
    {
        var file = await FileAsync(Owner, "whole");
        var random = new Random(9);
        for (var i = 0; i < 150; i++)
        {
            var damaged = file.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(32, 127);
            using var answer = await PostAsync(damaged);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity, HttpStatusCode.Created, HttpStatusCode.OK });
        }

        Assert.All(_node.Source.Load(Own.ModelId, _node.Source.Now()!.Value)!.Attestations, entry => Assert.Equal("whole", Assert.IsType<ProvenanceStatement>(entry.Statement).Uri));
    }

    private async Task<byte[]> FileAsync(ISigner signer, string uri, ulong chainId = ChainId)
    {
        var statement = new ProvenanceStatement(Own.ModelId, Keccak256.HashText("identity"), [Keccak256.HashText("data")], ["trained-on"], uri);
        var message = new OffchainMessage(
            SchemaUid.Of(StatementKind.Provenance, Resolver), Address.Zero, 10, 0, true, Hash32.Zero, StatementCodec.Encode(statement), Keccak256.HashText("salt"));
        return OffchainFile.Write(await OffchainAttestation.SignAsync(signer, new OffchainDomain("1.3.0", chainId, World.Eas), message, CancellationToken.None));
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] file)
    {
        using var content = new ByteArrayContent(file);
        return await Api.Http.PostAsync(new Uri("/api/v1/attestations", UriKind.Relative), content);
    }
}
