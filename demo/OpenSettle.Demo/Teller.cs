using System.Diagnostics;
using System.Globalization;
using OpenSettle.Primitives;

namespace OpenSettle.Demo;

/// <summary>
/// Tells the story, with the time it took. With --json the talk goes to the error stream, so that the last line of the output
/// is data. At a terminal a line at the bottom shows what is waited for; elsewhere there is none.
/// </summary>
public sealed class Teller : IDisposable
{
    private const int Width = 80;
    private const int Indent = 10;
    private const string ClearLine = "\r\e[K";
    private const string Frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _gate = new();
    private readonly TextWriter _output;
    private readonly int _chapters;
    private readonly Timer? _ticks;
    private int _chapter;
    private int _frame;
    private string _title = string.Empty;
    private double _chapterStarted;

    /// <param name="live">Whether the output is a terminal that a line can be drawn on again and again.</param>
    /// <param name="chapters">How many chapters there will be.</param>
    public Teller(TextWriter output, bool live, int chapters)
    {
        (_output, _chapters) = (output, chapters);
        if (live) _ticks = new Timer(_ => Tick(), null, TimeSpan.FromMilliseconds(120), TimeSpan.FromMilliseconds(120));
    }

    public double Seconds => Math.Round(_clock.Elapsed.TotalSeconds, 1);

    /// <summary>A part of the story begins.</summary>
    public void Chapter(string title)
    {
        lock (_gate)
        {
            (_title, _chapterStarted, _chapter) = (title, _clock.Elapsed.TotalSeconds, _chapter + 1);
            var number = string.Create(CultureInfo.InvariantCulture, $"{_chapter,2}/{_chapters}");
            Clear();
            _output.WriteLine();
            Write(string.Create(CultureInfo.InvariantCulture, $"[{_chapterStarted,5:0.0} s] "), $"{number}  {title}", 17);
        }
    }

    /// <summary>The story is over, and what was started stays up.</summary>
    public void Epilogue(string title)
    {
        lock (_gate)
        {
            Clear();
            _ticks?.Dispose();
            _output.WriteLine();
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{_clock.Elapsed.TotalSeconds,5:0.0} s] {title}"));
        }
    }

    /// <summary>A sentence, broken where the line is full.</summary>
    public void Say(string line)
    {
        lock (_gate)
        {
            Clear();
            Write(new string(' ', Indent), line, Indent + 2);
        }
    }

    /// <summary>A line of a table, as it is.</summary>
    public void Row(string line) => Show([new string(' ', Indent + 2) + line]);

    /// <summary>What a program printed for a screen of this width, as it is.</summary>
    public void Show(IEnumerable<string> lines)
    {
        lock (_gate)
        {
            Clear();
            foreach (var line in lines) _output.WriteLine(line);
        }
    }

    /// <summary>An amount with its token, all digits shown.</summary>
    public static string Amount(UInt256 amount, Stage.StageToken token)
    {
        var digits = amount.ToString().PadLeft(token.Decimals + 1, '0');
        var fraction = digits[^token.Decimals..].TrimEnd('0');
        return $"{digits[..^token.Decimals]}{(fraction.Length > 0 ? "." + fraction : string.Empty)} {token.Symbol}";
    }

    /// <summary>Enough of a hash to know it again.</summary>
    public static string Short(string? hash) => hash is { Length: > 20 } ? $"{hash[..10]}…{hash[^6..]}" : hash ?? "?";

    public void Dispose()
    {
        lock (_gate)
        {
            _ticks?.Dispose();
            Clear();
        }
    }

    private void Write(string before, string text, int hanging)
    {
        var line = before;
        foreach (var word in text.Split(' '))
        {
            var free = line.Length == 0 || line[^1] == ' ';
            if (!free && line.Length + 1 + word.Length > Width)
            {
                _output.WriteLine(line);
                line = new string(' ', hanging);
                free = true;
            }

            line += free ? word : " " + word;
        }

        _output.WriteLine(line.TrimEnd());
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_chapter == 0) return;
            _frame = (_frame + 1) % Frames.Length;
            var done = string.Concat(new string('█', _chapter - 1), new string('░', _chapters - _chapter + 1));
            var seconds = (int)(_clock.Elapsed.TotalSeconds - _chapterStarted);
            var room = Width - 14 - _chapters;
            var title = _title.Length > room ? string.Concat(_title.AsSpan(0, room - 1), "…") : _title;
            _output.Write(string.Create(CultureInfo.InvariantCulture, $"\r{Frames[_frame]} {done} {title} … {seconds} s\e[K"));
            _output.Flush();
        }
    }

    private void Clear()
    {
        if (_ticks is not null) _output.Write(ClearLine);
    }
}
