using System.ComponentModel;
using System.Runtime.InteropServices;

namespace OpenSettle.Servers;

/// <summary>Signals to processes, each by its number.</summary>
internal static class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Stop = 19;

    private const int NoSuchProcess = 3;

    /// <summary>Sends it; a process that is gone has nothing to be told.</summary>
    public static void Send(int process, int signal)
    {
        if (SendSignal(process, signal) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error != NoSuchProcess) throw new ServerException($"Process {process} cannot be sent signal {signal}.", new Win32Exception(error));
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
