using System.Globalization;
using System.Text;

namespace OpenSettle.Passports;

/// <summary>Figures, their series, domains and flags as RFC 4180 has tables. No cell is a formula to a spreadsheet.</summary>
public static class CsvWriter
{
    private const string Header = "kind,id,scope,at,state,value,low,high,n,leastN,level,firstBlock,lastBlock,codeVersion,query,note";

    public static PassportExport Write(PassportFile file)
    {
        var passport = file.Passport;
        var text = new StringBuilder(Header).Append("\r\n");
        void Fact(string id, string value) => Row(text, ["passport", id, "", "", "", value, "", "", "", "", "", "", "", passport.CodeVersion, "", ""]);
        Fact("model", passport.Model.ToString());
        Fact("number", Text(file.Number));
        Fact("chainId", Text(passport.ChainId));
        Fact("asOf.block", Text(passport.AsOf.Number));
        Fact("asOf.time", Text(passport.AsOf.Timestamp));
        Fact("lastEpoch", Text(passport.LastEpoch));
        Fact("owner", passport.Owner.ToChecksumString());
        Fact("payAddress", passport.PayAddress.ToChecksumString());
        Fact("identityHash", passport.IdentityHash.ToString());
        Fact("status", PassportWords.OfStatus(passport.Status));
        Fact("frozen", passport.IsFrozen ? "true" : "false");
        Fact("metadata.hash", passport.MetadataHash.ToString());
        Fact("metadata.uri", passport.MetadataUri);
        foreach (var token in file.Tokens) Row(text, ["token", token.Symbol, token.Token.ToChecksumString(), "", "", Text(token.Decimals), "", "", "", "", "", "", "", "", "", ""]);
        foreach (var domain in passport.Domains)
        {
            Row(text,
            [
                "domain", PassportWords.Of(domain.Basis), domain.Text, domain.Domain.ToString(), "", Text(domain.Successes), domain.Low, domain.High, Text(domain.Trials), "", "", "", "", passport.CodeVersion, "",
                "value: successes; n: trials",
            ]);
        }

        foreach (var flag in passport.Flags) Row(text, ["flag", flag.Id, flag.Scope, "", "", "", "", "", "", "", "", "", "", passport.CodeVersion, "", flag.Message]);
        foreach (var figure in passport.Figures) Write(text, passport, figure);
        var omissions = new Omissions();
        omissions.Add(passport.Ancestors.Count, "ancestors", "not a table of figures");
        omissions.Add(passport.Contributors.Count, "contributors", "not a table of figures");
        omissions.Add(passport.Permissions.Count, "permissions", "not a table of figures");
        omissions.Add(passport.Attestations.Count, "attestations", "not a table of figures");
        if (file.Document is not null) omissions.Add("document: what the owner says of the model is not a table of figures");
        return new PassportExport(Encoding.UTF8.GetBytes(text.ToString()), "text/csv; charset=utf-8; header=present", "csv", omissions.Lines);
    }

    private static void Write(StringBuilder text, Passport passport, Figure figure)
    {
        var (level, first, last) = (PassportWords.Of(figure.Level), Text(figure.FirstBlock), Text(figure.LastBlock));
        var query = PassportWords.Query(passport, figure);
        Row(text,
        [
            "figure", figure.Id, figure.Scope, "", PassportWords.Of(figure.State), figure.Value ?? "", figure.Low ?? "", figure.High ?? "", Text(figure.N), Text(figure.LeastN), level, first, last,
            passport.CodeVersion, query, figure.Note ?? "",
        ]);
        foreach (var point in figure.Points) Row(text, ["point", figure.Id, figure.Scope, point.At, "", point.Value, "", "", Text(point.N), "", level, first, last, passport.CodeVersion, query, ""]);
    }

    private static void Row(StringBuilder text, ReadOnlySpan<string> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) text.Append(',');
            Cell(text, cells[i]);
        }

        text.Append("\r\n");
    }

    private static void Cell(StringBuilder text, string cell)
    {
        var inert = Inert(cell);
        if (inert.AsSpan().IndexOfAny(",\"\r\n") < 0 && !inert.StartsWith(' ') && !inert.EndsWith(' ')) text.Append(inert);
        else text.Append('"').Append(inert.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    /// <summary>What a spreadsheet would compute gets a quote before it, as people do; numbers stay numbers. Control characters are spelled.</summary>
    private static string Inert(string cell)
    {
        if (cell.Length == 0 || PlainNumber.IsOne(cell)) return cell;
        var spelled = new StringBuilder(cell.Length);
        // White space before it does not keep every spreadsheet from computing.
        if (cell.TrimStart() is { Length: > 0 } rest && rest[0] is '=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20' or '\u2212' || cell[0] is '\t' or '\r' or '\'') spelled.Append('\'');
        foreach (var c in cell)
        {
            if (char.IsControl(c) && c is not ('\r' or '\n' or '\t')) spelled.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else spelled.Append(c);
        }

        return spelled.ToString();
    }

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
