using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace OpenSettle.Tests.Shared;

/// <summary>A chain of anvil's own, on loopback and a free port, that ends with the test.</summary>
internal sealed class AnvilNode : IDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(2) };

    private readonly Process _process;

    private AnvilNode(Process process, Uri endpoint) => (_process, Endpoint) = (process, endpoint);

    public Uri Endpoint { get; }

    /// <param name="arguments">What anvil is started with beside its address.</param>
    public static async Task<AnvilNode> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Binary()) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        // Port 0 takes a free one, and anvil says which.
        string[] fork = arguments.Contains("--hardfork", StringComparer.Ordinal) ? [] : ["--hardfork", "cancun"];
        foreach (var argument in (string[])["--host", "127.0.0.1", "--port", "0", .. fork, .. arguments]) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("anvil does not start.");
        process.StandardInput.Close();
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            const string Listening = "Listening on ";
            if (!line.StartsWith(Listening, StringComparison.Ordinal)) continue;
            // Nobody else reads on: a full pipe would stop it.
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            return new AnvilNode(process, new Uri($"http://{line[Listening.Length..].Trim()}"));
        }

        await process.WaitForExitAsync();
        throw new InvalidOperationException($"anvil ended with code {process.ExitCode.ToString(CultureInfo.InvariantCulture)}.");
    }

    /// <summary>Any method, with its result; an error of the node throws.</summary>
    public async Task<JsonElement> CallAsync(string method, params object?[] parameters)
    {
        using var reply = await Http.PostAsJsonAsync(Endpoint, new { jsonrpc = "2.0", id = 1, method, @params = parameters });
        var answer = await reply.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        if (answer.TryGetProperty("error", out var error)) throw new InvalidOperationException($"{method}: {error.GetRawText()}");
        return answer.GetProperty("result").Clone();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Binary()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var packages = new DirectoryInfo(Path.Combine(folder.FullName, "node_modules", "@foundry-rs"));
            if (!File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln")) || !packages.Exists) continue;
            return packages.EnumerateDirectories("anvil-*").SelectMany(package => package.EnumerateFiles("anvil*", SearchOption.AllDirectories))
                .Select(file => file.FullName).FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == "anvil")
                ?? throw new InvalidOperationException("anvil is not installed for this platform. Run npm ci.");
        }

        throw new InvalidOperationException("anvil is not installed. Run ./test.sh, which installs what is missing.");
    }
}
