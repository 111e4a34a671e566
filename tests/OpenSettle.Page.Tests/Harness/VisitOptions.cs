using Microsoft.Playwright;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>How a page is looked at.</summary>
public sealed record VisitOptions
{
    /// <summary>Another origin than the stage's node.</summary>
    public Uri? Origin { get; init; }

    public int Width { get; init; } = Visit.Desktop.Width;

    public int Height { get; init; } = Visit.Desktop.Height;

    public ColorScheme Scheme { get; init; } = ColorScheme.Light;

    /// <summary>A key that was typed in before in this tab.</summary>
    public string? Key { get; init; }

    /// <summary>Scripts that run before the page's own, such as a wallet's. They run under the page's policy.</summary>
    public IReadOnlyList<string> InitScripts { get; init; } = [];

    /// <summary>Before anything is opened: functions for the page, routes that lie.</summary>
    public Func<IPage, Task>? Prepare { get; init; }

    /// <summary>Endpoints of the chain besides the configured one that this page may ask.</summary>
    public IReadOnlyList<Uri> MayAsk { get; init; } = [];
}
