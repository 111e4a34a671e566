using OpenSettle.Storage;
using System.Diagnostics.CodeAnalysis;
using OpenSettle.Registry;

namespace OpenSettle.Node.Passports;

/// <summary>A model that a search found by its name.</summary>
/// <param name="Name">As its owner's document has it: claimed, and other models may have the same.</param>
/// <param name="Rank">How well it fits: 0 is all of it, 1 its beginning, 2 the beginning of a word, 3 anywhere.</param>
internal readonly record struct NamedModel(ModelId Model, ulong Number, string Name, int Rank);

/// <summary>
/// What models' owners call them, in memory: of a hundred thousand models a search looks through some megabytes, and never at a document. The books
/// keep the names beside the standings, so that a start reads them at once.
/// </summary>
internal sealed class ModelNames(IBooks books, NodeState state)
{
    private readonly Lock _gate = new();
    private Dictionary<ModelId, Known>? _known;
    private Entry[]? _entries;

    /// <summary>Null where the node does not know one.</summary>
    public string? Of(ModelId model)
    {
        lock (_gate) return Load().TryGetValue(model, out var known) ? known.Name : null;
    }

    /// <summary>What is in the books now: told after the commit.</summary>
    public void Set(IEnumerable<(ModelId Model, string? Name)> names)
    {
        lock (_gate)
        {
            // What was not read yet is read with all the rest.
            if (_known is not { } known) return;
            foreach (var (model, name) in names)
            {
                if (name is null) known.Remove(model);
                else known[model] = new Known(name, SearchText.Of(name));
            }

            _entries = null;
        }
    }

    /// <summary>The best ones, at most so many: by how well they fit, then by number.</summary>
    public IReadOnlyList<NamedModel> Find(string words, int most)
    {
        var wanted = SearchText.Of(words);
        if (wanted.Length == 0) return [];
        // Of each rank the first ones: entries are in order of number.
        var byRank = new List<NamedModel>[4];
        for (var rank = 0; rank < byRank.Length; rank++) byRank[rank] = [];
        foreach (var entry in Entries())
        {
            if (RankOf(entry.Text, wanted) is { } rank && byRank[rank].Count < most) byRank[rank].Add(new NamedModel(entry.Model, entry.Number, entry.Name, rank));
        }

        return [.. byRank.SelectMany(found => found).Take(most)];
    }

    private static int? RankOf(string text, string wanted)
    {
        var at = text.IndexOf(wanted, StringComparison.Ordinal);
        if (at < 0) return null;
        if (at == 0) return text.Length == wanted.Length ? 0 : 1;
        for (; at > 0; at = text.IndexOf(wanted, at + 1, StringComparison.Ordinal))
        {
            if (!char.IsLetterOrDigit(text[at - 1])) return 2;
        }

        return 3;
    }

    private Entry[] Entries()
    {
        lock (_gate)
        {
            var known = Load();
            if (_entries is { } entries) return entries;
            var registry = state.Registry;
            var (made, all) = (new List<Entry>(known.Count), true);
            foreach (var (model, name) in known)
            {
                if (registry.TryGet(model, out var entry)) made.Add(new Entry(model, entry.Number, name.Name, name.Text));
                else all = false;
            }

            Entry[] sorted = [.. made.OrderBy(entry => entry.Number)];
            // A model may have its name a moment before the registry shows it.
            if (all) _entries = sorted;
            return sorted;
        }
    }

    [MemberNotNull(nameof(_known))]
    private Dictionary<ModelId, Known> Load() =>
        _known ??= books.Read(session => session.Standings.Names()).ToDictionary(row => row.Model, row => new Known(row.Name, SearchText.Of(row.Name)));

    private readonly record struct Known(string Name, string Text);

    private readonly record struct Entry(ModelId Model, ulong Number, string Name, string Text);
}
