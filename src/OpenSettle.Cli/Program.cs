using System.CommandLine;
using OpenSettle.Cli;

var root = CommandLine.Create();

var parsed = root.Parse(args);
// A node stops by itself within ten seconds; only then is it cut off.
if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });

foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"opensettle: {error.Message}");
await Console.Error.WriteLineAsync("opensettle: see opensettle --help");
return (int)ExitCode.Usage;
