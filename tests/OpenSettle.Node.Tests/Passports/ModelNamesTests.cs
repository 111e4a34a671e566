using System.Globalization;
using OpenSettle.Node.Passports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Passports;

public sealed class ModelNamesTests
{
    [Theory]
    [InlineData("Contracts 7B", "contracts 7b")]
    [InlineData("  Two \t words\n", "two words")]
    [InlineData("Verträge", "vertrage")]
    [InlineData("Vertra\u0308ge", "vertrage")]
    [InlineData("ＦＵＬＬ", "full")]
    [InlineData("in\u200Bvis\u202Eible", "invisible")]
    [InlineData("ΛΌΓΟΣ", "λόγοσ")]
    [InlineData("契約書-7b", "契約書-7b")]
    [InlineData("😀 Łódź", "😀 lodz")]
    [InlineData("\u200B\u202E", "")]
    public void Text_IsLookedForWithoutWhatDivides(string text, string expected) => Assert.Equal(expected, SearchText.Of(text));

    [Fact]
    public void Find_OrdersByHowWellItFitsThenByNumber()
    {
        string[] named = ["Big Contracts", "contractsmall", "Contracts", "subcontracts", "contracts", "Other"];
        using var node = Node(named.Length);
        node.Names.Set(named.Select((name, i) => (Id(i), (string?)name)));
        Assert.DoesNotContain(node.Names.Find("contracts", 10), found => found.Name == "Other");
        Assert.Equal(["Contracts", "contracts", "contractsmall", "Big Contracts", "subcontracts"], node.Names.Find("CONTRACTS", 10).Select(found => found.Name));
        Assert.Equal([3UL, 5UL], node.Names.Find("contracts", 2).Select(found => found.Number));
        Assert.Empty(node.Names.Find("\u200B", 10));
    }

    [Fact]
    public void Name_ThatChangesOrGoes_IsFoundAsItIs()
    {
        using var node = Node(1);
        node.Names.Set([(Id(0), "First")]);
        Assert.Equal(("First", 1), (node.Names.Of(Id(0)), node.Names.Find("first", 5).Count));
        node.Names.Set([(Id(0), "Second")]);
        Assert.Equal((0, 1), (node.Names.Find("first", 5).Count, node.Names.Find("second", 5).Count));
        node.Names.Set([(Id(0), null)]);
        Assert.Equal((null, 0), (node.Names.Of(Id(0)), node.Names.Find("second", 5).Count));
    }

    /// <summary>No document and no row is read for a question: each would take bytes.</summary>
    [Fact]
    public void Find_AmongAHundredThousand_ReadsNothingForAQuestion()
    {
        const int Models = 100_000;
        using var node = Node(Models);
        node.Names.Set(Enumerable.Range(0, Models).Select(i => (Id(i), (string?)string.Create(CultureInfo.InvariantCulture, $"A model of contracts and other words {i}"))));
        Assert.Equal(20, node.Names.Find("words", 20).Count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
        {
            Assert.Single(node.Names.Find($"words {99_980 + i}", 20));
            Assert.Equal(20, node.Names.Find("o", 20).Count);
        }

        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / 40;
        Assert.InRange(each, 0, Models);
    }

    private static ModelId Id(int index) => new(Keccak256.HashText($"model {index}"));

    /// <summary>A node whose registry has so many models; nothing was read of any chain.</summary>
    private static TestNode Node(int models)
    {
        var node = new TestNode(new FakeChain());
        // Read first: what is set before is read with the books.
        Assert.Null(node.Names.Of(Id(0)));
        var book = new RegistryBook();
        for (var i = 0; i < models; i++)
            book.Apply(new ModelRegistered(new LogPosition(1, (uint)i), 1, Id(i), (ulong)i + 1, Alice, Address.FromBytes(Keccak256.HashText($"model {i}").ToArray().AsSpan(12)), 0, Hash32.Zero, Hash32.Zero, string.Empty));
        node.State.Registry = book;
        return node;
    }
}
