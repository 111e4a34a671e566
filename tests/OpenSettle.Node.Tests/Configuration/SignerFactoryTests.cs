using System.Net;
using System.Net.Sockets;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Configuration;

/// <summary>The forms in which a key can be given, from the settings to a signer.</summary>
public sealed class SignerFactoryTests : IDisposable
{
    private const string Password = "5ec2e7 of a keystore";

    // What ethers 6.17 made of the first test account, with scrypt's N as low as it goes.
    private const string KeystoreText =
        """
        {"address":"f39fd6e51aad88f6f4ce6ab8827279cfffb92266","id":"74032680-8227-4d8a-884c-043da0b51da5","version":3,"Crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"9d5ccbfed4d0a8e3a3feb45a79875e15"},"ciphertext":"039cc5d07ce1550aab50cba698bec8e42361734fcb4c4f7c0cad2da7f8e458bb","kdf":"scrypt","kdfparams":{"salt":"14b5a96cf133a7492b976488bd778c1b1accf41a0b2bd6dde0d8720197304d5a","n":1024,"dklen":32,"p":1,"r":8},"mac":"d4a1327a94142526fd5a33adfb5dc2a584f208729a5d9dfe1c92f214c00baed1"}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-keys-").FullName;

    public static TheoryData<string, string> Accounts => new()
    {
        { World.OperatorKey.ToString(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" },
        { "mnemonic:0", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" },
        { "mnemonic:1", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" },
        { "mnemonic:m/44'/60'/0'/0/1", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" },
    };

    [Theory]
    [MemberData(nameof(Accounts))]
    public async Task Key_InEachForm_IsTheAccountThatItStandsFor(string form, string account)
    {
        var options = Options(new() { ["OPENSETTLE_OPERATOR_KEY"] = form, ["OPENSETTLE_MNEMONIC"] = World.Mnemonic });
        var signer = await Factory(options).OpenAsync(Settings.OperatorKey, options.OperatorKey!, CancellationToken.None);
        Assert.Equal(Address.Parse(account), signer.Address);
    }

    [Fact]
    public async Task Keys_OfAList_MayStandInDifferentForms()
    {
        var options = Options(new() { ["OPENSETTLE_ATTESTOR_KEYS"] = $"{World.OperatorKey}, mnemonic:1", ["OPENSETTLE_MNEMONIC"] = World.Mnemonic });
        var signers = await Factory(options).OpenAsync(Settings.AttestorKeys, options.AttestorKeys, CancellationToken.None);
        Assert.Equal([World.Operator, World.AttestorAddresses[0]], signers.Select(signer => signer.Address));
    }

    [Fact]
    public async Task Mnemonic_WithAPassphrase_HasOtherAccounts()
    {
        var options = Options(new() { ["OPENSETTLE_OPERATOR_KEY"] = "mnemonic:0", ["OPENSETTLE_MNEMONIC"] = World.Mnemonic, ["OPENSETTLE_MNEMONIC_PASSPHRASE"] = "5ec2e7" });
        var signer = await Factory(options).OpenAsync(Settings.OperatorKey, options.OperatorKey!, CancellationToken.None);
        Assert.NotEqual(World.Operator, signer.Address);
    }

    [Fact]
    public async Task Keystore_OfThePassword_IsOpened()
    {
        var path = Path.Combine(_folder, "key.json");
        await File.WriteAllTextAsync(path, KeystoreText);
        var options = Options(new() { ["OPENSETTLE_OPERATOR_KEY"] = $"keystore:{path}", ["OPENSETTLE_KEY_PASSWORD"] = Password });
        var signer = await Factory(options).OpenAsync(Settings.OperatorKey, options.OperatorKey!, CancellationToken.None);
        Assert.Equal(World.Operator, signer.Address);
    }

    [Fact]
    public async Task Keystore_ThatCannotBeOpened_NamesFileSettingAndRemedy()
    {
        var path = Path.Combine(_folder, "key.json");
        var form = $"keystore:{path}";
        Assert.Contains("keyPassword is not set", await RefusalAsync(new() { ["OPENSETTLE_OPERATOR_KEY"] = form }), StringComparison.Ordinal);
        var environment = new Dictionary<string, string> { ["OPENSETTLE_OPERATOR_KEY"] = form, ["OPENSETTLE_KEY_PASSWORD"] = "5ec2e7 wrong" };
        Assert.StartsWith($"operatorKey: cannot read keystore {path}: ", await RefusalAsync(environment), StringComparison.Ordinal);
        foreach (var text in new[] { KeystoreText, "{}", "not a keystore", new string('x', 100_000) })
        {
            await File.WriteAllTextAsync(path, text);
            var refusal = await RefusalAsync(environment);
            Assert.StartsWith($"operatorKey: keystore {path}: ", refusal, StringComparison.Ordinal);
            Assert.EndsWith("Check the file, and keyPassword.", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Mnemonic_MissingOrWrong_IsSaidWithoutItsWords()
    {
        Assert.Contains("mnemonic is not set", await RefusalAsync(new() { ["OPENSETTLE_OPERATOR_KEY"] = "mnemonic:0" }), StringComparison.Ordinal);
        var wrong = World.Mnemonic.Replace("junk", "test", StringComparison.Ordinal);
        var refusal = await RefusalAsync(new() { ["OPENSETTLE_OPERATOR_KEY"] = "mnemonic:0", ["OPENSETTLE_MNEMONIC"] = wrong });
        Assert.StartsWith("mnemonic: ", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("test", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signer_ThatIsNotThere_IsSaidWithTheSettingThatNamesIt()
    {
        Assert.Contains("signerUrl is not set", await RefusalAsync(new() { ["OPENSETTLE_OPERATOR_KEY"] = $"remote:{World.Operator}" }), StringComparison.Ordinal);
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var options = Options(new() { ["OPENSETTLE_OPERATOR_KEY"] = $"remote:{World.Operator}", ["OPENSETTLE_SIGNER_URL"] = $"http://user:5ec2e7@127.0.0.1:{port}/" });
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => Factory(options).OpenAsync(Settings.OperatorKey, options.OperatorKey!, CancellationToken.None));
        Assert.StartsWith($"operatorKey: http://127.0.0.1:{port}: eth_accounts: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("signerUrl", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("5ec2e7", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Reference_AsAFlag_IsTaken()
    {
        var flags = new Dictionary<string, string> { ["operatorKey"] = $"remote:{World.Operator}", ["attestorKeys"] = "mnemonic:0,keystore:key.json", ["senderKey"] = "mnemonic:7" };
        var settings = SettingsReader.Read(null, new Dictionary<string, string>(), flags);
        Assert.Equal("mnemonic:7", settings.Find(Settings.SenderKey));
        flags["attestorKeys"] = $"mnemonic:0,{World.OperatorKey}";
        Assert.Contains("other users see the flags", Assert.Single(Assert.Throws<SettingsException>(() =>
            SettingsReader.Read(null, new Dictionary<string, string>(), flags)).Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keystore:")]
    [InlineData("mnemonic:")]
    [InlineData("mnemonic:0/1")]
    [InlineData("mnemonic:2147483648")]
    [InlineData("mnemonic:n/44'")]
    [InlineData("mnemonic:m/")]
    [InlineData("mnemonic:1'")]
    [InlineData("remote:")]
    [InlineData("remote:0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266")]
    public void Source_InNoKnownForm_IsNone(string value) => Assert.Null(KeySource.Find(value));

    [Fact]
    public void Source_Printed_ShowsNoKey() => Assert.DoesNotContain(World.OperatorKey.ToString()[2..8], KeySource.Of(World.OperatorKey).ToString());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private NodeOptions Options(Dictionary<string, string> environment)
    {
        var deployment = Path.Combine(_folder, "deployment.json");
        File.WriteAllText(deployment, SettingsTests.DeploymentText);
        environment["OPENSETTLE_DEPLOYMENT"] = deployment;
        environment["OPENSETTLE_RPC_TIMEOUT_SECONDS"] = "5";
        return NodeOptions.From(SettingsReader.Read(null, environment, new Dictionary<string, string>()));
    }

    private async Task<string> RefusalAsync(Dictionary<string, string> environment)
    {
        var options = Options(environment);
        var refusal = await Assert.ThrowsAsync<SettingsException>(() => Factory(options).OpenAsync(Settings.OperatorKey, options.OperatorKey!, CancellationToken.None));
        var problem = Assert.Single(refusal.Problems);
        Assert.DoesNotContain("5ec2e7", problem, StringComparison.Ordinal);
        return problem;
    }

    // The provider's clock is real: nothing here waits for it, but an unreachable signer is asked again.
    private static SignerFactory Factory(NodeOptions options) => new(options, new BuiltinProvider(TimeProvider.System), TimeProvider.System);
}
