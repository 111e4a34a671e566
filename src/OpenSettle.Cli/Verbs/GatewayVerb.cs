using System.CommandLine;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle gateway: who may send usage. It writes into the data folder, also while a node runs on it.</summary>
internal static class GatewayVerb
{
    private static readonly Argument<string> Name = new("name") { Description = "the gateway's name" };
    private static readonly Option<string?> AddressOption = new("--address") { Description = "account that signs its batches, as models list it", HelpName = "0x…" };
    private static readonly Option<string> Scopes = new("--scopes")
    {
        Description = "what the key may do, with commas between: send (signed batches), send-unsigned, read", HelpName = "LIST", DefaultValueFactory = _ => "send,read",
    };

    private static readonly Option<long> PerSecond = new("--per-second") { Description = "events that it may send in a second; 0 for no limit" };
    private static readonly Option<long> PerDay = new("--per-day") { Description = "events that it may send in a day (UTC); 0 for no limit" };

    public static Command Create() => new("gateway", "Adds, lists and revokes the gateways that may send usage; a running node notices within two seconds")
    {
        VerbRunner.Create("add", "Adds a gateway, and shows its key once", ApiKeys.Where, AddAsync, Name, AddressOption, Scopes, PerSecond, PerDay, VerbRunner.Json)
            .Printing<AddedJson>()
            .WithExamples("opensettle gateway add eu-1 --deployment deployment.json --data-dir data --address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        VerbRunner.Create("list", "Lists the gateways", ApiKeys.Where, ListAsync, VerbRunner.Json)
            .Printing<IReadOnlyList<GatewayJson>>()
            .WithExamples("opensettle gateway list --deployment deployment.json --data-dir data"),
        VerbRunner.Create("revoke", "Revokes a gateway's key for good", ApiKeys.Where, RevokeAsync, Name)
            .WithExamples("opensettle gateway revoke eu-1 --deployment deployment.json --data-dir data"),
    };

    private static Task AddAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var name = ApiKeys.NameOf(parsed, Name);
        var address = Address.Zero;
        if (parsed.GetValue(AddressOption) is { } text && (!Address.TryParse(text, out address) || address.IsZero))
            throw new VerbException(ExitCode.Usage, $"--address: '{text}' is not an account: 0x and 40 hexadecimal digits, not all zero, mixed case with a right checksum.");
        var scopes = ParseScopes(parsed.GetValue(Scopes) ?? string.Empty);
        var (perSecond, perDay) = (parsed.GetValue(PerSecond), parsed.GetValue(PerDay));
        if (perSecond is < 0 or > int.MaxValue) throw new VerbException(ExitCode.Usage, $"--per-second: {perSecond} is not a number from 0 to {int.MaxValue}.");
        if (perDay < 0) throw new VerbException(ExitCode.Usage, $"--per-day: {perDay} is less than 0.");
        var (added, key) = ApiKeys.Add(settings, name, address, scopes, perSecond, perDay);
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(new AddedJson(added.Id, added.Name, key, ShownAddress(added), GatewayScopeWords.Of(added.Scopes), added.PerSecond, added.PerDay));
        }
        else
        {
            Console.WriteLine($"added    {added.Name}: {string.Join(", ", GatewayScopeWords.Of(added.Scopes))}{(address.IsZero ? string.Empty : $"; signs with {address.ToChecksumString()}")}");
            Console.WriteLine($"key      {key}");
            Console.WriteLine("         It is shown this once. The gateway sends it as: Authorization: Bearer KEY");
            if (!scopes.HasFlag(GatewayScopes.SendUnsigned) && address.IsZero) Console.WriteLine("         It can send nothing yet: it has no --address to sign with, and no scope send-unsigned.");
        }

        return Task.CompletedTask;
    }

    private static Task ListAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var gateways = ApiKeys.Gateways.All(settings);
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(gateways.Select(gateway => new GatewayJson(
                gateway.Id, gateway.Name, ShownAddress(gateway), GatewayScopeWords.Of(gateway.Scopes), gateway.PerSecond, gateway.PerDay, ApiKeys.Time(gateway.Created), gateway.Revoked is { } at ? ApiKeys.Time(at) : null)));
            return Task.CompletedTask;
        }

        if (gateways.Count == 0) Console.WriteLine("none: add one with opensettle gateway add NAME");
        foreach (var gateway in gateways)
        {
            var limits = (gateway.PerSecond > 0 ? $", {gateway.PerSecond} a second" : string.Empty) + (gateway.PerDay > 0 ? $", {gateway.PerDay} a day" : string.Empty);
            Console.WriteLine($"{gateway.Id,-4} {gateway.Name,-24} {ShownAddress(gateway) ?? "signs nothing",-42}  {string.Join(",", GatewayScopeWords.Of(gateway.Scopes))}{limits}  {ApiKeys.StateOf(gateway)}");
        }

        return Task.CompletedTask;
    }

    private static Task RevokeAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        ApiKeys.Gateways.Revoke(settings, ApiKeys.NameOf(parsed, Name));
        return Task.CompletedTask;
    }

    private static GatewayScopes ParseScopes(string text)
    {
        var scopes = GatewayScopes.None;
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var known = GatewayScopeWords.OfGateways.FirstOrDefault(scope => scope.Name == item);
            if (known.Name is null) throw new VerbException(ExitCode.Usage, $"--scopes: '{item}' is not known. Known are {string.Join(", ", GatewayScopeWords.OfGateways.Select(scope => scope.Name))}, with commas between.");
            scopes |= known.Scope;
        }

        return scopes;
    }

    private static string? ShownAddress(GatewayRecord gateway) => gateway.Address.IsZero ? null : gateway.Address.ToChecksumString();

    /// <param name="Key">Shown this once.</param>
    private sealed record AddedJson(long Id, string Name, string Key, string? Address, IReadOnlyList<string> Scopes, long PerSecond, long PerDay);

    private sealed record GatewayJson(long Id, string Name, string? Address, IReadOnlyList<string> Scopes, long PerSecond, long PerDay, string Created, string? Revoked);
}
