namespace OpenSettle.Node.Configuration;

/// <summary>What is wrong with settings, told together: nobody wants to hear of it one by one.</summary>
internal sealed class ProblemList
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> All => _problems;

    public void Add(string problem) => _problems.Add(problem);

    /// <summary>What is read; where it cannot be, the problems are kept, and something else goes in its place.</summary>
    /// <param name="place">Said before each problem.</param>
    public T Try<T>(Func<T> read, T otherwise, string place = "")
    {
        try
        {
            return read();
        }
        catch (SettingsException e)
        {
            _problems.AddRange(e.Problems.Select(problem => place + problem));
            return otherwise;
        }
    }

    /// <summary>What is read, or null with its problems kept.</summary>
    /// <param name="place">Said before each problem.</param>
    public T? Find<T>(Func<T> read, string place = "")
        where T : class => Try<T?>(read, null, place);

    /// <exception cref="SettingsException">There are problems.</exception>
    public T Require<T>(T? result)
        where T : class =>
        _problems.Count == 0 && result is not null ? result : throw new SettingsException(_problems);
}
