using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Models;

/// <summary>A model's document on its way to a node: kept as a file first, so that it cannot be lost after its hash is on chain.</summary>
internal static class Publishing
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    /// <summary>Writes it under its hash. That it is there already is fine: under a hash there is one text.</summary>
    public static Task<string> KeepAsync(string folder, byte[] document, CancellationToken cancellation) => KeepAsync(folder, $"model-{Keccak256.Hash(document).ToString()[2..18]}.json", document, cancellation);

    /// <inheritdoc cref="KeepAsync(string, byte[], CancellationToken)"/>
    public static async Task<string> KeepAsync(string folder, string name, byte[] document, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, name);
        try
        {
            if (!File.Exists(path) || !(await File.ReadAllBytesAsync(path, cancellation)).AsSpan().SequenceEqual(document)) await File.WriteAllBytesAsync(path, document, cancellation);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"cannot write the document to {path}: {e.Message}", e);
        }
    }

    /// <summary>Gives it to the node, as soon as that knows the model. Null where it has it; else why not, and what to do later.</summary>
    public static Task<string?> OfferAsync(SettingsReader settings, byte[] document, string path, TimeSpan patience, CancellationToken cancellation) =>
        OfferAsync(settings, $"api/v1/documents/{Keccak256.Hash(document)}", document, $"opensettle model publish {path}", patience, cancellation);

    /// <summary>Gives a node what the chain has the hash of: a document, or a split table.</summary>
    /// <param name="again">The command that does it later.</param>
    public static async Task<string?> OfferAsync(SettingsReader settings, string place, byte[] document, string again, TimeSpan patience, CancellationToken cancellation)
    {
        var later = $"Later: {again}";
        using var api = NodeApi.Of(settings);
        var started = Clock.Real.GetTimestamp();
        while (true)
        {
            try
            {
                if (await api.OfferAsync(place, document, cancellation)) return null;
            }
            catch (VerbException e)
            {
                return $"the node does not have it: {e.Message} {later}";
            }

            if (Clock.Real.GetElapsedTime(started) + Between > patience) return $"the node does not know yet that a model names it: it waits for a final block. {later}";
            await Task.Delay(Between, Clock.Real, cancellation);
        }
    }

    public static async Task<byte[]> ReadAsync(string option, string path, long most, CancellationToken cancellation)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > most) throw new VerbException(ExitCode.Usage, $"{option}: {path} has {file.Length} bytes, and at most {most} are taken.");
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"{option}: cannot read {path}: {e.Message}", e);
        }
    }

    /// <summary>A document that somebody wrote by hand, or another program.</summary>
    public static async Task<byte[]> ReadDocumentAsync(string option, string path, CancellationToken cancellation)
    {
        var bytes = await ReadAsync(option, path, ModelDocument.MostBytes, cancellation);
        return ModelDocument.TryParse(bytes, out var why) is not null ? bytes : throw new VerbException(ExitCode.Usage, $"{option}: {path} is not a document of a model: {why}");
    }
}
