using System.CommandLine;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle gateway: who may send usage. It writes into the data folder, also while a node runs on it.</summary>
internal static class GatewayVerb
{
    private const int LongestName = 64;

    private static readonly (string Name, GatewayScopes Scope)[] ScopeNames =
        [("send", GatewayScopes.Send), ("send-unsigned", GatewayScopes.SendUnsigned), ("read", GatewayScopes.Read)];

    private static readonly Argument<string> Name = new("name") { Description = "the gateway's name" };
    private static readonly Option<string?> AddressOption = new("--address") { Description = "account that signs its batches, as models list it", HelpName = "0x…" };
    private static readonly Option<string> Scopes = new("--scopes")
    {
        Description = "what the key may do, with commas between: send (signed batches), send-unsigned, read", HelpName = "LIST", DefaultValueFactory = _ => "send,read",
    };

    private static readonly Option<long> PerSecond = new("--per-second") { Description = "events that it may send in a second; 0 for no limit" };
    private static readonly Option<long> PerDay = new("--per-day") { Description = "events that it may send in a day (UTC); 0 for no limit" };
    private static readonly Option<bool> Json = new("--json") { Description = "print JSON" };

    public static Command Create() => new("gateway", "Adds, lists and revokes the gateways that may send usage; a running node notices within two seconds")
    {
        VerbRunner.Create("add", "Adds a gateway, and shows its key once", [Settings.Deployment, Settings.DataDir], AddAsync, Name, AddressOption, Scopes, PerSecond, PerDay, Json)
            .Printing<AddedJson>()
            .WithExamples("opensettle gateway add eu-1 --deployment deployment.json --data-dir data --address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        VerbRunner.Create("list", "Lists the gateways", [Settings.Deployment, Settings.DataDir], ListAsync, Json)
            .Printing<IReadOnlyList<GatewayJson>>()
            .WithExamples("opensettle gateway list --deployment deployment.json --data-dir data"),
        VerbRunner.Create("revoke", "Revokes a gateway's key for good", [Settings.Deployment, Settings.DataDir], RevokeAsync, Name)
            .WithExamples("opensettle gateway revoke eu-1 --deployment deployment.json --data-dir data"),
    };

    private static Task AddAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var name = NameOf(parsed);
        var address = Address.Zero;
        if (parsed.GetValue(AddressOption) is { } text && (!Address.TryParse(text, out address) || address.IsZero))
            throw new VerbException(ExitCode.Usage, $"--address: '{text}' is not an account: 0x and 40 hexadecimal digits, not all zero, mixed case with a right checksum.");
        var scopes = ParseScopes(parsed.GetValue(Scopes) ?? string.Empty);
        var (perSecond, perDay) = (parsed.GetValue(PerSecond), parsed.GetValue(PerDay));
        if (perSecond is < 0 or > int.MaxValue) throw new VerbException(ExitCode.Usage, $"--per-second: {perSecond} is not a number from 0 to {int.MaxValue}.");
        if (perDay < 0) throw new VerbException(ExitCode.Usage, $"--per-day: {perDay} is less than 0.");
        using var store = Open(settings);
        var key = GatewayKeyText.Create();
        var added = store.Add(name, GatewayKeyText.HashOf(key), address, scopes, perSecond, perDay, Clock.Real.GetUtcNow())
            ?? throw new VerbException(ExitCode.Refused, $"name: there is or was a gateway '{name}', and a name is not used twice. Choose another one.");
        if (parsed.GetValue(Json))
        {
            JsonOutput.Print(new AddedJson(added.Id, added.Name, key, ShownAddress(added), ShownScopes(added.Scopes), added.PerSecond, added.PerDay));
        }
        else
        {
            Console.WriteLine($"added    {added.Name}: {string.Join(", ", ShownScopes(added.Scopes))}{(address.IsZero ? string.Empty : $"; signs with {address.ToChecksumString()}")}");
            Console.WriteLine($"key      {key}");
            Console.WriteLine("         It is shown this once. The gateway sends it as: Authorization: Bearer KEY");
            if (!scopes.HasFlag(GatewayScopes.SendUnsigned) && address.IsZero) Console.WriteLine("         It can send nothing yet: it has no --address to sign with, and no scope send-unsigned.");
        }

        return Task.CompletedTask;
    }

    private static Task ListAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var store = Open(settings);
        var gateways = store.All();
        if (parsed.GetValue(Json))
        {
            JsonOutput.Print(gateways.Select(gateway => new GatewayJson(
                gateway.Id, gateway.Name, ShownAddress(gateway), ShownScopes(gateway.Scopes), gateway.PerSecond, gateway.PerDay, Time(gateway.Created), gateway.Revoked is { } at ? Time(at) : null)));
            return Task.CompletedTask;
        }

        if (gateways.Count == 0) Console.WriteLine("none: add one with opensettle gateway add NAME");
        foreach (var gateway in gateways)
        {
            var limits = (gateway.PerSecond > 0 ? $", {gateway.PerSecond} a second" : string.Empty) + (gateway.PerDay > 0 ? $", {gateway.PerDay} a day" : string.Empty);
            var state = gateway.Revoked is { } at ? $"revoked {Time(at)}" : $"added {Time(gateway.Created)}";
            Console.WriteLine($"{gateway.Id,-4} {gateway.Name,-24} {ShownAddress(gateway) ?? "signs nothing",-42}  {string.Join(",", ShownScopes(gateway.Scopes))}{limits}  {state}");
        }

        return Task.CompletedTask;
    }

    private static Task RevokeAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var name = NameOf(parsed);
        using var store = Open(settings);
        if (!store.Revoke(name, Clock.Real.GetUtcNow())) throw new VerbException(ExitCode.Refused, $"name: there is no gateway '{name}'. 'opensettle gateway list' shows them.");
        Console.WriteLine($"revoked  {name}: its key is refused from now on, by a running node within two seconds");
        return Task.CompletedTask;
    }

    private static GatewayStore Open(SettingsReader settings)
    {
        var deployment = DeploymentFile.Read(settings.Get(Settings.Deployment)).Watched.Id;
        return GatewayStore.Open(NodeOptionsPaths.In(Path.GetFullPath(settings.Get(Settings.DataDir))).Usage, deployment);
    }

    private static string NameOf(ParseResult parsed)
    {
        var name = parsed.GetValue(Name) ?? string.Empty;
        return name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? name
            : throw new VerbException(ExitCode.Usage, $"name: letters, digits, '-', '_' and '.' are taken, at most {LongestName}.");
    }

    private static GatewayScopes ParseScopes(string text)
    {
        var scopes = GatewayScopes.None;
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var known = Array.Find(ScopeNames, scope => scope.Name == item);
            if (known.Name is null) throw new VerbException(ExitCode.Usage, $"--scopes: '{item}' is not known. Known are {string.Join(", ", ScopeNames.Select(scope => scope.Name))}, with commas between.");
            scopes |= known.Scope;
        }

        return scopes;
    }

    private static string[] ShownScopes(GatewayScopes scopes) => [.. ScopeNames.Where(scope => scopes.HasFlag(scope.Scope)).Select(scope => scope.Name)];

    private static string? ShownAddress(GatewayRecord gateway) => gateway.Address.IsZero ? null : gateway.Address.ToChecksumString();

    private static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-ddTHH:mm:ssZ");

    /// <param name="Key">Shown this once.</param>
    private sealed record AddedJson(long Id, string Name, string Key, string? Address, IReadOnlyList<string> Scopes, long PerSecond, long PerDay);

    private sealed record GatewayJson(long Id, string Name, string? Address, IReadOnlyList<string> Scopes, long PerSecond, long PerDay, string Created, string? Revoked);
}
