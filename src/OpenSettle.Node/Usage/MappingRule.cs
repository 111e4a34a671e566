using System.Collections.Frozen;
using System.Text;
using OpenSettle.Registry;

namespace OpenSettle.Node.Usage;

/// <summary>Where a mapped field comes from: a fixed text, or places whose numbers are added up. The first that is there counts.</summary>
/// <param name="Pointers">Numbers of the rule's pointers.</param>
/// <param name="Fixed">The text, where it is fixed.</param>
internal sealed record MappedSource(IReadOnlyList<int> Pointers, byte[]? Fixed);

/// <summary>A place within the data, name by name.</summary>
internal sealed record MappedPointer(string Text, byte[][] Names);

/// <summary>How usage in another form becomes an event.</summary>
internal sealed class MappingRule
{
    /// <summary>As many places as a rule may name: they are held as bits.</summary>
    public const int MostPointers = 64;

    /// <summary>Stands for every model that the table does not name.</summary>
    public const string AnyModel = "*";

    public required string Name { get; init; }

    /// <summary>Type of the events that the rule is for; null: it is for records alone.</summary>
    public required string? Type { get; init; }

    /// <summary>Source of the events; null: any.</summary>
    public required string? Source { get; init; }

    public required IReadOnlyList<MappedPointer> Pointers { get; init; }

    public required IReadOnlyDictionary<EventField, IReadOnlyList<MappedSource>> Fields { get; init; }

    /// <summary>Model names and what they are here; null: the field holds a model's id.</summary>
    public required FrozenDictionary<string, ModelId>? Models { get; init; }

    /// <summary>Whether times without an offset are taken, as UTC.</summary>
    public required bool TimesAreUtc { get; init; }

    public string? PathOf(EventField field)
    {
        if (!Fields.TryGetValue(field, out var sources)) return null;
        var first = sources.FirstOrDefault(source => source.Pointers.Count > 0);
        return first is null ? null : "data" + Pointers[first.Pointers[0]].Text.Replace('/', '.');
    }

    public bool TryModel(ReadOnlySpan<byte> name, out ModelId model)
    {
        model = default;
        if (Models is null)
        {
            if (!PlainValues.TryWord(name, out var word) || word.IsZero) return false;
            model = new ModelId(word);
            return true;
        }

        Span<char> text = stackalloc char[PlainValues.LongestText];
        return Encoding.UTF8.TryGetChars(name, text, out var length)
            && (Models.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out model) || Models.TryGetValue(AnyModel, out model));
    }
}

/// <summary>All mappings of a node.</summary>
internal sealed class MappingSet(IReadOnlyList<MappingRule> rules)
{
    private readonly (byte[] Type, byte[]? Source, MappingRule Rule)[] _ofEvents =
        [.. rules.Where(rule => rule.Type is not null).Select(rule => (Encoding.UTF8.GetBytes(rule.Type ?? string.Empty), rule.Source is null ? null : Encoding.UTF8.GetBytes(rule.Source), rule))];

    public static MappingSet Empty { get; } = new([]);

    public IReadOnlyList<string> Names { get; } = [.. rules.Select(rule => rule.Name)];

    /// <summary>Whether any event can be of another form than our own.</summary>
    public bool Matches => _ofEvents.Length > 0;

    public MappingRule? Named(string name) => rules.FirstOrDefault(rule => rule.Name == name);

    /// <summary>The rule for an event; null: it is in our own form.</summary>
    public MappingRule? Find(ReadOnlySpan<byte> type, ReadOnlySpan<byte> source)
    {
        foreach (var (ofType, ofSource, rule) in _ofEvents)
        {
            if (type.SequenceEqual(ofType) && (ofSource is null || source.SequenceEqual(ofSource))) return rule;
        }

        return null;
    }
}
