using Microsoft.Playwright;
using OpenSettle.Demo.Stage;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>Debian's Chromium, driven by Playwright, whose own browsers are never fetched.</summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>Where another build of it is.</summary>
    private const string Variable = "OPENSETTLE_CHROMIUM";

    private readonly IPlaywright _playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    public static async Task<Chromium> StartAsync(Workspace workspace)
    {
        var program = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : "/usr/bin/chromium";
        if (!File.Exists(program)) throw new StageException(StageException.Usage, $"the page is tested in Chromium, and {program} is not here. Install Debian's package chromium, or name another build by {Variable}.");
        var playwright = await Playwright.CreateAsync();
        try
        {
            return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                Headless = true,
                // In a container there is no other sandbox than its own; and nothing of the browser's own may go out.
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
                DownloadsPath = workspace.PathOf("downloads"),
            }));
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }
}
