using System.Text.Json;
using Microsoft.Playwright;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>Shots, and what a machine can judge of accessibility.</summary>
public sealed partial class Visit
{
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(Path.Combine(Root(), "src", "OpenSettle.Web", "node_modules", "axe-core", "axe.min.js")));

    public static string Shots { get; } = Directory.CreateDirectory(Path.Combine(Root(), "artifacts", "page")).FullName;

    /// <summary>A shot of the whole page as it is now.</summary>
    public Task ShotAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Shots, $"{name}.png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });

    /// <summary>On a desktop and a phone, in light and in dark: no rule of axe is broken, and a shot of each is kept.</summary>
    public async Task LooksAsync(string name)
    {
        var broken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (device, size) in ((string, (int Width, int Height))[])[("desktop", Desktop), ("phone", Phone)])
        {
            await Page.SetViewportSizeAsync(size.Width, size.Height);
            foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                await Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
                // Charts are drawn anew in the next frame.
                await Page.EvaluateAsync("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
                await ShotAsync($"{name}-{device}-{(scheme == ColorScheme.Light ? "light" : "dark")}");
                foreach (var rule in await BrokenRulesAsync()) broken[rule] = $"{broken.GetValueOrDefault(rule)} {device} {scheme}";
            }
        }

        Assert.True(broken.Count == 0, $"axe on {name} ({Page.Url}):\n{string.Join('\n', broken.Select(rule => $"on{rule.Value}: {rule.Key}"))}");
    }

    /// <summary>No rule of axe-core is broken.</summary>
    public async Task AccessibleAsync(string what)
    {
        var broken = await BrokenRulesAsync();
        Assert.True(broken.Count == 0, $"axe on {what} ({Page.Url}):\n{string.Join('\n', broken)}");
    }

    // By the browser's own tools: the page's policy lets no script in.
    private async Task<IReadOnlyList<string>> BrokenRulesAsync()
    {
        await Page.EvaluateAsync($"() => {{ if (window.axe === undefined) {{ {Axe.Value} }} }}");
        var found = await Page.EvaluateAsync<JsonElement>(
            "async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((rule) => ({ id: rule.id, help: rule.help, nodes: rule.nodes.slice(0, 5).map((node) => `${node.target.join(' ')}: ${node.html.slice(0, 160)} ${(node.failureSummary ?? '').slice(0, 200)}`) }))");
        return [.. found.EnumerateArray().Select(rule => $"{rule.GetProperty("id")}: {rule.GetProperty("help")}\n  {string.Join("\n  ", rule.GetProperty("nodes").EnumerateArray())}")];
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests run from a checkout.");
    }
}
