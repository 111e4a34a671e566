using System.Text.Json;
using OpenSettle.Demo.Stage;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>opensettle attest, as accounts of the stage.</summary>
internal sealed class AttestCommand(StageFixture stage, CancellationToken cancellation)
{
    /// <summary>What it prints as JSON, where it does what it was asked for.</summary>
    public async Task<JsonElement> AttestAsync(int account, IReadOnlyList<string> arguments, bool keys = true)
    {
        var (ended, output) = await RunAsync(account, [.. arguments, "--json"], keys);
        Assert.True(ended == 0, $"Code {ended}: {output}");
        return LastLine(output);
    }

    public async Task RefusedAsync(int account, int code, string words, IReadOnlyList<string> arguments, bool keys = true)
    {
        var (ended, output) = await RunAsync(account, arguments, keys);
        Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.Equal(code, ended);
    }

    /// <param name="keys">Whether the verb takes a chain and a key.</param>
    private Task<(int Code, string Output)> RunAsync(int account, IReadOnlyList<string> arguments, bool keys) => Command.RunAsync(
        stage.Workspace,
        keys ? ["attest", .. arguments, "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--sender-key", $"mnemonic:{account}"] : ["attest", .. arguments],
        cancellation,
        new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic });

    public static JsonElement LastLine(string output)
    {
        using var document = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Last(line => line[0] is '{' or '['));
        return document.RootElement.Clone();
    }
}
