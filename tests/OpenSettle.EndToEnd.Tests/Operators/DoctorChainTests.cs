using System.Buffers.Binary;
using OpenSettle.Demo.Stage;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Doctor;
using OpenSettle.Primitives;
using OpenSettle.Tests.Shared;

namespace OpenSettle.EndToEnd.Tests.Operators;

/// <summary>Faults of chain, keys and contracts that are planted one by one: the doctor names each, and nothing else.</summary>
public sealed class DoctorChainTests(SettledFixture stage) : IClassFixture<SettledFixture>
{
    [Fact]
    public async Task Doctor_AllIsWell_FindsNothingBesideARunningNodeAndWithoutOne()
    {
        (await RunAsync([])).IsWell();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var data = stage.CopyOfData();
        var port = Workspace.FreePort();
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, port, limit.Token, dataDir: data);
        var beside = await RunAsync(new() { ["--data-dir"] = data, ["--listen"] = $"http://127.0.0.1:{port}", ["--bundle-url"] = $"http://127.0.0.1:{port}/bundles" });
        beside.IsWell();
        Assert.Contains(beside.Findings, finding => finding.Check == "listen" && finding.Text.Contains("this deployment's node answers", StringComparison.Ordinal));
        Assert.Contains(beside.Findings, finding => finding.Check == "bundleUrl" && finding.Text.Contains("has the last bundle", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Doctor_UnusableSettings_NamesEachOfThem()
    {
        var run = await RunAsync(new() { ["--epoch-seconds"] = "never", ["--max-fee-gwei"] = "-1" });
        run.Finds("settings", "epochSeconds", "'never'");
        run.Finds("settings", "maxFeeGwei");
    }

    [Fact]
    public async Task Doctor_RpcDown_NamesIt() => (await RunAsync(new() { ["--rpc"] = $"http://127.0.0.1:{Workspace.FreePort()}" })).Finds("rpc", "Check that the endpoint runs");

    [Fact]
    public async Task Doctor_OneOfThreeEndpointsDown_Warns()
    {
        using var other = new FaultProxy(stage.Chain.Rpc);
        (await RunAsync(new() { ["--rpc"] = $"{stage.Chain.Rpc},{other.Endpoint},http://127.0.0.1:{Workspace.FreePort()}" })).Warns("rpc", "The others are enough");
    }

    [Fact]
    public async Task Doctor_OtherChain_NamesBoth()
    {
        using var proxy = new FaultProxy(stage.Chain.Rpc).On("eth_chainId", Fault.Change(_ => "0x2105"));
        (await RunAsync(new() { ["--rpc"] = proxy.Endpoint.ToString() })).Finds("rpc", "is chain 8453", "chain 31337", "Set rpc or deployment");
    }

    [Fact]
    public async Task Doctor_StaleHead_IsAFaultWhereBothHaveToAgreeAndAWarningElsewhere()
    {
        using var proxy = new FaultProxy(stage.Chain.Rpc) { HoldBack = 12 };
        var endpoints = $"{stage.Chain.Rpc},{proxy.Endpoint}";
        (await RunAsync(new() { ["--rpc"] = endpoints })).Finds("rpc", proxy.Endpoint.ToString().TrimEnd('/'), "is at block");
        (await RunAsync(new() { ["--rpc"] = endpoints, ["--rpc-quorum"] = "1" })).Warns("rpc", "The others are enough");
    }

    [Fact]
    public async Task Doctor_NothingFinal_NamesFinality()
    {
        using var proxy = new FaultProxy(stage.Chain.Rpc) { Rule = call => call.Method == "eth_getBlockByNumber" && call.First == "finalized" ? Fault.Null : null };
        (await RunAsync(new() { ["--rpc"] = proxy.Endpoint.ToString(), ["--finality"] = "finalized" })).Finds("rpc", "calls no block final", "Set finality");
    }

    [Fact]
    public async Task Doctor_NoReceipts_NamesCompleteness()
    {
        var missing = Fault.Error(-32601, "the method does not exist");
        using var proxy = new FaultProxy(stage.Chain.Rpc).On("eth_getBlockReceipts", missing).On("eth_getTransactionReceipt", missing);
        // A block without transactions has no receipts to be asked for: there is always a recent one that has some.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await new Market(stage.Chain, stage.Deployment).SendAsync(stage.Cast.Bank, stage.Cast.Ada.Address, ReadOnlyMemory<byte>.Empty, 1, limit.Token);
        (await RunAsync(new() { ["--rpc"] = proxy.Endpoint.ToString() })).Finds("reads", "completeness receipts");
    }

    [Fact]
    public async Task Doctor_NoStateOfFinalBlocks_Warns()
    {
        using var proxy = new FaultProxy(stage.Chain.Rpc)
        {
            Rule = call => call.Method == "eth_call" && call.Parameters is [_, var block] && block?.GetValue<string>() is not "latest" ? Fault.Error(-32000, "missing trie node") : null,
        };
        (await RunAsync(new() { ["--rpc"] = proxy.Endpoint.ToString() })).Warns("reads", "keeps no state");
    }

    [Fact]
    public async Task Doctor_NoContractAtTheVault_NamesIt() =>
        (await RunAsync(new() { ["--deployment"] = await DeploymentWithVaultAsync("0x00000000000000000000000000000000000000fe"), ["--data-dir"] = Nowhere() })).Finds("contracts", "no contract at", "the vault");

    [Fact]
    public async Task Doctor_OtherCodeAtTheVault_NamesIt() =>
        (await RunAsync(new() { ["--deployment"] = await DeploymentWithVaultAsync(stage.Deployment.Id.Rail.ToString()), ["--data-dir"] = Nowhere() })).Finds("contracts", "is not this version's RoyaltySplit");

    [Fact]
    public async Task Doctor_OperatorWithoutCoin_NamesItsAccount()
    {
        var keys = DoctorRun.KeysOf(stage.Cast);
        keys["OPENSETTLE_OPERATOR_KEY"] = Keccak256.HashText("nobody ever sent this one anything").ToString();
        var run = await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal) { ["--data-dir"] = Nowhere() }, keys);
        run.Finds("funds", "has 0 of the chain's coin", "Send coin to 0x");
    }

    [Fact]
    public async Task Doctor_DearGas_NamesTheSettingThatWaits()
    {
        using var proxy = new FaultProxy(stage.Chain.Rpc).On("eth_maxPriorityFeePerGas", Fault.Change(_ => "0x746a528800"));
        (await RunAsync(new() { ["--rpc"] = proxy.Endpoint.ToString() })).Warns("funds", "500", "Raise maxFeeGwei");
    }

    [Fact]
    public async Task Doctor_AttestorOfNobody_IsNamed()
    {
        var keys = DoctorRun.KeysOf(stage.Cast);
        keys["OPENSETTLE_ATTESTOR_KEYS"] += $",{stage.Cast.RelayerKey}";
        var run = await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal), keys);
        run.Warns("attestors", "is not an attestor of this vault", "attestorKeys");
    }

    [Fact]
    public async Task Doctor_TooFewAttestors_SaysHowMany()
    {
        var keys = DoctorRun.KeysOf(stage.Cast);
        keys["OPENSETTLE_ATTESTOR_KEYS"] = stage.Cast.AttestorKeys[0].ToString();
        (await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal), keys)).Warns("attestors", "wants 2 signatures, and 1 of the keys", "attest-node");
    }

    [Theory]
    [InlineData("watch", "OPENSETTLE_GUARDIAN_KEY", "mnemonic:5", null)]
    [InlineData("watch", "OPENSETTLE_GUARDIAN_KEY", "mnemonic:6", "it cannot veto")]
    [InlineData("watch", null, null, null)]
    [InlineData("attest", "OPENSETTLE_ATTESTOR_KEYS", "mnemonic:2", null)]
    public async Task Doctor_OfAWitness_LooksAtTheKeysThatItsRoleNeeds(string role, string? setting, string? key, string? fault)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_ROLES"] = role, ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic, ["OPENSETTLE_LEADERS"] = $"http://127.0.0.1:{stage.Port}" };
        if (setting is not null) keys[setting] = key ?? string.Empty;
        var run = await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal) { ["--data-dir"] = Nowhere(), ["--listen"] = $"http://127.0.0.1:{Workspace.FreePort()}" }, keys);
        if (fault is not null) run.Finds("guardian", fault, "guardianKey");
        else Assert.All(run.Findings, finding => Assert.True(finding.Level is "ok" or "skipped", $"{finding.Check}: {finding.Text}"));
    }

    [Fact]
    public async Task Doctor_NoKeys_SaysHowToGiveThem() =>
        (await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal))).Finds("keys", "operatorKey is not set", "OPENSETTLE_OPERATOR_KEY");

    [Fact]
    public async Task Doctor_SignerAway_NamesSignerUrl()
    {
        var keys = DoctorRun.KeysOf(stage.Cast);
        keys["OPENSETTLE_OPERATOR_KEY"] = $"remote:{stage.Cast.Operator}";
        keys["OPENSETTLE_SIGNER_URL"] = $"http://127.0.0.1:{Workspace.FreePort()}";
        (await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal), keys)).Finds("keys", "operatorKey", "signerUrl");
    }

    [Fact]
    public async Task Doctor_WrongPassword_NamesTheKeystore()
    {
        var (keystore, password, wrong) = (stage.Workspace.PathOf("operator.json"), Private("password", "right\n"), Private("wrong", "wrong\n"));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var key = Private("operator.key", stage.Cast.OperatorKey.ToString());
        Assert.Equal(0, (await Command.RunAsync(stage.Workspace, ["keys", "import", key, "--out", keystore, "--key-password", $"file:{password}"], limit.Token)).Code);
        var keys = DoctorRun.KeysOf(stage.Cast);
        keys["OPENSETTLE_OPERATOR_KEY"] = $"keystore:{keystore}";
        (await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal) { ["--key-password"] = $"file:{password}" }, keys)).IsWell();
        var run = await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal) { ["--key-password"] = $"file:{wrong}" }, keys);
        run.Finds("keys", "operatorKey", keystore, "password");

        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(keystore, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        run = await DoctorRun.OfAsync(stage, new Dictionary<string, string>(StringComparer.Ordinal) { ["--key-password"] = $"file:{password}" }, keys);
        run.Warns("secrets", keystore, "everybody on this machine", "chmod 600");
        Assert.Single(run.Findings, finding => finding.Level == "warning");
    }

    [Theory]
    [InlineData(-3600, "behind")]
    [InlineData(3600, "ahead of")]
    public async Task Doctor_ClockOff_IsTheOnlyFault(int seconds, string which)
    {
        var flags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["rpc"] = stage.Chain.Rpc.ToString(), ["deployment"] = stage.Deployment.File, ["dataDir"] = stage.Data, ["finality"] = "1", ["listen"] = $"http://127.0.0.1:{stage.Port}", ["client"] = stage.Chain.Provider.Name,
        };
        var options = NodeOptions.From(SettingsReader.Read(null, DoctorRun.KeysOf(stage.Cast), flags));
        var findings = new List<Finding>();
        await foreach (var finding in Examination.RunAsync(options, [], new Shifted(TimeSpan.FromSeconds(seconds)), CancellationToken.None)) findings.Add(finding);
        var fault = Assert.Single(findings, finding => finding.Level != FindingLevel.Ok);
        Assert.Equal(("clock", FindingLevel.Fault), (fault.Check, fault.Level));
        Assert.Contains($"{which} that of", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_PausedVault_WarnsUntilItIsOver()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var market = new Market(stage.Chain, stage.Deployment);
        var guardian = new Person("Guardian", stage.Cast.Guardian);
        var seconds = new byte[UInt256.Size];
        BinaryPrimitives.WriteUInt32BigEndian(seconds.AsSpan(UInt256.Size - sizeof(uint)), 600);
        await market.SendAsync(guardian, stage.Deployment.Id.Vault, (byte[])[.. Keccak256.HashText("pause(uint32)").ToArray().AsSpan(0, 4), .. seconds], UInt256.Zero, limit.Token);
        try
        {
            (await RunAsync([])).Warns("vault", "paused", "guardian");
        }
        finally
        {
            await market.SendAsync(guardian, stage.Deployment.Id.Vault, Keccak256.HashText("unpause()").ToArray().AsMemory(0, 4), UInt256.Zero, limit.Token);
        }

        (await RunAsync([])).IsWell();
    }

    private Task<DoctorRun> RunAsync(Dictionary<string, string> flags) => DoctorRun.OfAsync(stage, flags);

    private string Nowhere() => stage.Workspace.PathOf($"none-{Guid.NewGuid():n}");

    private string Private(string name, string text)
    {
        var path = stage.Workspace.PathOf(name);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private async Task<string> DeploymentWithVaultAsync(string vault)
    {
        var text = await File.ReadAllTextAsync(stage.Deployment.File);
        var file = Nowhere() + ".json";
        var known = stage.Deployment.Id.Vault.ToChecksumString();
        Assert.Contains(known, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(known, vault, StringComparison.Ordinal));
        return file;
    }

    /// <summary>The real time, and a clock that is wrong about it.</summary>
    private sealed class Shifted(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
