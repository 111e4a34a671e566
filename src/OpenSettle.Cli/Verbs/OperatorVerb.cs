using System.CommandLine;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle operator: whose keys may ask a running node for what is its operators' alone.</summary>
internal static class OperatorVerb
{
    private static readonly Argument<string> Name = new("name") { Description = "the operator's name" };

    public static Command Create() => new("operator", "Adds, lists and revokes the keys of operators; a running node notices within two seconds")
    {
        VerbRunner.Create("add", "Adds an operator, and shows the key once", ApiKeys.Where, AddAsync, Name, VerbRunner.Json)
            .Printing<AddedJson>()
            .WithExamples("opensettle operator add me --deployment deployment.json --data-dir data"),
        VerbRunner.Create("list", "Lists the operators", ApiKeys.Where, ListAsync, VerbRunner.Json)
            .Printing<IReadOnlyList<OperatorJson>>()
            .WithExamples("opensettle operator list --deployment deployment.json --data-dir data"),
        VerbRunner.Create("revoke", "Revokes an operator's key for good", ApiKeys.Where, RevokeAsync, Name)
            .WithExamples("opensettle operator revoke me --deployment deployment.json --data-dir data"),
    };

    private static Task AddAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var (added, key) = ApiKeys.Add(settings, ApiKeys.NameOf(parsed, Name), Address.Zero, GatewayScopes.Operate, 0, 0);
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(new AddedJson(added.Id, added.Name, key));
            return Task.CompletedTask;
        }

        Console.WriteLine($"added    {added.Name}: an operator of this node");
        Console.WriteLine($"key      {key}");
        Console.WriteLine($"         It is shown this once. Keep it in a file that you alone can read, and name that: {Settings.ApiKey.Flag} file:PATH");
        return Task.CompletedTask;
    }

    private static Task ListAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var operators = ApiKeys.Operators.All(settings);
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(operators.Select(record => new OperatorJson(record.Id, record.Name, ApiKeys.Time(record.Created), record.Revoked is { } at ? ApiKeys.Time(at) : null)));
            return Task.CompletedTask;
        }

        if (operators.Count == 0) Console.WriteLine("none: add one with opensettle operator add NAME");
        foreach (var record in operators) Console.WriteLine($"{record.Id,-4} {record.Name,-24} {ApiKeys.StateOf(record)}");
        return Task.CompletedTask;
    }

    private static Task RevokeAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        ApiKeys.Operators.Revoke(settings, ApiKeys.NameOf(parsed, Name));
        return Task.CompletedTask;
    }

    /// <param name="Key">Shown this once.</param>
    private sealed record AddedJson(long Id, string Name, string Key);

    private sealed record OperatorJson(long Id, string Name, string Created, string? Revoked);
}
