using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Configuration;

public sealed class TokenPricesTests
{
    private static readonly TokenInfo[] Tokens = [new(Dollar, "USD", 6), new(Euro, "EUR", 18), new(Alice, "NONE", 0), new(Bob, "FINE", 77), new(Carol, "FINER", 78)];

    [Theory]
    // 0.0003 coins are 3 * 10^14 wei: a millionth of that for the smallest unit.
    [InlineData("0.0003", 1, "300000000")]
    [InlineData("0.0003", 1_000_000, "300000000000000")]
    [InlineData("0.000000000000000001", 999_999, "0")]
    [InlineData("0.000000000000000001", 1_999_999, "1")]
    [InlineData("999999999999", 0, "0")]
    public void Value_OfATokenWithAPrice_IsRoundedDown(string price, ulong amount, string wei)
    {
        var prices = TokenPrices.Of($"{Dollar}={price}", Tokens);
        Assert.True(prices.TryValue(Dollar, amount, out var value));
        Assert.Equal(UInt256.Parse(wei), value);
    }

    [Fact]
    public void Value_WithFewOrManyDecimals_IsExact()
    {
        var prices = TokenPrices.Of($"{Alice}=2,{Bob}=999999999999,{Euro}=1.5", Tokens);
        Assert.True(prices.TryValue(Alice, 3, out var none));
        Assert.Equal(UInt256.Parse("6000000000000000000"), none);
        // More than fits beside the product: 2^128 - 1 of the smallest units are 3.4 * 10^-39 whole ones.
        Assert.True(prices.TryValue(Bob, UInt256.MaxAmount, out var fine));
        Assert.Equal(UInt256.Zero, fine);
        Assert.True(prices.TryValue(Euro, UInt256.MaxAmount, out var most));
        Assert.Equal(UInt256.MulDivFloor(UInt256.MaxAmount, 3, 2), most);
    }

    [Fact]
    public void Value_OfMoreThanTheVaultTakes_IsThatOfAllThatItTakes()
    {
        var prices = TokenPrices.Of($"{Alice}=999999999999", Tokens);
        Assert.True(prices.TryValue(Alice, UInt256.MaxAmount, out var most));
        Assert.True(prices.TryValue(Alice, UInt256.MaxValue, out var more));
        Assert.Equal(most, more);
    }

    [Fact]
    public void Value_OfTheCoin_IsItself()
    {
        Assert.True(TokenPrices.None.TryValue(Address.Zero, 12_345, out var value));
        Assert.Equal((UInt256)12_345, value);
    }

    [Fact]
    public void Value_OfATokenWithoutAPrice_IsNotKnown()
    {
        Assert.False(TokenPrices.Of($"{Dollar}=1", Tokens).TryValue(Euro, 1, out _));
        Assert.False(TokenPrices.None.TryValue(Dollar, 1, out _));
    }

    [Fact]
    public void Price_OfATokenThatTheDeploymentDoesNotName_IsRefusedWithTheRemedy()
    {
        var refused = Assert.Throws<SettingsException>(() => TokenPrices.Of($"{Payer}=1,{Carol}=1,{Dollar}=1", Tokens));
        Assert.Equal(2, refused.Problems.Count);
        Assert.All(refused.Problems, problem => Assert.StartsWith("tokenPrices: ", problem, StringComparison.Ordinal));
        Assert.Contains("Add it to \"tokens\"", refused.Problems[0], StringComparison.Ordinal);
        Assert.Contains("78 decimals", refused.Problems[1], StringComparison.Ordinal);
    }
}
