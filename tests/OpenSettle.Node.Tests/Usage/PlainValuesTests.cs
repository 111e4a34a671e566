using System.Globalization;
using System.Text;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Usage;

public sealed class PlainValuesTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0UL)]
    [InlineData("1970-01-01T01:00:00+01:00", 0UL)]
    [InlineData("2000-02-29T23:59:59.999999Z", 951_868_799UL)]
    [InlineData("2026-11-20t13:00:00z", 1_795_179_600UL)]
    [InlineData("2026-11-20T13:00:00-00:30", 1_795_181_400UL)]
    [InlineData("9999-12-31T23:59:59Z", 253_402_300_799UL)]
    public void Time_InTheForm_IsItsSecond(string text, ulong expected)
    {
        Assert.True(RfcTime.TryParse(Encoding.UTF8.GetBytes(text), false, out var seconds));
        Assert.Equal(expected, seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-20")]
    [InlineData("2026-11-20T13:00Z")]
    [InlineData("2026-11-20 13:00:00Z")]
    [InlineData("2026-11-20T13:00:00")]
    [InlineData("2026-11-20T13:00:00.Z")]
    [InlineData("2026-11-20T13:00:00+0100")]
    [InlineData("2026-11-20T13:00:00+24:00")]
    [InlineData("2026-11-20T13:00:00Z ")]
    [InlineData("2026-11-20T24:00:00Z")]
    [InlineData("2026-11-20T13:60:00Z")]
    [InlineData("2026-11-20T13:00:60Z")]
    [InlineData("2026-13-20T13:00:00Z")]
    [InlineData("2026-00-20T13:00:00Z")]
    [InlineData("2026-04-31T13:00:00Z")]
    [InlineData("2025-02-29T13:00:00Z")]
    [InlineData("2100-02-29T13:00:00Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("1970-01-01T00:00:00+00:01")]
    [InlineData("2O26-11-20T13:00:00Z")]
    [InlineData("+026-11-20T13:00:00Z")]
    public void Time_InAnotherForm_IsNone(string text) => Assert.False(RfcTime.TryParse(Encoding.UTF8.GetBytes(text), false, out _));

    [Fact]
    public void Time_OfEveryDayInCenturies_IsThatOfTheCalendar()
    {
        for (var day = new DateTime(1970, 1, 1); day.Year < 2405; day = day.AddDays(1))
        {
            Assert.True(RfcTime.TryParse(Encoding.UTF8.GetBytes(day.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)), false, out var seconds));
            Assert.Equal((ulong)(day - DateTime.UnixEpoch).TotalSeconds, seconds);
        }
    }

    [Fact]
    public void Text_IsJudgedAsLinesJudgeIt()
    {
        for (var character = 0; character < 0x10000; character++)
        {
            var text = $"a{(char)character}b";
            var bytes = char.IsSurrogate((char)character) ? [(byte)'a', (byte)(0xe0 | (character >> 12)), (byte)(0x80 | ((character >> 6) & 63)), (byte)(0x80 | (character & 63)), (byte)'b'] : Encoding.UTF8.GetBytes(text);
            Assert.Equal(CanonicalText.IsValid(text), PlainValues.TextProblem(bytes) is null);
        }
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("-1.5e-05", true)]
    [InlineData("1E9", true)]
    [InlineData("", false)]
    [InlineData("-", false)]
    [InlineData(".5", false)]
    [InlineData("1.", false)]
    [InlineData("1e", false)]
    [InlineData("1e+", false)]
    [InlineData("1 ", false)]
    [InlineData("NaN", false)]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000001", false)]
    public void Decimal_IsWhatJsonWrites(string text, bool expected) => Assert.Equal(expected, PlainValues.IsDecimal(Encoding.UTF8.GetBytes(text)));
}
