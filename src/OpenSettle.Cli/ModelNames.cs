using System.Globalization;
using System.Text.Json;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli;

/// <summary>Models as people name them: by id, by number (<c>#3</c>), or by the beginning of an id.</summary>
internal static class ModelNames
{
    private const int LeastDigits = 8;

    public const string Help = "the model: its id, its number like #3, or the first 8 or more digits of its id";

    public static async Task<ModelId> FindAsync(NodeApi api, string? text, CancellationToken cancellation)
    {
        text = text?.Trim() ?? string.Empty;
        if (Hash32.TryParse(text, out var id)) return new ModelId(id);
        var number = text.TrimStart('#');
        var isNumber = number.Length is > 0 and <= 18 && number.All(char.IsAsciiDigit) && (text[0] == '#' || number.Length < LeastDigits);
        var prefix = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        if (!isNumber && (prefix.Length is < LeastDigits or > 64 || !prefix.All(char.IsAsciiHexDigit)))
            throw new VerbException(ExitCode.Usage, $"model: '{Screen.Inert.Of(text, 80)}' does not name one: an id (0x and 64 digits), a number like #3, or the first 8 or more digits of an id.");
        var models = await api.GetAllAsync("api/v1/models", cancellation) ?? throw new VerbException(ExitCode.Api, "api: this node has no list of models. Set --api to a node of OpenSettle.");
        var found = new List<ModelId>();
        try
        {
            foreach (var model in models)
            {
                var known = Hash32.Parse(model.GetProperty("id").GetString() ?? string.Empty);
                if (isNumber ? model.GetProperty("number").GetUInt64() == ulong.Parse(number, CultureInfo.InvariantCulture) : known.ToString()[2..].StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) found.Add(new ModelId(known));
            }
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException or JsonException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node's list of models cannot be read: {e.Message}", e);
        }

        return found.Count switch
        {
            1 => found[0],
            0 => throw new VerbException(ExitCode.Refused, $"model: the node knows none that '{text}' names. GET /api/v1/models lists them."),
            _ => throw new VerbException(ExitCode.Refused, $"model: '{text}' begins the ids of {found.Count} models: {found[0]}, {found[1]}{(found.Count > 2 ? ", …" : string.Empty)}. Give more digits."),
        };
    }
}
