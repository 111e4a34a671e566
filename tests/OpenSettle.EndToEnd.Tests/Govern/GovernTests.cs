using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using static OpenSettle.EndToEnd.Tests.Govern.GovernCommand;

namespace OpenSettle.EndToEnd.Tests.Govern;

/// <summary>Each step of docs/runbook.md that is taken at the vault, on a real one. Every test leaves the vault as it was.</summary>
public sealed class GovernTests(StageFixture stage) : IClassFixture<StageFixture>, IDisposable
{
    private const int NextGovernor = 18;
    private const int NextGuardian = 11;

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(3));

    private GovernCommand Command => new(stage, _limit.Token);

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Show_OfANewVault_SaysWhoItIs()
    {
        var shown = await Command.ShowAsync();
        Assert.Equal(stage.Cast.Governor.Address.ToChecksumString(), shown.GetProperty("governor").GetString());
        Assert.Equal(stage.Cast.Guardian.Address.ToChecksumString(), shown.GetProperty("guardian").GetString());
        Assert.Equal(stage.Cast.Attestors.Select(attestor => attestor.Address.ToChecksumString()), Texts(shown.GetProperty("attestors")));
        Assert.Equal((2U, Deployment.WindowSeconds, false), (shown.GetProperty("threshold").GetUInt32(), shown.GetProperty("windowSeconds").GetUInt32(), shown.GetProperty("governorIsContract").GetBoolean()));
        Assert.Equal((0, JsonValueKind.Null), (shown.GetProperty("scheduled").GetArrayLength(), shown.GetProperty("proposal").ValueKind));
        var (code, page) = await Command.RunAsync(null, "show");
        Assert.Equal(0, code);
        Assert.Contains("2 of 3 sign", page, StringComparison.Ordinal);
        Assert.Contains("scheduled  nothing", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_AreNamedBeforeAnythingIsSent()
    {
        var (governor, guardian) = (stage.Cast.Governor.Address.ToChecksumString(), stage.Cast.Guardian.Address.ToChecksumString());
        var (member, other) = (stage.Cast.Attestors[0].Address.ToChecksumString(), stage.Cast.Ada.Address.ToChecksumString());
        var before = await NonceAsync(stage.Cast.Governor.Address);
        await Command.RefusedAsync(null, 2, "senderKey is not set", "window", "60");
        await Command.RefusedAsync(Stranger, 6, "is not the governor", "window", "60", "--yes");
        await Command.RefusedAsync(Stranger, 6, "is not the guardian", "pause", "60", "--yes");
        await Command.RefusedAsync(Governor, 2, "--dry-run, --calldata: choose one", "window", "60", "--dry-run", "--calldata");
        await Command.RefusedAsync(Governor, 2, "4 of 3 attestors cannot sign", "attestors", "--threshold", "4", "--yes");
        await Command.RefusedAsync(Governor, 2, "1 attestors cannot sign", "attestors", "--set", other, "--yes");
        await Command.RefusedAsync(Governor, 2, "stands there twice", "attestors", "--set", $"{other},{other},{member}", "--yes");
        await Command.RefusedAsync(Governor, 2, "is not an account", "attestors", "--add", Address.Zero.ToString(), "--yes");
        await Command.RefusedAsync(Governor, 6, "is an attestor already", "attestors", "--add", member, "--yes");
        await Command.RefusedAsync(Governor, 6, "is not an attestor", "attestors", "--remove", other, "--yes");
        await Command.RefusedAsync(Governor, 6, "nothing would change", "attestors", "--threshold", "2", "--yes");
        await Command.RefusedAsync(Governor, 6, "nothing would change", "governor", governor, "--yes");
        await Command.RefusedAsync(Governor, 6, "each of the two has to watch the other", "governor", guardian, "--yes");
        await Command.RefusedAsync(Governor, 6, "BadWindow", "window", "1", "--yes");
        await Command.RefusedAsync(Governor, 2, "is not TOKEN:SMALLEST", "tokens", $"{other}:0", "--yes");
        await Command.RefusedAsync(Governor, 6, "there is no contract", "tokens", $"{other}:1", "--yes");
        await Command.RefusedAsync(Governor, 6, "is listed already", "tokens", $"{stage.Deployment.Dollar.Address}:1", "--yes");
        await Command.RefusedAsync(Governor, 6, "no change of tokens is scheduled", "cancel", "tokens", "--yes");
        await Command.RefusedAsync(Governor, 6, "no change of tokens is scheduled", "execute", "tokens", "--yes");
        await Command.RefusedAsync(Guardian, 6, "not paused", "unpause", "--yes");
        await Command.RefusedAsync(Guardian, 6, "no proposal is open", "veto", "1.0", "--yes");
        Assert.Equal(before, await NonceAsync(stage.Cast.Governor.Address));
    }

    /// <summary>Without a key it is seen what would be; a multi-signature wallet's owner takes the call from there.</summary>
    [Fact]
    public async Task DryRunAndCalldata_ChangeNothing_AndTheCallDoesWhatWasSaid()
    {
        var dry = await Command.DoneAsync(null, "window", "60", "--dry-run");
        Assert.Equal((false, 6UL), (dry.GetProperty("sent").GetBoolean(), dry.GetProperty("noticeSeconds").GetUInt64()));
        Assert.Equal(["60 s (1 min)"], Texts(dry.GetProperty("after")));
        var (code, printed) = await Command.RunAsync(null, "window", "60", "--calldata");
        Assert.Equal(0, code);
        var lines = printed.Split('\n').Select(line => line.Trim()).ToList();
        Assert.Contains($"to {stage.Deployment.Id.Vault.ToChecksumString()}", lines);
        Assert.Contains("value 0", lines);
        var data = Assert.Single(lines, line => line.StartsWith("data 0x", StringComparison.Ordinal))[5..];
        Assert.Equal(dry.GetProperty("data").GetString(), data);
        Assert.Equal(0, (await Command.ShowAsync()).GetProperty("scheduled").GetArrayLength());

        await new Market(stage.Chain, stage.Deployment).SendAsync(new Person("Governor", stage.Cast.Governor), stage.Deployment.Id.Vault, Hex.Decode(data), UInt256.Zero, _limit.Token);
        var scheduled = Assert.Single((await Command.ShowAsync()).GetProperty("scheduled").EnumerateArray());
        Assert.Equal(("window", false), (scheduled.GetProperty("kind").GetString(), scheduled.GetProperty("canBeExecuted").GetBoolean()));
        Assert.Equal(["60 s (1 min)"], Texts(scheduled.GetProperty("after")));
        await Command.SentAsync(Governor, "cancel", "window");
        Assert.Equal(0, (await Command.ShowAsync()).GetProperty("scheduled").GetArrayLength());
    }

    /// <summary>The governor's key is stolen: the guardian cancels what the thief schedules, and the governor is replaced.</summary>
    [Fact]
    public async Task Governor_WhoseKeyIsStolen_ExecutesNothing()
    {
        var thief = stage.Cast.Emil.Address.ToChecksumString();
        await Command.SentAsync(Governor, "attestors", "--set", thief, "--threshold", "1");
        await Command.RefusedAsync(Stranger, 6, "it is too early", "execute", "attestors", "--yes");
        await Command.RefusedAsync(Stranger, 6, "is neither the governor", "cancel", "attestors", "--yes");
        await Command.SentAsync(Guardian, "cancel", "attestors");
        await Command.PassAsync();
        await Command.RefusedAsync(Stranger, 6, "no change of attestors is scheduled", "execute", "attestors", "--yes");
        Assert.Equal(3, (await Command.ShowAsync()).GetProperty("attestors").GetArrayLength());
    }

    [Fact]
    public async Task Governor_IsReplaced_AndTheFormerOneMayNothing()
    {
        var next = Command.AccountOf(NextGovernor).ToChecksumString();
        var first = await Command.DoneAsync(Governor, "governor", stage.Cast.Proxy.ToChecksumString(), "--yes");
        Assert.Contains("There is no way back", Assert.Single(Texts(first.GetProperty("warnings"))), StringComparison.Ordinal);
        // A mistake is mended by scheduling what was meant, and told.
        var second = await Command.DoneAsync(Governor, "governor", next, "--yes");
        Assert.Contains(Texts(second.GetProperty("warnings")), warning => warning.Contains("It takes the place of what is scheduled", StringComparison.Ordinal));
        await Command.ExecutedAsync("governor");
        Assert.Equal(next, (await Command.ShowAsync()).GetProperty("governor").GetString());
        await Command.RefusedAsync(Governor, 6, "is not the governor", "window", "60", "--yes");

        await Command.SentAsync(NextGovernor, "governor", stage.Cast.Governor.Address.ToChecksumString());
        await Command.ExecutedAsync("governor");
    }

    /// <summary>A quorum signs, each where its key is, one of them with no endpoint; the governor brings it, and the guardian cannot stop it.</summary>
    [Fact]
    public async Task Guardian_IsReplacedByAQuorum_AndCannotCancelIt()
    {
        var (former, next) = (stage.Cast.Guardian.Address, Command.AccountOf(NextGuardian));
        var nonce = (await Command.ShowAsync()).GetProperty("guardianNonce").GetString()!;
        var set = (await Command.ShowAsync()).GetProperty("attestorSet").GetUInt32().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var first = await Command.SignedAsync(FirstAttestor, next, $"first-{nonce}.json");
        var second = await Command.SignedAsync(SecondAttestor, next, $"second-{nonce}.json", "--attestor-set", set, "--nonce", nonce, "--rpc", $"http://127.0.0.1:{Workspace.FreePort()}");
        await Command.RefusedAsync(null, 6, "is not an attestor of this vault", "guardian", "sign", next.ToString(), "--attestor-keys", $"mnemonic:{Stranger}", "--out", stage.Workspace.PathOf("strange.json"));
        await Command.RefusedAsync(Governor, 6, "1 attestors signed, and 2 have to", "guardian", "schedule", first, "--yes");
        await Command.RefusedAsync(Stranger, 6, "is not the governor", "guardian", "schedule", first, second, "--yes");
        var forged = stage.Workspace.PathOf($"forged-{nonce}.json");
        await File.WriteAllTextAsync(forged, (await File.ReadAllTextAsync(second, _limit.Token)).Replace(next.ToChecksumString(), stage.Cast.Emil.Address.ToChecksumString(), StringComparison.Ordinal), _limit.Token);
        await Command.RefusedAsync(Governor, 6, "the signature is not", "guardian", "schedule", forged, "--yes");
        await Command.RefusedAsync(Governor, 6, "and others for", "guardian", "schedule", first, forged, "--yes");

        await Command.SentAsync(Governor, "guardian", "schedule", second, first);
        await Command.RefusedAsync(Governor, 6, "It has to be signed again", "guardian", "schedule", first, second, "--yes");
        await Command.RefusedAsync(Guardian, 6, "cannot cancel its own replacement", "cancel", "guardian", "--yes");
        await Command.RefusedAsync(Governor, 6, "each of the two has to watch the other", "governor", next.ToString(), "--yes");
        // And the vault itself does not take it.
        var cancel = await Assert.ThrowsAsync<ChainException>(() => stage.Chain.Client.CallAsync(
            new CallRequest(former, stage.Deployment.Id.Vault, new RoyaltySplit.CancelCall(ChangeKind.Guardian).Data, UInt256.Zero), BlockRef.Latest, _limit.Token));
        Assert.Equal("NotCancellable", ContractErrors.NameOf(cancel.RevertData));
        await Command.ExecutedAsync("guardian");
        await Command.RefusedAsync(Guardian, 6, "is not the guardian", "pause", "60", "--yes");

        // The new one holds the vault up, and lets it go.
        await Command.SentAsync(NextGuardian, "pause", "60");
        Assert.Equal(JsonValueKind.String, (await Command.ShowAsync()).GetProperty("pausedUntil").ValueKind);
        await Command.SentAsync(NextGuardian, "unpause");
        var shown = await Command.ShowAsync();
        Assert.Equal((JsonValueKind.Null, next.ToChecksumString()), (shown.GetProperty("pausedUntil").ValueKind, shown.GetProperty("guardian").GetString()));

        string[] back = [await Command.SignedAsync(FirstAttestor, former, $"third-{nonce}.json"), await Command.SignedAsync(SecondAttestor, former, $"fourth-{nonce}.json")];
        await Command.SentAsync(Governor, ["guardian", "schedule", .. back]);
        await Command.ExecutedAsync("guardian");
    }

    [Fact]
    public async Task Tokens_AreScheduledCancelledAndListed()
    {
        // Any contract will do: nobody pays with it.
        var token = stage.Deployment.Id.Rail;
        await Command.SentAsync(Governor, "tokens", $"{token}:1000");
        var scheduled = Assert.Single((await Command.ShowAsync()).GetProperty("scheduled").EnumerateArray());
        Assert.Contains("is listed, from 1000 of its smallest units on", Assert.Single(Texts(scheduled.GetProperty("after"))), StringComparison.Ordinal);
        await Command.SentAsync(Guardian, "cancel", "tokens");
        await Command.RefusedAsync(Stranger, 6, "no change of tokens is scheduled", "execute", "tokens", "--yes");

        await Command.SentAsync(Governor, "tokens", $"{token}:2000");
        await Command.ExecutedAsync("tokens");
        var listed = await stage.Chain.Client.AskAsync(stage.Deployment.Id.Vault, new RoyaltySplit.ListedTokens(), BlockRef.Latest, _limit.Token);
        Assert.Contains(new ListedToken(token, 2000), listed);
    }

    private static List<string> Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString() ?? string.Empty)];

    private Task<ulong> NonceAsync(Address account) => stage.Chain.Client.GetNonceAsync(account, BlockRef.Latest, _limit.Token);
}
