using OpenSettle.Demo.Stage;
using OpenSettle.Tests.Shared;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>The same stage on anvil, which mines on a clock of its own.</summary>
public class AnvilStageFixture : StageFixture
{
    /// <summary>Anvil's own methods.</summary>
    internal AnvilNode Anvil => _anvil ?? throw new InvalidOperationException("The stage is not set.");

    private AnvilNode? _anvil;

    /// <summary>What anvil is started with: as many accounts as the cast has, and two blocks a second.</summary>
    private protected virtual string[] Arguments => ["--accounts", "20", "--block-time", "0.5"];

    private protected override async Task<LocalChain> StartChainAsync()
    {
        _anvil = Own(await AnvilNode.StartAsync(Arguments));
        return LocalChain.At(_anvil.Endpoint, "auto");
    }
}
