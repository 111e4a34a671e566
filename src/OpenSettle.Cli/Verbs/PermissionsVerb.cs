using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle permissions: what may be done with a model, and who says so.</summary>
internal static class PermissionsVerb
{
    private static readonly Argument<string> Model = new("model") { Description = ModelNames.Help };
    private static readonly Option<string?> Account = new("--account") { Description = "who would use it (default: anybody)", HelpName = "ADDRESS" };
    private static readonly Option<string?> Use = new("--use") { Description = "which use, like commercial; without it all that was said is shown", HelpName = "TEXT" };
    private static readonly Option<ulong?> Block = new("--block") { Description = "as of the start of this block (default: now)", HelpName = "NUMBER" };
    private static readonly Option<bool> Json = new("--json") { Description = "print JSON" };

    public static Command Create() => VerbRunner.Create("permissions", "Shows what may be done with a model", [Settings.Api], RunAsync, Model, Account, Use, Block, Json)
        .Printing("with --use the answer of GET /api/v1/models/{id}/permissions; without it the passport's permissions")
        .WithExamples("opensettle permissions '#3'", "opensettle permissions '#3' --use commercial --account 0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var (use, account) = (parsed.GetValue(Use), Address.Zero);
        if (parsed.GetValue(Account) is { } text && !Address.TryParse(text, out account)) throw new VerbException(ExitCode.Usage, $"--account: '{Inert.Of(text, 80)}' is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum.");
        if (use is not null && (use.Length == 0 || RoleText.ToWord(use) is null)) throw new VerbException(ExitCode.Usage, "--use: a use is a short text: at most 32 characters of plain ASCII.");
        using var api = NodeApi.Of(settings);
        var model = await ModelNames.FindAsync(api, parsed.GetValue(Model), cancellation);
        var block = parsed.GetValue(Block);
        if (use is null)
        {
            await ListAsync(api, model, parsed.GetValue(Account) is null ? null : account, block, parsed.GetValue(Json), cancellation);
            return;
        }

        var path = $"api/v1/models/{model}/permissions?account={account.ToChecksumString()}&use={Uri.EscapeDataString(use)}{(block is { } number ? $"&block={number.ToString(CultureInfo.InvariantCulture)}" : string.Empty)}";
        var bytes = await api.GetBytesAsync(path, cancellation) ?? throw new VerbException(ExitCode.Refused, $"the node knows no model {model}, or answers no questions about permissions.");
        if (parsed.GetValue(Json))
        {
            await OutputBytes.WriteLineAsync(bytes, cancellation);
            return;
        }

        try
        {
            using var answer = JsonDocument.Parse(bytes);
            PrintAnswer(Page.OnConsole(), answer.RootElement, use);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node answers in a form that this version does not know: {e.Message}", e);
        }
    }

    private static async Task ListAsync(NodeApi api, ModelId model, Address? account, ulong? block, bool json, CancellationToken cancellation)
    {
        var file = await api.PassportAsync(model, block, cancellation);
        var said = file.Passport.Permissions.Where(permission => account is not { } only || permission.Account == only || permission.Account.IsZero).ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(said.Select(permission => new
            {
                account = permission.Account.ToChecksumString(),
                use = RoleText.FromWord(permission.Use),
                permission = PassportWords.OfPermission(permission.Permission),
                expires = permission.Expires.ToString(CultureInfo.InvariantCulture),
                termsHash = permission.TermsHash.ToString(),
                uri = permission.Uri,
                attestation = permission.Attestation?.ToString(),
            })));
            return;
        }

        var page = Page.OnConsole();
        if (said.Count == 0) page.Line("Nothing was said of any use, which allows nothing.");
        foreach (var permission in said)
        {
            var who = permission.Account.IsZero ? "anybody" : permission.Account.ToChecksumString();
            page.Line($"{RoleText.FromWord(permission.Use)}: {Answer(PassportWords.OfPermission(permission.Permission))}, for {who}");
            if (!permission.TermsHash.IsZero) page.Item("    terms ", permission.TermsHash.ToString());
            if (permission.Uri.Length > 0) page.Item("    ", Inert.Of(permission.Uri, 300));
            page.Item("    ", $"{(permission.Expires == 0 ? "without end" : $"until {FigureWords.Time(permission.Expires)}")}; {(permission.Attestation is { } uid ? $"by attestation {uid}" : "by the registry's own word")}");
        }
    }

    private static void PrintAnswer(Page page, JsonElement answer, string use)
    {
        page.Line($"{use}: {Answer(answer.GetProperty("answer").GetString() ?? string.Empty)}");
        var source = answer.GetProperty("source").GetString();
        page.Line(source switch
        {
            "registry" => "  by the registry's own word",
            "attestation" => $"  by attestation {Inert.Of(Text(answer, "attestation") ?? "?", 80)}",
            _ => "  nobody said anything of it",
        });
        if (Text(answer, "termsHash") is { } terms && Hash32.TryParse(terms, out var hash) && !hash.IsZero) page.Item("  terms ", terms);
        if (Text(answer, "uri") is { Length: > 0 } uri) page.Item("  ", Inert.Of(uri, 300));
        if (Text(answer, "expires") is { } expires && ulong.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var until) && until > 0) page.Line($"  until {FigureWords.Time(until)}");
        if (answer.TryGetProperty("asOf", out var asOf)) page.Line($"  as of block {Text(asOf, "block")}");
    }

    private static string Answer(string word) => word switch
    {
        "allowed" => "allowed",
        "notAllowed" => "not allowed",
        "constrained" => "allowed under terms",
        "unknown" or "unset" => "unknown: nothing allows it",
        _ => Inert.Of(word, 40),
    };

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out var value)
        ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
        : null;
}
