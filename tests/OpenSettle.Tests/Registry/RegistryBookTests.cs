using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Registry;

public sealed class RegistryBookTests
{
    private static readonly ModelId Model = new(Keccak256.HashText("model"));
    private static readonly Address Creator = World.Name("creator", 1);
    private static readonly Address Buyer = World.Name("buyer", 1);

    // Registered in block 10 at time 100; a block takes 10 seconds.
    private readonly RegistryBook _book = new();

    public RegistryBookTests()
    {
        _book.Apply(new ModelRegistered(At(10, 0), 100, Model, 1, Creator, World.Name("pay", 1), 50, Hash32.Zero, Hash32.Zero, "uri"));
        _book.Apply(new SplitSet(At(10, 1), 100, Model, 100, Table(1)));
        _book.Apply(new LineageSet(At(10, 2), 100, Model, 100, new Lineage(1, [])));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(9, 90)]
    [InlineData(10, 100)]
    [InlineData(11, 110)]
    public void FirstVersion_AtAnyBlock_IsInForce(ulong block, ulong time)
    {
        Assert.Equal(1u, SplitAt(block, time));
        Assert.Equal(1u, LineageAt(block, time));
        Assert.Equal(Creator, _book.Get(Model).OwnerAt(block));
    }

    [Theory]
    [InlineData(20, 200, 1)] // its own block
    [InlineData(21, 249, 1)] // a second too early
    [InlineData(21, 250, 2)] // from exactly that time on
    [InlineData(21, 251, 2)]
    [InlineData(20, 999, 1)] // its own block, whatever its time
    [InlineData(19, 999, 1)]
    public void LaterVersion_FromLaterBlocksThatReachItsTime_IsInForce(ulong block, ulong time, uint expected)
    {
        _book.Apply(new SplitSet(At(20, 0), 200, Model, 250, Table(2)));
        _book.Apply(new LineageSet(At(20, 1), 200, Model, 250, new Lineage(2, [])));
        Assert.Equal(expected, SplitAt(block, time));
        Assert.Equal(expected, LineageAt(block, time));
    }

    [Fact]
    public void LaterVersion_WithoutNotice_IsInForceFromTheNextBlock()
    {
        _book.Apply(new SplitSet(At(20, 0), 200, Model, 200, Table(2)));
        Assert.Equal(1u, SplitAt(20, 200));
        Assert.Equal(2u, SplitAt(21, 200));
    }

    [Fact]
    public void NewestVersion_OfSeveralInForce_Counts()
    {
        _book.Apply(new SplitSet(At(20, 0), 200, Model, 250, Table(2)));
        _book.Apply(new SplitSet(At(26, 0), 260, Model, 310, Table(3)));
        Assert.Equal(2u, SplitAt(30, 309));
        Assert.Equal(3u, SplitAt(31, 310));
    }

    [Fact]
    public void CancelledVersion_AtItsTimeAndLater_IsNeverInForce()
    {
        _book.Apply(new SplitSet(At(20, 0), 200, Model, 250, Table(2)));
        _book.Apply(new SplitCancelled(At(21, 0), 210, Model, 2));
        Assert.Equal(1u, SplitAt(25, 250));
        Assert.Equal(1u, SplitAt(9_999, 99_999));
        _book.Apply(new SplitSet(At(22, 0), 220, Model, 270, Table(3)));
        Assert.Equal(1u, SplitAt(26, 269));
        Assert.Equal(3u, SplitAt(27, 270));
    }

    [Fact]
    public void Owner_AtABlock_IsWhoOwnedAtItsStart()
    {
        _book.Apply(new OwnerChanged(At(20, 5), 200, Model, Buyer));
        Assert.Equal(Creator, _book.Get(Model).OwnerAt(20));
        Assert.Equal(Buyer, _book.Get(Model).OwnerAt(21));
        Assert.Equal(Buyer, _book.Get(Model).Owner);
    }

    [Fact]
    public void FlashSale_WithinOneBlock_ChangesNothing()
    {
        _book.Apply(new OwnerChanged(At(20, 1), 200, Model, Buyer));
        _book.Apply(new SplitSet(At(20, 2), 200, Model, 200, Table(2)));
        _book.Apply(new SplitCancelled(At(20, 3), 200, Model, 2));
        _book.Apply(new OwnerChanged(At(20, 4), 200, Model, Creator));
        foreach (var block in new ulong[] { 19, 20, 21, 22 })
        {
            Assert.Equal(Creator, _book.Get(Model).OwnerAt(block));
            Assert.Equal(1u, SplitAt(block, block * 10));
        }
    }

    [Fact]
    public void Gateways_AfterListingAndTakingOff_AreThoseListed()
    {
        _book.Apply(new GatewaySet(At(20, 1), 200, Model, Buyer, true));
        _book.Apply(new GatewaySet(At(20, 2), 200, Model, Creator, true));
        _book.Apply(new GatewaySet(At(20, 3), 200, Model, Creator, true));
        _book.Apply(new GatewaySet(At(21, 0), 210, Model, Buyer, false));
        Assert.Equal([Creator], _book.Get(Model).Gateways);
    }

    [Fact]
    public void Fact_GivenTwice_IsRefused()
    {
        var fact = new OwnerChanged(At(20, 1), 200, Model, Buyer);
        _book.Apply(fact);
        Assert.Throws<InvalidOperationException>(() => _book.Apply(fact));
    }

    [Theory]
    [InlineData(20, 0)]
    [InlineData(19, 9)]
    public void Fact_OutOfChainOrder_IsRefused(ulong block, uint log)
    {
        _book.Apply(new OwnerChanged(At(20, 1), 200, Model, Buyer));
        Assert.Throws<InvalidOperationException>(() => _book.Apply(new OwnerChanged(At(block, log), block * 10, Model, Creator)));
    }

    [Fact]
    public void Version_ThatIsNotTheNext_IsRefused()
    {
        Assert.Throws<InvalidOperationException>(() => _book.Apply(new SplitSet(At(20, 0), 200, Model, 200, Table(3))));
        Assert.Throws<InvalidOperationException>(() => _book.Apply(new SplitSet(At(20, 1), 200, Model, 200, Table(1))));
        Assert.Throws<InvalidOperationException>(() => _book.Apply(new LineageSet(At(20, 2), 200, Model, 200, new Lineage(3, []))));
    }

    [Fact]
    public void Model_UnknownOrRegisteredTwice_IsRefused()
    {
        var other = new ModelId(Keccak256.HashText("other"));
        Assert.Throws<InvalidOperationException>(() => _book.Apply(new OwnerChanged(At(20, 0), 200, other, Buyer)));
        Assert.Throws<InvalidOperationException>(() => _book.Get(other));
        Assert.False(_book.TryGet(other, out _));
        Assert.Throws<InvalidOperationException>(() => _book.Apply(
            new ModelRegistered(At(20, 1), 200, Model, 2, Creator, World.Name("pay", 2), 0, Hash32.Zero, Hash32.Zero, "")));
    }

    private static LogPosition At(ulong block, uint log) => new(block, log);

    private static SplitTable Table(uint version) => new(version, [new SplitRow(null, version, "data")]);

    private uint SplitAt(ulong block, ulong time) => _book.Get(Model).SplitAt(new BlockPoint(block, time)).Version;

    private uint LineageAt(ulong block, ulong time) => _book.Get(Model).LineageAt(new BlockPoint(block, time)).Version;
}
