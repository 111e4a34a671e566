using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;
using Xunit.Abstractions;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>
/// A node that is killed again and again, at every step boundary and at moments of no meaning, while people pay, claim and send usage.
/// After each kill its files are held against the chain; after each round it settles, and everything is counted again.
/// </summary>
internal sealed class CrashRounds : IDisposable
{
    /// <summary>Kills after which the node is let settle.</summary>
    private const int InRound = 10;

    /// <summary>Rounds that are added at most, where a point was not reached in those that were asked for.</summary>
    private const int MostMore = 2;

    private const int KilledBySignal = 137;

    /// <summary>Of the node's log, told after a failure.</summary>
    private const int MostLines = 60;

    /// <summary>Longer than a settlement takes from payment to attestation.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StageFixture _stage;
    private readonly ITestOutputHelper _output;
    private readonly int _seed;
    private readonly Random _random;
    private readonly NodeProcess _node;
    private readonly Crowd _crowd;
    private readonly ChainRecord _chain;
    private readonly Audit _audit;
    private readonly Dictionary<string, int> _reached = new(StringComparer.Ordinal);
    private readonly UInt256 _before;

    // Of the kills that were asked for.
    private int _left;

    private CrashRounds(StageFixture stage, ITestOutputHelper output, int seed, NodeProcess node, UInt256 before)
    {
        (_stage, _output, _seed, _node, _before) = (stage, output, seed, node, before);
        _random = new Random(seed);
        _crowd = new Crowd(stage, node, seed);
        _chain = new ChainRecord(stage, () => _crowd.Models);
        _audit = new Audit(stage, _chain);
    }

    /// <summary>How often the process ended itself at each point.</summary>
    public IReadOnlyDictionary<string, int> Reached => _reached;

    public int AtRandom { get; private set; }

    public static async Task<CrashRounds> PlayAsync(StageFixture stage, ITestOutputHelper output, int seed, int kills, IReadOnlyList<string> points, CancellationToken cancellation)
    {
        output.WriteLine($"seed {seed}");
        var before = await stage.Chain.Client.GetBalanceAsync(stage.Cast.Operator, BlockRef.Latest, cancellation);
        var node = await NodeProcess.StartAsync(
            stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation,
            flags: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["--epoch-seconds"] = "1",
                ["--poll-milliseconds"] = "100",
                // Of most epochs some accounts are pushed to and others are not.
                ["--push-above"] = $"{stage.Deployment.Dollar.Address}=1.5",
            });
        var rounds = new CrashRounds(stage, output, seed, node, before);
        try
        {
            await rounds._crowd.PrepareAsync(cancellation);
            node.Kill();
            for (var done = 0; done < kills || (done < kills + MostMore * InRound && points.Any(point => !rounds._reached.ContainsKey(point))); done += InRound)
            {
                rounds._left = kills - done;
                await rounds.RoundAsync(InRound, points, cancellation);
            }

            await rounds.RebuildAsync(cancellation);
            return rounds;
        }
        catch
        {
            rounds.Dispose();
            // The workspace goes with the test.
            foreach (var line in (await File.ReadAllLinesAsync(node.LogFile, CancellationToken.None)).TakeLast(MostLines)) output.WriteLine(line);
            throw;
        }
    }

    public void Dispose()
    {
        _node.Dispose();
        _crowd.Dispose();
        _chain.Dispose();
    }

    private async Task RoundAsync(int kills, IReadOnlyList<string> points, CancellationToken cancellation)
    {
        _crowd.Begin();
        var veto = _random.Next(3 * kills);
        for (var kill = 0; kill < kills; kill++)
        {
            if (kill == veto) _crowd.AskForVeto();
            var where = await KillAsync(points, cancellation);
            _left--;
            _output.WriteLine($"killed {where}");
            Require(where, await _audit.RunAsync(cancellation));
            _crowd.RequireWell();
        }

        await SettleAsync(cancellation);
    }

    /// <summary>Runs the node until it is killed once more; every fifth time where no one expects it, as far as kills are left for all points.</summary>
    private async Task<string> KillAsync(IReadOnlyList<string> points, CancellationToken cancellation)
    {
        // Those that it ended at least often come first.
        var least = points.Min(point => _reached.GetValueOrDefault(point));
        var candidates = points.Where(point => _reached.GetValueOrDefault(point) == least).ToList();
        var point = candidates[_random.Next(candidates.Count)];
        if (_random.Next(5) == 0 && _left > points.Count(other => !_reached.ContainsKey(other))) point = null;
        if (point is null)
        {
            _node.Launch();
            var after = TimeSpan.FromMilliseconds(_random.Next(300, 5_000));
            if (await EndsItselfAsync(after, "a moment", cancellation)) throw new StageException(StageException.Failed, $"seed {_seed}: the node ended itself, and nothing was armed:\n{_node.Tail()}");
            return $"after {after.TotalMilliseconds} ms";
        }

        var armed = string.Create(CultureInfo.InvariantCulture, $"{point}:{_random.Next(1, MostPasses(point) + 1)}");
        if (point == FailPoint.ResumeTaken) _crowd.AskForVeto();
        _node.Launch(armed);
        if (!await EndsItselfAsync(Patience, armed, cancellation)) return $"while it waited for {armed}";
        _reached[point] = _reached.GetValueOrDefault(point) + 1;
        return $"at {armed}";
    }

    /// <summary>True where it ended itself; else it is killed. A node that gives up, or stops settling, is not to be mistaken for one that was killed.</summary>
    private async Task<bool> EndsItselfAsync(TimeSpan patience, string armed, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; waited < patience; waited += TimeSpan.FromMilliseconds(500))
        {
            var step = patience - waited < TimeSpan.FromMilliseconds(500) ? patience - waited : TimeSpan.FromMilliseconds(500);
            if (await _node.EndedAsync(step, cancellation) is { } code)
                return code == KilledBySignal ? true : throw new StageException(StageException.Failed, $"seed {_seed}: the node ended with code {code} and not by {armed}:\n{_node.Tail()}");
            cancellation.ThrowIfCancellationRequested();
            if (await StatusAsync(cancellation) is { } status) GoOn(status);
        }

        _node.Kill();
        AtRandom++;
        return false;
    }

    /// <summary>A person looks at a node that is held, and says that the same is meant.</summary>
    private void GoOn(JsonElement status)
    {
        if (status.TryGetProperty("halted", out var halted)) throw new StageException(StageException.Failed, $"seed {_seed}: the node stopped settling: {halted.GetString()}");
        if (status.TryGetProperty("held", out _) && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "vetoed")
            new Resume(latest.GetProperty("number").GetUInt64(), latest.GetProperty("attempt").GetUInt32(), SameRoot: true).Leave(_stage.Workspace.PathOf("data"));
    }

    private async Task<JsonElement?> StatusAsync(CancellationToken cancellation)
    {
        try
        {
            return await _node.GetAsync("api/v1/status", cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            // Not listening yet, or no more.
            return null;
        }
    }

    /// <summary>Everybody rests, and the node ends what is under way. Then all is counted again, also by its API and from its bundles.</summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        _node.Launch();
        var rest = _crowd.EndAsync();
        for (var look = 0; look < 600; look++)
        {
            if (await _node.EndedAsync(TimeSpan.FromMilliseconds(200), cancellation) is { } code) throw new StageException(StageException.Failed, $"seed {_seed}: the node ended with code {code}:\n{_node.Tail()}");
            cancellation.ThrowIfCancellationRequested();
            if (await StatusAsync(cancellation) is not { } status) continue;
            GoOn(status);
            if (!rest.IsCompleted || !IsSettled(status)) continue;
            await rest;
            var head = await _stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation);
            await _node.WaitAsync("the last claims are in the books", now => now.GetProperty("booksBlock").GetUInt64() >= head!.Number, cancellation);
            var reckoning = await new Reconciliation(_stage.Chain, _stage.Deployment, _node, _crowd.Market).RunAsync(_crowd.Events, cancellation);
            Require("settled", reckoning.Problems);
            await _node.StopAsync();
            Require("settled", await _audit.RunSettledAsync(_before, cancellation));
            _output.WriteLine($"settled: {reckoning.Epochs} epochs, {_crowd.Market.Payments} payments, {_crowd.Events} events, {_crowd.Claims} claims, {_crowd.Vetoes} vetoes, {_chain.Operator.Count} transactions");
            return;
        }

        throw new StageException(StageException.Failed, $"seed {_seed}: the node did not settle:\n{_node.Tail()}");
    }

    /// <summary>The database is lost. What is written anew from the chain and the bundles is what was there, byte for byte.</summary>
    private async Task RebuildAsync(CancellationToken cancellation)
    {
        var data = _stage.Workspace.PathOf("data");
        var expected = Digest();
        var lost = Directory.CreateDirectory(Path.Combine(data, "lost"));
        foreach (var file in Directory.EnumerateFiles(data, "books.sqlite*").ToList()) File.Move(file, Path.Combine(lost.FullName, Path.GetFileName(file)));
        var (code, output) = await Command.RunAsync(
            _stage.Workspace,
            ["rebuild", "--deployment", _stage.Deployment.File, "--data-dir", data, "--rpc", _stage.Chain.Rpc.ToString(), "--finality", "1", "--bundles", Path.Combine(data, "bundles")], cancellation);
        Assert.True(code == 0, $"seed {_seed}: {output}");
        Assert.Equal(expected, Digest());
    }

    /// <summary>Of all but the block to which the books go: the chain goes on.</summary>
    private List<string> Digest()
    {
        using var copy = DataCopy.Of(_stage.Workspace, _stage.Deployment.Id);
        return [.. BooksDigest.Of(copy.Books).Parts.Where(part => part.Part != "cursor").Select(part => $"{part.Part}: {part.Rows} rows, {part.Hash}")];
    }

    private bool IsSettled(JsonElement status) =>
        status.GetProperty("payments").GetInt32() == _crowd.Market.Payments && status.GetProperty("transactions").GetArrayLength() == 0
        && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed"
        && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && UInt256.Parse(token.GetProperty("undivided").GetString()) < 100);

    private void Require(string when, IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) Assert.Fail($"seed {_seed}, {when}:\n{string.Join('\n', problems)}\nthe node's last lines:\n{_node.Tail()}");
    }

    /// <summary>What is passed often is also met later than the first time.</summary>
    private static int MostPasses(string point) => point switch
    {
        FailPoint.Journaled => 20,
        FailPoint.Posted => 5,
        _ when point.StartsWith("send.", StringComparison.Ordinal) => 3,
        _ => 1,
    };
}
