using System.CommandLine;
using OpenSettle.Cli;
using OpenSettle.Cli.Verbs;

// One file per verb, under Verbs/. Exit codes are in ExitCode.
var root = new RootCommand("OpenSettle: accounting and settlement for AI models. Settings come from --config, then OPENSETTLE_* variables, then flags.")
{
    RunVerb.Create(),
    StatusVerb.Create(),
    ResumeVerb.Create(),
    RebuildVerb.Create(),
    ClaimVerb.Create(),
    AttestVerb.Create(),
    TableVerb.Create(),
    DbVerb.Create(),
    GatewayVerb.Create(),
    VerifyVerb.Create(),
};

var parsed = root.Parse(args);
// A node stops by itself within ten seconds; only then is it cut off.
if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });

foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"opensettle: {error.Message}");
await Console.Error.WriteLineAsync("opensettle: see opensettle --help");
return (int)ExitCode.Usage;
