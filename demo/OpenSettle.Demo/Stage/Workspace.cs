using System.Net;
using System.Net.Sockets;

namespace OpenSettle.Demo.Stage;

/// <summary>The checkout, and a folder in it for what one run leaves behind.</summary>
public sealed class Workspace : IDisposable
{
    private static int _last;

    private Workspace(string root, string run) => (Root, Run) = (root, run);

    /// <summary>The checkout.</summary>
    public string Root { get; }

    /// <summary>This run's own folder: logs, database, bundles. Removed at the end.</summary>
    public string Run { get; }

    public static Workspace Create(string name)
    {
        var root = FindRoot();
        string run;
        // Stages of one process are made at the same time: each has a number of its own, and an older process may have had this one's id.
        do run = Path.Combine(root, ".run", $"{name}-{Environment.ProcessId}-{Interlocked.Increment(ref _last)}");
        while (Directory.Exists(run));
        try
        {
            Directory.CreateDirectory(run);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StageException(StageException.Usage, $"cannot write to {run}: {e.Message} Make room, or give this user the right to write into the checkout.", e);
        }

        return new Workspace(root, run);
    }

    /// <summary>A loopback port that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Refuses a port that was asked for and is taken.</summary>
    public static int RequireFree(int port, string flag)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return port;
        }
        catch (SocketException e)
        {
            throw new StageException(StageException.Usage, $"{flag}: port {port} cannot be used: {e.Message}. Give another one, or leave {flag} out to take a free one.", e);
        }
    }

    public string PathOf(string name) => Path.Combine(Run, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Run, recursive: true);
        }
        catch (IOException)
        {
            // A child that is just ending may still write; what is left is in an ignored folder.
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) return folder.FullName;
        }

        throw new StageException(StageException.Usage, "this program runs from a checkout of OpenSettle; use ./demo.sh.");
    }
}
