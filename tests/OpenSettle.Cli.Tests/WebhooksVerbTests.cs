using System.Text.Json;

namespace OpenSettle.Cli.Tests;

public sealed class WebhooksVerbTests : IAsyncLifetime, IDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-webhooks-").FullName;
    private CannedNode? _node;

    private CannedNode Node => _node ?? throw new InvalidOperationException("It was not started.");

    public async Task InitializeAsync() => _node = await CannedNode.StartAsync();

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Test_OfTargetsThatTakeIt_SaysSo()
    {
        Node.Answer("/hook", "{}");
        var (code, output, errors) = await TestAsync($"{Node.Address}/hook", "--json");
        Assert.Equal((0, ""), (code, errors));
        using var json = JsonDocument.Parse(output);
        Assert.True(Assert.Single(json.RootElement.EnumerateArray()).GetProperty("taken").GetBoolean());
        Assert.Equal(["/hook"], Node.Asked);
    }

    [Fact]
    public async Task Test_OfATargetThatRefuses_NamesItWithoutItsPassword()
    {
        Node.Answer("/hook", "{}");
        var address = new Uri(Node.Address);
        var (code, output, errors) = await TestAsync($"{Node.Address}/hook,http://user:5ec2e7@{address.Authority}/other");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains($"refused  http://{address.Authority}/other: it answers 404", output, StringComparison.Ordinal);
        Assert.Contains("1 of 2 targets", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("5ec2e7", output + errors, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Errors)> TestAsync(string targets, params string[] more)
    {
        string Put(string name, string text)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllText(path, text);
            return path;
        }

        const string Zero = "0x00000000000000000000000000000000000000";
        var deployment = Put("deployment.json", $$"""{"chainId":31337,"deployedAtBlock":1,"contracts":{"registry":"{{Zero}}01","rail":"{{Zero}}02","vault":"{{Zero}}03","resolver":"{{Zero}}04"},"tokens":[]}""");
        return CannedNode.RunAloneAsync(string.Empty, ["webhooks", "test", "--deployment", deployment, "--webhooks", $"file:{Put("targets", targets)}", "--webhook-secret", $"file:{Put("secret", Secret)}", .. more]);
    }
}
