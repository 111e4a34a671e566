using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Tests;

/// <summary>What is asked after a mistyped name.</summary>
public sealed class NearestTests
{
    [Theory]
    [InlineData("clam", " Did you mean 'claim'?")]
    [InlineData("earnings", "")]
    public void Hint_AmongNames_IsTheNearOneOrNothing(string name, string hint) => Assert.Equal(hint, Nearest.Hint(name, ["claim", "verify"]));

    // A word too many after a command that has no commands of its own.
    [Fact]
    public void Hint_AmongNoNames_IsNothing() => Assert.Equal(string.Empty, Nearest.Hint("anything", []));
}
