using OpenSettle.Primitives;

namespace OpenSettle.Cli.Screen;

/// <param name="Value">How long the bar is, beside the others.</param>
/// <param name="Text">The value as people read it.</param>
internal sealed record Bar(string Label, UInt256 Value, string Text);

/// <summary>A chart for people: one bar a line, the longest as long as there is room; nothing but zero is without a mark.</summary>
internal static class Bars
{
    // A block in eighths, for what is left of the last whole one.
    private const string Eighths = " ▏▎▍▌▋▊▉";
    private const int LeastRoom = 8;
    private const int MostRoom = 40;

    public static void Print(Page page, IReadOnlyList<Bar> bars, string indent = "  ")
    {
        if (bars.Count == 0) return;
        var label = bars.Max(bar => Inert.Width(bar.Label));
        var text = bars.Max(bar => Inert.Width(bar.Text));
        var room = int.Clamp(page.Width - Inert.Width(indent) - label - text - 2, LeastRoom, MostRoom);
        var longest = bars.Max(bar => bar.Value);
        foreach (var bar in bars)
        {
            var lead = indent + new string(' ', label - Inert.Width(bar.Label)) + bar.Label + " ";
            page.Item(lead, $"{Of(bar.Value, longest, room)} {bar.Text}");
        }
    }

    internal static string Of(UInt256 value, UInt256 longest, int room)
    {
        if (value.IsZero) return "·";
        var eighths = (int)(ulong)UInt256.MulDivFloor(value, (UInt256)(ulong)(room * 8), longest);
        if (eighths == 0) eighths = 1;
        var rest = eighths % 8;
        return new string('█', eighths / 8) + (rest == 0 ? string.Empty : Eighths[rest].ToString());
    }
}
