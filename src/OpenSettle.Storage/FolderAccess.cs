using System.Runtime.InteropServices;
using System.Text;

namespace OpenSettle.Storage;

/// <summary>Whether this user may write somewhere, without writing.</summary>
public static class FolderAccess
{
    private const int Write = 2;
    private const int Enter = 1;

    /// <summary>Whether files can be made in a folder that is there: rights, and disks that are only read.</summary>
    public static bool CanWrite(string folder)
    {
        // Windows has other rights, of which the attribute says next to nothing: there the first write tells.
        if (OperatingSystem.IsWindows()) return Directory.Exists(folder);
        return Access(Encoding.UTF8.GetBytes(folder + "\0"), Write | Enter) == 0;
    }

    [DllImport("libc", EntryPoint = "access", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Access(byte[] path, int mode);
}
