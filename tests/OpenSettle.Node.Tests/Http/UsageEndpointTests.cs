using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Tests.Http;

public sealed class UsageEndpointTests : IDisposable
{
    private const string Key = "a-key-of-enough-characters";
    private const string Single = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private const string ModelText = "0x1111111111111111111111111111111111111111111111111111111111111111";

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-usage-").FullName;
    private readonly ManualTime _time = new();
    private readonly UsageEndpoint _endpoint;
    private SqliteBooks _books;

    public UsageEndpointTests()
    {
        _books = SqliteBooks.Open(DatabaseFile, World.Deployment);
        _endpoint = Endpoint();
    }

    private string DatabaseFile => Path.Combine(_folder, "books.sqlite");

    [Fact]
    public async Task Event_Good_IsInTheFileBeforeTheAnswer()
    {
        var (status, body) = await PostAsync(Event("1"));
        Assert.Equal(202, status);
        Assert.Equal((1, 0, 0, 0), Counts(body));
        Assert.Equal((0, "accepted"), (body.GetProperty("results")[0].GetProperty("index").GetInt32(), Status(body, 0)));
        // Another connection sees it, so it is committed.
        Assert.Equal(1, _books.Read(session => session.Usage.Count()));
        _books.Dispose();
        _books = SqliteBooks.Open(DatabaseFile, World.Deployment);
        var domain = Assert.Single(_books.Read(session => session.Usage.ByDomain(new Registry.ModelId(Hash32.Parse(ModelText)))));
        Assert.Equal(("contracts", 1L, 1L, (UInt256)12), domain);
    }

    [Fact]
    public async Task Event_Twice_IsADuplicateAndStillTaken()
    {
        await PostAsync(Event("1"));
        _time.Advance(TimeSpan.FromDays(1));
        var (status, body) = await PostAsync(Event("1"));
        Assert.Equal((202, (0, 1, 0, 0)), (status, Counts(body)));
        Assert.Equal("duplicate", Status(body, 0));
        Assert.Equal(1, _books.Read(session => session.Usage.Count()));
    }

    [Fact]
    public async Task Event_KnownWithAnotherContent_IsAConflictAndKeepsTheFirst()
    {
        await PostAsync(Event("1"));
        var (status, body) = await PostAsync(Event("1", ("\"units\": 12", "\"units\": 13")));
        Assert.Equal((409, (0, 0, 1, 0)), (status, Counts(body)));
        Assert.Contains("another content", Problem(body, 0), StringComparison.Ordinal);
        Assert.Equal((UInt256)12, _books.Read(session => session.Usage.ByDomain(new Registry.ModelId(Hash32.Parse(ModelText)))).Single().Units);
    }

    [Fact]
    public async Task Batch_PartlyBad_KeepsTheGoodPart()
    {
        await PostAsync(Event("known"));
        var text = $"[{Event("1")}, 5, {Event("2", ("\"units\": 12", "\"units\": -1"))}, {Event("known")}, {Event("known", ("contracts", "poems"))}, {Event("1")}, {Event("3")}]";
        var (status, body) = await PostAsync(text, Batch);
        Assert.Equal((202, (2, 2, 1, 2)), (status, Counts(body)));
        Assert.Equal(
            ["accepted", "refused", "refused", "duplicate", "conflict", "duplicate", "accepted"],
            Enumerable.Range(0, 7).Select(index => Status(body, index)));
        Assert.Equal(Enumerable.Range(0, 7), body.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("index").GetInt32()));
        Assert.Equal(3, _books.Read(session => session.Usage.Count()));
    }

    [Fact]
    public async Task Batch_WithNothingGood_IsRefused()
    {
        var (status, body) = await PostAsync("[5, null]", Batch);
        Assert.Equal((400, (0, 0, 0, 2)), (status, Counts(body)));
        Assert.Equal(0, _books.Read(session => session.Usage.Count()));
    }

    [Fact]
    public async Task Batch_Empty_IsTaken() => Assert.Equal(202, (await PostAsync("[]", Batch)).Status);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(Key)]
    [InlineData("Basic " + Key)]
    [InlineData("Bearer ")]
    [InlineData("Bearer " + Key + "x")]
    [InlineData("Bearer A-key-of-enough-characters")]
    public async Task Key_ThatNoGatewayHas_Is401AndStoresNothing(string? authorization)
    {
        var (status, body) = await PostAsync(Event("1"), authorization: authorization);
        AssertProblem(401, "Authorization", status, body);
        Assert.DoesNotContain(Key, body.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, _books.Read(session => session.Usage.Count()));
    }

    [Fact]
    public async Task Gateway_IsTheOneWhoseKeyWasSent()
    {
        await PostAsync(Event("1"));
        await PostAsync(Event("2"), authorization: "Bearer another-key-of-enough-characters");
        Assert.True(Contains("first-gateway"));
        Assert.True(Contains("second-gateway"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    public async Task ContentType_Other_Is415(string? type)
    {
        var (status, body) = await PostAsync(Event("1"), type);
        AssertProblem(415, Batch, status, body);
    }

    [Fact]
    public async Task ContentType_WithCharset_IsTaken() => Assert.Equal(202, (await PostAsync(Event("1"), Single + "; charset=UTF-8")).Status);

    [Theory]
    [InlineData(1000, 202)]
    [InlineData(1001, 413)]
    public async Task Batch_OfManyEvents_IsBounded(int count, int expected)
    {
        var (status, body) = await PostAsync($"[{string.Join(',', Enumerable.Range(0, count).Select(number => Event($"{number}")))}]", Batch);
        Assert.Equal(expected, status);
        Assert.Equal(expected == 202 ? count : 0, _books.Read(session => session.Usage.Count()));
        if (expected == 413) AssertProblem(413, "1000 events", status, body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_OfManyBytes_IsBounded(bool tellsItsLength)
    {
        const int Most = 4 * 1024 * 1024;
        var text = Event("1");
        Assert.Equal(202, (await PostAsync(text + new string(' ', Most - text.Length), tellsItsLength: tellsItsLength)).Status);
        var (status, body) = await PostAsync(Event("2") + new string(' ', Most - text.Length + 1), tellsItsLength: tellsItsLength);
        AssertProblem(413, $"{Most} bytes", status, body);
        Assert.Equal(1, _books.Read(session => session.Usage.Count()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("not json")]
    public async Task Body_ThatIsNotJson_Is400(string text)
    {
        var (status, body) = await PostAsync(text);
        AssertProblem(400, "Line", status, body);
    }

    [Fact]
    public async Task Body_NestedDeeply_Is400()
    {
        var (status, _) = await PostAsync(new string('[', 100_000), Batch);
        Assert.Equal(400, status);
        var (inside, _) = await PostAsync(Event("1", ("\"units\"", $"\"more\": {new string('[', 60)}{new string(']', 60)}, \"units\"")));
        Assert.Equal(400, inside);
    }

    [Fact]
    public async Task Body_OfTheOtherForm_Is400()
    {
        AssertProblem(400, "A batch is an array", (await PostAsync(Event("1"), Batch)).Status, (await PostAsync(Event("1"), Batch)).Body);
        AssertProblem(400, "A batch is an array", (await PostAsync($"[{Event("1")}]")).Status, (await PostAsync($"[{Event("1")}]")).Body);
        Assert.Equal(400, (await PostAsync("5")).Status);
    }

    [Theory]
    [InlineData("\"specversion\": \"1.0\"", "\"x\": 1", "specversion")]
    [InlineData("\"specversion\": \"1.0\"", "\"specversion\": \"0.3\"", "specversion")]
    [InlineData("\"specversion\": \"1.0\"", "\"specversion\": 1.0", "specversion")]
    [InlineData("\"id\": \"1\"", "\"x\": 1", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": \"\"", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": 1", "id")]
    [InlineData("\"source\": \"urn:gateway\"", "\"x\": 1", "source")]
    [InlineData("\"source\": \"urn:gateway\"", "\"source\": null", "source")]
    [InlineData("\"type\": \"use\"", "\"x\": 1", "type")]
    [InlineData("\"time\": \"2026-11-20T13:00:00Z\"", "\"x\": 1", "time")]
    [InlineData("\"time\": \"2026-11-20T13:00:00Z\"", "\"time\": \"yesterday\"", "time")]
    [InlineData("\"time\": \"2026-11-20T13:00:00Z\"", "\"time\": 1732107600", "time")]
    [InlineData("\"subject\": \"consumer-77\"", "\"subject\": 77", "subject")]
    [InlineData("\"subject\": \"consumer-77\"", "\"subject\": \"\"", "subject")]
    [InlineData("\"subject\": \"consumer-77\"", "\"subject\": \"\\ud800\"", "subject")]
    [InlineData("\"id\": \"1\"", "\"id\": \"\\ud800\"", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": \"\\udc00\\ud800\"", "id")]
    [InlineData("\"data\"", "\"date\"", "data")]
    [InlineData("\"data\": {", "\"data\": 5, \"x\": {", "data")]
    [InlineData("\"modelId\"", "\"model\"", "modelId")]
    [InlineData(ModelText, "0x11", "modelId")]
    [InlineData("\"domain\": \"contracts\"", "\"x\": 1", "domain")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"nda\\u0000x\"", "domain")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"nda\\u0085x\"", "domain")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"nda\\ud800\"", "domain")]
    [InlineData("\"outcome\": \"ok\"", "\"x\": 1", "outcome")]
    [InlineData("\"outcome\": \"ok\"", "\"outcome\": \"ok\\n\"", "outcome")]
    [InlineData("\"outcome\": \"ok\"", "\"outcome\": \"\\udc00k\"", "outcome")]
    [InlineData("\"outcome\": \"ok\"", "\"outcome\": true", "outcome")]
    [InlineData("\"units\": 12", "\"x\": 1", "units")]
    [InlineData("\"units\": 12", "\"units\": -1", "units")]
    [InlineData("\"units\": 12", "\"units\": 1.5", "units")]
    [InlineData("\"units\": 12", "\"units\": 1e3", "units")]
    [InlineData("\"units\": 12", "\"units\": \"0x10\"", "units")]
    [InlineData("\"units\": 12", "\"units\": \"\\ud800\"", "units")]
    [InlineData("\"units\": 12", "\"units\": null", "units")]
    [InlineData("\"units\": 12", "\"units\": 18446744073709551616", "64 bits")]
    [InlineData("\"units\": 12", "\"units\": \"18446744073709551616\"", "64 bits")]
    [InlineData("\"units\": 12", "\"units\": 340282366920938463463374607431768211456", "64 bits")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": 5", "payment")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {}", "payment")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": { \"txHash\": \"0x12\" }", "txHash")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": { \"txHash\": 5 }", "txHash")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": { \"txHash\": \"\\ud800\" }", "txHash")]
    public async Task Field_MissingOrWrong_IsNamed(string part, string instead, string field)
    {
        var (status, body) = await PostAsync(Event("1", (part, instead)));
        Assert.Equal(400, status);
        Assert.Equal("refused", Status(body, 0));
        Assert.Contains(field, Problem(body, 0), StringComparison.Ordinal);
        Assert.Equal(0, _books.Read(session => session.Usage.Count()));
    }

    [Fact]
    public async Task Text_TooLong_IsRefusedAndAtTheLimitTaken()
    {
        Assert.Equal(202, (await PostAsync(Event(new string('x', 200)))).Status);
        var (status, body) = await PostAsync(Event(new string('x', 201)));
        Assert.Equal(400, status);
        Assert.StartsWith("id: ", Problem(body, 0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_OfBytesThatAreNotUtf8_IsRefused()
    {
        var bytes = Encoding.UTF8.GetBytes(Event("1"));
        bytes[Encoding.UTF8.GetString(bytes).IndexOf("contracts", StringComparison.Ordinal)] = 0xff;
        var (status, body) = await PostAsync(bytes, Single, "Bearer " + Key, tellsItsLength: true);
        Assert.Equal(400, status);
        Assert.Contains("domain", Problem(body, 0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PropertyName_ThatIsNotText_RefusesTheEventOnly()
    {
        var odd = Event("1", ("\"specversion\"", "\"\\ud800xxxxxxxxxxxxxxxxxxxxxxxxx\": 1, \"specversion\""));
        var (status, body) = await PostAsync($"[{odd}, {Event("2")}]", Batch);
        Assert.Equal(202, status);
        Assert.Equal("accepted", Status(body, 1));
    }

    [Fact]
    public async Task Units_TheLargestOfMany_StillSum()
    {
        UInt256 largest = ulong.MaxValue;
        Assert.Equal(202, (await PostAsync(Event("1", ("\"units\": 12", $"\"units\": {largest}")))).Status);
        Assert.Equal(202, (await PostAsync(Event("2", ("\"units\": 12", $"\"units\": \"{largest}\"")))).Status);
        Assert.Equal(
            largest + largest,
            _books.Read(session => session.Usage.ByDomain(new Registry.ModelId(Hash32.Parse(ModelText)))).Single().Units);
    }

    [Fact]
    public async Task Subject_OfTheConsumer_IsNowhereInTheFiles()
    {
        await PostAsync(Event("1"));
        Assert.True(Contains("urn:gateway"));
        Assert.False(Contains("consumer-77"));
        Assert.False(Contains(Keccak256.HashText("consumer-77").ToArray()));
    }

    [Fact]
    public async Task Subject_TheSame_HasTheSameHashAfterARestartToo()
    {
        await PostAsync(Event("1"));
        _books.Dispose();
        _books = SqliteBooks.Open(DatabaseFile, World.Deployment);
        // The same event again is a duplicate only where its consumer's hash is the same.
        var (status, body) = await PostAsync(Event("1"), endpoint: Endpoint());
        Assert.Equal((202, "duplicate"), (status, Status(body, 0)));
        var (other, otherBody) = await PostAsync(Event("1", ("consumer-77", "consumer-78")), endpoint: Endpoint());
        Assert.Equal((409, "conflict"), (other, Status(otherBody, 0)));
    }

    public void Dispose()
    {
        _books.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Event(string id, params (string Part, string Instead)[] changes)
    {
        var text = $$"""
            { "specversion": "1.0", "id": "{{id}}", "source": "urn:gateway", "type": "use", "time": "2026-11-20T13:00:00Z", "subject": "consumer-77",
              "data": { "modelId": "{{ModelText}}", "domain": "contracts", "outcome": "ok", "units": 12 } }
            """;
        foreach (var (part, instead) in changes)
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
            text = text.Replace(part, instead, StringComparison.Ordinal);
        }

        return text;
    }

    private static (int, int, int, int) Counts(JsonElement body) => (
        body.GetProperty("accepted").GetInt32(), body.GetProperty("duplicates").GetInt32(), body.GetProperty("conflicts").GetInt32(), body.GetProperty("refused").GetInt32());

    private static string? Status(JsonElement body, int index) => body.GetProperty("results")[index].GetProperty("status").GetString();

    private static string Problem(JsonElement body, int index) => body.GetProperty("results")[index].GetProperty("problem").GetString() ?? "";

    private static void AssertProblem(int expected, string remedy, int status, JsonElement body)
    {
        Assert.Equal((expected, expected), (status, body.GetProperty("status").GetInt32()));
        Assert.Contains(remedy, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(string.Empty, body.GetProperty("title").GetString());
    }

    private UsageEndpoint Endpoint() => new(
        TestNode.MakeOptions(_folder, gateways:
        [
            new GatewayKey("first-gateway", Keccak256.HashText(Key)), new GatewayKey("second-gateway", Keccak256.HashText("another-key-of-enough-characters")),
        ]),
        _books, _time, NullLogger<UsageEndpoint>.Instance);

    private bool Contains(string text) => Contains(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether any file of the books holds these bytes.</summary>
    private bool Contains(byte[] wanted) => Directory.EnumerateFiles(_folder).Any(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(wanted) >= 0;
    });

    private Task<(int Status, JsonElement Body)> PostAsync(
        string text, string? type = Single, string? authorization = "Bearer " + Key, bool tellsItsLength = true, UsageEndpoint? endpoint = null) =>
        PostAsync(Encoding.UTF8.GetBytes(text), type, authorization, tellsItsLength, endpoint);

    private async Task<(int Status, JsonElement Body)> PostAsync(byte[] bytes, string? type, string? authorization, bool tellsItsLength, UsageEndpoint? endpoint = null)
    {
        await using var services = new ServiceCollection().AddLogging().AddProblemDetails().BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = "POST";
        context.Request.ContentType = type;
        if (authorization is not null) context.Request.Headers.Authorization = authorization;
        context.Request.Body = new MemoryStream(bytes);
        context.Request.ContentLength = tellsItsLength ? bytes.Length : null;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        var result = await (endpoint ?? _endpoint).TakeAsync(context, CancellationToken.None);
        await result.ExecuteAsync(context);
        using var document = JsonDocument.Parse(answer.ToArray());
        return (context.Response.StatusCode, document.RootElement.Clone());
    }
}
