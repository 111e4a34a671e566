using System.Diagnostics;
using OpenSettle.Primitives;

namespace OpenSettle.Demo;

/// <summary>Tells the story, with the time it took. With --json the talk goes to the error stream, so that the last line of the output is data.</summary>
public sealed class Teller(TextWriter output)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public double Seconds => Math.Round(_clock.Elapsed.TotalSeconds, 1);

    /// <summary>A part of the story begins.</summary>
    public void Chapter(string title)
    {
        output.WriteLine();
        output.WriteLine($"[{_clock.Elapsed.TotalSeconds,5:0.0} s] {title}");
    }

    public void Say(string line) => output.WriteLine($"          {line}");

    /// <summary>An amount with its token, all digits shown.</summary>
    public static string Amount(UInt256 amount, Stage.StageToken token)
    {
        var digits = amount.ToString().PadLeft(token.Decimals + 1, '0');
        var fraction = digits[^token.Decimals..].TrimEnd('0');
        return $"{digits[..^token.Decimals]}{(fraction.Length > 0 ? "." + fraction : string.Empty)} {token.Symbol}";
    }
}
