using Microsoft.Playwright;
using OpenSettle.Page.Tests.Harness;

namespace OpenSettle.Page.Tests;

/// <summary>What the page may do in the browser, and what it may not though somebody smuggled it in.</summary>
[Collection(PageCollection.Name)]
public sealed class PolicyTests(PageStage stage)
{
    private string Policy =>
        $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {stage.Chain.Rpc.GetLeftPart(UriPartial.Authority)}; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    [Theory]
    [InlineData("")]
    [InlineData("ops")]
    [InlineData("no/such/page")]
    public Task Document_CarriesTheStrictPolicyAndNothingInline(string path) => stage.VisitAsync(async visit =>
    {
        var response = await visit.Page.GotoAsync(new Uri(stage.Node.Api, path).ToString()) ?? throw new InvalidOperationException("no answer");
        await visit.ReadyAsync();
        var headers = await response.AllHeadersAsync();
        Assert.Equal(Policy, headers["content-security-policy"]);
        Assert.Equal("nosniff", headers["x-content-type-options"]);
        Assert.Equal("no-referrer", headers["referrer-policy"]);
        Assert.Equal("same-origin-allow-popups", headers["cross-origin-opener-policy"]);
        // As it came, and as the page made it.
        Assert.DoesNotContain("<style", await response.TextAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, await visit.Page.Locator("script:not([src]), style, [style]:not(canvas):not(.uplot *), [onclick], [onerror], [onload]").CountAsync());
    });

    [Fact]
    public Task Document_WithASmuggledScript_DoesNotRunIt() => stage.VisitAsync(async visit =>
    {
        visit.Expect("^console error: .*Content Security Policy");
        await visit.Page.RouteAsync(stage.Node.Api.ToString(), async route =>
        {
            var response = await route.FetchAsync();
            var body = (await response.TextAsync()).Replace(
                "<div id=\"app\">", "<script>window.smuggled = 1</script><img src=\"data:,x\" onerror=\"window.smuggled = 2\"><div id=\"app\">", StringComparison.Ordinal);
            Assert.Contains("smuggled", body, StringComparison.Ordinal);
            await route.FulfillAsync(new RouteFulfillOptions { Response = response, Body = body });
        });
        await visit.OpenAsync(string.Empty);
        Assert.Null(await visit.Page.EvaluateAsync<int?>("() => window.smuggled ?? null"));
        // The same where a mistake of the page's wrote markup: what would run is refused then, too.
        await visit.Page.EvaluateAsync(
            """
            () => {
              document.body.insertAdjacentHTML("beforeend", "<img src='data:,x' onerror='window.smuggled = 3'><a id='smuggler' href='javascript:window.smuggled = 4'>x</a>");
              const script = document.createElement("script");
              script.textContent = "window.smuggled = 5";
              document.body.append(script);
              document.getElementById("smuggler").click();
            }
            """);
        await visit.Page.WaitForTimeoutAsync(200);
        Assert.Null(await visit.Page.EvaluateAsync<int?>("() => window.smuggled ?? null"));
        // The browser said that it refused: each of them was tried.
        Assert.Empty(visit.Faults);
        Assert.True(visit.Refusals >= 5, $"The browser refused {visit.Refusals} things.");
    });

    [Fact]
    public Task Page_AskedToTellAStranger_IsNotLet() => stage.VisitAsync(async visit =>
    {
        visit.Expect("^console error: .*Content Security Policy|127\\.0\\.0\\.1:9/x\\.png");
        await visit.OpenAsync(string.Empty);
        // Nobody listens there, and no packet goes: the policy alone refuses.
        var refused = await visit.Page.EvaluateAsync<string[]>(
            """
            async () => {
              const told = [];
              document.addEventListener("securitypolicyviolation", (event) => told.push(event.effectiveDirective));
              await fetch("http://127.0.0.1:9/").catch(() => {});
              const image = new Image();
              image.src = "http://127.0.0.1:9/x.png";
              const form = document.createElement("form");
              form.action = "http://127.0.0.1:9/";
              document.body.append(form);
              form.submit();
              await new Promise((done) => setTimeout(done, 300));
              return told.sort();
            }
            """);
        Assert.Equal(["connect-src", "form-action", "img-src"], refused);
    });

    [Fact]
    public Task Frame_OfAnotherPage_DoesNotShowIt() => stage.VisitAsync(async visit =>
    {
        visit.Expect("^console error: .*frame-ancestors|^request: .*ERR_BLOCKED_BY_RESPONSE|^console error: .*ERR_BLOCKED_BY_RESPONSE");
        await visit.Page.RouteAsync("**/frame-of-a-stranger", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = $"<title>t</title><iframe src=\"{stage.Node.Api}\"></iframe>" }));
        await visit.Page.GotoAsync(new Uri(stage.Node.Api, "frame-of-a-stranger").ToString());
        await visit.Page.WaitForTimeoutAsync(500);
        Assert.DoesNotContain(visit.Page.Frames, frame => frame != visit.Page.MainFrame && frame.Url.StartsWith(stage.Node.Api.ToString(), StringComparison.Ordinal));
        Assert.NotEmpty(visit.Seen);
    });
}
