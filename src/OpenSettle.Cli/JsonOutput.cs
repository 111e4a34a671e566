using System.Text.Encodings.Web;
using System.Text.Json;
using OpenSettle.Cli.Screen;

namespace OpenSettle.Cli;

/// <summary>The one JSON document of a verb, and errors where JSON was asked for. Names in camelCase; no field is left out for having no value.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { NumberHandling = default, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Print<T>(T document) => Console.WriteLine(JsonSerializer.Serialize(document, Form));

    /// <summary>The last line of the error output.</summary>
    public static string Error(ExitCode code, IReadOnlyList<string> messages) =>
        JsonSerializer.Serialize(new ErrorForm((int)code, JsonNamingPolicy.CamelCase.ConvertName(code.ToString()), [.. messages.Select(message => Inert.Of(message, 4_000))]), Form);

    /// <param name="Code">The exit code.</param>
    /// <param name="Kind">Its name.</param>
    /// <param name="Messages">What was wrong, where, and what to do; more than one where several settings are wrong.</param>
    internal sealed record ErrorForm(int Code, string Kind, IReadOnlyList<string> Messages);
}
