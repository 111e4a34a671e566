using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace OpenSettle.Page.Tests.Harness;

/// <summary>One look at the page. What goes wrong on it meanwhile is held against it at the end: nothing in the console, no request to strangers, none that fails.</summary>
public sealed partial class Visit
{
    /// <summary>What the shots are taken at.</summary>
    public static readonly (int Width, int Height) Desktop = (1280, 900);

    /// <inheritdoc cref="Desktop"/>
    public static readonly (int Width, int Height) Phone = (390, 844);

    private readonly Uri _origin;
    private readonly HashSet<string> _origins;
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly List<Regex> _expected = [];

    private Visit(PageStage stage, IPage page, VisitOptions options)
    {
        (Page, _origin) = (page, options.Origin ?? stage.Node.Api);
        _origins = [.. options.MayAsk.Prepend(stage.Chain.Rpc).Prepend(_origin).Select(uri => uri.GetLeftPart(UriPartial.Authority))];
    }

    public IPage Page { get; }

    /// <summary>What went wrong so far that was not expected.</summary>
    public IReadOnlyList<string> Faults => [.. _faults.Where(fault => !_expected.Exists(expected => expected.IsMatch(fault)))];

    /// <summary>All that went wrong so far, expected or not.</summary>
    public IReadOnlyList<string> Seen => [.. _faults];

    /// <summary>How often the browser said that the page's policy refused something.</summary>
    public int Refusals => _faults.Count(fault => fault.Contains("Content Security Policy", StringComparison.Ordinal));

    internal static async Task RunAsync(PageStage stage, Func<Visit, Task> test, VisitOptions options)
    {
        await using var context = await stage.Browser.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = (options.Origin ?? stage.Node.Api).ToString(),
            ViewportSize = new ViewportSize { Width = options.Width, Height = options.Height },
            ColorScheme = options.Scheme,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
            TimezoneId = "Europe/Berlin",
            ServiceWorkers = ServiceWorkerPolicy.Block,
            AcceptDownloads = true,
        });
        context.SetDefaultTimeout(15_000);
        // As src/api/ask.ts keeps it.
        if (options.Key is { } key) await context.AddInitScriptAsync($"sessionStorage.setItem('opensettle key', {JsonSerializer.Serialize(key)})");
        foreach (var script in options.InitScripts) await context.AddInitScriptAsync(script);
        var page = await context.NewPageAsync();
        var visit = new Visit(stage, page, options);
        visit.Watch(context);
        if (options.Prepare is { } prepare) await prepare(page);
        await test(visit);
        Assert.True(visit.Faults.Count == 0, $"The page at {page.Url} had this to complain of:\n{string.Join('\n', visit.Faults)}");
    }

    /// <summary>A fault that belongs to the test: "console", "request", "answer" or "page", and what it says.</summary>
    public void Expect([StringSyntax(StringSyntaxAttribute.Regex)] string pattern) => _expected.Add(new Regex(pattern, RegexOptions.Singleline, TimeSpan.FromSeconds(5)));

    /// <summary>Opens a path below the page's root, as a deep link, and waits until it is there.</summary>
    public async Task OpenAsync(string path)
    {
        var response = await Page.GotoAsync(new Uri(_origin, path).ToString(), new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        Assert.True(response is { Ok: true }, $"{path} was answered with {response?.Status}");
        await ReadyAsync();
    }

    /// <summary>A heading is there, and nothing of it is still to come.</summary>
    public async Task ReadyAsync()
    {
        await Page.Locator("main h1").First.WaitForAsync();
        await Page.WaitForFunctionAsync("() => document.querySelector('.skeleton, [aria-busy=true]') === null && document.fonts.status === 'loaded'");
    }

    /// <summary>What has the focus, as a selector would say it.</summary>
    public Task<string> FocusedAsync() => Page.EvaluateAsync<string>(
        "() => { const e = document.activeElement; return e === null ? '' : e.tagName.toLowerCase() + (e.id === '' ? '' : '#' + e.id) + [...e.classList].map((name) => '.' + name).join(''); }");

    /// <summary>Presses Tab until what that selector names has the focus.</summary>
    public async Task TabToAsync(string selector, int most = 60)
    {
        for (var i = 0; i < most; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await Page.EvaluateAsync<bool>("(selector) => document.activeElement?.matches(selector) === true", selector)) return;
        }

        Assert.Fail($"{selector} was not reached by {most} presses of Tab on {Page.Url}; the focus is on {await FocusedAsync()}.");
    }

    /// <summary>As a person uses it: a link of the menu, without a new page.</summary>
    public async Task FollowAsync(ILocator link)
    {
        await link.ClickAsync();
        await ReadyAsync();
    }

    /// <summary>Holds that the page does not scroll sideways.</summary>
    public async Task FitsAsync(params IReadOnlyList<int> widths)
    {
        foreach (var width in widths)
        {
            await Page.SetViewportSizeAsync(width, Phone.Height);
            var wide = await Page.EvaluateAsync<string[]>(Wide);
            Assert.True(wide.Length == 0, $"{Page.Url} is wider than {width} px:\n{string.Join('\n', wide)}");
        }
    }

    private const string Wide =
        """
        () => {
          const limit = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= limit) return [];
          const wide = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > limit + 1);
          return [`it scrolls to ${document.documentElement.scrollWidth}`, ...wide.slice(0, 8).map((e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""}: ${Math.round(e.getBoundingClientRect().right)}`)];
        }
        """;

    private void Watch(IBrowserContext context)
    {
        context.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _faults.Enqueue($"console {message.Type}: {message.Text} ({message.Location})");
        };
        context.WebError += (_, error) => _faults.Enqueue($"page: {error.Error}");
        context.Request += (_, request) =>
        {
            if (!IsOurs(request.Url)) _faults.Enqueue($"request to a stranger: {request.Method} {request.Url}");
        };
        context.RequestFailed += (_, request) =>
        {
            // The page itself gives questions up whose answers nobody waits for any more.
            if (request.Failure is not "net::ERR_ABORTED") _faults.Enqueue($"request: {request.Method} {request.Url}: {request.Failure}");
        };
        context.Response += (_, response) =>
        {
            if (response.Status >= 400) _faults.Enqueue($"answer: {response.Status} to {response.Request.Method} {response.Url}");
        };
    }

    private bool IsOurs(string url) =>
        url.StartsWith("data:", StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal) || _origins.Contains(new Uri(url).GetLeftPart(UriPartial.Authority));
}
