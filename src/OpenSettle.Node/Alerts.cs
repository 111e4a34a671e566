using System.Collections.Concurrent;

namespace OpenSettle.Node;

/// <summary>Something that a person has to see to. Settlement goes on, unless its message says otherwise.</summary>
/// <param name="Name">"mirror NAME", "drift TOKEN", "veto", "bundle HASH".</param>
/// <param name="Since">When it was raised first.</param>
public sealed record Alert(string Name, string Message, DateTimeOffset? Since);

/// <summary>The alerts that stand now. Each is told once when it is raised, and once when it is cleared.</summary>
/// <param name="time">Says since when; null: nobody asks.</param>
public sealed class Alerts(TimeProvider? time)
{
    private readonly ConcurrentDictionary<string, Alert> _alerts = new(StringComparer.Ordinal);

    /// <summary>Called with the name and the message; with null where it is cleared.</summary>
    public Action<string, string?> OnChange { get; set; } = static (_, _) => { };

    /// <summary>By name.</summary>
    public IReadOnlyList<Alert> All => [.. _alerts.Values.OrderBy(alert => alert.Name, StringComparer.Ordinal)];

    /// <summary>Raises an alert, or changes what it says. Whether it is news: one that stood already is not.</summary>
    public bool Set(string name, string message)
    {
        var raised = new Alert(name, message, time?.GetUtcNow());
        var stands = _alerts.AddOrUpdate(name, raised, (_, known) => known with { Message = message });
        var isNews = ReferenceEquals(stands, raised);
        if (isNews) OnChange(name, message);
        return isNews;
    }

    /// <summary>Whether it stood.</summary>
    public bool Clear(string name)
    {
        if (!_alerts.TryRemove(name, out _)) return false;
        OnChange(name, null);
        return true;
    }
}
