using System.Security.Cryptography;
using OpenSettle.Demo.Stage;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>
/// A node that is wrong on purpose: it stores what it signed only after it has sent it. Only OpenSettle.Node is compiled, beside a copy
/// of the command line's folder; neither that folder nor what a build keeps between its runs is touched.
/// </summary>
internal static class ControlBuild
{
    /// <summary>Builds it, and tells what to start.</summary>
    public static async Task<string> MakeAsync(Workspace workspace, CancellationToken cancellation)
    {
        var built = Path.GetDirectoryName(NodeProcess.Executable(workspace)) ?? throw new InvalidOperationException("The command line has no folder.");
        var (output, objects) = (workspace.PathOf("control"), workspace.PathOf("control-obj"));
        Copy(built, output);
        var before = Hash(built);
        using var build = ChildProcess.Start(
            "the control build", "dotnet",
            [
                "build", Path.Combine("src", "OpenSettle.Node", "OpenSettle.Node.csproj"), "-c", Path.GetFileName(Path.GetDirectoryName(built)) ?? "Release", "--no-restore", "--nologo", "-v", "q",
                "-maxCpuCount:1", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:BuildProjectReferences=false", "-p:ProduceReferenceAssembly=false", "-p:RunAnalyzers=false",
                "-p:GenerateDocumentationFile=false", "-p:ControlStoreAfterBroadcast=true", $"-p:OutDir={output}/", $"-p:IntermediateOutputPath={objects}/",
            ],
            workspace.Root, workspace.PathOf("control-build.log"));
        await build.RequireSuccessAsync("Its errors say why.", cancellation);
        Assert.Equal(before, Hash(built));
        Assert.NotEqual(before, Hash(output));
        return Path.Combine(output, Path.GetFileName(NodeProcess.Executable(workspace)));
    }

    private static string Hash(string folder) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "OpenSettle.Node.dll"))));

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
