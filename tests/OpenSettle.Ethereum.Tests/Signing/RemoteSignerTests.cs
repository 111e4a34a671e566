using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Signing;

/// <summary>What is asked of a signer elsewhere, to the byte, and what is made of its answers where it is honest.</summary>
public sealed class RemoteSignerTests
{
    private static readonly TransactionRequest Transfer = new(
        31337, 70, 1_000_000_000, 30_000_000_000, 21_000, Address.Parse("0x627306090abab3a6e1400e9345bc60c78a8bef57"), 2, ReadOnlyMemory<byte>.Empty);

    private static readonly TypedData Mail = new(
        new TypedDataDomain("OpenSettle", "1", 31337, Address.Zero), [new TypedStruct("Mail", [new("text", "string")])], new TypedValue.Struct("é\"✓"));

    [Fact]
    public async Task Connect_ToASignerWithTheAccount_AsksForItsAccounts()
    {
        using var stub = new SignerStub(_ => "\"result\":null");
        using var signer = await stub.ConnectAsync();
        Assert.Equal(SignerStub.Key.Address, signer.Address);
        Assert.Equal(["""{"jsonrpc":"2.0","id":1,"method":"eth_accounts","params":[]}"""], stub.Asked);
        Assert.Equal($"key of {signer.Address}, held by {stub.Endpoint.ToString().TrimEnd('/')}", signer.ToString());
    }

    [Fact]
    public async Task Connect_ToASignerWithOtherAccounts_NamesAFewOfThem()
    {
        var accounts = Enumerable.Range(1, 5).Select(number => $"0x{number:x40}").ToList();
        using var stub = new SignerStub(_ => "\"result\":null", $"\"result\":{JsonSerializer.Serialize(accounts)}");
        var failure = await Assert.ThrowsAsync<ChainException>(() => stub.ConnectAsync());
        Assert.False(failure.IsTransient);
        Assert.Contains($"eth_accounts: the endpoint does not sign for {SignerStub.Key.Address}. It signs for: {accounts[0]}, {accounts[1]}, {accounts[2]} and 2 more.", failure.Message);
    }

    [Theory]
    [InlineData("\"result\":[]", "It signs for: none.")]
    [InlineData("\"result\":null", "'result' is not an array")]
    [InlineData("\"result\":{}", "'result' is not an array")]
    [InlineData("\"result\":\"0x\"", "'result' is not an array")]
    [InlineData("\"result\":[null]", "'result' is not a string")]
    [InlineData("\"result\":[\"0x12\"]", "'result' is not 0x and 40 hexadecimal digits")]
    [InlineData("\"error\":{\"code\":-32601,\"message\":\"Method not found\"}", "Method not found")]
    public async Task Connect_ToWhatHasNoAccounts_SaysSo(string outcome, string words)
    {
        using var stub = new SignerStub(_ => "\"result\":null", outcome);
        var failure = await Assert.ThrowsAsync<ChainException>(() => stub.ConnectAsync());
        Assert.Equal("eth_accounts", failure.Method);
        Assert.Contains(words, failure.Message);
    }

    [Fact]
    public async Task Failure_OfAnEndpointWithCredentials_ShowsNoneOfThem()
    {
        using var stub = new SignerStub(_ => "\"error\":{\"code\":-32000,\"message\":\"no hunter22 q-secret a-long-secret-path-segment\"}");
        var endpoint = new UriBuilder(stub.Endpoint) { UserName = "user-name", Password = "hunter22", Path = "a-long-secret-path-segment", Query = "key=q-secret" }.Uri;
        using var signer = await RemoteSigner.ConnectAsync(endpoint, SignerStub.Key.Address, ManualTime.Deadline, new ManualTime(), CancellationToken.None);
        foreach (var failure in await FailuresAsync(signer))
        {
            foreach (var secret in new[] { "hunter22", "q-secret", "a-long-secret" }) Assert.DoesNotContain(secret, $"{failure} {signer}");
        }
    }

    [Fact]
    public async Task Transaction_IsAskedForWithAllItsFields()
    {
        var expected = await SignerStub.Key.SignTransactionAsync(Transfer, CancellationToken.None);
        using var stub = new SignerStub(_ => SignerStub.Result(expected.Raw));
        using var signer = await stub.ConnectAsync();
        var signed = await signer.SignTransactionAsync(Transfer, CancellationToken.None);
        Assert.Equal(Hex.Encode(expected.Raw.Span), Hex.Encode(signed.Raw.Span));
        Assert.Equal(expected.Hash, signed.Hash);
        Assert.Equal(Transfer, signed.Request);
        Assert.Equal(
            $$"""{"jsonrpc":"2.0","id":2,"method":"eth_signTransaction","params":[{"type":"0x2","from":"{{SignerStub.Key.Address}}","to":"0x627306090abab3a6e1400e9345bc60c78a8bef57","chainId":"0x7a69","nonce":"0x46","gas":"0x5208","maxFeePerGas":"0x6fc23ac00","maxPriorityFeePerGas":"0x3b9aca00","value":"0x2","data":"0x"}]}""",
            stub.Asked[1]);
    }

    [Fact]
    public async Task Transaction_ThatCreatesAContract_HasNoReceiverInItsRequest()
    {
        var creation = Transfer with { To = null, Value = 0, Nonce = 0, Data = new byte[] { 0x60, 0x00 } };
        var expected = await SignerStub.Key.SignTransactionAsync(creation, CancellationToken.None);
        using var stub = new SignerStub(_ => SignerStub.Result(expected.Raw));
        using var signer = await stub.ConnectAsync();
        var signed = await signer.SignTransactionAsync(creation, CancellationToken.None);
        Assert.Equal(expected.Hash, signed.Hash);
        Assert.DoesNotContain("\"to\"", stub.Asked[1]);
        Assert.Contains("\"nonce\":\"0x0\"", stub.Asked[1]);
        Assert.Contains("\"data\":\"0x6000\"", stub.Asked[1]);
    }

    /// <summary>geth and Clef answer with the bytes beside what they read in them.</summary>
    [Fact]
    public async Task Transaction_AnsweredAsAnObject_IsItsRawBytes()
    {
        var expected = await SignerStub.Key.SignTransactionAsync(Transfer, CancellationToken.None);
        using var stub = new SignerStub(_ => $$$"""
            "result":{"raw":"{{{Hex.Encode(expected.Raw.Span)}}}","tx":{"type":"0x2","nonce":"0x46","hash":"{{{expected.Hash}}}"}}
            """);
        using var signer = await stub.ConnectAsync();
        Assert.Equal(expected.Hash, (await signer.SignTransactionAsync(Transfer, CancellationToken.None)).Hash);
    }

    /// <summary>Any length of data, both parities, and words of r and s that begin with zeros.</summary>
    [Fact]
    public async Task Transactions_OfTheVectors_PassAsTheyAre()
    {
        foreach (var vector in ChainVectors.Transactions)
        {
            using var stub = new SignerStub(_ => $"\"result\":\"{vector.Raw}\"", $"\"result\":[\"{vector.From}\"]");
            using var signer = await RemoteSigner.ConnectAsync(stub.Endpoint, vector.From, ManualTime.Deadline, new ManualTime(), CancellationToken.None);
            Assert.Equal(vector.Hash, (await signer.SignTransactionAsync(vector.Request, CancellationToken.None)).Hash);
        }
    }

    [Fact]
    public async Task TypedData_IsSentAsTextUnderWeb3signersName()
    {
        var expected = await SignerStub.Key.SignTypedDataAsync(Mail, CancellationToken.None);
        using var stub = new SignerStub(_ => SignerStub.Result(expected.ToArray()));
        using var signer = await stub.ConnectAsync();
        Assert.Equal(expected, await signer.SignTypedDataAsync(Mail, CancellationToken.None));
        using var asked = JsonDocument.Parse(stub.Asked[1]);
        Assert.Equal("eth_signTypedData", asked.RootElement.GetProperty("method").GetString());
        var parameters = asked.RootElement.GetProperty("params");
        Assert.Equal(2, parameters.GetArrayLength());
        Assert.Equal(SignerStub.Key.Address.ToString(), parameters[0].GetString());
        Assert.Equal(Mail.ToJson(), parameters[1].GetString());
    }

    /// <summary>web3signer's own test of this method: its account, the data, and the signature that it answered with.</summary>
    [Fact]
    public async Task TypedData_OfWeb3signersOwnTest_IsTakenWithItsSignature()
    {
        const string Signature = "0x11cb46f70ad43da86e15ca7c6bb28356859a5f4ba430b44dbf1e65726d467be6072be9d1e5b40bd5b7abe8888eb91a69f0e6d56a8a094718ed8080baf02d61c31c";
        var account = Address.Parse("0x7577919ae5df4941180eac211965f275cdce314d");
        var data = new TypedData(
            new TypedDataDomain("My Dapp", "1.0", 1, Address.Parse("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")),
            [new TypedStruct("Person", [new("name", "string"), new("wallet", "address")])],
            new TypedValue.Struct("John Doe", Address.Parse("0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B")));
        using var stub = new SignerStub(_ => $"\"result\":\"{Signature}\"", $"\"result\":[\"{account}\"]");
        using var signer = await RemoteSigner.ConnectAsync(stub.Endpoint, account, ManualTime.Deadline, new ManualTime(), CancellationToken.None);
        Assert.Equal(Signature, Hex.Encode((await signer.SignTypedDataAsync(data, CancellationToken.None)).ToArray()));
    }

    [Fact]
    public async Task TypedData_SignedWithTheParityAlone_HasVAsContractsTakeIt()
    {
        var parities = new HashSet<byte>();
        for (ulong number = 0; number < 12; number++)
        {
            var data = new TypedData(Mail.Domain, [new TypedStruct("Number", [new("number", "uint64")])], new TypedValue.Struct(number));
            var expected = await SignerStub.Key.SignTypedDataAsync(data, CancellationToken.None);
            var bytes = expected.ToArray();
            bytes[64] -= 27;
            parities.Add(bytes[64]);
            using var stub = new SignerStub(_ => SignerStub.Result(bytes));
            using var signer = await stub.ConnectAsync();
            Assert.Equal(expected, await signer.SignTypedDataAsync(data, CancellationToken.None));
        }

        Assert.True(parities.SetEquals([0, 1]));
    }

    [Theory]
    [InlineData("""{"code":-32601,"message":"Method not found"}""")]
    [InlineData("""{"code":-32601,"message":""}""")]
    [InlineData("""{"code":-32603,"message":"Not implemented"}""")]
    [InlineData("""{"code":-32004,"message":"Method eth_signTypedData is not supported"}""")]
    [InlineData("""{"code":-32601,"message":"the method eth_signTypedData does not exist/is not available"}""")]
    public async Task TypedData_UnderANameThatTheEndpointLacks_IsAskedForUnderTheOtherAndThatIsRemembered(string error)
    {
        var expected = await SignerStub.Key.SignTypedDataAsync(Mail, CancellationToken.None);
        using var stub = new SignerStub(request => SignerStub.MethodOf(request) == "eth_signTypedData" ? $"\"error\":{error}" : SignerStub.Result(expected.ToArray()));
        using var signer = await stub.ConnectAsync();
        for (var time = 0; time < 2; time++) Assert.Equal(expected, await signer.SignTypedDataAsync(Mail, CancellationToken.None));
        Assert.Equal(["eth_accounts", "eth_signTypedData", "eth_signTypedData_v4", "eth_signTypedData_v4"], stub.Asked.Select(SignerStub.MethodOf));
    }

    [Fact]
    public async Task TypedData_UnderNoNameAtAll_IsRefusedByName()
    {
        using var stub = new SignerStub(_ => "\"error\":" + """{"code":-32601,"message":"Method not found"}""");
        using var signer = await stub.ConnectAsync();
        var failure = await Assert.ThrowsAsync<ChainException>(() => signer.SignTypedDataAsync(Mail, CancellationToken.None).AsTask());
        Assert.False(failure.IsTransient);
        Assert.Contains("eth_signTypedData: the endpoint does not sign typed data under this name or as eth_signTypedData_v4.", failure.Message);
    }

    /// <summary>web3signer's words where an account was taken away since.</summary>
    [Fact]
    public async Task Refusal_OfTheSigner_IsNamedAndNotAskedAgain()
    {
        using var stub = new SignerStub(_ => "\"error\":" + """{"code":-32000,"message":"From address is not an unlocked account"}""");
        using var signer = await stub.ConnectAsync();
        foreach (var failure in await FailuresAsync(signer))
        {
            Assert.Equal(ChainErrorKind.Unknown, failure.Kind);
            Assert.Contains("error -32000: From address is not an unlocked account", failure.Message);
        }

        Assert.Equal(["eth_accounts", "eth_signTransaction", "eth_signTypedData"], stub.Asked.Select(SignerStub.MethodOf));
    }

    [Fact]
    public async Task Data_ThatDoNotFitTheirTypes_AreNotSent()
    {
        using var stub = new SignerStub(_ => "\"result\":null");
        using var signer = await stub.ConnectAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => signer.SignTypedDataAsync(Mail with { Message = new TypedValue.Struct(7UL) }, CancellationToken.None).AsTask());
        Assert.Single(stub.Asked);
    }

    [Fact]
    public async Task Failure_OfTheConnection_IsAskedAgainLikeARead()
    {
        var expected = await SignerStub.Key.SignTransactionAsync(Transfer, CancellationToken.None);
        var requests = 0;
        using var server = StubServer.Replying(request => requests++ switch
        {
            0 => StubReply.Text(StubServer.Envelope(request, $"\"result\":[\"{SignerStub.Key.Address}\"]")),
            1 => StubReply.Text("away", 503),
            2 => StubReply.Text("{\"jsonrpc\""),
            _ => StubReply.Text(StubServer.Envelope(request, SignerStub.Result(expected.Raw))),
        });
        using var signer = await RemoteSigner.ConnectAsync(server.Endpoint, SignerStub.Key.Address, ManualTime.Deadline, new ManualTime(), CancellationToken.None);
        Assert.Equal(expected.Hash, (await signer.SignTransactionAsync(Transfer, CancellationToken.None)).Hash);
        Assert.Equal(4, server.Requests);
    }

    [Fact]
    public async Task Signer_ThatNeverAnswers_IsUnreachableAfterItsDeadline()
    {
        var time = new ManualTime();
        var waiting = 0;
        using var server = StubServer.Replying(request => SignerStub.MethodOf(request) == "eth_accounts"
            ? StubReply.Text(StubServer.Envelope(request, $"\"result\":[\"{SignerStub.Key.Address}\"]"))
            : Interlocked.Increment(ref waiting) == 1 ? new StubReply([], NeverAnswers: true) : StubReply.Text("away", 503));
        using var signer = await RemoteSigner.ConnectAsync(server.Endpoint, SignerStub.Key.Address, ManualTime.Deadline, time, CancellationToken.None);
        var signing = signer.SignTransactionAsync(Transfer, CancellationToken.None).AsTask();
        await server.Waiting.Task;
        time.EndDeadlines();
        var failure = await Assert.ThrowsAsync<ChainException>(() => signing);
        Assert.Equal(ChainErrorKind.Unreachable, failure.Kind);
        // The one that was waited for, and two more.
        Assert.Equal(3, waiting);
    }

    [Fact]
    public async Task Redirect_OfASigner_IsNotFollowed()
    {
        using var elsewhere = new SignerStub(_ => "\"result\":null");
        using var server = StubServer.Replying(_ => StubReply.Text(string.Empty, 307, $"Location: {elsewhere.Endpoint}\r\n"));
        await Assert.ThrowsAsync<ChainException>(() =>
            RemoteSigner.ConnectAsync(server.Endpoint, SignerStub.Key.Address, ManualTime.Deadline, new ManualTime(), CancellationToken.None));
        Assert.Empty(elsewhere.Asked);
    }

    private static async Task<IReadOnlyList<ChainException>> FailuresAsync(RemoteSigner signer) =>
    [
        await Assert.ThrowsAsync<ChainException>(() => signer.SignTransactionAsync(Transfer, CancellationToken.None).AsTask()),
        await Assert.ThrowsAsync<ChainException>(() => signer.SignTypedDataAsync(Mail, CancellationToken.None).AsTask()),
    ];
}
