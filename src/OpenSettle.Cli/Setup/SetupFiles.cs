using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenSettle.Cli.Setup;

/// <summary>
/// Puts a set-up into its folder: beside it first, then by new names, the settings last. Stopped in the middle it leaves nothing
/// that looks finished. Keys that are there are never written over, whatever is forced.
/// </summary>
internal static class SetupFiles
{
    private const string PasswordName = "password";

    // Paths may have any letters: they are to be read by people.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Asked before a person is: what would be in the way.</summary>
    public static void RequireRoom(string folder, bool force)
    {
        if (File.Exists(folder)) throw new VerbException(ExitCode.Usage, $"folder: {folder} is a file. Give another folder.");
        if (!force && File.Exists(SettingsOf(folder))) throw new VerbException(ExitCode.Usage, $"folder: {SettingsOf(folder)} is there. Give another folder, or --force to write over it.");
    }

    /// <summary>Before keys are made: these names have to be free.</summary>
    public static void RequireNoKeys(string folder, IEnumerable<string> names)
    {
        if (names.Append(PasswordName).Select(name => KeyFile(folder, name)).FirstOrDefault(File.Exists) is { } there)
            throw new VerbException(ExitCode.Usage, $"keys: {there} is there, and keys are never written over. Choose existing keys, or another folder.");
    }

    public static string SettingsOf(string folder) => Path.Combine(folder, SetupPlan.SettingsName);

    public static string KeyFile(string folder, string name) => Path.Combine(folder, SetupPlan.KeysName, name);

    public static string PasswordFile(string folder) => KeyFile(folder, PasswordName);

    public static void Write(SetupPlan plan, bool force, CancellationToken cancellation)
    {
        var isNew = !Directory.Exists(plan.Folder);
        var mark = $".init-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.partial";
        var stage = isNew ? plan.Folder + mark : Path.Combine(plan.Folder, mark);
        try
        {
            PrivateFile.MakeFolder(stage);
            if (plan.Keys.Count > 0 || plan.Password is not null) PrivateFile.MakeFolder(Path.Combine(stage, SetupPlan.KeysName));
            foreach (var (name, _, keystore) in plan.Keys) PrivateFile.Write(KeyFile(stage, name), keystore.Text + "\n");
            if (plan.Password is { } password) PrivateFile.Write(PasswordFile(stage), password + "\n");
            PrivateFile.Write(SettingsOf(stage), Json(plan));
            // From here on it takes no time to speak of, and is not broken off.
            cancellation.ThrowIfCancellationRequested();
            if (isNew) Directory.Move(stage, plan.Folder);
            else MoveInto(plan, stage, force);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"folder: cannot write {plan.Folder}: {e.Message} Give another folder.", e);
        }
        finally
        {
            if (Directory.Exists(stage)) Directory.Delete(stage, recursive: true);
        }
    }

    private static void MoveInto(SetupPlan plan, string stage, bool force)
    {
        if (Directory.Exists(Path.Combine(stage, SetupPlan.KeysName)))
        {
            PrivateFile.MakeFolder(Path.Combine(plan.Folder, SetupPlan.KeysName));
            foreach (var file in Directory.GetFiles(Path.Combine(stage, SetupPlan.KeysName))) File.Move(file, KeyFile(plan.Folder, Path.GetFileName(file)));
        }

        // What names the keys comes after them.
        File.Move(SettingsOf(stage), SettingsOf(plan.Folder), overwrite: force);
    }

    private static string Json(SetupPlan plan)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in plan.Values) writer.WriteString(key, value);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }
}
