using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Quorum;
using OpenSettle.Demo.Stage;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>The demonstration, as a process of its own: what ./demo.sh becomes once all is built.</summary>
public sealed class DemoTests : IDisposable
{
    private const int Columns = 80;

    private readonly Workspace _workspace = Workspace.Create("e2e-demo");

    [Fact]
    public async Task Demo_Once_TellsTheWholeStoryAndEveryUnitIsAccountedFor()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var log = _workspace.PathOf("demo.log");
        using var demo = Start(log, "--once", "--json");
        var code = await demo.WaitAsync(limit.Token);
        var lines = await File.ReadAllLinesAsync(log, limit.Token);
        Assert.True(code == 0, demo.Tail());

        using var summary = JsonDocument.Parse(lines.Last(line => line.StartsWith('{')));
        int Count(string name) => summary.RootElement.GetProperty(name).GetInt32();
        UInt256 Dollars(string name) => UInt256.Parse(summary.RootElement.GetProperty(name).GetProperty("dUSD").GetString());
        Assert.True(summary.RootElement.GetProperty("conserved").GetBoolean());
        Assert.Equal((3, 3, 9, 37), (Count("models"), Count("gateways"), Count("payments"), Count("events")));
        Assert.Equal((1, 1, 3, 1), (Count("vetoes"), Count("resales"), Count("attestations"), Count("passports")));
        Assert.Equal((1, 1, 1), (Count("signedClaims"), Count("pushesRefused"), Count("pushesTaken")));
        Assert.InRange(Count("pushes"), 1, 6);
        Assert.InRange(Count("claims"), 6, 12);
        Assert.InRange(Count("epochs"), 2, 4);
        Assert.Equal(((UInt256)287_500_003, (UInt256)287_500_003), (Dollars("paidIn"), Dollars("credited")));
        Assert.True(Dollars("claimed") < Dollars("credited") && Dollars("claimed") > 0);
        Assert.Equal("2000000", summary.RootElement.GetProperty("royalties").GetString());

        // Told for people: every chapter, at the width of a terminal, and nothing that a pipe would show as rubbish.
        for (var i = 1; i <= Story.Chapters + 2; i++) Assert.Contains(lines, line => line.Contains(string.Create(CultureInfo.InvariantCulture, $"] {i}/{Story.Chapters + 2} "), StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Length > Columns && !line.StartsWith('{'));
        Assert.DoesNotContain(lines, line => line.Contains('\r', StringComparison.Ordinal) || line.Contains('\e', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Demo_Quorum_TellsHowALeaderLiesIsRefusedAndVetoedAndNobodyLosesAnything()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var log = _workspace.PathOf("quorum.log");
        using var demo = Start(log, "--quorum", "--once", "--json");
        var code = await demo.WaitAsync(limit.Token);
        var lines = await File.ReadAllLinesAsync(log, limit.Token);
        Assert.True(code == 0, demo.Tail());

        using var summary = JsonDocument.Parse(lines.Last(line => line.StartsWith('{')));
        int Count(string name) => summary.RootElement.GetProperty(name).GetInt32();
        Assert.True(summary.RootElement.GetProperty("conserved").GetBoolean());
        Assert.Equal((4, 6, 2), (Count("payments"), Count("events"), Count("epochs")));
        Assert.Equal((6, 1, 6, 0), (Count("refusals"), Count("vetoes"), Count("claims"), Count("lost")));
        Assert.Equal("135500003", summary.RootElement.GetProperty("paidIn").GetString());
        // All but what rounding leaves; every split has few rows.
        Assert.InRange(135_500_003 - int.Parse(summary.RootElement.GetProperty("claimed").GetString()!, CultureInfo.InvariantCulture), 0, 20);

        // Each attestor says both times what differs, and the watchtower says it again; sentences are broken where a line is full.
        var told = string.Join(' ', lines.Select(line => line.Trim()));
        for (var i = 1; i <= 3; i++) Assert.Matches($"Attestor {i}: \"payment [0-9]+:[0-9]+ is missing\"", told);
        const string Stolen = "of lexis-7b-nda: the split is another: row 1 is the owner with 2 by the chain and the leader with 2 in the bundle";
        Assert.Equal(4, told.Split(Stolen).Length - 1);
        Assert.Contains("Contributors lost nothing, and the thief has nothing.", told, StringComparison.Ordinal);
        for (var i = 1; i <= QuorumStory.Chapters + 2; i++) Assert.Contains(lines, line => line.Contains(string.Create(CultureInfo.InvariantCulture, $"] {i}/{QuorumStory.Chapters + 2} "), StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Length > Columns && !line.StartsWith('{'));
        Assert.DoesNotContain(lines, line => line.Contains('\r', StringComparison.Ordinal) || line.Contains('\e', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Demo_KilledWithoutWarning_LeavesNoChild()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var log = _workspace.PathOf("killed.log");
        using var demo = Start(log, "--once");
        while (!(await File.ReadAllTextAsync(log, limit.Token)).Contains("] 4/", StringComparison.Ordinal))
        {
            Assert.False(demo.HasExited, demo.Tail());
            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }

        // The chain and the node; Linux tells whose children they are.
        var children = ChildrenOf(demo.Id);
        Assert.True(children.Count(IsRunning) >= 2, string.Join(' ', children));
        using (var kill = System.Diagnostics.Process.Start("kill", ["-KILL", demo.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(limit.Token);
        while (children.Any(IsRunning)) await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
    }

    public void Dispose() => _workspace.Dispose();

    private ChildProcess Start(string log, params string[] arguments) =>
        ChildProcess.Start("the demo", "dotnet", [typeof(Story).Assembly.Location, .. arguments], _workspace.Root, log);

    private static List<int> ChildrenOf(int process) =>
        [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture))];

    // One that has ended and that nobody has asked about yet runs no more.
    private static bool IsRunning(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat") is var stat && stat[(stat.LastIndexOf(')') + 2)] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
