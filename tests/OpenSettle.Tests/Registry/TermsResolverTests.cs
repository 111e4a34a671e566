using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Registry;

public sealed class TermsResolverTests
{
    [Fact]
    public void Terms_OfAnyPayment_AreThoseOfItsOwnBlockAllTheWayUp() => Properties.Hold(Shape.Any, shape =>
    {
        var world = new World(shape);
        var resolver = new TermsResolver(world.Book);
        foreach (var payment in world.Payments) Check(world.Book, resolver.Resolve(payment.Model, payment.Block), payment.Model, payment.Block, TermsResolver.MaxDepth);
        Assert.Equal(Enumerable.Range(0, resolver.All.Count), resolver.All.Select(terms => terms.Id));
    }, 200);

    [Fact]
    public void Terms_OfEqualContent_AreOneObject() => Properties.Hold(Shape.Any, shape =>
    {
        var world = new World(shape);
        var resolver = new TermsResolver(world.Book);
        foreach (var payment in world.Payments) Assert.Same(resolver.Resolve(payment.Model, payment.Block), resolver.Resolve(payment.Model, payment.Block));
        Assert.Distinct(resolver.All.Select(terms =>
            $"{terms.Model}/{terms.Split.Version}/{terms.LineageVersion}/{terms.Owner}/{string.Join(',', terms.Parents.Select(parent => parent.Terms.Id))}"));
    }, 100);

    private static void Check(RegistryBook book, Terms terms, ModelId model, BlockPoint block, int steps)
    {
        var entry = book.Get(model);
        Assert.Equal((model, entry.Number, entry.OwnerAt(block.Number)), (terms.Model, terms.ModelNumber, terms.Owner));
        Assert.Same(entry.SplitAt(block), terms.Split);
        var lineage = entry.LineageAt(block);
        Assert.Equal(lineage.Version, terms.LineageVersion);
        if (steps == 0)
        {
            Assert.Empty(terms.Parents);
            return;
        }

        Assert.Equal(lineage.Parents.Select(parent => (parent.Model, parent.Share)), terms.Parents.Select(parent => (parent.Terms.Model, parent.Share)));
        foreach (var parent in terms.Parents)
        {
            Assert.True(parent.Terms.Id < terms.Id);
            Check(book, parent.Terms, parent.Terms.Model, block, steps - 1);
        }
    }
}
