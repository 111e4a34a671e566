using System.CommandLine;
using System.Text.Json;

namespace OpenSettle.Cli.Tests;

/// <summary>What the program says where it is called wrongly, or fails.</summary>
public sealed class CommandLineTests : IAsyncLifetime
{
    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Theory]
    [InlineData("stauts", "Did you mean 'status'?")]
    [InlineData("model lineag", "Did you mean 'lineage'?")]
    [InlineData("status --ap x", "Did you mean '--api'?")]
    [InlineData("model", "which? show, register")]
    [InlineData("compare", "argument")]
    [InlineData("find", "--domain")]
    [InlineData("help modle", "Did you mean 'model'?")]
    [InlineData("completions tcsh", "bash")]
    public async Task Command_ThatIsWrong_IsToldWithWhatWasProbablyMeant(string arguments, string says)
    {
        var (code, output, errors) = await CannedNode.CallAsync(arguments.Split(' '));
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Empty(output);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.StartsWith("opensettle: ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--help")]
    [InlineData("help")]
    [InlineData("model --help")]
    [InlineData("compare --help")]
    [InlineData("help model split")]
    [InlineData("help exit-codes")]
    [InlineData("--version")]
    public async Task Help_AskedForInAnyWay_IsGivenOnTheOutput(string arguments)
    {
        var (code, output, errors) = await CannedNode.CallAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.NotEmpty(output);
    }

    [Theory]
    [InlineData("passport 0x1234567890 --json", 6, "refused")]
    [InlineData("find --domain x --lower-bound 7 --json", 2, "usage")]
    [InlineData("status --json", 5, "api")]
    public async Task Failure_WhereJsonIsAskedFor_IsOneObjectOnTheErrorOutput(string arguments, int code, string kind)
    {
        Node.Answer("/api/v1/models", "[]");
        var (found, output, errors) = await Node.RunAsync(arguments.Split(' '));
        Assert.Equal((code, string.Empty), (found, output));
        using var error = JsonDocument.Parse(errors);
        Assert.Equal((code, kind), (error.RootElement.GetProperty("code").GetInt32(), error.RootElement.GetProperty("kind").GetString()));
        Assert.NotEmpty(error.RootElement.GetProperty("messages").EnumerateArray());
    }

    [Fact]
    public async Task Settings_ThatAreWrong_AreAllNamedInTheObject()
    {
        var (code, _, errors) = await Node.RunAsync("verify", "--json", "--rpc", "ftp://x", "--blocks-at-once", "0");
        Assert.Equal(2, code);
        using var error = JsonDocument.Parse(errors);
        Assert.Equal(2, error.RootElement.GetProperty("messages").GetArrayLength());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(500)]
    public async Task Answer_ThatMovesTheCursor_IsShownInert(int status)
    {
        Node.Answer("/api/v1/models", "[]", 200);
        Node.Answer("/api/v1/status", """{"title":"\u001b[2Jgone","detail":"\u202e"}""", status);
        var (code, _, errors) = await Node.RunAsync("status");
        Assert.Equal((int)ExitCode.Api, code);
        Assert.DoesNotContain('\u001b', errors);
        Assert.DoesNotContain('\u202e', errors);
    }

    [Fact]
    public async Task Verb_StoppedBeforeItIsDone_SaysSoWithItsOwnCode()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var command = VerbRunner.Create("x", "x", [], static (_, _, cancellation) => Task.Delay(-1, cancellation), VerbRunner.Json);
        var (code, output, errors) = await CannedNode.CaptureAsync(() => new RootCommand { command }.Parse(["x"]).InvokeAsync(cancellationToken: stop.Token));
        Assert.Equal((130, string.Empty), (code, output));
        Assert.Contains("stopped before it was done", errors, StringComparison.Ordinal);
    }
}
