using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contracts = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Cli.Models;

/// <summary>Split tables as people give them, and as the registry takes them.</summary>
internal static class SplitTables
{
    /// <summary>Rows that the registry takes whole; more are committed to.</summary>
    public const int MostWhole = 64;

    /// <summary>About half of what a node takes for a table of a hundred thousand rows.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private const string Owner = "OWNER";

    /// <summary>Reads <c>ACCOUNT:WEIGHT:ROLE</c>; the account may be OWNER.</summary>
    public static SplitRow Row(string option, string text)
    {
        var parts = text.Split(':', 3);
        if (parts.Length != 3) throw Wrong(option, text, "is not ACCOUNT:WEIGHT:ROLE, such as OWNER:45:training");
        Address? account = null;
        if (parts[0] != Owner) account = Address.TryParse(parts[0], out var known) ? known : throw Wrong(option, parts[0], "is not OWNER or an address: 0x and 40 hexadecimal digits, mixed case with a right checksum");
        if (!UInt128.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var weight)) throw Wrong(option, parts[1], "is not a weight: a whole number");
        return RoleText.ToWord(parts[2]) is not null && parts[2].Length > 0 ? new SplitRow(account, weight, parts[2]) : throw Wrong(option, parts[2], "is not a role: 1 to 32 characters of plain ASCII");
    }

    /// <summary>Reads a table's own text, or the split of a draft as JSON.</summary>
    public static SplitTable Read(string option, string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (bytes.TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
            {
                var faults = new List<string>();
                using var json = JsonDocument.Parse(bytes.ToArray(), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
                var table = DraftFile.ReadSplit(json.RootElement, faults);
                return faults.Count == 0 ? table : throw new VerbException(ExitCode.Usage, $"{option}: {path}: {Inert.Of(string.Join(" ", faults))}");
            }

            return TableText.Parse(bytes);
        }
        catch (Exception e) when (e is JsonException or CanonicalFormatException or InvalidOperationException)
        {
            throw new VerbException(ExitCode.Usage, $"{option}: {path} is not a split table: {e.Message} Give a table's text (docs/protocol.md, section 1), or JSON as the split of a draft is.", e);
        }
    }

    /// <summary>What is wrong with a table, so that the registry would refuse it or its money could not be divided.</summary>
    public static void Require(string option, SplitTable table)
    {
        if (table.Fault() is { } fault) throw new VerbException(ExitCode.Usage, $"{option}: {fault}.");
        var bad = table.Rows.Concat(table.Fallback).FirstOrDefault(row => row.Role.Length == 0 || RoleText.ToWord(row.Role) is null);
        if (bad is not null) throw Wrong(option, bad.Role, "is not a role: 1 to 32 characters of plain ASCII");
    }

    public static Contracts.SplitRow ToContract(SplitRow row, Address owner) =>
        new(row.Account ?? owner, row.Weight, RoleText.ToWord(row.Role) ?? throw new InvalidOperationException("A role was checked and has no word."));

    /// <param name="owner">The contract's word for whoever owns the token.</param>
    /// <param name="commit">Whether the chain gets its hash alone.</param>
    /// <param name="uri">Where a committed table can be found.</param>
    public static Contracts.SplitTable ToContract(SplitTable table, Address owner, bool commit, string uri)
    {
        if (!commit) return new Contracts.SplitTable([.. table.Rows.Select(row => ToContract(row, owner))], table.PoolWeight, [.. table.Fallback.Select(row => ToContract(row, owner))], Contracts.TableCommitment.None);
        var committed = TableText.Commit(table);
        return Contracts.SplitTable.Commit(new Contracts.TableCommitment(committed.Hash, committed.Rows, committed.Weight, uri));
    }

    /// <summary>One line for each row.</summary>
    public static IEnumerable<string> Describe(SplitTable table) =>
    [
        .. table.Rows.Select(row => Line(row, string.Empty)),
        .. table.PoolWeight > 0 ? [$"weight {table.PoolWeight.ToString(CultureInfo.InvariantCulture)} by measured influence"] : Array.Empty<string>(),
        .. table.Fallback.Select(row => Line(row, ", where no influence was measured")),
    ];

    private static string Line(SplitRow row, string when) => $"weight {row.Weight.ToString(CultureInfo.InvariantCulture)} to {row.Account?.ToChecksumString() ?? "the owner"}, {Inert.Of(row.Role, 40)}{when}";

    private static VerbException Wrong(string option, string text, string what) => new(ExitCode.Usage, $"{option}: '{Inert.Of(text, 80)}' {what}.");
}
