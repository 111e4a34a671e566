using System.Globalization;
using System.Text;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>Draws the growth table: both axes in powers of ten, each line named where it ends.</summary>
internal static class GrowthPlot
{
    private const int Width = 900;
    private const int Height = 500;
    private const int Left = 84;
    private const int Right = 226;
    private const int Top = 74;
    private const int Bottom = 70;

    private static readonly (string Name, string Colour, Func<GrowthRow, double?> Value)[] Lines =
    [
        ("divide and build", "#0072b2", static row => row.Divide),
        ("write the bundle", "#d55e00", static row => row.Write),
        ("verify", "#009e73", static row => row.Verify),
        ("one leaf of the tree", "#7a5195", static row => row.Leaf),
    ];

    public static string Draw(IReadOnlyList<GrowthRow> rows, Machine machine)
    {
        var values = Lines.SelectMany(line => rows.Select(line.Value)).OfType<double>().ToList();
        var (x0, x1) = (Math.Log10(rows[0].Count), Math.Log10(rows[^1].Count));
        var (y0, y1) = (Math.Floor(Math.Log10(values.Min())), Math.Ceiling(Math.Log10(values.Max())));
        double X(double count) => Left + (Math.Log10(count) - x0) / (x1 - x0) * (Width - Left - Right);
        double Y(double ns) => Height - Bottom - (Math.Log10(ns) - y0) / (y1 - y0) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\">");
        Line($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Text(Left, 30, "start", 18, "#1b1f24", "What one payment, and one leaf, costs as epochs grow", "font-weight=\"600\"");
        Text(Left, 52, "start", 13, "#57606a", $"{machine.Cpu}, {machine.Cores} cores, vectors of {machine.VectorBits} bits; verifying without the chain; one thread");
        for (var power = y0; power <= y1; power++)
        {
            Grid(Left, Y(Math.Pow(10, power)), Width - Right, Y(Math.Pow(10, power)), "#d0d7de");
            Text(Left - 10, Y(Math.Pow(10, power)) + 4, "end", 13, "#424a53", Nanoseconds(Math.Pow(10, power)));
            for (var step = 2; power < y1 && step < 10; step++) Grid(Left, Y(step * Math.Pow(10, power)), Width - Right, Y(step * Math.Pow(10, power)), "#f0f2f4");
        }

        foreach (var row in rows)
        {
            Grid(X(row.Count), Top, X(row.Count), Height - Bottom, "#e4e8ec");
            Text(X(row.Count), Height - Bottom + 22, "middle", 13, "#424a53", Short(row.Count));
        }

        Text((Left + Width - Right) / 2.0, Height - 18, "middle", 14, "#1b1f24", "payments in the epoch, leaves in the tree");
        Text(0, 0, "middle", 14, "#1b1f24", "time for each", string.Create(CultureInfo.InvariantCulture, $"transform=\"translate(20 {(Top + Height - Bottom) / 2}) rotate(-90)\""));
        var ends = new List<(double At, string Name, string Colour, double X, double Y)>();
        foreach (var (name, colour, value) in Lines)
        {
            var points = rows.Where(row => value(row) is not null).Select(row => (X: X(row.Count), Y: Y(value(row)!.Value))).ToList();
            Line($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\" points=\"{string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:F1},{point.Y:F1}")))}\"/>");
            foreach (var (x, y) in points) Line($"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"4\" fill=\"{colour}\" stroke=\"#ffffff\" stroke-width=\"1.5\"/>");
            ends.Add((points[^1].Y, $"{name}, {Nanoseconds(value(rows.Last(row => value(row) is not null))!.Value)}", colour, points[^1].X, points[^1].Y));
        }

        // Names stand at the right edge, in the order of their lines, and never on one another.
        var last = double.MinValue;
        foreach (var (at, name, colour, x, y) in ends.OrderBy(end => end.At))
        {
            var shown = Math.Max(at, last + 20);
            if (x < Width - Right - 1) Line($"<path d=\"M{x + 7:F1} {y:F1}L{Width - Right + 6} {shown:F1}\" stroke=\"{colour}\" stroke-dasharray=\"2 4\" fill=\"none\"/>");
            Text(Width - Right + 12, shown + 4, "start", 13, colour, name, "font-weight=\"600\"");
            last = shown;
        }

        Line($"</svg>");
        return svg.ToString();

        void Line(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void Grid(double fromX, double fromY, double toX, double toY, string colour) =>
            Line($"<path d=\"M{fromX:F1} {fromY:F1}L{toX:F1} {toY:F1}\" stroke=\"{colour}\" fill=\"none\"/>");

        void Text(double x, double y, string anchor, int size, string colour, string text, string more = "") =>
            Line($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{colour}\" {more}>{System.Security.SecurityElement.Escape(text)}</text>");
    }

    private static string Nanoseconds(double value) => value < 1000
        ? string.Create(CultureInfo.InvariantCulture, $"{value:0} ns")
        : string.Create(CultureInfo.InvariantCulture, $"{value / 1000:0.#} µs");

    private static string Short(int count) => count < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{count / 1000} thousand")
        : string.Create(CultureInfo.InvariantCulture, $"{count / 1_000_000} million");
}
