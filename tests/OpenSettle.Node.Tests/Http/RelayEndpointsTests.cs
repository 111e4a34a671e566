using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OpenSettle.Node.Relay;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Relay.RelayStage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class RelayEndpointsTests
{
    private static readonly Uri Claims = new("/api/v1/relay/claims", UriKind.Relative);

    [Fact]
    public async Task Terms_SayWhatIsRelayedAndWhatIsSigned()
    {
        using var stage = await StartAsync(Open with { Budget = 11_500_000 });
        await using var api = await TestApi.StartAsync(stage.Node);
        var terms = await api.GetAsync("/api/v1/relay");
        Assert.Equal((true, "11500000", "11500000", 20), (terms.GetProperty("on").GetBoolean(), terms.GetProperty("budget").GetString(), terms.GetProperty("budgetLeft").GetString(), terms.GetProperty("mostClaims").GetInt32()));
        var sign = terms.GetProperty("sign");
        Assert.Equal("Claim", sign.GetProperty("primaryType").GetString());
        Assert.Equal(["account", "token", "to", "cumulative", "nonce", "deadline"], sign.GetProperty("types").GetProperty("Claim").EnumerateArray().Select(field => field.GetProperty("name").GetString()));
        Assert.Equal(Vault, Address.Parse(sign.GetProperty("domain").GetProperty("verifyingContract").GetString() ?? string.Empty));
    }

    [Fact]
    public async Task Claim_IsTakenAndFollowedToItsPayment()
    {
        using var stage = await StartAsync();
        await using var api = await TestApi.StartAsync(stage.Node);
        using var response = await api.Http.PostAsync(Claims, JsonContent.Create(Body(stage.Signed(Ann, Alice))));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var place = response.Headers.Location?.ToString() ?? string.Empty;
        var taken = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("queued", place), (taken.GetProperty("state").GetString(), taken.GetProperty("place").GetString()));
        stage.Chain.TakesFromPool = false;
        await stage.Node.RunAsync(2);
        Assert.Equal("batched", await StateAsync(api, place));
        await stage.Node.RunAsync(2);
        Assert.Equal("sent", await StateAsync(api, place));
        stage.Chain.TakesFromPool = true;
        await stage.Node.RunAsync(4);
        var paid = await api.GetAsync(place);
        Assert.Equal(("paid", "500"), (paid.GetProperty("state").GetString(), paid.GetProperty("amount").GetString()));
        Assert.True(paid.GetProperty("block").GetUInt64() > 0);
        Assert.Equal(stage.Node.Find("relay claims 1")?.Hash.ToString(), paid.GetProperty("transaction").GetString());
    }

    [Fact]
    public async Task List_SaysOfEachWhatBecameOfIt()
    {
        using var stage = await StartAsync();
        await using var api = await TestApi.StartAsync(stage.Node);
        object[] body = [Body(stage.Signed(Ann, Alice)), Body(stage.Signed(Ben, Bob) with { To = Carol }), Body(stage.OfWallet(Carol))];
        using var response = await api.Http.PostAsync(Claims, JsonContent.Create(body));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var answers = (await response.Content.ReadFromJsonAsync<JsonElement>()).EnumerateArray().ToList();
        Assert.Equal(["queued", "declined", "queued"], answers.Select(answer => answer.GetProperty("state").GetString()));
        Assert.Equal(RelayCode.BadSignature, answers[1].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Decline_HasItsCodeItsRemedyAndTheCallThatPaysAllTheSame()
    {
        using var stage = await StartAsync(Open with { Budget = 1 });
        await using var api = await TestApi.StartAsync(stage.Node);
        using var response = await api.Http.PostAsync(Claims, JsonContent.Create(Body(stage.Signed(Ann, Alice))));
        await TestApi.AssertProblemAsync(response, HttpStatusCode.TooManyRequests, "send it yourself");
        Assert.Equal("3600", response.Headers.RetryAfter?.ToString());
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(RelayCode.Budget, problem.GetProperty("code").GetString());
        var call = problem.GetProperty("claimYourself");
        Assert.Equal(Vault, Address.Parse(call.GetProperty("to").GetString() ?? string.Empty));
        stage.Chain.Mine(block => block.Execute(Vault, Hex.Decode(call.GetProperty("data").GetString())));
        Assert.Equal((UInt256)500UL, stage.ClaimedBy(Ann.Address));
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "1 to 20 claims")]
    [InlineData("7", "is an object")]
    [InlineData("""{"account":"0x12"}""", "'account'")]
    [InlineData("""{"account":"0x0000000000000000000000000000000000000001","token":"0x0000000000000000000000000000000000000000","to":"0x0000000000000000000000000000000000000001","cumulative":"-1"}""", "'cumulative'")]
    [InlineData("""{"account":"0x0000000000000000000000000000000000000001","token":"0x0000000000000000000000000000000000000000","to":"0x0000000000000000000000000000000000000001","cumulative":"1","deadline":"soon"}""", "'deadline'")]
    [InlineData("""{"account":"0x0000000000000000000000000000000000000001","token":"0x0000000000000000000000000000000000000000","to":"0x0000000000000000000000000000000000000001","cumulative":"1","deadline":1,"signature":"0x1"}""", "'signature'")]
    public async Task Body_ThatIsNoClaim_IsRefusedWithWhatIsWrong(string body, string wrong)
    {
        using var stage = await StartAsync();
        await using var api = await TestApi.StartAsync(stage.Node);
        using var content = new StringContent(body);
        using var response = await api.Http.PostAsync(Claims, content);
        await TestApi.AssertProblemAsync(response, HttpStatusCode.BadRequest, wrong);
    }

    [Fact]
    public async Task Body_ThatIsTooLong_IsRefused()
    {
        using var stage = await StartAsync();
        await using var api = await TestApi.StartAsync(stage.Node);
        using var content = new StringContent(new string(' ', 300_000));
        using var response = await api.Http.PostAsync(Claims, content);
        await TestApi.AssertProblemAsync(response, HttpStatusCode.BadRequest, "262144 bytes");
    }

    [Fact]
    public async Task Claim_ThatIsNotKnown_IsNotFound()
    {
        using var stage = await StartAsync();
        await using var api = await TestApi.StartAsync(stage.Node);
        await api.AssertProblemAsync($"/api/v1/relay/claims/{Hash32.Zero}", HttpStatusCode.NotFound, "POST");
        await api.AssertProblemAsync("/api/v1/relay/claims/7", HttpStatusCode.BadRequest, "64 hexadecimal digits");
    }

    private static object Body(RelayRequest request) => new
    {
        account = request.Account.ToString(),
        token = request.Token.ToString(),
        cumulative = request.Cumulative.ToString(),
        to = request.To.ToString(),
        deadline = request.Deadline,
        signature = Hex.Encode(request.Signature.Span),
    };

    private static async Task<string?> StateAsync(TestApi api, string place) => (await api.GetAsync(place)).GetProperty("state").GetString();
}
