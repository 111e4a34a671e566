namespace OpenSettle.Cli.Tests;

public sealed class HealthVerbTests : IAsyncLifetime
{
    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Fact]
    public async Task Health_OfANodeThatIsWell_IsDone()
    {
        Node.Answer("/healthz", "ok\n");
        Assert.Equal((0, "ok\n", string.Empty), Plain(await Node.RunAsync("health")));
        Assert.Equal((0, """{"well":true,"reasons":[],"warnings":[]}""" + "\n", string.Empty), Plain(await Node.RunAsync("health", "--json")));
    }

    [Fact]
    public async Task Health_OfANodeThatStandsStill_IsTenAndSaysWhy()
    {
        Node.Answer("/healthz", "base: the pipeline has not moved for 400 s\n", 503);
        var (code, output, errors) = Plain(await Node.RunAsync("health"));
        Assert.Equal((10, string.Empty, "opensettle: the node is not well: base: the pipeline has not moved for 400 s\n"), (code, output, errors));
    }

    [Fact]
    public async Task Ready_OfANodeThatDoesNotSettle_SaysEachReasonAndWarning()
    {
        Node.Answer("/readyz", """{"ready":false,"reasons":["the chain was not read yet","\u001b[2Jheld"],"warnings":["disk: nearly full"]}""", 503);
        var (code, output, errors) = Plain(await Node.RunAsync("health", "--ready"));
        Assert.Equal((10, "warning: disk: nearly full\n", "opensettle: the node is not well: the chain was not read yet; \\u{1b}[2Jheld\n"), (code, output, errors));
        Node.Answer("/readyz", """{"ready":true,"reasons":[],"warnings":["disk: nearly full"]}""");
        Assert.Equal((0, "ok\nwarning: disk: nearly full\n", string.Empty), Plain(await Node.RunAsync("health", "--ready")));
    }

    [Fact]
    public async Task Health_OfWhatIsNoNode_IsFive()
    {
        Assert.Equal(5, (await Node.RunAsync("health")).Code);
        Node.Answer("/healthz", "<html>");
        Assert.Equal(5, (await Node.RunAsync("health")).Code);
        foreach (var answer in (string[])["<html>", "null", "{}"])
        {
            Node.Answer("/readyz", answer);
            Assert.Equal(5, (await Node.RunAsync("health", "--ready")).Code);
        }

        var (code, _, errors) = await CannedNode.RunAloneAsync(string.Empty, "health", "--api", "http://127.0.0.1:9");
        Assert.Equal(5, code);
        Assert.Contains("no node answers", errors, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Errors) Plain((int Code, string Output, string Errors) run) => (run.Code, run.Output.ReplaceLineEndings("\n"), run.Errors.ReplaceLineEndings("\n"));
}
