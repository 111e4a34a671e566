using System.CommandLine;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle table: gives a node a split table that the chain only commits to.</summary>
internal static class TableVerb
{
    private static readonly Argument<string> File = new("file") { Description = "the table's text, as docs/protocol.md, section 1, has it" };

    public static Command Create() => VerbRunner.Create(
        "table", "Publishes a split table that a model committed to, so that its money can be divided", [Settings.Api], RunAsync, File, VerbRunner.Json)
        .Printing<Published>()
        .WithExamples("opensettle table split.json --api http://127.0.0.1:8480");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var path = parsed.GetValue(File) ?? throw new VerbException(ExitCode.Usage, "file: name the table's file.");
        var (text, commitment) = await ReadAsync(path, cancellation);
        using var api = NodeApi.Of(settings);
        await api.PutAsync($"api/v1/tables/{commitment.Hash}", text, cancellation);
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(new Published(commitment.Hash.ToString(), commitment.Rows, commitment.Weight.ToString()));
        else Console.WriteLine($"published: {commitment.Hash}, {commitment.Rows} rows, weight {commitment.Weight}");
    }

    private sealed record Published(string Hash, uint Rows, string Weight);

    private static async Task<(byte[] Text, TableCommitment Commitment)> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var text = await System.IO.File.ReadAllBytesAsync(path, cancellation);
            return (text, TableText.Commit(TableText.Parse(text)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"file: cannot read {path}: {e.Message}", e);
        }
        catch (CanonicalFormatException e)
        {
            throw new VerbException(ExitCode.Usage, $"file: {path} is not a split table: {e.Message} docs/protocol.md, section 1, has its form.", e);
        }
    }
}
