using OpenSettle.Ethereum.Nethereum;

namespace OpenSettle.Ethereum.Tests;

public sealed class ChainProvidersTests
{
    [Fact]
    public void All_InAnyBuild_HoldTheBuiltinClient() => Assert.Contains(ChainProviders.All(TimeProvider.System), provider => provider.Name == "builtin");

    [Fact]
    public void Named_Unknown_SaysWhatThereIs()
    {
        var refusal = Assert.Throws<ArgumentException>(() => ChainProviders.Named("other", TimeProvider.System));
        Assert.Contains("'other'", refusal.Message);
        Assert.Contains("builtin", refusal.Message);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("file:///tmp/x")]
    public void Connect_ToSomethingThatIsNotHttp_IsRefused(string endpoint) =>
        Assert.All(
            ChainProviders.All(TimeProvider.System),
            provider => Assert.Throws<ArgumentException>(() => provider.Connect(new Uri(endpoint), TimeSpan.FromSeconds(1))));

    [Fact]
    public void Connect_WithoutTime_IsRefused() =>
        Assert.All(
            ChainProviders.All(TimeProvider.System),
            provider => Assert.Throws<ArgumentOutOfRangeException>(() => provider.Connect(new Uri("http://127.0.0.1"), TimeSpan.Zero)));
}
