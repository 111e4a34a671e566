using System.Globalization;
using System.Net;
using System.Numerics;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>From an answer's bytes to typed transfers: ten thousand of them, checked against their filter as the client does.</summary>
internal static class LogBenchmarks
{
    // One reading is too short to be timed alone, and a daemon's code has long been compiled.
    private const int Readings = 30;
    private const int WarmUps = 50;

    private static readonly AnswerReader Answers = new(new Uri("http://127.0.0.1/"));

    public static IEnumerable<(string Key, Figure Figure)> Measure()
    {
        var workload = LogWorkload.Create();
        for (var i = 0; i < WarmUps; i++)
        {
            Ours(workload);
            Check(workload, LogNewtonsoft.Sum);
        }

        var (ours, newtonsoft) = Harness.InTurn(() => Repeated(() => Ours(workload)), () => Repeated(() => Check(workload, LogNewtonsoft.Sum)));
        yield return ("logs_ratio_newtonsoft", Figure.RatioOf(ours, newtonsoft, "× (peer: ms of Newtonsoft.Json, 10,000 logs)", 10));
        yield return ("logs_ns", Figure.Of(new Samples([.. ours.Values.Select(milliseconds => milliseconds * 1e6 / LogWorkload.Logs)]), "ns a log, decoded", null));
        yield return ("logs_bytes", Figure.Of(new Samples([Allocated(workload)]), "bytes a log, undecoded", null));
        yield return ("logs_ratio_nethereum", LogNethereum.Reader is { } reader
            ? Nethereum(workload, reader)
            : Figure.NotMeasured("×", 20, "Nethereum's packages do not restore here"));
    }

    private static Figure Nethereum(LogWorkload workload, Func<byte[], BigInteger> reader)
    {
        for (var i = 0; i < 3; i++) Check(workload, reader);
        var (ours, peer) = Harness.InTurn(() => Repeated(() => Ours(workload)), () => Harness.Once(() => Check(workload, reader)));
        return Figure.RatioOf(ours, peer, "× (peer: ms of Nethereum, 10,000 logs)", 20);
    }

    private static double Repeated(Action reading) => Harness.Once(() =>
    {
        for (var i = 0; i < Readings; i++) reading();
    }) / Readings;

    private static LogEntry[] Read(LogWorkload workload)
    {
        var filter = new LogFilter(LogWorkload.FirstBlock, LogWorkload.FirstBlock + LogWorkload.Logs, [], [[Erc20.TransferTopic]]);
        var call = new RpcCall<LogEntry[]>("eth_getLogs", static _ => { }, (ref ReplyCursor result) =>
        {
            var logs = LogReplies.Logs(ref result);
            ReplyChecks.Logs(result.Reply, filter, logs);
            return logs;
        });
        // Not disposed: its body is not pooled memory.
        return Answers.Read(call, 1, new HttpAnswer(workload.Reply, workload.Reply.Length, HttpStatusCode.OK, null));
    }

    private static void Ours(LogWorkload workload)
    {
        var sum = UInt256.Zero;
        foreach (ref readonly var log in Read(workload).AsSpan())
        {
            if (Erc20.Decode(log) is { } transfer) sum += transfer.Amount;
        }

        if (sum != workload.Sum) throw new InvalidOperationException("The transfers were read wrongly.");
    }

    private static void Check(LogWorkload workload, Func<byte[], BigInteger> reader)
    {
        if (reader(workload.Reply).ToString(CultureInfo.InvariantCulture) != workload.Sum.ToString())
            throw new InvalidOperationException("A peer reads other transfers.");
    }

    private static double Allocated(LogWorkload workload)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(workload);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)LogWorkload.Logs;
    }
}
