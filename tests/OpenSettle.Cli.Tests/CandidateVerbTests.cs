using System.Globalization;
using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Tests;

/// <summary>A candidate on its way to a key that is where there is no network, and a word on its way back. Checking it against a chain is in the end-to-end tests.</summary>
public sealed class CandidateVerbTests : IAsyncLifetime, IDisposable
{
    private const ulong ChainId = 31337;

    private static readonly Address Vault = Address.Parse("0x3333333333333333333333333333333333333333");
    private static readonly IChainProvider Provider = Providers.Choose("builtin", TimeProvider.System);
    private static readonly Hash32 Key = Keccak256.HashText("attestor");
    private static readonly Address Attestor = Provider.SignerFromPrivateKey(Key).Address;

    private static readonly Proposal Waiting = new(
        7, 1, 2, Keccak256.HashText("before"), Keccak256.HashText("root"), Hash32.Zero, Keccak256.HashText("records"), Keccak256.HashText("bundle"), 900, Keccak256.HashText("block"),
        [new TokenTotal(Address.Zero, UInt256.Parse("1500000000000000000"))], [], "https://settle.example/bundles/7");

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-candidate-").FullName;
    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    private string Deployment => Put("deployment.json", """
        {"chainId":31337,"deployedAtBlock":1,"contracts":{"registry":"0x1111111111111111111111111111111111111111","rail":"0x2222222222222222222222222222222222222222",
         "vault":"0x3333333333333333333333333333333333333333","resolver":"0x4444444444444444444444444444444444444444"},"tokens":[{"address":"0x0000000000000000000000000000000000000000","symbol":"ETH","decimals":18}]}
        """);

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Show_OfACandidate_SaysWhoSignedWhoRefusesAndWhy()
    {
        Node.Answer("/api/v1/candidate", Answer(Waiting, """, "signed":false, "why":"account 1 gets \u001b[2Jtoo much", "at":1700000000"""));
        var (code, output, errors) = await Node.RunAsync("candidate", "show");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("Epoch 7, attempt 1: 1 of 2 signatures", output, StringComparison.Ordinal);
        Assert.Contains("account 1 gets \\u{1b}[2Jtoo much", output, StringComparison.Ordinal);
        Node.Answer("/api/v1/candidate", "{}");
        Assert.Equal("Nothing waits for signatures.", (await Node.RunAsync("candidate", "show")).Output.Trim());
    }

    [Fact]
    public async Task Export_ThenSign_GivesAWordThatIsTheAttestors()
    {
        var file = await ExportAsync(Waiting);
        var (code, output, errors) = await SignAsync(file, "--out", PathOf("word.json"), "--yes");
        Assert.True(code == 0, errors);
        // What is signed is told in words.
        Assert.All(
            (string[])["epoch      7, attempt 1", "up to      block 900", "promises   1.5 ETH, since the beginning", $"root       {Waiting.Root}", $"bundle     {Waiting.BundleHash}", $"vault      {Vault.ToChecksumString()} on chain 31337"],
            words => Assert.Contains(words, output, StringComparison.Ordinal));
        var word = JsonDocument.Parse(await File.ReadAllTextAsync(PathOf("word.json"))).RootElement;
        var digest = ProposalTypedData.Of(ChainId, Vault, Waiting).Digest();
        Assert.Equal((digest.ToString(), JsonValueKind.Null), (word.GetProperty("digest").GetString(), word.GetProperty("why").ValueKind));
        Assert.Equal(Attestor, SignerOf(word, digest));
    }

    [Fact]
    public async Task Sign_OfARefusal_SignsTheReasonAndNotTheCandidate()
    {
        var file = await ExportAsync(Waiting);
        var (code, _, errors) = await SignAsync(file, "--out", PathOf("word.json"), "--yes", "--refuse", "its bundle cannot be had");
        Assert.True(code == 0, errors);
        var word = JsonDocument.Parse(await File.ReadAllTextAsync(PathOf("word.json"))).RootElement;
        var digest = ProposalTypedData.Of(ChainId, Vault, Waiting).Digest();
        Assert.Equal((digest.ToString(), "its bundle cannot be had"), (word.GetProperty("digest").GetString(), word.GetProperty("why").GetString()));
        Assert.Equal(Attestor, SignerOf(word, RefusalTypedData.Of(ChainId, Vault, digest, "its bundle cannot be had").Digest()));
        Assert.NotEqual(Attestor, SignerOf(word, digest));
        (code, _, errors) = await SignAsync(file, "--out", PathOf("second.json"), "--yes", "--refuse", "");
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Contains("--refuse: a reason has 1 to 2000 characters", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mnemonic:0", "test test test test test test test test test test test junk", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")]
    [InlineData("keystore", null, null)]
    public async Task Sign_ByAKeyOfAnotherForm_IsThatKeys(string form, string? words, string? account)
    {
        string[] keys = ["--attestor-keys", form, "--mnemonic", $"file:{Put("words", words ?? string.Empty)}"];
        if (words is null)
        {
            var made = await CannedNode.RunAloneAsync(string.Empty, "keys", "new", "--out", PathOf("attestor.json"), "--key-password", $"file:{Put("password", "a password")}", "--json");
            account = JsonDocument.Parse(made.Output).RootElement.GetProperty("keys")[0].GetProperty("account").GetString();
            keys = ["--attestor-keys", $"keystore:{PathOf("attestor.json")}", "--key-password", $"file:{PathOf("password")}"];
        }

        var file = await ExportAsync(Waiting, Address.Parse(account!));
        var (code, _, errors) = await SignAsync(file, [.. keys, "--out", PathOf("word.json"), "--yes"]);
        Assert.True(code == 0, errors);
        var word = JsonDocument.Parse(await File.ReadAllTextAsync(PathOf("word.json"))).RootElement;
        Assert.Equal(account, word.GetProperty("attestor").GetString());
        Assert.Equal(Address.Parse(account!), SignerOf(word, ProposalTypedData.Of(ChainId, Vault, Waiting).Digest()));
    }

    [Theory]
    [InlineData("\"epoch\": 7", "\"epoch\": 8", "epoch is 8, and its proposal's is 7")]
    [InlineData("1500000000000000000", "1400000000000000000", "totals is")]
    [InlineData("\"lastBlock\": 900", "\"lastBlock\": 901", "lastBlock is 901")]
    [InlineData("\"digest\": \"0x", "\"digest\": \"0x00", "digest is")]
    [InlineData("https://settle.example/bundles/7", "https://settle.example/bundles/8", "bundleUri is")]
    [InlineData("\"chainId\": 31337", "\"chainId\": 1", "Nothing is signed for another vault")]
    [InlineData("0x3333333333333333333333333333333333333333", "0x3333333333333333333333333333333333333334", "Nothing is signed for another vault")]
    public async Task Sign_OfAFileThatSaysSomethingElseThanItsProposal_SignsNothing(string from, string to, string what)
    {
        var file = await ExportAsync(Waiting);
        var text = await File.ReadAllTextAsync(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(from, to, StringComparison.Ordinal));
        var (code, output, errors) = await SignAsync(file, "--out", PathOf("word.json"), "--yes");
        Assert.Equal(((int)ExitCode.Refused, ""), (code, output));
        Assert.Contains(what, errors, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("word.json")));
    }

    [Fact]
    public async Task Sign_OfAnotherProposalThanTheFileTells_SignsNothing()
    {
        var file = await ExportAsync(Waiting);
        var other = Hex.Encode((Waiting with { Root = Keccak256.HashText("another root") }).Encode());
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(Hex.Encode(Waiting.Encode()), other, StringComparison.Ordinal));
        var (code, _, errors) = await SignAsync(file, "--out", PathOf("word.json"), "--yes");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("it does not hold together: digest is", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_WithoutAWord_OrByNoAttestor_OrByTwo_OrOverAWord_WritesNothing()
    {
        var file = await ExportAsync(Waiting);
        async Task RefusedAsync(ExitCode expected, string words, params string[] arguments)
        {
            var (code, _, errors) = await SignAsync(file, arguments);
            Assert.Equal((int)expected, code);
            Assert.Contains(words, errors, StringComparison.Ordinal);
            Assert.False(File.Exists(PathOf("word.json")));
        }

        await RefusedAsync(ExitCode.Usage, "--yes: nobody is there to be asked", "--out", PathOf("word.json"));
        await RefusedAsync(ExitCode.Usage, "--out: name the file", "--yes");
        await RefusedAsync(ExitCode.Usage, "attestorKeys: it names 2 keys", "--yes", "--out", PathOf("word.json"), "--attestor-keys", $"file:{Put("two.key", $"{Key},{Keccak256.HashText("another")}")}");
        await RefusedAsync(ExitCode.Refused, "is none of the vault's attestors", "--yes", "--out", PathOf("word.json"), "--attestor-keys", $"file:{Put("other.key", Keccak256.HashText("another").ToString())}");
        var there = Put("there.json", "a word of before");
        await RefusedAsync(ExitCode.Usage, "is not written over", "--yes", "--out", there);
        Assert.Equal("a word of before", await File.ReadAllTextAsync(there));
        var (code, output, _) = await SignAsync(file, "--dry-run", "--json");
        Assert.Equal(0, code);
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(output).RootElement.GetProperty("word").ValueKind);
    }

    [Fact]
    public async Task Export_OfACandidateThatDoesNotHoldTogether_WritesNothing()
    {
        Node.Answer("/api/v1/candidate", Answer(Waiting, """, "signed":false""").Replace(Waiting.Root.ToString(), Keccak256.HashText("another").ToString(), StringComparison.Ordinal));
        var (code, _, errors) = await Node.RunAsync("candidate", "export", "--deployment", Deployment, "--out", PathOf("candidate.json"));
        Assert.Equal((int)ExitCode.Disagrees, code);
        Assert.Contains("the leader's candidate does not hold together: root is", errors, StringComparison.Ordinal);
        Node.Answer("/api/v1/candidate", """{"candidate":{"proposal":"0x1234","threshold":2,"attestors":[]}}""");
        Assert.Equal((int)ExitCode.Api, (await Node.RunAsync("candidate", "export", "--deployment", Deployment, "--out", PathOf("candidate.json"))).Code);
        Node.Answer("/api/v1/candidate", "{}");
        Assert.Equal((int)ExitCode.Refused, (await Node.RunAsync("candidate", "export", "--deployment", Deployment, "--out", PathOf("candidate.json"))).Code);
        Assert.False(File.Exists(PathOf("candidate.json")));
    }

    [Fact]
    public async Task Export_WithABundleThatNobodyHas_WritesNothing()
    {
        Node.Answer("/api/v1/candidate", Answer(Waiting with { BundleUri = string.Empty }, """, "signed":false"""));
        var (code, _, errors) = await Node.RunAsync("candidate", "export", "--deployment", Deployment, "--out", PathOf("candidate.json"), "--bundle", PathOf("bundles"));
        Assert.Equal((int)ExitCode.Api, code);
        Assert.Contains("--bundle: it cannot be had: ", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("candidate.json")));
    }

    [Fact]
    public async Task Submit_OfWords_SaysWhatTheNodeMakesOfEach()
    {
        var file = await ExportAsync(Waiting);
        Assert.Equal(0, (await SignAsync(file, "--out", PathOf("word.json"), "--yes")).Code);
        Node.Answer("/api/v1/candidate/words", "{}");
        var (code, output, errors) = await Node.RunAsync("candidate", "submit", PathOf("word.json"), "--json");
        Assert.Equal((0, ""), (code, errors));
        var answer = JsonDocument.Parse(output).RootElement;
        Assert.True(Assert.Single(answer.GetProperty("words").EnumerateArray()).GetProperty("taken").GetBoolean());
        Assert.Equal((1, 2), (answer.GetProperty("signatures").GetInt32(), answer.GetProperty("threshold").GetInt32()));

        Node.Answer("/api/v1/candidate/words", """{"title":"The word was not taken","detail":"It is not of the candidate that waits for signatures now."}""", 409);
        (code, output, errors) = await Node.RunAsync("candidate", "submit", PathOf("word.json"));
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains($"of {Attestor.ToChecksumString()}: the node refuses: The word was not taken. It is not of the candidate", output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 words were not taken", errors, StringComparison.Ordinal);
        (code, _, errors) = await Node.RunAsync("candidate", "submit", Put("no-word.json", "{}"));
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Contains("is no word on a candidate", errors, StringComparison.Ordinal);
    }

    private static string Answer(Proposal proposal, string attestor) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"candidate":{"epoch":{{proposal.Epoch}},"attempt":{{proposal.Attempt}},"root":"{{proposal.Root}}","bundleHash":"{{proposal.BundleHash}}","bundleUri":"{{proposal.BundleUri}}",
         "digest":"{{ProposalTypedData.Of(ChainId, Vault, proposal).Digest()}}","proposal":"{{Hex.Encode(proposal.Encode())}}","threshold":2,
         "attestors":[{"attestor":"{{Attestor}}"{{attestor}}},{"attestor":"0x5555555555555555555555555555555555555555","signed":true,"signature":"0x00","at":1700000000}]
        } }
        """);

    private static Address? SignerOf(JsonElement word, Hash32 digest)
    {
        Assert.True(Hex.TryDecode(word.GetProperty("signature").GetString()!, out byte[] signature));
        return AccountSignature.KeyOf(Provider.Recover, digest, signature);
    }

    private async Task<string> ExportAsync(Proposal proposal, Address? attestor = null)
    {
        Node.Answer("/api/v1/candidate", Answer(proposal, """, "signed":false""").Replace(Attestor.ToString(), (attestor ?? Attestor).ToString(), StringComparison.Ordinal));
        var (code, output, errors) = await Node.RunAsync("candidate", "export", "--deployment", Deployment, "--out", PathOf("candidate.json"));
        Assert.True(code == 0, errors);
        Assert.Contains("Nobody has checked it yet", output, StringComparison.Ordinal);
        return PathOf("candidate.json");
    }

    private Task<(int Code, string Output, string Errors)> SignAsync(string file, params string[] more) => CannedNode.RunAloneAsync(
        string.Empty,
        ["candidate", "sign", file, "--deployment", Deployment, .. more.Contains("--attestor-keys") ? (string[])[] : ["--attestor-keys", $"file:{Put("attestor.key", Key.ToString())}"], .. more]);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Put(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
