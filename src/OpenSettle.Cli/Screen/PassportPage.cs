using System.Globalization;
using OpenSettle.Passports;

namespace OpenSettle.Cli.Screen;

/// <summary>A passport on a page: first what the model is still good for, then what to look out for, then the figures and how surely each is known.</summary>
internal static class PassportPage
{
    private const int LabelColumns = 34;

    public static void Print(Page page, PassportFile file)
    {
        PrintHead(page, file);
        PrintDomains(page, file.Passport);
        PrintFlags(page, file.Passport);
        PrintFigures(page, file, file.Passport.Figures);
        PrintAttestations(page, file.Passport);
        PrintRest(page, file);
    }

    public static void PrintFigures(Page page, PassportFile file, IReadOnlyList<Figure> figures)
    {
        page.Blank();
        page.Heading("Figures");
        if (figures.Count == 0) page.Line("  none");
        foreach (var figure in figures)
        {
            var scope = Inert.Of(FigureWords.Scope(file, figure), 44);
            var name = scope.Length == 0 ? Inert.Of(figure.Id, 60) : $"{Inert.Of(figure.Id, 60)} {scope}";
            var label = $"  {FigureWords.Mark(figure.Level)} {name}";
            if (Inert.Width(label) >= LabelColumns)
            {
                page.Item("  ", label.TrimStart());
                label = string.Empty;
            }

            page.Item(label + new string(' ', LabelColumns - Inert.Width(label)), FigureWords.Value(file, figure));
            if (figure.Note is { Length: > 0 } note) page.Item(new string(' ', LabelColumns), Inert.Of(note));
        }

        foreach (var (level, text) in FigureWords.Levels.Where(level => figures.Any(figure => figure.Level == level.Level))) page.Item($"  {FigureWords.Mark(level)} ", text);
    }

    /// <summary>One figure, with all that stands behind it.</summary>
    public static void PrintFigure(Page page, PassportFile file, Figure figure)
    {
        page.Heading($"{Inert.Of(figure.Id, 60)}{(figure.Scope.Length == 0 ? string.Empty : $" of {Inert.Of(FigureWords.Scope(file, figure), 80)}")}");
        page.Line(FigureWords.Value(file, figure));
        if (figure.Note is { Length: > 0 } note) page.Line(Inert.Of(note));
        page.Line(string.Create(CultureInfo.InvariantCulture, $"n {figure.N}, given from {figure.LeastN} on; blocks {figure.FirstBlock} to {figure.LastBlock}; code version {Inert.Of(file.Passport.CodeVersion, 40)}"));
        page.Line(FigureWords.Levels.FirstOrDefault(level => level.Level == figure.Level).Text ?? "nobody says how surely");
        page.Item("recompute: ", Inert.Of(PassportWords.Query(file.Passport, figure), 300));
        foreach (var point in figure.Points) page.Item($"  {Inert.Of(point.At, 20),-12} ", string.Create(CultureInfo.InvariantCulture, $"{FigureWords.Value(file, figure with { Value = point.Value, Low = null, High = null })}  (n {point.N})"));
    }

    private static void PrintHead(Page page, PassportFile file)
    {
        var passport = file.Passport;
        var name = file.Document is { Name.Length: > 0 } document ? $"{Inert.Of(document.Name, 80)} (~ its owner calls it so)" : $"Model {file.Number.ToString(CultureInfo.InvariantCulture)}";
        page.Heading(name);
        page.Line(string.Create(CultureInfo.InvariantCulture, $"model #{file.Number} of chain {passport.ChainId}: {passport.Model}"));
        page.Line(string.Create(CultureInfo.InvariantCulture, $"{PassportWords.OfStatus(passport.Status)}{(passport.IsFrozen ? ", terms frozen" : string.Empty)}; as of block {passport.AsOf.Number}, {FigureWords.Time(passport.AsOf.Timestamp)}; epochs up to {passport.LastEpoch}"));
        page.Line($"owner {passport.Owner.ToChecksumString()}");
        page.Line($"pay   {passport.PayAddress.ToChecksumString()}");
        page.Line($"weights {(passport.IdentityHash.IsZero ? "not named by a digest" : passport.IdentityHash.ToString())}");
    }

    private static void PrintDomains(Page page, Passport passport)
    {
        page.Blank();
        page.Heading("Still good for");
        if (passport.Domains.Count == 0) page.Line("  Nobody can say yet: no domain has trials that count.");
        foreach (var domain in passport.Domains)
        {
            if (domain.Basis == DomainBasis.Unknown)
            {
                page.Item("  ", $"{Inert.Of(domain.Text, 60)}: nobody can say yet, no trial counts");
                continue;
            }

            var basis = domain.Basis == DomainBasis.Evaluated ? "by independent evaluations" : "by judged uses that were paid for";
            page.Item("  ", $"{Inert.Of(domain.Text, 60)}: right in {FigureWords.Ratio(domain.Low)} to {FigureWords.Ratio(domain.High)} of cases");
            page.Item("      ", string.Create(CultureInfo.InvariantCulture, $"{domain.Successes} of {domain.Trials} {basis}"));
        }

        if (passport.Domains.Count > 0) page.Line("  (95 % intervals; models are ranked by the lower end)");
    }

    private static void PrintFlags(Page page, Passport passport)
    {
        if (passport.Flags.Count == 0) return;
        page.Blank();
        page.Heading("Look out");
        foreach (var flag in passport.Flags) page.Warning("  ! ", $"{Inert.Of(flag.Id, 40)}{(flag.Scope.Length == 0 ? string.Empty : $" ({Inert.Of(flag.Scope, 80)})")}: {Inert.Of(flag.Message)}");
    }

    private static void PrintAttestations(Page page, Passport passport)
    {
        if (passport.Attestations.Count == 0) return;
        page.Blank();
        page.Heading("Attestations");
        foreach (var group in passport.Attestations.GroupBy(judged => (judged.Entry.Kind, judged.Standing)).OrderBy(group => group.Key))
            page.Line(string.Create(CultureInfo.InvariantCulture, $"  {group.Count(),5} {PassportWords.Of(group.Key.Kind)}, {PassportWords.Of(group.Key.Standing)}"));
        foreach (var judged in passport.Attestations.Where(judged => judged.Why is not null).Take(8))
            page.Item("  ! ", $"{judged.Entry.Uid.ToString()[..18]}… {Inert.Of(judged.Why ?? string.Empty, 200)}");
    }

    private static void PrintRest(Page page, PassportFile file)
    {
        page.Blank();
        if (file.Document is { } document) PrintDocument(page, document);
        else page.Line(file.Passport.MetadataHash.IsZero ? "The owner names no document that says more." : $"The owner's document {file.Passport.MetadataHash.ToString()[..18]}… is not at this node.");
        page.Line("Parents: opensettle lineage; uses: opensettle permissions; all of it: --json");
    }

    private static void PrintDocument(Page page, ModelDocument document)
    {
        page.Heading("What its owner says (~)");
        if (document.Description.Length > 0) page.Item("  ", Inert.Of(document.Description.ReplaceLineEndings(" "), 600));
        if (document.License is { } license) page.Item("  licence   ", Inert.Of(license.Name is { } name ? $"{license.Id} ({name})" : license.Id, 200));
        if (document.BaseModels.Count > 0) page.Item("  made from ", Inert.Of(string.Join(", ", document.BaseModels), 300));
        if (document.Datasets.Count > 0) page.Item("  datasets  ", Inert.Of(string.Join(", ", document.Datasets), 300));
        if (document.Limitations is { } limits) page.Item("  limits    ", Inert.Of(limits.ReplaceLineEndings(" "), 600));
        if (document.Results.Count > 0) page.Line(string.Create(CultureInfo.InvariantCulture, $"  {document.Results.Count} results of its own, which rank nothing: see --json"));
    }
}
