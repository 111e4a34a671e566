using System.Text;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Usage;

namespace OpenSettle.Node.Tests.Usage;

public sealed class MappingTests
{
    private const string Id = "0x1111111111111111111111111111111111111111111111111111111111111111";

    private const string Mappings = """
        {"mappings": [
          {"name": "litellm", "preset": "litellm", "models": {"gpt-4o": "$"}, "domain": "chat"},
          {"name": "meter", "preset": "openmeter", "source": "my-app", "models": {"*": "$"}},
          {"name": "openai", "preset": "openai", "models": {"gpt-4o": "$"}},
          {"name": "openrouter", "preset": "openrouter", "models": {"openai/gpt-4o": "$"}},
          {"name": "own", "type": "own", "model": "/a~1b/c~0d", "units": ["/n", "3"], "domain": ["/labels/task", "other"], "outcome": "/state", "error": "/fault", "payer": "/who"}
        ]}
        """;

    // What LiteLLM's callback posts, byte for byte: json.dumps with its spaces and escapes, isoformat with microseconds and offset.
    private const string LiteLlm =
        "{\"specversion\": \"1.0\", \"type\": \"litellm_tokens\", \"id\": \"chatcmpl-8ac9b1f5\", \"time\": \"2026-11-20T11:58:03.412345+00:00\", \"subject\": \"m\\u00fcller\", \"source\": \"litellm-proxy\", "
        + "\"data\": {\"model\": \"gpt-4o\", \"cost\": 2.4e-05, \"prompt_tokens\": 14, \"completion_tokens\": 30, \"total_tokens\": 44}}";

    [Fact]
    public async Task LiteLlm_Unmodified_IsTaken()
    {
        await using var intake = await StartAsync();
        var answer = await intake.PostAsync(LiteLlm, change: AsHttpx);
        Assert.Equal((202, (1, 0, 0, 0, 0)), (answer.Status, answer.Counts));
        var taken = Assert.Single(intake.Events());
        Assert.Equal(("chatcmpl-8ac9b1f5", "litellm-proxy", "litellm_tokens", "chat", "unknown", 44UL, "2.4e-05"), (taken.Id, taken.Source, taken.Type, taken.Domain, taken.Outcome, taken.Units, taken.Cost));
        Assert.Equal((IntakeHost.Model, 1_795_175_883UL), (taken.Model, taken.Time));
        Assert.Equal((0, 0, 1, 0, 0), (await intake.PostAsync(LiteLlm, change: AsHttpx)).Counts);
    }

    [Theory]
    [InlineData("2.4e-05", "null", 44UL, "")]
    [InlineData("+00:00", "", 44UL, "2.4e-05")] // Python before 3.11: no offset
    [InlineData(".412345+00:00", "+00:00", 44UL, "2.4e-05")] // microseconds that are zero are left out
    [InlineData(", \"prompt_tokens\": 14, \"completion_tokens\": 30, \"total_tokens\": 44", "", 0UL, "2.4e-05")] // an image
    [InlineData("\"prompt_tokens\": 14, \"completion_tokens\": 30, \"total_tokens\": 44", "\"prompt_tokens\": null, \"completion_tokens\": null, \"total_tokens\": 5", 5UL, "2.4e-05")]
    public async Task LiteLlm_InItsOtherShapes_IsTaken(string part, string instead, ulong units, string cost)
    {
        await using var intake = await StartAsync();
        var answer = await intake.PostAsync(LiteLlm.Replace(part, instead, StringComparison.Ordinal), change: AsHttpx);
        Assert.Equal((202, (1, 0, 0, 0, 0)), (answer.Status, answer.Counts));
        var taken = Assert.Single(intake.Events());
        Assert.Equal((units, cost), (taken.Units, taken.Cost));
    }

    [Fact]
    public async Task Model_ThatTheTableDoesNotKnow_IsRefusedWithTheRemedy()
    {
        await using var intake = await StartAsync();
        var answer = await intake.PostAsync(LiteLlm.Replace("gpt-4o", "gpt-5", StringComparison.Ordinal));
        var problem = Assert.Single(answer.Problems);
        Assert.Equal((400, "data.model"), (answer.Status, problem.Field));
        Assert.Contains("add it to its models", problem.Reason, StringComparison.Ordinal);
        Assert.Empty(intake.Events());
    }

    [Fact]
    public async Task OpenMeter_ValuesThatAreTexts_AreTakenAndEitherContentTypeToo()
    {
        await using var intake = await StartAsync();
        const string Event = """{"id":"1","source":"my-app","specversion":"1.0","type":"prompt","subject":"customer-1","time":"2026-11-20T11:00:00.001Z","data":{"tokens":"123","model":"any","type":"input"}}""";
        Assert.Equal((1, 0, 0, 0, 0), (await intake.PostAsync(Event, "application/json")).Counts);
        Assert.Equal((0, 0, 1, 0, 0), (await intake.PostAsync($"[{Event}]", IntakeHost.Batch)).Counts);
        Assert.Equal(123UL, Assert.Single(intake.Events()).Units);
        // Of another source it is an event in our own form, and lacks what that needs.
        var other = await intake.PostAsync(Event.Replace("my-app", "other", StringComparison.Ordinal));
        Assert.Equal("data.modelId", Assert.Single(other.Problems).Field);
    }

    [Fact]
    public async Task Data_BeforeItsType_IsReadByTheSameRule()
    {
        await using var intake = await StartAsync();
        var text = """{"data":{"model":"gpt-4o","cost":1,"prompt_tokens":1,"completion_tokens":2},"specversion":"1.0","id":"1","source":"litellm-proxy","time":"2026-11-20T11:00:00Z","type":"litellm_tokens"}""";
        Assert.Equal(202, (await intake.PostAsync(text)).Status);
        Assert.Equal(202, (await intake.PostAsync($$"""{"data":{"modelId":"{{Id}}","units":4},"specversion":"1.0","id":"2","source":"x","time":"2026-11-20T11:00:00Z","type":"use"}""")).Status);
        Assert.Equal([(3UL, "1"), (4UL, "")], intake.Events().Select(e => (e.Units, e.Cost)));
    }

    [Theory]
    [InlineData("openai", """{"id":"chatcmpl-1","object":"chat.completion","created":1795172400,"model":"gpt-4o","user":"u","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":0}}}""", 15UL, "")]
    [InlineData("openai", """{"id":"resp_1","created_at":1795172400,"model":"gpt-4o","usage":{"input_tokens":10,"output_tokens":6,"total_tokens":16}}""", 16UL, "")]
    [InlineData("openrouter", """{"id":"gen-1","created":1795172400,"model":"openai/gpt-4o","usage":{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"cost":0.00014}}""", 17UL, "0.00014")]
    [InlineData("openrouter", """{"id":"gen-1","created_at":"2026-11-20T11:00:00+00:00","model":"openai/gpt-4o","tokens_prompt":10,"tokens_completion":8,"total_cost":0.002}""", 18UL, "0.002")]
    public async Task Record_ByItsMapping_IsTaken(string mapping, string record, ulong units, string cost)
    {
        await using var intake = await StartAsync();
        Assert.Equal((1, 0, 0, 0, 0), (await intake.PostAsync(record, "application/json", path: $"api/v1/events?mapping={mapping}")).Counts);
        Assert.Equal((0, 0, 1, 0, 0), (await intake.PostAsync($"[{record}]", "application/json", path: $"api/v1/events?mapping={mapping}")).Counts);
        var taken = Assert.Single(intake.Events());
        Assert.Equal((units, cost, mapping, 1_795_172_400UL), (taken.Units, taken.Cost, taken.Source, taken.Time));
    }

    [Fact]
    public async Task Record_WithItsChoices_IsRefused()
    {
        await using var intake = await StartAsync();
        var answer = await intake.PostAsync(
            """{"id":"1","created":1,"model":"gpt-4o","choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":1}}""", "application/json", path: "api/v1/events?mapping=openai");
        Assert.Equal((400, "data.choices"), (answer.Status, Assert.Single(answer.Problems).Field));
        (await intake.PostAsync("{}", "application/json", path: "api/v1/events?mapping=nobody")).AssertProblem(400, "litellm, meter, openai");
    }

    [Theory]
    [InlineData("\"n\": 5", 5UL, "other", "unknown")]
    [InlineData("\"labels\": {\"task\": \"sum\", \"x\": {}}, \"state\": \"ok\"", 3UL, "sum", "ok")]
    [InlineData("\"labels\": {\"task\": null}, \"fault\": {\"code\": 5}", 3UL, "other", "error")]
    public void Rule_OfOnesOwn_TakesTheFirstThatIsThere(string data, ulong units, string domain, string outcome)
    {
        var (taken, problem) = Read(data);
        Assert.Null(problem);
        Assert.Equal((units, domain, outcome), (taken?.Units, taken?.Domain, taken?.Outcome));
    }

    [Theory]
    [InlineData("\"n\": 1, \"n\": 1", "data.n: it stands twice")]
    [InlineData("\"n\": 1.5", "data.n: a whole number")]
    [InlineData("\"labels\": {\"task\": 5}", "data.labels.task: a text is needed")]
    [InlineData("\"labels\": {\"task\": [\"x\"]}", "data.labels.task: a text is needed")]
    [InlineData("\"labels\": {\"prompt\": \"x\"}", "data.*.prompt: prompts")]
    [InlineData("\"who\": \"ada\"", "data.who: an account")]
    public void Rule_OnAWrongValue_NamesItsPlace(string data, string problem) => Assert.StartsWith(problem, Read(data).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("[]", "/mappings: an array")]
    [InlineData("{", "not JSON")]
    [InlineData("{\"mappings\": [], \"more\": 1}", "/more: this is not known")]
    [InlineData("{\"mappings\": [5]}", "/mappings/0: a mapping is an object")]
    [InlineData("{\"mappings\": [{\"preset\": \"litellm\", \"models\": {}}]}", "/mappings/0/name: it is missing")]
    [InlineData("{\"mappings\": [{\"name\": \"a b\", \"preset\": \"litellm\", \"models\": {}}]}", "/mappings/0/name: letters")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"lightllm\", \"models\": {}}]}", "/mappings/0/preset: 'lightllm' is not known. Known are litellm, openai, openmeter, openrouter")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\"}]}", "/mappings/0/models: it is missing")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {\"x\": \"0x12\"}}]}", "/mappings/0/models/x: a model's id")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}, \"unit\": \"/x\"}]}", "/mappings/0/unit: this is not known")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}, \"units\": \"tokens\"}]}", "/mappings/0/units: 'tokens' is neither a place")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}, \"units\": []}]}", "/mappings/0/units: it is empty")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}, \"cost\": \"cost\"}]}", "/mappings/0/cost: 'cost' is not a place")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}, \"cost\": \"/a//b\"}]}", "/mappings/0/cost: '/a//b' is not a place")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}, \"timesAreUtc\": 1}]}", "/mappings/0/timesAreUtc: true or false")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"units\": \"/n\"}]}", "/mappings/0/model: it is missing")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"model\": \"/m\"}]}", "/mappings/0/units: it is missing")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}}, {\"name\": \"a\", \"preset\": \"openai\", \"models\": {}}]}", "/mappings/1/name: 'a' stands twice")]
    [InlineData("{\"mappings\": [{\"name\": \"a\", \"preset\": \"litellm\", \"models\": {}}, {\"name\": \"b\", \"preset\": \"litellm\", \"source\": \"x\", \"models\": {}}]}", "/mappings/1: no event comes here")]
    public void File_Wrong_IsRefusedByItsPlace(string text, string problem)
    {
        var told = Assert.Single(Assert.Throws<SettingsException>(() => MappingFile.Parse("my.json", Encoding.UTF8.GetBytes(text))).Problems);
        Assert.StartsWith("usageMapping: my.json", told, StringComparison.Ordinal);
        Assert.Contains(problem, told, StringComparison.Ordinal);
    }

    [Fact]
    public void File_Missing_IsRefused() =>
        Assert.Contains("cannot read gone.json", Assert.Single(Assert.Throws<SettingsException>(() => MappingFile.Read("gone.json")).Problems), StringComparison.Ordinal);

    private static Task<IntakeHost> StartAsync() => IntakeHost.StartAsync(Mappings.Replace("$", Id, StringComparison.Ordinal));

    private static (MeteredEvent? Event, string? Problem) Read(string data)
    {
        var reader = EventReaderTests.Reader(MappingFile.Parse("m", Encoding.UTF8.GetBytes(Mappings.Replace("$", Id, StringComparison.Ordinal))));
        var bytes = Encoding.UTF8.GetBytes($$"""{"specversion":"1.0","id":"1","source":"s","type":"own","time":"2026-11-20T11:00:00Z","data":{"a/b":{"c~d":"{{Id}}"},{{data}} } }""");
        reader.Begin(bytes);
        var json = new System.Text.Json.Utf8JsonReader(bytes);
        json.Read();
        return reader.ReadCloudEvent(ref json) ? (EventBody.Decode(reader.Bodies.Written), null) : (null, $"{reader.WrongField}: {reader.Wrong}");
    }

    /// <summary>The headers that LiteLLM's client adds.</summary>
    private static void AsHttpx(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate");
        request.Headers.TryAddWithoutValidation("User-Agent", "litellm/1.80.0");
    }
}
