using System.Text;

namespace OpenSettle.Cli;

/// <summary>Files and folders for this user alone. None that is there is ever written over.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;

    /// <summary>Writes a new file, whole and on the disk. Where that fails, nothing is left.</summary>
    public static void Write(string path, string text)
    {
        try
        {
            var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) how.UnixCreateMode = OwnersFile;
            using var file = new FileStream(path, how);
            try
            {
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                File.Delete(path);
                throw;
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new VerbException(ExitCode.Usage, $"{path} is there, and is not written over. Give another place, or move it away.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"cannot write {path}: {e.Message} Give another place.", e);
        }
    }

    /// <summary>Makes a folder where there is none.</summary>
    public static void MakeFolder(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, OwnersFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"cannot make the folder {path}: {e.Message} Give another place.", e);
        }
    }
}
