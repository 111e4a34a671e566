using System.Runtime.InteropServices;
using OpenSettle.Demo;
using OpenSettle.Demo.Quorum;
using OpenSettle.Demo.Stage;

DemoArguments arguments;
try
{
    arguments = DemoArguments.Parse(args);
}
catch (StageException e)
{
    await Console.Error.WriteLineAsync($"demo: {e.Message}");
    return e.ExitCode;
}

// Ctrl-C and a polite kill end the children too: cancellation unwinds the using blocks.
using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    return await (arguments.Quorum ? QuorumRun.RunAsync(arguments, stop.Token) : DemoRun.RunAsync(arguments, stop.Token));
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("demo: stopped.");
    return arguments.Once ? 130 : 0;
}
catch (StageException e)
{
    await Console.Error.WriteLineAsync($"demo: {e.Message}");
    return e.ExitCode;
}
catch (OpenSettle.Ethereum.Ports.ChainException e)
{
    await Console.Error.WriteLineAsync($"demo: the local chain: {e.Message} {OpenSettle.Ethereum.Contracts.ContractErrors.Describe(e.RevertData)}");
    return StageException.Failed;
}
