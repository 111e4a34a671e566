using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Registry;

/// <summary>Terms are those of the start of the block, said once more from the facts alone.</summary>
public sealed class TermsOverTimeTests
{
    private static readonly ModelId Model = new(Keccak256.HashText("model"));
    private static readonly Address Creator = World.Name("creator", 1);

    [Fact]
    public void TermsOfAnyBlock_OfAnyWorld_AreWhatTheFactsBeforeItSay() => Properties.Hold(Shape.Any, shape =>
    {
        var world = new World(shape);
        foreach (var model in world.Models)
        {
            var entry = world.Book.Get(model);
            for (var block = 1UL; block <= World.LastBlock(1) + 25; block++)
            {
                var at = new BlockPoint(block, World.TimeOf(block));
                Assert.Equal(Split(world, model, at), entry.SplitAt(at));
                Assert.Equal(LineageOf(world, model, at), entry.LineageAt(at).Version);
                Assert.Equal(OwnerOf(world, model, block), entry.OwnerAt(block));
            }
        }
    }, 60);

    [Fact]
    public void Terms_OfABlock_ComeFromTheFactsBeforeItAlone() => Properties.Hold(Shape.Any, shape =>
    {
        // A book that knows nothing of the block and of what came later gives the same, but for what was registered there.
        var world = new World(shape);
        var whole = new TermsResolver(world.Book);
        foreach (var block in new ulong[] { 2, 9, 17, 25, 33, 40 })
        {
            var book = new RegistryBook();
            foreach (var fact in world.Facts.OfType<RegistryFact>().Where(fact => fact.At.Block < block)) book.Apply(fact);
            var early = new TermsResolver(book);
            var at = new BlockPoint(block, World.TimeOf(block));
            foreach (var model in world.Models.Where(model => world.Book.Get(model).Registration.At.Block < block))
                Assert.Equal(Show(early.Resolve(model, at)), Show(whole.Resolve(model, at)));
        }
    }, 60);

    [Fact]
    public void Change_InABlock_DoesNotTouchTermsOfThatBlockOrBefore() => Properties.Hold(Shape.Any, shape =>
    {
        var world = new World(shape);
        var model = world.Models[^1];
        var entry = world.Book.Get(model);
        var last = World.LastBlock(1) + 5;
        var time = World.TimeOf(last);
        BlockPoint[] blocks = [.. Enumerable.Range(1, (int)last).Select(block => new BlockPoint((ulong)block, World.TimeOf((ulong)block)))];
        string[] Seen() => [.. blocks.Select(block => Show(new TermsResolver(world.Book).Resolve(model, block)))];
        var before = Seen();
        uint split = 1;
        while (entry.SplitOf(split) is not null) split++;
        var lineage = (uint)world.Facts.OfType<LineageSet>().Count(fact => fact.Model == model) + 1;
        world.Book.Apply(new SplitSet(new LogPosition(last, 1), time, model, time - 1_000, new SplitTable(split, [new SplitRow(null, 1, "")])));
        world.Book.Apply(new LineageSet(new LogPosition(last, 2), time, model, time - 1_000, new Lineage(lineage, [])));
        world.Book.Apply(new OwnerChanged(new LogPosition(last, 3), time, model, World.Name("buyer", 1)));
        Assert.Equal(before, Seen());

        var next = new TermsResolver(world.Book).Resolve(model, new BlockPoint(last + 1, time + 12));
        Assert.Equal((split, lineage, World.Name("buyer", 1)), (next.Split.Version, next.LineageVersion, next.Owner));
        Assert.Empty(next.Parents);
    }, 100);

    [Fact]
    public void Notice_IsHonouredToTheSecondInEveryLaterBlock() => Properties.Hold(FsCheck.Fluent.Gen.Choose(0, 500), notice =>
    {
        var book = Registered(withLineage: true);
        book.Apply(new SplitSet(new LogPosition(20, 0), 200, Model, 200 + (ulong)notice, Table(2)));
        book.Apply(new LineageSet(new LogPosition(20, 1), 200, Model, 200 + (ulong)notice, new Lineage(2, [])));
        for (var block = 18UL; block < 90; block++)
        {
            // Blocks have the times that they have: some are late, some share a second with the notice's end.
            foreach (var time in new[] { block * 10, 200 + (ulong)notice, 200 + (ulong)notice - 1 })
            {
                var expected = block > 20 && time >= 200 + (ulong)notice ? 2u : 1u;
                Assert.Equal(expected, book.Get(Model).SplitAt(new BlockPoint(block, time)).Version);
                Assert.Equal(expected, book.Get(Model).LineageAt(new BlockPoint(block, time)).Version);
            }
        }
    }, 50);

    [Fact]
    public void Cancelled_BetweenTwoVersions_LeavesTheOneBeforeUntilTheNext()
    {
        var book = Registered(withLineage: true);
        book.Apply(new SplitSet(new LogPosition(20, 0), 200, Model, 250, Table(2)));
        book.Apply(new SplitSet(new LogPosition(21, 0), 210, Model, 300, Table(3)));
        book.Apply(new SplitCancelled(new LogPosition(22, 0), 220, Model, 3));
        book.Apply(new SplitSet(new LogPosition(23, 0), 230, Model, 350, Table(4)));
        (ulong Time, uint Version)[] expected = [(249, 1), (250, 2), (300, 2), (349, 2), (350, 4), (9_999, 4)];
        Assert.All(expected, pair => Assert.Equal(pair.Version, book.Get(Model).SplitAt(new BlockPoint(1_000, pair.Time)).Version));
    }

    [Fact]
    public void CancelledLineage_BetweenTwoVersions_LeavesTheOneBeforeUntilTheNext()
    {
        var book = Registered(withLineage: true);
        book.Apply(new LineageSet(new LogPosition(20, 0), 200, Model, 250, new Lineage(2, [])));
        book.Apply(new LineageSet(new LogPosition(21, 0), 210, Model, 300, new Lineage(3, [])));
        book.Apply(new LineageCancelled(new LogPosition(22, 0), 220, Model, 3));
        // The split of that version is another matter.
        book.Apply(new SplitSet(new LogPosition(22, 1), 220, Model, 220, Table(2)));
        book.Apply(new SplitSet(new LogPosition(22, 2), 220, Model, 220, Table(3)));
        book.Apply(new LineageSet(new LogPosition(23, 0), 230, Model, 350, new Lineage(4, [])));
        (ulong Time, uint Version)[] expected = [(249, 1), (250, 2), (300, 2), (349, 2), (350, 4), (9_999, 4)];
        Assert.All(expected, pair => Assert.Equal(pair.Version, LineageAt(book, 1_000, pair.Time)));
        Assert.Equal(3u, book.Get(Model).SplitAt(new BlockPoint(1_000, 220)).Version);
    }

    [Fact]
    public void CancelledLineage_InTheBlockThatSetIt_IsNeverInForce()
    {
        var book = Registered(withLineage: true);
        book.Apply(new LineageSet(new LogPosition(20, 0), 200, Model, 200, new Lineage(2, [])));
        book.Apply(new OwnerChanged(new LogPosition(20, 1), 200, Model, World.Name("buyer", 1)));
        book.Apply(new LineageCancelled(new LogPosition(20, 2), 200, Model, 2));
        foreach (var block in new ulong[] { 20, 21, 999 }) Assert.Equal(1u, LineageAt(book, block, block * 10));
    }

    [Fact]
    public void FirstLineage_OfALaterBlock_IsAChangeLikeOthers()
    {
        var book = Registered(withLineage: false);
        Assert.Equal(0u, LineageAt(book, 10, 100));
        Assert.Equal(0u, LineageAt(book, 999, 9_990));
        book.Apply(new LineageSet(new LogPosition(20, 0), 200, Model, 250, new Lineage(1, [])));
        Assert.Equal(0u, LineageAt(book, 10, 100));
        Assert.Equal(0u, LineageAt(book, 20, 9_999));
        Assert.Equal(0u, LineageAt(book, 21, 249));
        Assert.Equal(1u, LineageAt(book, 21, 250));
    }

    [Fact]
    public void VersionsOfTheRegistration_HoldFromTheBeginningWhateverTheirNotice()
    {
        var book = Registered(withLineage: true);
        foreach (var block in new ulong[] { 1, 9, 10, 11 })
        {
            Assert.Equal(1u, book.Get(Model).SplitAt(new BlockPoint(block, block * 10)).Version);
            Assert.Equal(1u, LineageAt(book, block, block * 10));
            Assert.Equal(Creator, book.Get(Model).OwnerAt(block));
        }
    }

    [Fact]
    public void SecondVersion_InTheBlockOfTheRegistration_IsNotInForceInIt()
    {
        var book = Registered(withLineage: true);
        book.Apply(new SplitSet(new LogPosition(10, 5), 100, Model, 100, Table(2)));
        book.Apply(new LineageSet(new LogPosition(10, 6), 100, Model, 100, new Lineage(2, [])));
        Assert.Equal(1u, book.Get(Model).SplitAt(new BlockPoint(10, 100)).Version);
        Assert.Equal(1u, LineageAt(book, 10, 100));
        Assert.Equal(2u, book.Get(Model).SplitAt(new BlockPoint(11, 110)).Version);
        Assert.Equal(2u, LineageAt(book, 11, 110));
    }

    [Fact]
    public void Payments_ResolvedTwice_HaveEqualTerms() => Properties.Hold(Shape.Any, shape =>
    {
        var world = new World(shape);
        List<string> Resolve()
        {
            var resolver = new TermsResolver(world.Book, world.TablesBy(1));
            foreach (var payment in world.Payments) _ = resolver.Resolve(payment.Model, payment.Block);
            return [.. resolver.All.Select(terms => $"{terms.Id} {Show(terms)}")];
        }

        Assert.Equal(Resolve(), Resolve());
    }, 60);

    [Theory]
    [InlineData(10, 20, true)] // listed in 15: at the start of 16 and so on
    [InlineData(10, 15, false)] // in its own block it is not
    [InlineData(15, 15, false)]
    [InlineData(15, 16, true)]
    [InlineData(1, 14, false)]
    [InlineData(30, 30, true)] // delisted in 30: at its start it still is
    [InlineData(31, 40, false)]
    [InlineData(25, 60, true)]
    [InlineData(41, 49, false)] // listed and delisted in 40: never at the start of a block
    [InlineData(50, 50, false)]
    [InlineData(50, 51, true)] // delisted and listed again in 50
    [InlineData(51, 99, true)]
    public void Gateway_ListedAtTheStartOfABlock_IsListedInTheEpoch(ulong first, ulong last, bool expected)
    {
        var (gateway, other) = (World.Name("gateway", 1), World.Name("gateway", 2));
        var book = Registered(withLineage: false);
        var log = 0u;
        void Say(ulong block, Address who, bool listed) => book.Apply(new GatewaySet(new LogPosition(block, log++), block * 10, Model, who, listed));
        Say(15, gateway, true);
        Say(15, other, false);
        Say(30, gateway, false);
        Say(40, gateway, true);
        Say(40, other, true);
        Say(40, gateway, false);
        Say(50, gateway, false);
        Say(50, gateway, true);
        Assert.Equal(expected, book.Get(Model).Lists(gateway, first, last));
    }

    [Fact]
    public void Gateways_OfAnyWorld_AreListedAsEachBlockSays() => Properties.Hold(Shape.Any, shape =>
    {
        var world = new World(shape, 2);
        foreach (var model in world.Models)
        {
            for (var i = 0; i < 4; i++)
            {
                var gateway = World.Name("gateway", i);
                bool At(ulong block) => world.Facts.OfType<GatewaySet>().LastOrDefault(fact => fact.Model == model && fact.Gateway == gateway && fact.At.Block < block)?.Listed ?? false;
                foreach (var (first, last) in new (ulong, ulong)[] { (1, 40), (41, 80), (20, 20), (21, 60), (79, 90) })
                {
                    var expected = false;
                    for (var block = first; block <= last; block++) expected |= At(block);
                    Assert.Equal(expected, world.Book.Get(model).Lists(gateway, first, last));
                }
            }
        }
    }, 60);

    private static SplitTable Split(World world, ModelId model, BlockPoint block)
    {
        var facts = world.Facts.OfType<RegistryFact>().Where(fact => fact.Model == model).ToList();
        var cancelled = facts.OfType<SplitCancelled>().Select(fact => fact.Version).ToHashSet();
        return facts.OfType<SplitSet>()
            .Where(fact => fact.Table.Version == 1 || (fact.At.Block < block.Number && fact.EffectiveAt <= block.Timestamp && !cancelled.Contains(fact.Table.Version)))
            .MaxBy(fact => fact.Table.Version)!.Table;
    }

    private static uint LineageOf(World world, ModelId model, BlockPoint block)
    {
        var registered = world.Book.Get(model).Registration.At.Block;
        var cancelled = world.Facts.OfType<LineageCancelled>().Where(fact => fact.Model == model).Select(fact => fact.Version).ToHashSet();
        return world.Facts.OfType<LineageSet>().Where(fact => fact.Model == model)
            .Where(fact => (fact.Lineage.Version == 1 && fact.At.Block == registered)
                || (fact.At.Block < block.Number && fact.EffectiveAt <= block.Timestamp && !cancelled.Contains(fact.Lineage.Version)))
            .Select(fact => fact.Lineage.Version).DefaultIfEmpty().Max();
    }

    private static Address OwnerOf(World world, ModelId model, ulong block) =>
        world.Facts.OfType<OwnerChanged>().LastOrDefault(fact => fact.Model == model && fact.At.Block < block)?.Owner ?? world.Book.Get(model).Registration.Creator;

    private static string Show(Terms terms) =>
        $"{terms.Model}/{terms.ModelNumber}/{terms.Split.Version}/{terms.Split.AtHand}/{terms.LineageVersion}/{terms.Owner}[{string.Join(',', terms.Parents.Select(parent => $"{parent.Share}:{Show(parent.Terms)}"))}]";

    private static RegistryBook Registered(bool withLineage)
    {
        var book = new RegistryBook();
        book.Apply(new ModelRegistered(new LogPosition(10, 0), 100, Model, 1, Creator, World.Name("pay", 1), 50, Hash32.Zero, Hash32.Zero, "uri"));
        book.Apply(new SplitSet(new LogPosition(10, 1), 100, Model, 9_999, Table(1)));
        if (withLineage) book.Apply(new LineageSet(new LogPosition(10, 2), 100, Model, 9_999, new Lineage(1, [])));
        return book;
    }

    private static SplitTable Table(uint version) => new(version, [new SplitRow(null, version, "data")]);

    private static uint LineageAt(RegistryBook book, ulong block, ulong time) => book.Get(Model).LineageAt(new BlockPoint(block, time)).Version;
}
