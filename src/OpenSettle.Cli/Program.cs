using System.CommandLine;
using OpenSettle.Cli;

// A node stops by itself within ten seconds; only then is it cut off.
return await CommandLine.RunAsync(args, new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });
