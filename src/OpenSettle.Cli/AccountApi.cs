using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Primitives;

namespace OpenSettle.Cli;

/// <summary>Asks a node about an account, and reads its answers so that a strange one is one line.</summary>
internal static class AccountApi
{
    public static Address Parse(string? text) => Address.TryParse(text ?? string.Empty, out var account)
        ? account
        : throw new VerbException(ExitCode.Usage, $"account: '{Inert.Of(text ?? string.Empty, 60)}' is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum.");

    /// <summary>A token that a person names by address, or by its symbol at the node.</summary>
    public static async Task<string?> TokenAsync(NodeApi api, string? named, CancellationToken cancellation)
    {
        if (named is null || Address.TryParse(named, out _)) return named;
        var status = await api.GetAsync("api/v1/status", cancellation) ?? throw NoNode();
        return Read(() => status.GetProperty("tokens").EnumerateArray()
            .Where(token => string.Equals(token.GetProperty("symbol").GetString(), named, StringComparison.OrdinalIgnoreCase)).Select(token => token.GetProperty("token").GetString()).FirstOrDefault())
            ?? throw new VerbException(ExitCode.Usage, $"--token: '{Inert.Of(named, 60)}' is neither an address nor the symbol of a token that this node settled.");
    }

    public static T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or JsonException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node answers in a form that this version does not know: {e.Message}", e);
        }
    }

    public static VerbException NoNode() => new(ExitCode.Api, "api: this node knows nothing of accounts. Set --api to a node of OpenSettle of this version.");

    public static string Query(params (string Name, string? Value)[] parts)
    {
        var given = parts.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value ?? string.Empty)}").ToList();
        return given.Count == 0 ? string.Empty : "?" + string.Join('&', given);
    }
}
