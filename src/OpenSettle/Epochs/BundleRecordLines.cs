using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>The lines of a bundle that tell of models' records, as they are read.</summary>
internal sealed class BundleRecordLines
{
    private readonly List<ModelRecord> _records = [];
    private readonly Dictionary<ModelId, (List<TokenRevenue> Revenue, List<DomainRecord> Domains)> _parts = [];
    private ModelId? _lastModel;

    public IReadOnlyList<ModelRecord> Records => _records;

    /// <summary>What the records say that only events tell.</summary>
    public IReadOnlyList<ModelUses> Uses() =>
    [
        .. _records.Where(record => record.Uses > 0 || record.PaidUses > 0 || record.Consumers > 0 || record.Domains.Count > 0)
            .Select(record => new ModelUses(record.Model, record.PaidUses, record.Consumers, record.Domains)),
    ];

    public void TakeRecord(ref CanonicalReader line)
    {
        var model = new ModelId(line.Word());
        var parts = (Revenue: new List<TokenRevenue>(), Domains: new List<DomainRecord>());
        BundleLines.AddAfter(_records, new ModelRecord(model, line.Number(), line.Number(), line.Number(), parts.Revenue, parts.Domains), static record => record.Model);
        _parts.Add(model, parts);
    }

    public void TakeRevenue(ref CanonicalReader line)
    {
        var parts = PartsOf(ref line);
        BundleLines.AddAfter(parts.Revenue, new TokenRevenue(line.Account(), BundleLines.NotZero(line.Amount())), static revenue => revenue.Token);
    }

    public void TakeDomain(ref CanonicalReader line)
    {
        var parts = PartsOf(ref line);
        var text = line.Text();
        if (RoleText.ToWord(text) is not { } word || RoleText.FromWord(word) != text) throw new CanonicalFormatException($"'{text}' is not the text of a domain.");
        BundleLines.AddAfter(parts.Domains, new DomainRecord(word, line.Number(), BundleLines.NotZero(line.Number()), line.Number(), line.Number()), static domain => domain.Domain);
    }

    /// <summary>The next kind of line begins with the first model again.</summary>
    public void NextKind() => _lastModel = null;

    private (List<TokenRevenue> Revenue, List<DomainRecord> Domains) PartsOf(ref CanonicalReader line)
    {
        var model = new ModelId(line.Word());
        if (_lastModel is { } last && last.CompareTo(model) > 0) throw new CanonicalFormatException($"'{model}' does not come after '{last}'.");
        _lastModel = model;
        return _parts.TryGetValue(model, out var parts) ? parts : throw new CanonicalFormatException($"model {model} has no record.");
    }
}
