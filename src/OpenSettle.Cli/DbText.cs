using OpenSettle.Cli.Verbs;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Cli;

/// <summary>The state of a node's files, for people.</summary>
internal static class DbText
{
    public static void Print(DataStatus status)
    {
        Console.WriteLine(status.FreeBytes is { } free ? $"folder    {status.Folder}, {DbVerb.Size(free)} free on its disk" : $"server    {status.Folder}");
        if (status.Books is { } books) Print(books);
        else Console.WriteLine("books     none");
        if (status.Usage is { } usage) Print(usage);
        else Console.WriteLine("usage     none");
    }

    private static void Print(BooksStatus books)
    {
        Print("books", books.Database, books.Deployment);
        Console.WriteLine($"          books at block {books.Block?.ToString() ?? "none"}, final {books.FinalBlock?.ToString() ?? "none"}, {Count(books.Logs)} logs");
        Console.WriteLine($"          {Count(books.Models)} models, {Count(books.Payments)} payments, {Count(books.LedgerEntries)} ledger entries");
        Console.WriteLine($"          {Count(books.Epochs)} epochs{(books.LatestEpoch is { } latest ? $", epoch {latest}" : string.Empty)}; {Count(books.OpenTransactions)} transactions under way");
    }

    private static void Print(UsageStatus usage)
    {
        Print("usage", usage.Database, usage.Deployment);
        Console.WriteLine($"          sealed at {usage.Position}{(usage.Chain is { } chain ? $", chain {chain}" : string.Empty)}");
        Console.WriteLine($"          {Count(usage.Events)} events, {Count(usage.Batches)} batches, {Count(usage.Held)} wait, {Count(usage.Conflicts)} conflicts, {Count(usage.Gateways)} gateways");
        Console.WriteLine($"          {Count(usage.Rollups)} sums, written up to {Count(usage.RolledPosition)}; {Count(usage.Segments)} segments of ids");
        if (usage.Archives > 0) Console.WriteLine($"          {usage.Archives} archives with {usage.ArchivedEvents} events, {DbVerb.Size(usage.ArchiveBytes)}");
    }

    private static void Print(string name, DatabaseStatus database, string? deployment)
    {
        var version = database.Version == database.Newest ? $"version {database.Version}" : $"version {database.Version}, this program writes {database.Newest}";
        Console.WriteLine($"{name,-9} {version}, {DbVerb.Size(database.Bytes)} and {DbVerb.Size(database.WalBytes)} of WAL, {database.Pages} pages of {database.PageSize} ({database.FreePages} free)");
        if (deployment is not null) Console.WriteLine($"          of {deployment}");
    }

    private static string Count(long? count) => count?.ToString() ?? "no";
}
