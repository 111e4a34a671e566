using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests.Govern;

/// <summary>opensettle govern, as accounts of the stage; and time, which passes when it is told to.</summary>
internal sealed class GovernCommand(StageFixture stage, CancellationToken cancellation)
{
    /// <summary>Places among the mnemonic's accounts.</summary>
    public const int Governor = 15, Guardian = 5, Stranger = 6, FirstAttestor = 2, SecondAttestor = 3;

    /// <summary>Longer than two windows.</summary>
    private const ulong TwoWindows = 2 * Deployment.WindowSeconds + 1;

    private static readonly Dictionary<string, string> Secrets = new(StringComparer.Ordinal) { ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic };

    /// <summary>What it prints as JSON, where it does what it was asked for.</summary>
    /// <param name="account">Whose key; null: none.</param>
    public async Task<JsonElement> DoneAsync(int? account, params string[] arguments)
    {
        var (code, output) = await RunAsync(account, [.. arguments, "--json"]);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: code {code}: {output}");
        return AttestCommand.LastLine(output);
    }

    /// <summary>The same, sent without a question.</summary>
    public async Task SentAsync(int account, params string[] arguments) => Assert.True((await DoneAsync(account, [.. arguments, "--yes"])).GetProperty("sent").GetBoolean());

    public async Task RefusedAsync(int? account, int code, string words, params string[] arguments)
    {
        var (ended, output) = await RunAsync(account, arguments);
        Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.Equal(code, ended);
    }

    public Task<(int Code, string Output)> RunAsync(int? account, params string[] arguments) => Command.RunAsync(
        stage.Workspace,
        ["govern", .. arguments, .. arguments.Contains("--rpc") ? (string[])[] : ["--rpc", stage.Chain.Rpc.ToString()], "--deployment", stage.Deployment.File, .. account is null ? (string[])[] : ["--sender-key", $"mnemonic:{account}"]],
        cancellation, Secrets);

    /// <summary>An attestor signs for a guardian, where its key is.</summary>
    public async Task<string> SignedAsync(int attestor, Address guardian, string file, params string[] more)
    {
        var path = stage.Workspace.PathOf(file);
        await DoneAsync(null, ["guardian", "sign", guardian.ToChecksumString(), "--out", path, "--attestor-keys", $"mnemonic:{attestor}", .. more]);
        return path;
    }

    public Task<JsonElement> ShowAsync() => DoneAsync(null, "show");

    /// <summary>Executes what was scheduled, once it may be. Anybody does.</summary>
    public async Task ExecutedAsync(string kind, ulong seconds = TwoWindows)
    {
        await PassAsync(seconds);
        await SentAsync(Stranger, "execute", kind);
    }

    public async Task PassAsync(ulong seconds = TwoWindows)
    {
        var start = await NowAsync();
        using var rpc = new RawRpc(stage.Chain.Rpc);
        await rpc.CallAsync("evm_increaseTime", cancellation, seconds);
        while (await NowAsync() < start + seconds) await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
    }

    public Address AccountOf(int index)
    {
        using var signer = stage.Chain.Provider.SignerFromMnemonic(Cast.Mnemonic, string.Empty, HdPath.Account((uint)index));
        return signer.Address;
    }

    private async Task<ulong> NowAsync() => (await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation))?.Timestamp ?? throw new InvalidOperationException("There is no newest block.");
}
