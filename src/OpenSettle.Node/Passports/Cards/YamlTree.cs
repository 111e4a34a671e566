using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OpenSettle.Node.Passports.Cards;

/// <summary>A value of a YAML document, and the line that it begins in.</summary>
internal abstract record YamlValue(int Line)
{
    /// <summary>How many values it is, all that is in it counted as often as it is named.</summary>
    public long Size { get; set; } = 1;
}

/// <summary>A text. <paramref name="Plain"/>: it stands without quotes, so that it may be a number or nothing at all.</summary>
internal sealed record YamlText(int Line, string Value, bool Plain) : YamlValue(Line)
{
    public bool IsNull => Plain && Value is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(int Line, List<YamlValue> Items) : YamlValue(Line);

internal sealed record YamlMap(int Line, List<(YamlText Key, YamlValue Value)> Fields) : YamlValue(Line);

/// <summary>A card is not YAML, or more of it than is taken.</summary>
internal sealed class YamlFault(int line, string message) : Exception(message)
{
    public int Line { get; } = line;
}

/// <summary>
/// Reads one YAML document of a stranger: bounded in depth and in values, those that aliases repeat counted again, so that a few lines never
/// become a million. Texts stay texts: what <c>no</c> or <c>1.10</c> mean is said by who asks for the field.
/// </summary>
internal sealed class YamlTree
{
    public const int MostDepth = 24;
    public const int MostValues = 200_000;

    private readonly Parser _parser;
    private readonly int _lineOffset;
    private readonly Dictionary<string, YamlValue> _anchors = new(StringComparer.Ordinal);
    private readonly Stack<Open> _open = new();
    private long _values;

    private YamlTree(string text, int lineOffset) => (_parser, _lineOffset) = (new Parser(new StringReader(text)), lineOffset);

    /// <summary>What is being read and has not ended.</summary>
    private sealed record Open(YamlValue Value, string? Anchor)
    {
        public YamlText? Key { get; set; }

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>The one document in the text; null where there is nothing in it.</summary>
    /// <param name="lineOffset">Lines before the text.</param>
    /// <exception cref="YamlFault">It is broken; the line is told.</exception>
    public static YamlValue? Read(string text, int lineOffset)
    {
        try
        {
            return new YamlTree(text, lineOffset).Read();
        }
        catch (YamlException e)
        {
            var message = e.InnerException is YamlException inner ? inner.Message : e.Message;
            throw new YamlFault(Line(e.Start, lineOffset), $"it is not YAML: {Short(message)}");
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The reader's own faults on texts that nobody would write.
            throw new YamlFault(lineOffset + 1, $"it is not YAML: {Short(e.Message)}");
        }
    }

    private YamlValue? Read()
    {
        YamlValue? root = null;
        var documents = 0;
        while (_parser.MoveNext())
        {
            var current = _parser.Current ?? throw new InvalidOperationException("The reader has no event.");
            var line = Line(current.Start, _lineOffset);
            switch (current)
            {
                case DocumentStart when ++documents > 1:
                    throw new YamlFault(line, "a second document begins here, and one is taken.");
                case AnchorAlias alias:
                    root = Add(Known(alias, line), line, repeated: true) ?? root;
                    break;
                case Scalar scalar:
                    var text = new YamlText(line, scalar.Value, scalar.Style == ScalarStyle.Plain && Tag(scalar, line) is null);
                    Anchor(AnchorOf(scalar), text);
                    root = Add(text, line) ?? root;
                    break;
                case SequenceStart start:
                    Tag(start, line);
                    Begin(new YamlList(line, []), AnchorOf(start), line);
                    break;
                case MappingStart start:
                    Tag(start, line);
                    Begin(new YamlMap(line, []), AnchorOf(start), line);
                    break;
                case SequenceEnd or MappingEnd:
                    var ended = _open.Pop();
                    Anchor(ended.Anchor, ended.Value);
                    root = Add(ended.Value, ended.Value.Line) ?? root;
                    break;
            }
        }

        return root is YamlText { IsNull: true } ? null : root;
    }

    private void Begin(YamlValue value, string? anchor, int line)
    {
        if (_open.Count >= MostDepth) throw new YamlFault(line, $"it is nested more than {MostDepth} deep.");
        if (_open.TryPeek(out var parent) && parent is { Value: YamlMap, Key: null }) throw new YamlFault(line, "a key is a list or a map, and keys are texts.");
        _open.Push(new Open(value, anchor));
    }

    /// <summary>Puts a complete value where it belongs; the root is given back.</summary>
    private YamlValue? Add(YamlValue value, int line, bool repeated = false)
    {
        // A list counts when it ends, and its items have counted by then: what an alias repeats counts whole.
        _values += repeated ? value.Size : 1;
        if (_values > MostValues) throw new YamlFault(line, $"it has more than {MostValues} values, those that aliases repeat counted again.");
        if (!_open.TryPeek(out var parent)) return value;
        if (parent.Value is YamlList list)
        {
            list.Items.Add(value);
        }
        else if (parent.Value is YamlMap map)
        {
            if (parent.Key is not { } key)
            {
                parent.Key = value is YamlText text ? text : throw new YamlFault(line, "a key is a list or a map, and keys are texts.");
                if (!parent.Keys.Add(parent.Key.Value)) throw new YamlFault(line, $"the key '{Short(parent.Key.Value)}' stands twice in one map.");
                return null;
            }

            map.Fields.Add((key, value));
            parent.Key = null;
        }

        parent.Value.Size += value.Size;
        return null;
    }

    private YamlValue Known(AnchorAlias alias, int line) =>
        _anchors.TryGetValue(alias.Value.Value, out var known) ? known : throw new YamlFault(line, $"the alias '*{Short(alias.Value.Value)}' names nothing that is complete before it.");

    private void Anchor(string? anchor, YamlValue value)
    {
        if (anchor is not null) _anchors[anchor] = value;
    }

    private static string? AnchorOf(NodeEvent node) => node.Anchor.IsEmpty ? null : node.Anchor.Value;

    /// <summary>A tag that only says what YAML itself has, or null; others would make objects of a program, and are refused.</summary>
    private static string? Tag(NodeEvent node, int line)
    {
        if (node.Tag.IsEmpty || node.Tag.IsNonSpecific) return null;
        return node.Tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal) && !node.Tag.Value.Contains('/', StringComparison.Ordinal)
            ? node.Tag.Value
            : throw new YamlFault(line, $"the tag '{Short(node.Tag.Value)}' is not taken.");
    }

    private static int Line(Mark mark, int offset) => checked((int)long.Min(mark.Line, int.MaxValue / 2)) + offset;

    private static string Short(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= 160 ? line : line[..160] + "…";
    }
}
