using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Data.Sqlite;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// A chain's past, from anvil into the books: the watcher with completeness "receipts" (headers hashed again, receipts held
/// against their roots, blocks linked, the last of each range asked for once more), each range on disk before the next is
/// written. The peer is a bare loop over the same endpoint and into the same table, with the same durability: eth_getLogs with
/// the rail's address for sixteen blocks at a time, our reader of logs, a prepared INSERT, one transaction for each range. It
/// checks nothing. A second peer inserts as the journal does, without the objects of a command's parameters.
/// </summary>
internal static class BackfillBenchmarks
{
    // What the watcher's ranges settle at here: 16,000 logs.
    private const int BareBlocks = 16;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken Stop = CancellationToken.None;

    public static async Task<List<(string Key, Figure Figure)>> MeasureAsync()
    {
        using var anvil = await BackfillChain.StartAsync();
        var folder = Directory.CreateTempSubdirectory("opensettle-backfill");
        try
        {
            using var reader = (IBlockReader)new BuiltinProvider(TimeProvider.System).Connect(anvil.Endpoint, Timeout);
            using var connection = new JsonRpcConnection(anvil.Endpoint, Timeout, TimeProvider.System);
            await RequireSameAsync(folder, reader, connection);
            var (ours, bare) = Harness.InTurn(() => Timed(folder, books => WatchAsync(reader, books)), () => TimedBare(folder, connection));
            var (again, bulk) = Harness.InTurn(() => Timed(folder, books => WatchAsync(reader, books)), () => Timed(folder, books => BulkAsync(connection, books)));
            return
            [
                ("backfill_logs_per_s", Figure.Of(new Samples([.. ours.Values.Select(milliseconds => BackfillChain.Logs / milliseconds * 1000)]), "1/s", 50_000)),
                ("backfill_ratio_bare", Figure.RatioOf(ours, bare, "× (peer: ms of a bare loop, 300,000 logs)", 0.85)),
                ("backfill_ratio_bulk", Figure.RatioOf(again, bulk, "× (peer: ms of a bare loop that inserts as the journal does)", null)),
                ("backfill_read_ns", PerLog(Harness.Time(() => ReadAsync(reader).GetAwaiter().GetResult()), "ns a log, read and proven, not written")),
                ("backfill_node_ns", PerLog(await NodeAsync(anvil.Endpoint, reader), "ns a log, the node's receipts alone, unread")),
                ("backfill_bare_node_ns", PerLog(await BareNodeAsync(anvil.Endpoint), "ns a log, the node's logs alone, unread")),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Figure PerLog(Samples samples, string unit) => Figure.Of(new Samples([.. samples.Values.Select(milliseconds => milliseconds * 1e6 / BackfillChain.Logs)]), unit, null);

    /// <summary>Both ways end with the same logs.</summary>
    private static async Task RequireSameAsync(DirectoryInfo folder, IBlockReader reader, JsonRpcConnection connection)
    {
        using var ours = Open(folder);
        await WatchAsync(reader, ours);
        using var bulk = Open(folder);
        await BulkAsync(connection, bulk);
        var file = Path.Combine(folder.FullName, "bare.db");
        using (SqliteBooks.Open(file, BackfillChain.Deployment.Id))
        {
            // Made with its tables.
        }

        await BareAsync(connection, file);
        using var bare = SqliteBooks.Open(file, BackfillChain.Deployment.Id);
        if (Digest(ours) != Digest(bulk) || Digest(ours) != Digest(bare)) throw new InvalidOperationException("The journal and the bare loop differ.");
    }

    private static Hash32 Digest(SqliteBooks books)
    {
        var hasher = new Keccak256Hasher();
        foreach (var log in books.Read(session => session.Journal.Logs(0, BackfillChain.Blocks)))
        {
            hasher.Append(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{log.Block} {log.Index} {log.Address} {log.Transaction}")));
            hasher.Append(log.Topics.Span);
            hasher.Append(log.Data.Span);
        }

        return hasher.Finish();
    }

    private static SqliteBooks Open(DirectoryInfo folder) => SqliteBooks.Open(Path.Combine(folder.FullName, $"{Guid.NewGuid():n}.db"), BackfillChain.Deployment.Id);

    private static double Timed(DirectoryInfo folder, Func<SqliteBooks, Task> fill)
    {
        using var books = Open(folder);
        var milliseconds = Harness.Once(() => fill(books).GetAwaiter().GetResult());
        if (books.Read(session => session.Journal.CountLogs()) != BackfillChain.Logs) throw new InvalidOperationException("Logs are missing, or there are too many.");
        return milliseconds;
    }

    private static async Task WatchAsync(IBlockReader reader, SqliteBooks books)
    {
        var options = new WatchOptions { FirstBlock = 1, MostBlocks = 2_000 };
        var watcher = new ChainWatcher(reader, new OneEndpoint(reader), new ProvenRanges(reader), new BooksJournal(books, BackfillChain.Deployment), options, TimeProvider.System);
        while ((await watcher.StepAsync(Stop)).Final?.Number != BackfillChain.Blocks)
        {
            // A step is a bounded piece of the work.
        }
    }

    private static double TimedBare(DirectoryInfo folder, JsonRpcConnection connection)
    {
        var file = Path.Combine(folder.FullName, $"{Guid.NewGuid():n}.db");
        using (SqliteBooks.Open(file, BackfillChain.Deployment.Id))
        {
            // Made with its tables.
        }

        return Harness.Once(() => BareAsync(connection, file).GetAwaiter().GetResult());
    }

    private static async Task BareAsync(JsonRpcConnection connection, string file)
    {
        using var database = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        await database.OpenAsync(Stop);
        using (var pragma = database.CreateCommand())
        {
            pragma.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
            await pragma.ExecuteNonQueryAsync(Stop);
        }

        using var insert = database.CreateCommand();
        insert.CommandText = "INSERT INTO journal_logs (position, address, tx, topics, data) VALUES ($position, $address, $tx, $topics, $data)";
        var (position, address, transaction) = (insert.Parameters.Add("$position", SqliteType.Integer), insert.Parameters.Add("$address", SqliteType.Blob), insert.Parameters.Add("$tx", SqliteType.Blob));
        var (topics, data) = (insert.Parameters.Add("$topics", SqliteType.Blob), insert.Parameters.Add("$data", SqliteType.Blob));
        await insert.PrepareAsync(Stop);
        for (var first = 1UL; first <= BackfillChain.Blocks; first += BareBlocks)
        {
            var logs = await connection.ReadAsync(LogsCall(first), Stop);
            using var work = database.BeginTransaction();
            insert.Transaction = work;
            foreach (var log in logs)
            {
                position.Value = (long)(log.BlockNumber << 24 | log.LogIndex);
                address.Value = log.Address.ToArray();
                transaction.Value = log.TransactionHash.ToArray();
                topics.Value = Topics(log);
                data.Value = log.Data.ToArray();
                insert.ExecuteNonQuery();
            }

            work.Commit();
        }
    }

    private static async Task BulkAsync(JsonRpcConnection connection, SqliteBooks books)
    {
        for (var first = 1UL; first <= BackfillChain.Blocks; first += BareBlocks)
        {
            var logs = await connection.ReadAsync(LogsCall(first), Stop);
            await books.WriteAsync(session => session.Journal.AddLogs(logs.Select(ToJournal)), Stop);
        }
    }

    private static RpcCall<LogEntry[]> LogsCall(ulong first) => new(
        "eth_getLogs",
        writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("fromBlock", BlockRef.At(first).ToString());
            writer.WriteString("toBlock", BlockRef.At(first + BareBlocks - 1).ToString());
            writer.WriteString("address", BackfillChain.Deployment.Id.Rail.ToString());
            writer.WriteEndObject();
        },
        static (ref ReplyCursor result) => LogReplies.Logs(ref result));

    private static JournalLog ToJournal(LogEntry log) => new(log.BlockNumber, log.LogIndex, log.Address, log.TransactionHash, Topics(log), log.Data);

    private static byte[] Topics(in LogEntry log)
    {
        var topics = new byte[log.Topics.Count * Hash32.Size];
        for (var i = 0; i < log.Topics.Count; i++) log.Topics[i].WriteTo(topics.AsSpan(i * Hash32.Size));
        return topics;
    }

    private static async Task ReadAsync(IBlockReader reader)
    {
        var wanted = new WatchSet(BackfillChain.Deployment);
        for (var first = 1UL; first <= BackfillChain.Blocks; first += BareBlocks)
            await new ProvenRanges(reader).ReadAsync(first, Math.Min(first + BareBlocks - 1, BackfillChain.Blocks), wanted, Stop);
    }

    /// <summary>What anvil and the connection take for the same receipts, one block after another: nobody reads them.</summary>
    private static async Task<Samples> NodeAsync(Uri endpoint, IBlockReader reader)
    {
        var headers = await reader.GetSealedHeadersAsync(1, BackfillChain.Blocks, Stop);
        return Posted(endpoint, [.. headers.OfType<SealedHeader>().Select(block => $$"""{"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":["{{block.Header.Hash}}"]}""")]);
    }

    private static Task<Samples> BareNodeAsync(Uri endpoint) => Task.FromResult(Posted(endpoint,
    [
        .. Enumerable.Range(0, (BackfillChain.Blocks + BareBlocks - 1) / BareBlocks).Select(range => string.Create(CultureInfo.InvariantCulture,
            $$"""{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"0x{{range * BareBlocks + 1:x}}","toBlock":"0x{{(range + 1) * BareBlocks:x}}","address":"{{BackfillChain.Deployment.Id.Rail}}"}]}""")),
    ]));

    private static Samples Posted(Uri endpoint, IReadOnlyList<string> requests)
    {
        using var http = new HttpClient();
        return Harness.Time(() =>
        {
            foreach (var request in requests)
            {
                using var content = new StringContent(request, new MediaTypeHeaderValue("application/json"));
                using var message = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = content };
                using var reply = http.Send(message, HttpCompletionOption.ResponseHeadersRead, Stop);
                using var body = reply.Content.ReadAsStream(Stop);
                body.CopyTo(Stream.Null);
            }
        });
    }

    /// <summary>One endpoint whose newest block is final: its word is the quorum's.</summary>
    private sealed class OneEndpoint(IChainClient client) : IChainQuorum
    {
        public async Task<BlockHeader> GetFinalBlockAsync(CancellationToken cancellation) =>
            await client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw new InvalidOperationException("The node has no block.");

        public Task<BlockHeader?> GetAgreedBlockAsync(ulong number, CancellationToken cancellation) => client.GetBlockAsync(BlockRef.At(number), cancellation);

        public Task<ulong?> GetAgreedNonceAsync(Address account, ulong block, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<bool> IsAgreedAbsentAsync(Hash32 transaction, ulong block, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<TransactionReceipt?> GetAgreedReceiptAsync(Hash32 transaction, CancellationToken cancellation) => client.GetReceiptAsync(transaction, cancellation);
    }
}
