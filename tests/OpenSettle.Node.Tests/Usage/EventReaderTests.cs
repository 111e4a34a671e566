using System.Text;
using System.Text.Json;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Usage;

public sealed class EventReaderTests
{
    private const string Account = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    private const string Word = "0x2222222222222222222222222222222222222222222222222222222222222222";
    private static readonly byte[] Salt = [1, 2, 3];

    private readonly EventReader _reader = Reader(MappingSet.Empty);

    [Theory]
    [InlineData("\"specversion\": \"1.0\"", "\"x\": 1", "specversion")]
    [InlineData("\"specversion\": \"1.0\"", "\"specversion\": \"0.3\"", "specversion")]
    [InlineData("\"specversion\": \"1.0\"", "\"specversion\": 1.0", "specversion")]
    [InlineData("\"id\": \"1\"", "\"x\": 1", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": \"\"", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": 1", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": \"1\", \"id\": \"1\"", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": \"1\", \"\\u0069d\": \"1\"", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": \"\\ud800\"", "id")]
    [InlineData("\"id\": \"1\"", "\"id\": \"\\udc00\\ud800\"", "id")]
    [InlineData("\"id\": \"1\"", "\"\\ud800id\": 5, \"id\": \"1\"", null)]
    [InlineData("\"source\": \"urn:gateway\"", "\"x\": 1", "source")]
    [InlineData("\"source\": \"urn:gateway\"", "\"source\": null", "source")]
    [InlineData("\"type\": \"use\"", "\"x\": 1", "type")]
    [InlineData("\"type\": \"use\"", "\"type\": [\"use\"]", "type")]
    [InlineData("\"time\": \"2026-11-20T11:59:00Z\"", "\"x\": 1", "time")]
    [InlineData("2026-11-20T11:59:00Z", "yesterday", "time")]
    [InlineData("2026-11-20T11:59:00Z", "2026-11-20T11:59:00", "time")]
    [InlineData("2026-11-20T11:59:00Z", "2026-02-29T11:59:00Z", "time")]
    [InlineData("\"2026-11-20T11:59:00Z\"", "1732107600", "time")]
    [InlineData("\"subject\": \"consumer-77\"", "\"subject\": 77", "subject")]
    [InlineData("\"subject\": \"consumer-77\"", "\"subject\": \"\"", "subject")]
    [InlineData("\"subject\": \"consumer-77\"", "\"subject\": \"\\ud800\"", "subject")]
    [InlineData("\"data\"", "\"date\"", "data")]
    [InlineData("\"data\"", "\"data\": {}, \"data\"", "data")]
    [InlineData("\"data\"", "\"data_base64\": \"AA==\", \"data\"", "data_base64")]
    [InlineData("\"data\": {", "\"data\": 5, \"x\": {", "data")]
    [InlineData("\"modelId\"", "\"model\"", "data.modelId")]
    [InlineData("0x1111", "0x11", "data.modelId")]
    [InlineData("0x1111", "0x111g", "data.modelId")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"\"", "data.domain")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"nda\\u0000x\"", "data.domain")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"nda\\u0085x\"", "data.domain")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"nda\\u007fx\"", "data.domain")]
    [InlineData("\"domain\": \"contracts\"", "\"domain\": \"nda\\ud800\"", "data.domain")]
    [InlineData("\"outcome\": \"ok\"", "\"outcome\": \"ok\\n\"", "data.outcome")]
    [InlineData("\"outcome\": \"ok\"", "\"outcome\": true", "data.outcome")]
    [InlineData("\"units\": 12", "\"x\": 1", "data.units")]
    [InlineData("\"units\": 12", "\"units\": -1", "data.units")]
    [InlineData("\"units\": 12", "\"units\": 1.5", "data.units")]
    [InlineData("\"units\": 12", "\"units\": 1e3", "data.units")]
    [InlineData("\"units\": 12", "\"units\": \"0x10\"", "data.units")]
    [InlineData("\"units\": 12", "\"units\": \"\"", "data.units")]
    [InlineData("\"units\": 12", "\"units\": \"+1\"", "data.units")]
    [InlineData("\"units\": 12", "\"units\": [12]", "data.units")]
    [InlineData("\"units\": 12", "\"units\": null", "data.units")]
    [InlineData("\"units\": 12", "\"units\": 12, \"units\": 12", "data.units")]
    [InlineData("\"units\": 12", "\"units\": 18446744073709551616", "data.units")]
    [InlineData("\"units\": 12", "\"units\": \"18446744073709551616\"", "data.units")]
    [InlineData("\"units\": 12", "\"gen_ai.usage.input_tokens\": 18446744073709551615, \"gen_ai.usage.output_tokens\": 1", "data.units")]
    [InlineData("\"units\": 12", "\"gen_ai.usage.input_tokens\": -1", "data.gen_ai.usage.input_tokens")]
    [InlineData("\"units\": 12", "\"units\": 12, \"cost\": \"1,5\"", "data.cost")]
    [InlineData("\"units\": 12", "\"units\": 12, \"cost\": true", "data.cost")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": 5", "data.payment")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {}, \"payment\": {\"nonce\": {}}", "data.payment")]
    [InlineData("\"units\": 12", "\"units\": 12, \"attribution\": null, \"attribution\": {\"x\": {}}", "data.attribution")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {\"txHash\": \"0x12\"}", "data.payment.txHash")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {\"txHash\": 5}", "data.payment.txHash")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {\"usageRef\": \"x\"}", "data.payment.usageRef")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {\"usageRef\": \"" + Word + "\", \"txHash\": \"" + Word + "\"}", "data.payment")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {\"payer\": \"0x70997970c51812dc3A010C7d01b50e0d17dc79C8\"}", "data.payment.payer")]
    [InlineData("\"units\": 12", "\"units\": 12, \"payment\": {\"payer\": \"eip155:1:" + Account + "\"}", "data.payment.payer")]
    [InlineData("\"units\": 12", "\"units\": 12, \"attribution\": []", "data.attribution")]
    [InlineData("\"units\": 12", "\"units\": 12, \"attribution\": {\"weights\": 5}", "data.attribution.weights")]
    [InlineData("\"units\": 12", "\"units\": 12, \"attribution\": {\"weights\": [5]}", "data.attribution.weights")]
    public void Field_MissingOrWrong_IsNamed(string part, string instead, string? field)
    {
        Assert.False(Read(IntakeHost.Event("1", (part, instead))));
        Assert.Equal(field, _reader.WrongField);
        Assert.NotEmpty(_reader.Wrong ?? "");
        Assert.Equal(0, _reader.Bodies.Length);
    }

    [Fact]
    public void Event_Whole_IsWrittenAsItsModelSaysIt()
    {
        var text = $$"""
            {"specversion":"1.0","type":"ai.opensettle.usage.v1","source":"urn:gateway:eu-1","id":"chatcmpl-\u0031\ud83d\ude00","subject":"eip155:31337:{{Account}}","time":"2026-11-20T13:00:00.123+01:00",
             "datacontenttype":"application/json","traceparent":"00-x","data":{"modelId":"{{IntakeHost.Model}}","domain":"nda-revïew","error.type":"timeout","cost":0.000150,
             "gen_ai.usage.input_tokens":194,"gen_ai.usage.output_tokens":"42","gen_ai.response.id":"chatcmpl-123","more":{"deep":[1,{"x":null}]},
             "payment":{"scheme":"x402-exact","txHash":"{{Word}}","nonce":"{{Word}}"},
             "attribution":{"method":"infini-gram","methodHash":"{{Word}}","weights":[
               {"account":"{{World.Bob}}","weight":"734","low":"610","high":858,"note":1},{"account":"{{World.Alice}}","weight":5,"low":-3},
               {"account":"{{World.Carol}}","weight":0},{"account":"{{World.Carol}}","weight":"-7.5"},{"account":"nobody"}] } } }
            """;
        Assert.True(Read(text), $"{_reader.WrongField}: {_reader.Wrong}");
        var weights = new[] { new MeasuredWeight(World.Bob, 734, 610, 858), new MeasuredWeight(World.Alice, 5, 0, 5) }.OrderBy(weight => weight.Account).ToList();
        Assert.Equal(
            new MeteredEvent
            {
                Source = "urn:gateway:eu-1", Id = "chatcmpl-1😀", Type = "ai.opensettle.usage.v1", Model = IntakeHost.Model, Domain = "nda-revïew", Outcome = "error", Units = 236,
                Time = (ulong)new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), Cost = "0.000150", Payer = Address.Parse(Account), Payment = Hash32.Parse(Word),
                Consumer = Hash($"eip155:31337:{Account}"), Attribution = new Attribution("infini-gram", Hash32.Parse(Word), weights),
            },
            EventBody.Decode(_reader.Bodies.Written));
        Assert.Equal("chatcmpl-1😀", Encoding.UTF8.GetString(_reader.LastId));
    }

    [Theory]
    [InlineData("\"outcome\": \"ok\", ", "", "unknown")]
    [InlineData("\"outcome\": \"ok\"", "\"outcome\": null, \"error.type\": null", "unknown")]
    [InlineData("\"outcome\": \"ok\"", "\"error.type\": \"500\"", "error")]
    [InlineData("\"outcome\": \"ok\"", "\"error.type\": 500", "error")]
    [InlineData("\"outcome\": \"ok\"", "\"error.type\": \"500\", \"outcome\": \"refunded\"", "refunded")]
    public void Outcome_NotTold_FollowsFromTheError(string part, string instead, string expected) => Assert.Equal(expected, Good((part, instead)).Outcome);

    [Theory]
    [InlineData("12", 12UL)]
    [InlineData("\"12\"", 12UL)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("null, \"gen_ai.usage.input_tokens\": 3", 3UL)]
    [InlineData("null, \"gen_ai.usage.prompt_tokens\": 3, \"gen_ai.usage.completion_tokens\": 4", 7UL)]
    [InlineData("null, \"gen_ai.usage.prompt_tokens\": 3, \"gen_ai.usage.input_tokens\": 3, \"gen_ai.usage.output_tokens\": 1", 4UL)]
    [InlineData("5, \"gen_ai.usage.input_tokens\": 3", 5UL)]
    public void Units_AreAsToldOrTheTokens(string units, ulong expected) => Assert.Equal(expected, Good(("\"units\": 12", $"\"units\": {units}")).Units);

    [Theory]
    [InlineData("0.1", "0.1")]
    [InlineData("2.4e-05", "2.4e-05")]
    [InlineData("1E+2", "1E+2")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("\"0.10\"", "0.10")]
    [InlineData("null", "")]
    [InlineData("123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789")]
    public void Cost_IsKeptAsItIsWritten(string cost, string expected) => Assert.Equal(expected, Good(("\"units\": 12", $"\"units\": 12, \"cost\": {cost}")).Cost);

    [Fact]
    public void Payer_IsTheOneOfThePaymentOrTheSubject()
    {
        Assert.Equal(Address.Parse(Account), Good(("consumer-77", $"eip155:31337:{Account}")).Payer);
        Assert.Equal(Address.Zero, Good(("consumer-77", $"eip155:1:{Account}")).Payer);
        Assert.Equal(World.Bob, Good(("consumer-77", $"eip155:31337:{Account}"), ("\"units\"", $"\"payment\": {{\"payer\": \"eip155:31337:{World.Bob}\"}}, \"units\"")).Payer);
        Assert.Equal(World.Bob, Good(("\"units\"", $"\"payment\": {{\"payer\": \"{World.Bob}\"}}, \"units\"")).Payer);
        Assert.Equal(Hash32.Parse(Word), Good(("\"units\"", $"\"payment\": {{\"usageRef\": \"{Word}\"}}, \"units\"")).Payment);
        Assert.Equal(Hash32.Parse(Word), Good(("\"units\"", $"\"payment\": {{\"reference\": \"{Word}\"}}, \"units\"")).Payment);
    }

    [Fact]
    public void Consumer_ThatIsAHashAlready_IsKept()
    {
        Assert.Equal(Hash32.Parse(Word), Good(("consumer-77", Word)).Consumer);
        Assert.Equal(Hash("consumer-77"), Good().Consumer);
        Assert.Equal(Hash("consumer-77"), Good().Consumer);
        Assert.Equal(Hash(new string('c', 200)), Good(("consumer-77", new string('c', 200))).Consumer);
        Assert.Equal(Hash32.Zero, Good(("\"subject\": \"consumer-77\",", "")).Consumer);
        Assert.Equal(Hash32.Zero, Good(("\"consumer-77\"", "null")).Consumer);
        _reader.Signed = true;
        Assert.False(Read(IntakeHost.Event("1")));
        Assert.Equal("subject", _reader.WrongField);
        Assert.Equal(Hash32.Parse(Word), Good(("consumer-77", Word)).Consumer);
    }

    [Theory]
    [InlineData("{\"account\": \"$A\", \"weight\": 1.5}", "data.attribution.weights.weight")]
    [InlineData("{\"account\": \"$A\", \"weight\": \"many\"}", "data.attribution.weights.weight")]
    [InlineData("{\"account\": \"$A\", \"weight\": \"-\"}", "data.attribution.weights.weight")]
    [InlineData("{\"account\": \"$A\", \"weight\": 79228162514264337593543950336}", "data.attribution.weights.weight")]
    [InlineData("{\"account\": \"$A\", \"weight\": 1, \"weight\": 1}", "data.attribution.weights.weight")]
    [InlineData("{\"account\": \"0x0000000000000000000000000000000000000000\", \"weight\": 1}", "data.attribution.weights.account")]
    [InlineData("{\"weight\": 1}", "data.attribution.weights.account")]
    [InlineData("{\"account\": \"$A\", \"weight\": 5, \"low\": 6}", "data.attribution.weights")]
    [InlineData("{\"account\": \"$A\", \"weight\": 5, \"high\": 4}", "data.attribution.weights")]
    [InlineData("{\"account\": \"$A\", \"weight\": 5, \"high\": \"x\"}", "data.attribution.weights.high")]
    [InlineData("{\"account\": \"$A\", \"weight\": 5}, {\"account\": \"$A\", \"weight\": 5}", "data.attribution.weights")]
    public void Weight_Wrong_IsNamed(string rows, string field)
    {
        Assert.False(Read(WithWeights(rows)));
        Assert.Equal(field, _reader.WrongField);
    }

    [Fact]
    public void Weights_AtTheirLimits_AreTaken()
    {
        var rows = string.Join(',', Enumerable.Range(1, EventBody.MostWeights).Select(number => $"{{\"account\": \"0x{number:x40}\", \"weight\": \"79228162514264337593543950335\"}}"));
        Assert.True(Read(WithWeights(rows)), _reader.Wrong);
        Assert.Equal(EventBody.MostWeights, EventBody.Decode(_reader.Bodies.Written).Attribution?.Weights.Count);
        Assert.False(Read(WithWeights(rows + ",{\"account\": \"0x1111111111111111111111111111111111111111\", \"weight\": 1}")));
        Assert.Equal("data.attribution.weights", _reader.WrongField);
    }

    [Fact]
    public void Weights_ThatGiveNothing_AreNoAttribution()
    {
        Assert.True(Read(WithWeights("{\"account\": \"$A\", \"weight\": 0}, {\"account\": \"$A\", \"weight\": -1}")));
        Assert.Null(EventBody.Decode(_reader.Bodies.Written).Attribution);
        Assert.False(Read(WithWeights("{\"account\": \"$A\", \"weight\": 1}").Replace("methodHash", "otherHash", StringComparison.Ordinal)));
        Assert.Equal("data.attribution.methodHash", _reader.WrongField);
        Assert.False(Read(WithWeights("{\"account\": \"$A\", \"weight\": 1}").Replace("\"method\"", "\"otherMethod\"", StringComparison.Ordinal)));
        Assert.Equal("data.attribution.method", _reader.WrongField);
    }

    [Theory]
    [InlineData("\"messages\": [{\"role\": \"user\"}]", "data.messages")]
    [InlineData("\"prompt\": \"what\"", "data.prompt")]
    [InlineData("\"Prompt\": \"what\"", "data.Prompt")]
    [InlineData("\"pr\\u006fmpt\": \"what\"", "data.prompt")]
    [InlineData("\"choices\": []", "data.choices")]
    [InlineData("\"output\": {\"x\": 1}", "data.output")]
    [InlineData("\"gen_ai.input.messages\": \"[]\"", "data.gen_ai.input.messages")]
    [InlineData("\"gen_ai.prompt.0.content\": \"what\"", "data.gen_ai.prompt.0.content")]
    [InlineData("\"a\": {\"b\": [[{\"content\": \"what\"}]]}", "data.*.content")]
    [InlineData("\"payment\": {\"text\": \"what\"}", "data.*.text")]
    [InlineData("\"attribution\": {\"completion\": \"what\"}", "data.*.completion")]
    [InlineData("\"attribution\": {\"weights\": [{\"answer\": \"what\"}]}", "data.*.answer")]
    public void Prompt_Sent_IsRefusedByItsName(string sent, string field)
    {
        Assert.False(Read(IntakeHost.Event("1", ("\"units\"", sent + ", \"units\""))));
        Assert.Equal(field, _reader.WrongField);
        Assert.Contains("prompts and answers", _reader.Wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void Count_UnderANameOfPrompts_IsNoPrompt() =>
        Assert.Equal(12UL, Good(("\"units\"", "\"tokens\": {\"prompt\": 5, \"completion\": 7, \"input\": null}, \"gen_ai.usage.prompt_tokens\": 5, \"units\"")).Units);

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void Text_IsBoundedByCharacters(int length, bool good)
    {
        Assert.Equal(good, Read(IntakeHost.Event(new string('x', length))));
        Assert.Equal(good, Read(IntakeHost.Event(new string('é', length))));
        Assert.Equal(good, Read(IntakeHost.Event(string.Concat(Enumerable.Repeat("\\u00e9", length)))));
    }

    [Fact]
    public void Text_OfBytesThatAreNotUtf8_IsRefused()
    {
        var bytes = Encoding.UTF8.GetBytes(IntakeHost.Event("1"));
        bytes[bytes.AsSpan().IndexOf("contracts"u8)] = 0xff;
        Assert.False(Read(bytes));
        Assert.Equal("data.domain", _reader.WrongField);
    }

    [Fact]
    public void Events_Good_AllocateNothing()
    {
        var weights = $$"""{"account":"{{World.Alice}}","weight":5,"low":"2","high":9},{"account":"{{World.Bob}}","weight":"7"}""";
        byte[][] events =
        [
            Encoding.UTF8.GetBytes(IntakeHost.Event("1")),
            Encoding.UTF8.GetBytes(WithWeights(weights)),
            Encoding.UTF8.GetBytes(IntakeHost.Event("t\\u0069", ("consumer-77", $"eip155:31337:{World.Payer}"), ("\"units\": 12", "\"gen_ai.usage.input_tokens\": 5, \"cost\": 0.5, \"x\": {\"y\": []}"))),
        ];
        for (var i = 0; i < 2_000; i++) Read(events[i % events.Length]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var good = 0;
        for (var i = 0; i < 3_000; i++) good += Read(events[i % events.Length]) ? 1 : 0;
        Assert.Equal((3_000, 0L), (good, GC.GetAllocatedBytesForCurrentThread() - before));
    }

    internal static EventReader Reader(MappingSet mappings) => new(mappings, new ConsumerHash(Salt), "eip155:31337:"u8.ToArray());

    internal static Hash32 Hash(string subject) => Keccak256.Hash([.. Salt, .. Encoding.UTF8.GetBytes(subject)]);

    private static string WithWeights(string rows) => IntakeHost.Event("1", ("\"units\"", $"\"attribution\": {{\"method\": \"m\", \"methodHash\": \"{Word}\", \"weights\": [{rows.Replace("$A", Account, StringComparison.Ordinal)}]}}, \"units\""));

    private MeteredEvent Good(params (string Part, string Instead)[] changes)
    {
        Assert.True(Read(IntakeHost.Event("1", changes)), $"{_reader.WrongField}: {_reader.Wrong}");
        return EventBody.Decode(_reader.Bodies.Written);
    }

    private bool Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private bool Read(byte[] bytes)
    {
        _reader.Begin(bytes);
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = UsageLimits.MostDepth });
        json.Read();
        return _reader.ReadCloudEvent(ref json);
    }
}
