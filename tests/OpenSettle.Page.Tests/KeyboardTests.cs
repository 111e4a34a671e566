using Microsoft.Playwright;
using OpenSettle.Page.Tests.Harness;

namespace OpenSettle.Page.Tests;

/// <summary>The page without a mouse.</summary>
[Collection(PageCollection.Name)]
public sealed class KeyboardTests(PageStage stage)
{
    [Fact]
    public Task SkipLink_IsTheFirstStopAndLeadsToTheContent() => stage.VisitAsync(async visit =>
    {
        await visit.OpenAsync(string.Empty);
        await visit.Page.Keyboard.PressAsync("Tab");
        Assert.Contains(".skip", await visit.FocusedAsync(), StringComparison.Ordinal);
        // Out of sight until it has the focus; then it is where it can be read.
        var box = await visit.Page.Locator(".skip").BoundingBoxAsync();
        Assert.True(box is { Y: >= 0, X: >= 0, Height: > 10 }, $"the skip link is at {box?.X}, {box?.Y}");
        await visit.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("main#main.wrap", await visit.FocusedAsync());
    });

    [Fact]
    public Task Menu_ByTabAndEnter_OpensAPageAndMovesTheFocusToItsHeading() => stage.VisitAsync(async visit =>
    {
        await visit.OpenAsync(string.Empty);
        await visit.TabToAsync("nav a[href='models']");
        await VisibleFocusAsync(visit);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Models", Level = 1 }).WaitForAsync();
        await visit.Page.WaitForFunctionAsync("() => document.activeElement?.tagName === 'H1'");
        Assert.EndsWith("/models", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal("page", await visit.Page.Locator("nav a[href='models']").GetAttributeAsync("aria-current"));

        // Back and forth as the browser's own buttons do.
        await visit.Page.GoBackAsync();
        await visit.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Overview", Level = 1 }).WaitForAsync();
    });

    [Fact]
    public Task Search_ByKeyboard_OpensAnAccount() => stage.VisitAsync(async visit =>
    {
        var account = stage.Cast.Ben.Address.ToChecksumString();
        await visit.OpenAsync(string.Empty);
        await visit.TabToAsync("form[role=search] input");
        await VisibleFocusAsync(visit);
        await visit.Page.Keyboard.TypeAsync(account);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForURLAsync($"**/accounts/{account}");
        await visit.ReadyAsync();
    });

    [Fact]
    public Task Table_WiderThanThePhone_ScrollsByArrowKeys() => stage.VisitAsync(
        async visit =>
        {
            await visit.OpenAsync("payments");
            const string Box = "[role=region][tabindex='0'], [tabindex='0'][role=grid], [tabindex='0'].scroll, [tabindex='0'].long";
            await visit.TabToAsync(Box);
            var table = visit.Page.Locator(":focus");
            Assert.False(string.IsNullOrWhiteSpace(await table.GetAttributeAsync("aria-label")), "A box that scrolls says what it is.");
            Assert.True(await table.EvaluateAsync<bool>("(box) => box.scrollWidth > box.clientWidth"), "The table fits: there is nothing to scroll.");
            for (var i = 0; i < 5; i++) await visit.Page.Keyboard.PressAsync("ArrowRight");
            await visit.Page.WaitForFunctionAsync("() => document.activeElement.scrollLeft > 0");
        },
        new VisitOptions { Width = 320 });

    /// <summary>Who has no mouse sees where he is: an outline or a shadow.</summary>
    private static async Task VisibleFocusAsync(Visit visit) => Assert.True(
        await visit.Page.EvaluateAsync<bool>(
            "() => { const style = getComputedStyle(document.activeElement); return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none'; }"),
        $"the focus on {await visit.FocusedAsync()} cannot be seen");
}
