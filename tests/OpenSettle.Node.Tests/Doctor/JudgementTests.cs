using OpenSettle.Node.Doctor;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Doctor;

/// <summary>What the doctor makes of figures that no stage shows at will.</summary>
public sealed class JudgementTests
{
    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(7, 7, null)]
    [InlineData(7, 7, 7UL)]
    // Of ours, mined and not yet.
    [InlineData(5, 7, 7UL)]
    [InlineData(7, 7, 9UL)]
    public void Nonces_ThatTheBooksExplain_AreWell(ulong latest, ulong pending, ulong? next) => Assert.Null(new NonceCheck().Judge(latest, pending, new SentLook(next, 0, [])));

    [Theory]
    [InlineData(7, 9, null, "2 transactions wait")]
    [InlineData(7, 9, 8UL, "1 transactions wait")]
    [InlineData(9, 9, 7UL, "nonce 7 to 8")]
    public void Nonces_OfSomebodyElse_AreTold(ulong latest, ulong pending, ulong? next, string told)
    {
        var finding = new NonceCheck().Judge(latest, pending, new SentLook(next, 0, []));
        Assert.Equal(FindingLevel.Warning, finding?.Level);
        Assert.Contains(told, finding?.Message, StringComparison.Ordinal);
        Assert.Contains("operatorKey", finding?.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Nonces_WithAGapBeforeTheFirstThatIsUnderWay_AreTold()
    {
        Assert.Null(new NonceCheck().Judge(7, 7, new SentLook(9, 2, [7, 8])));
        Assert.Contains("has 8", new NonceCheck().Judge(7, 7, new SentLook(9, 1, [8]))?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100L << 20, FindingLevel.Fault)]
    [InlineData(1L << 30, FindingLevel.Warning)]
    public void Disk_WithLittleRoom_IsTold(long free, FindingLevel level) => Assert.Equal(level, new FolderCheck().RoomOf("/data", free).Level);

    [Theory]
    [InlineData("rpc: it is chain 5. Set rpc to the right one.", "rpc: it is chain 5.", "Set rpc to the right one.")]
    [InlineData("a.b.c: no. Answer. Check the file, and keyPassword.", "a.b.c: no. Answer.", "Check the file, and keyPassword.")]
    [InlineData("nobody knows.", "nobody knows.", "otherwise")]
    public void Error_OfAnotherRoom_IsPartedIntoWhatIsWrongAndWhatToDo(string error, string message, string remedy) =>
        Assert.Equal(Finding.Fault("x", message, remedy), Finding.FaultOf("x", error, "otherwise"));

    [Fact]
    public void Amounts_ForPeople_LoseNothingThatMatters()
    {
        Assert.Equal("0", Words.Coins(UInt256.Zero));
        Assert.Equal("less than 0.000000001", Words.Coins(UInt256.One));
        Assert.Equal("12.5", Words.Coins(12_500_000_000_000_000_000UL));
        Assert.Equal("0.001", Words.Gwei(1_999_999UL));
        Assert.Equal("200", Words.Gwei(200_000_000_000UL));
    }
}
