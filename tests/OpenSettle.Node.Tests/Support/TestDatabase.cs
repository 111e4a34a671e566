using OpenSettle.Servers;

namespace OpenSettle.Node.Tests.Support;

/// <summary>What the books of these tests are kept in.</summary>
internal static class TestDatabase
{
    /// <summary>Set to "postgres" where they are kept there.</summary>
    public const string Variable = "OPENSETTLE_TEST_BOOKS";

    public static bool IsPostgres { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } name && (name == "postgres" ? true : throw new InvalidOperationException($"{Variable} is '{name}'; it knows postgres."));

    /// <summary>One that nobody else has.</summary>
    public static string Create() => PostgresServer.SharedAsync().GetAwaiter().GetResult().CreateDatabaseAsync().GetAwaiter().GetResult();
}
