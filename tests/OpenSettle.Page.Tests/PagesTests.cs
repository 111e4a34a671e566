using OpenSettle.Page.Tests.Harness;

namespace OpenSettle.Page.Tests;

/// <summary>Every page by its own address: it comes, it names itself, it fits, axe finds nothing, and shots of it are kept.</summary>
[Collection(PageCollection.Name)]
public sealed class PagesTests(PageStage stage)
{
    public static TheoryData<string> Names { get; } =
        ["overview", "models", "model", "model-base", "compare", "find", "account", "account-owner", "account-nobody", "epochs", "epoch", "payments", "transaction", "search", "ops", "missing"];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Page_OpenedByItsAddress_FitsIsAccessibleAndIsQuiet(string name) => stage.VisitAsync(
        async visit =>
        {
            await visit.OpenAsync(PathOf(name));
            Assert.EndsWith(" · OpenSettle", await visit.Page.TitleAsync(), StringComparison.Ordinal);
            Assert.Equal(1, await visit.Page.Locator("h1").CountAsync());
            await visit.FitsAsync(320, 390, 1280, 1600);
            await visit.LooksAsync(name);
        },
        new VisitOptions { Key = name == "ops" ? stage.OperatorKey : null });

    private string PathOf(string name) => name switch
    {
        "overview" => string.Empty,
        "model" => $"models/{stage.Tune.Id}",
        "model-base" => $"models/{stage.Base.Id}",
        "compare" => $"compare?a={stage.Tune.Id}&b={stage.Base.Id}",
        "find" => "find?domain=nda-review",
        "account" => $"accounts/{stage.Claimants[^1].Address.ToChecksumString()}",
        "account-owner" => $"accounts/{stage.Cast.Ada.Address.ToChecksumString()}",
        "account-nobody" => $"accounts/0x{new string('7', 40)}",
        "epoch" => "epochs/1",
        "transaction" => $"transactions/{stage.PaymentTransaction}",
        "search" => "search?q=lexis",
        "missing" => "no/such/page",
        _ => name,
    };
}
