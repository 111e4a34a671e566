using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// Logs as the execution API writes them. The first is read token by token, and after it those that are written as plainly
/// as nodes write them in one go (<see cref="PlainLog"/>); a log that is not is read token by token again, which also says
/// what is wrong with it.
/// </summary>
internal static class LogReplies
{
    public static LogEntry[] Logs(ref ReplyCursor reply)
    {
        var logs = new LogList(reply.Rest.Length);
        Append(ref reply, ref logs);
        return logs.ToArray();
    }

    /// <summary>Reads one array of logs after others of the same reply.</summary>
    public static void Append(ref ReplyCursor reply, ref LogList logs)
    {
        reply.EnterArray("logs");
        while (reply.NextItem())
        {
            Log(ref reply, ref logs);
            reply.StepOverItems(PlainLogs(reply.Rest, ref logs));
        }
    }

    /// <summary>Reads logs, each after a comma, as long as they are plain: how many bytes they take.</summary>
    private static int PlainLogs(ReadOnlySpan<byte> text, ref LogList logs)
    {
        // Here and not there: with memory of its own on the stack, that method would be compiled before it has been watched.
        Span<Hash32> topics = stackalloc Hash32[LogTopics.Most];
        var at = 0;
        while (at < text.Length && text[at] == ',')
        {
            var next = PlainLog.Read(text, at + 1, topics, ref logs);
            if (next < 0) break;
            at = next;
        }

        return at;
    }

    private static void Log(ref ReplyCursor reply, ref LogList logs)
    {
        reply.EnterObject("log");
        var fields = new ObjectFields(LogField.Names);
        Address address = default;
        LogTopics topics = default;
        ReadOnlyMemory<byte> data = default;
        ulong block = 0;
        ulong index = 0;
        Hash32 blockHash = default;
        Hash32 transaction = default;
        while (fields.Next(ref reply))
        {
            if (reply.IsNull) continue;
            var name = LogField.Names[fields.Current];
            switch (fields.Current)
            {
                case LogField.Address: address = reply.Account(name); break;
                case LogField.Topics: topics = Topics(ref reply, name); break;
                case LogField.Data: data = Data(ref reply, ref logs, name); break;
                case LogField.BlockNumber: block = reply.UInt64(name); break;
                case LogField.BlockHash: blockHash = reply.Hash(name); break;
                case LogField.TransactionHash: transaction = reply.Hash(name); break;
                case LogField.LogIndex: index = reply.UInt64(name); break;
                default: RefuseRemoved(ref reply); break;
            }
        }

        fields.Require(
            reply.Reply, LogField.LogIndex, LogField.Address, LogField.Topics, LogField.Data, LogField.BlockNumber, LogField.BlockHash, LogField.TransactionHash);
        if (index > uint.MaxValue) reply.Reply.Refuse("'logIndex' does not fit into 32 bits.");
        logs.Add() = new LogEntry(address, topics, data, block, blockHash, transaction, (uint)index);
    }

    private static LogTopics Topics(ref ReplyCursor reply, string name)
    {
        reply.EnterArray(name);
        Span<Hash32> topics = stackalloc Hash32[LogTopics.Most];
        var count = 0;
        while (reply.NextItem())
        {
            if (count == LogTopics.Most) reply.Reply.Refuse($"a log has more than {LogTopics.Most} topics.");
            topics[count++] = reply.Hash(name);
        }

        return LogTopics.Create(topics[..count]);
    }

    private static ReadOnlyMemory<byte> Data(ref ReplyCursor reply, ref LogList logs, string name)
    {
        var text = reply.Text(name);
        logs.MakeRoom(reply.Rest);
        var data = logs.Reserve(reply.Reply.DataLength(text, name));
        reply.Reply.Data(text, data.Span, name);
        return data;
    }

    private static void RefuseRemoved(ref ReplyCursor reply)
    {
        if (reply.Token == JsonTokenType.False) return;
        reply.Reply.Refuse(reply.Token == JsonTokenType.True ? "a log is marked as removed." : $"'removed' is not a boolean but {reply.Kind()}.");
    }
}
