namespace OpenSettle.Servers;

/// <summary>
/// PostgreSQL's programs, where test.sh brings them, and the user who runs them: it refuses to be root. Its first database is made
/// once for all servers of a process, which copy it.
/// </summary>
internal static class PostgresPrograms
{
    /// <summary>The one who may do all; and the one that the tests' databases belong to, who may do what an operator's user may.</summary>
    public const string Superuser = "postgres";

    public const string Owner = "opensettle";

    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);

    // Not a secret of anybody, and still asked for: the way in is the one of a real deployment.
    public static string Password => $"test-{Environment.ProcessId}";

    public static string Program(string name)
    {
        var folder = Environment.GetEnvironmentVariable("OPENSETTLE_POSTGRES") is { Length: > 0 } named ? named : "/usr/lib/postgresql/15/bin";
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new ServerException(
            $"PostgreSQL 15 is not here: there is no {path}. Run ./test.sh as root, install Debian's package postgresql-15, or name the folder of its programs by OPENSETTLE_POSTGRES.");
    }

    /// <summary>The command as whoever may run it.</summary>
    public static string[] AsUser(params string[] command) =>
        Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "--", .. command] : command;

    /// <summary>A folder that this user owns, for a server's data and log; its guard removes it.</summary>
    public static async Task<(string Path, Watchdog Guard)> NewFolderAsync()
    {
        var folder = Directory.CreateTempSubdirectory("opensettle-postgres-").FullName;
        var guard = Watchdog.OverFolder(folder);
        if (Environment.IsPrivilegedProcess) await ServerProcess.RunAsync(["chown", User, folder]);
        return (folder, guard);
    }

    /// <summary>A fresh data folder, with both users.</summary>
    public static async Task CopyTemplateAsync(string data)
    {
        var template = await Template.Value;
        await ServerProcess.RunAsync(AsUser("cp", "-a", template, data));
    }

    private static string User => UserExists("postgres") ? "postgres" : "nobody";

    private static bool UserExists(string name) => File.ReadLines("/etc/passwd").Any(line => line.StartsWith(name + ":", StringComparison.Ordinal));

    private static async Task<string> MakeTemplateAsync()
    {
        var (folder, _) = await NewFolderAsync();
        var data = Path.Combine(folder, "data");
        var password = Path.Combine(folder, "password");
        await WriteAsync(password, Password);
        await ServerProcess.RunAsync(AsUser(Program("initdb"), "--pgdata", data, "--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C",
            $"--username={Superuser}", "--auth=scram-sha-256", "--pwfile", password));
        var script = Path.Combine(folder, "users.sql");
        await WriteAsync(script, $"CREATE ROLE {Owner} LOGIN PASSWORD '{Password}';\nCREATE DATABASE {Owner} OWNER {Owner};\n");
        await ServerProcess.RunAsync(AsUser("sh", "-c", "exec \"$1\" --single -F -D \"$2\" postgres <\"$3\" >/dev/null", "sh", Program("postgres"), data, script));
        return data;
    }

    private static Task<string> WriteAsync(string path, string text) => ServerProcess.RunAsync(AsUser("sh", "-c", "printf %s \"$1\" >\"$2\"", "sh", text, path));
}
