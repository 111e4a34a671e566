using System.Runtime.CompilerServices;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Doctor;

/// <summary>Files with secrets are for this user alone.</summary>
internal sealed class SecretsCheck : ICheck
{
    private const UnixFileMode ForOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public string Name => "secrets";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        if (OperatingSystem.IsWindows())
        {
            yield return Finding.Skipped(Name, "Windows has no modes of files; look at their rights by hand");
            yield break;
        }

        var files = FilesOf(patient).DistinctBy(file => Path.GetFullPath(file.Path)).Where(file => File.Exists(file.Path)).ToList();
        var open = 0;
        foreach (var (setting, path) in files)
        {
            var mode = File.GetUnixFileMode(path);
            if ((mode & ForOthers) == UnixFileMode.None) continue;
            open++;
            var who = (mode & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != UnixFileMode.None ? "everybody on this machine" : "its group";
            yield return Finding.Warning(Name, $"{setting}: {path} can be read or written by {who}.", $"chmod 600 {path}");
        }

        if (open == 0) yield return Finding.Ok(Name, files.Count == 0 ? "no setting names a file with a secret" : $"{files.Count} files with secrets are for this user alone");
    }

    private static IEnumerable<SecretFile> FilesOf(Patient patient)
    {
        foreach (var file in patient.Secrets) yield return file;
        if (patient.Options.OperatorKey is KeySource.Keystore operatorKey) yield return new SecretFile(Settings.OperatorKey.Key, operatorKey.Path);
        if (patient.Options.Witness.GuardianKey is KeySource.Keystore guardianKey) yield return new SecretFile(WitnessSettings.GuardianKey.Key, guardianKey.Path);
        if (patient.Options.SenderKey is KeySource.Keystore senderKey) yield return new SecretFile(Settings.SenderKey.Key, senderKey.Path);
        foreach (var keystore in patient.Options.AttestorKeys.OfType<KeySource.Keystore>()) yield return new SecretFile(Settings.AttestorKeys.Key, keystore.Path);
    }
}
