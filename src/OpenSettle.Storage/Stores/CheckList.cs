namespace OpenSettle.Storage.Stores;

/// <summary>One thing that was looked at.</summary>
/// <param name="Seen">How much there was to look at.</param>
/// <param name="Problem">The first difference, in words; null where there is none.</param>
public sealed record CheckResult(string Name, string Seen, string? Problem);

/// <summary>Looks at one thing after another, and tells each result as it comes.</summary>
internal sealed class CheckList(Action<CheckResult> tell, Action<string> progress)
{
    private readonly List<CheckResult> _results = [];

    public IReadOnlyList<CheckResult> All => _results;

    /// <summary>Damaged data may fail in any way while they are read: that is what was found.</summary>
    public void Try(string name, Func<(string Seen, string? Problem)> check)
    {
        progress($"{name} …");
        try
        {
            var (seen, problem) = check();
            Take(new CheckResult(name, seen, problem));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            Take(new CheckResult(name, "not read to the end", e.Message));
        }
    }

    public void Take(CheckResult said)
    {
        // What other libraries say may have several lines.
        var result = said with { Problem = said.Problem?.ReplaceLineEndings(" ") };
        _results.Add(result);
        tell(result);
    }
}
