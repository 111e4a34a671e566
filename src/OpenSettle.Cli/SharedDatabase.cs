using OpenSettle.Node.Configuration;
using OpenSettle.Storage.Postgres;

namespace OpenSettle.Cli;

/// <summary>For verbs that work on a node's data: whether it is in a database that several nodes share.</summary>
internal static class SharedDatabase
{
    private const string Name = "opensettle";

    /// <summary>The deployment's schema there; null where the node has files of its own.</summary>
    public static PostgresPlace? Open(SettingsReader settings) => Address(settings) is { } database
        ? PostgresPlace.Open(database, DeploymentFile.Read(settings.Get(Settings.Deployment)).Watched.Id, Name)
        : null;

    /// <summary>For what is done with files alone.</summary>
    /// <exception cref="VerbException">The settings name a database.</exception>
    public static void Refuse(SettingsReader settings, string verb, string instead)
    {
        if (Address(settings) is not null) throw new VerbException(ExitCode.Usage, $"database: '{verb}' works on the files in dataDir, and these settings name a PostgreSQL database. {instead}");
    }

    private static string? Address(SettingsReader settings) => settings.Find(ClusterSettings.Database) is { Length: > 0 } database ? database : null;
}
