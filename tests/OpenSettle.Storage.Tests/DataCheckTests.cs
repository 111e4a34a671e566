using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Storage.Tests;

public sealed class DataCheckTests : IDisposable
{
    private const string NoTrigger = "DROP TRIGGER usage_events_fixed; ";

    private readonly TestData _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Check_OfWhatANodeWrote_FindsNothingWhileItRunsAndAfter()
    {
        await _data.FillAsync();
        _data.AssertWhole();
        _data.Close();
        _data.AssertWhole();
        Assert.Equal(
            [
                "books pages", "books references", "ledger", "journal", "payments", "revenue", "settled revenue", "outbox", "epochs", "records", "bundles", "usage pages", "usage references",
                "usage archives", "usage chain", "usage batches", "usage held", "usage conflicts", "usage ids", "usage rollups", "usage cuts",
            ],
            _data.Check().Select(result => result.Name));
    }

    [Theory]
    [InlineData("ledger", "UPDATE ledger_entries SET amount = x'00000000000000000000000000000000000000000000000000000000000000FF' WHERE seq = 2")]
    [InlineData("ledger", "DELETE FROM ledger_entries WHERE seq = 3")]
    [InlineData("ledger", "DELETE FROM ledger_accounts WHERE kind = 1")]
    [InlineData("ledger", "UPDATE ledger_totals SET total_in = zeroblob(32) WHERE total_in <> zeroblob(32)")]
    [InlineData("journal", "DELETE FROM journal_blocks WHERE number = 2")]
    [InlineData("journal", "UPDATE journal_blocks SET hash = zeroblob(32) WHERE number = 3")]
    [InlineData("journal", "UPDATE chain_cursor SET block = 7")]
    [InlineData("journal", "UPDATE journal_cursor SET final_block = 99")]
    [InlineData("payments", "UPDATE payments SET tx = zeroblob(32) WHERE block = 2")]
    [InlineData("payments", "UPDATE payments SET epoch = 4 WHERE block = 2")]
    [InlineData("revenue", "UPDATE revenue SET payments = payments + 1")]
    [InlineData("revenue", "DELETE FROM revenue WHERE day = 0")]
    [InlineData("revenue", "UPDATE payments SET amount = zeroblob(32) WHERE block = 4")]
    [InlineData("outbox", "DROP TRIGGER outbox_versions_fixed; UPDATE outbox_versions SET raw = x'01'")]
    [InlineData("outbox", "DROP TRIGGER outbox_versions_fixed; UPDATE outbox_versions SET version = 2")]
    [InlineData("outbox", "DROP TRIGGER outbox_versions_kept; DELETE FROM outbox_versions")]
    [InlineData("epochs", "INSERT INTO epochs VALUES (2, 0, 2, 3, 4, zeroblob(32), 5, zeroblob(32), zeroblob(32), zeroblob(32), 'uri', 0, 7, 8, NULL, 0, zeroblob(32), 1, zeroblob(32), 0, 0, zeroblob(32))")]
    [InlineData("records", "INSERT INTO model_records VALUES (zeroblob(32), 1, zeroblob(40))")]
    [InlineData("records", "INSERT INTO epochs VALUES (1, 0, 3, 3, 4, zeroblob(32), 5, zeroblob(32), zeroblob(32), zeroblob(32), 'uri', 0, 7, 8, NULL, 0, zeroblob(32), 1, zeroblob(32), 0, 0, randomblob(32))")]
    [InlineData("bundles", "INSERT INTO epochs VALUES (1, 0, 2, 3, 4, zeroblob(32), 5, zeroblob(32), zeroblob(32), randomblob(32), 'uri', 0, 7, 8, NULL, 0, zeroblob(32), 1, zeroblob(32), 0, 0, zeroblob(32))")]
    [InlineData("usage cuts", "INSERT INTO epochs VALUES (1, 0, 2, 3, 4, zeroblob(32), 5, zeroblob(32), zeroblob(32), zeroblob(32), 'uri', 0, 7, 8, NULL, 15, zeroblob(32), 1, zeroblob(32), 0, 0, zeroblob(32))")]
    [InlineData("usage cuts", "INSERT INTO epochs VALUES (1, 0, 2, 3, 4, zeroblob(32), 5, zeroblob(32), zeroblob(32), zeroblob(32), 'uri', 0, 7, 8, NULL, 14, zeroblob(32), 1, zeroblob(32), 0, 0, zeroblob(32))")]
    public async Task Books_ChangedInOnePlace_AreFoundOut(string name, string sql) => await FindsAsync(_data.Paths.Books, name, sql);

    [Theory]
    [InlineData("usage chain", NoTrigger + "UPDATE usage_events SET gateway = 2 WHERE position = 20")]
    [InlineData("usage chain", NoTrigger + "UPDATE usage_events SET body = substr(body, 1, 41) || x'08' || substr(body, 43) WHERE position = 30")]
    [InlineData("usage chain", "DELETE FROM usage_events WHERE position = 17")]
    [InlineData("usage chain", "DELETE FROM usage_events WHERE position = (SELECT max(position) FROM usage_events)")]
    [InlineData("usage chain", "DELETE FROM usage_seals WHERE position = (SELECT max(position) FROM usage_seals)")]
    [InlineData("usage chain", "UPDATE usage_seals SET chain = zeroblob(32) WHERE position = 15")]
    [InlineData("usage batches", "UPDATE usage_batches SET root = zeroblob(32) WHERE number = 2")]
    [InlineData("usage batches", "UPDATE usage_batches SET events = 8 WHERE number = 3")]
    [InlineData("usage batches", "UPDATE usage_batches SET previous = zeroblob(32) WHERE number = 3")]
    [InlineData("usage batches", "UPDATE usage_batches SET first_time = 1 WHERE number = 1")]
    [InlineData("usage batches", "DELETE FROM usage_batches WHERE number = 6")]
    [InlineData("usage held", "INSERT INTO usage_held VALUES (9999, 1, zeroblob(32), 1)")]
    [InlineData("usage held", "UPDATE usage_held SET model = zeroblob(32)")]
    [InlineData("usage ids", "DELETE FROM usage_keys WHERE id = (SELECT min(id) FROM usage_keys)")]
    [InlineData("usage ids", "UPDATE usage_keys SET keys = zeroblob(length(keys)) WHERE id = (SELECT max(id) FROM usage_keys)")]
    [InlineData("usage ids", "UPDATE usage_filters SET filter = zeroblob(length(filter)) WHERE id = (SELECT max(id) FROM usage_filters)")]
    [InlineData("usage rollups", "DELETE FROM usage_held WHERE position = (SELECT min(position) FROM usage_held)")]
    [InlineData("usage rollups", "UPDATE usage_rollups SET units = zeroblob(32) WHERE rowid = 1")]
    [InlineData("usage rollups", "UPDATE usage_rollups SET consumers = x'01' WHERE rowid = 1")]
    [InlineData("usage rollups", "DELETE FROM usage_rollups WHERE rowid = 1")]
    [InlineData("usage rollups", "UPDATE usage_rollups SET domain = 'other' WHERE rowid = 1")]
    [InlineData("usage conflicts", "UPDATE usage_conflicts SET position = 9999")]
    public async Task Usage_ChangedInOnePlace_IsFoundOut(string name, string sql) => await FindsAsync(_data.Paths.Usage, name, sql);

    [Fact]
    public async Task Rebuild_OfSumsThatAreWrong_MakesThemRight()
    {
        await _data.FillAsync();
        _data.Close();
        TestData.Run(_data.Paths.Usage, "UPDATE usage_rollups SET uses = uses + 1; DELETE FROM usage_rollups WHERE rowid = 2; INSERT INTO usage_rollups SELECT zeroblob(32), day, domain, payer, uses, signed, units, successes, trials, consumers, through FROM usage_rollups LIMIT 1");
        TestData.Run(_data.Paths.Books, "DELETE FROM revenue");
        Assert.Equal(["revenue", "usage rollups"], _data.Check().Where(result => result.Problem is not null).Select(result => result.Name));
        Assert.Equal((5, 6), DataCheck.Rebuild(_data.Paths, _ => { }));
        _data.AssertWhole();
        // The node goes on from there.
        _data.Open();
        await _data.Usage!.AppendAsync(TestUsage.Append([TestUsage.Event("next")]));
        _data.Close();
        _data.AssertWhole();
    }

    [Theory]
    [InlineData("books.sqlite")]
    [InlineData("usage.sqlite")]
    public async Task File_WithOtherBytesAnywhere_IsToldInOneLineEach(string name)
    {
        await _data.FillAsync();
        _data.Close();
        var file = Path.Combine(_data.Paths.Folder, name);
        var whole = await File.ReadAllBytesAsync(file);
        var random = new Random(7);
        var found = 0;
        const int Rounds = 60;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = whole.ToArray();
            for (var i = 0; i < 64; i++) bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            await File.WriteAllBytesAsync(file, bytes);
            var wrong = _data.Check().Where(result => result.Problem is not null).ToList();
            Assert.All(wrong, result => Assert.DoesNotContain('\n', result.Problem ?? string.Empty));
            if (wrong.Count > 0) found++;
        }

        // Bytes that no page uses may be others without harm: not all of them at once, so often.
        Assert.True(found > Rounds * 9 / 10, $"{found} of {Rounds}");
        await File.WriteAllBytesAsync(file, whole);
        _data.AssertWhole();
    }

    [Theory]
    [InlineData("books.sqlite", 0)]
    [InlineData("books.sqlite", 100)]
    [InlineData("books.sqlite", 9000)]
    [InlineData("usage.sqlite", 100)]
    [InlineData("usage.sqlite", 20480)]
    public async Task File_Truncated_IsFoundOut(string name, int length)
    {
        await _data.FillAsync();
        _data.Close();
        using (var file = File.OpenWrite(Path.Combine(_data.Paths.Folder, name))) file.SetLength(length);
        Assert.Contains(_data.Check(), result => result.Problem is not null);
    }

    [Fact]
    public async Task Check_OfAnOlderFile_SaysWhatToDo()
    {
        await _data.FillAsync(1);
        _data.Close();
        TestData.Run(_data.Paths.Usage, "DROP TABLE usage_archives; DROP TABLE usage_settled; DROP TABLE usage_streams; PRAGMA user_version = 1");
        Assert.Contains(_data.Check(), result => result.Problem?.Contains("db migrate", StringComparison.Ordinal) == true);
        var migrated = await Migration.RunAsync(_data.Paths, _data.Time, CancellationToken.None);
        Assert.Equal([0, UsageSchema.Steps.Count - 1], migrated.Select(file => file.To - file.From));
        _data.AssertWhole();
        Assert.All(await Migration.RunAsync(_data.Paths, _data.Time, CancellationToken.None), file => Assert.Equal(file.From, file.To));
    }

    [Fact]
    public async Task Status_OfAFolder_SaysWhatItHolds()
    {
        await _data.FillAsync();
        var status = DataStatus.Read(_data.Paths);
        Assert.Equal((6UL, 6UL, 6L, 6L, 1L), (status.Books?.Block, status.Books?.FinalBlock, status.Books?.Payments, status.Books?.LedgerEntries, status.Books?.OpenTransactions));
        Assert.Equal((150, 150L, 6L, 6L, 6L), (status.Usage?.Position, status.Usage?.Events, status.Usage?.Batches, status.Usage?.Held, status.Usage?.Conflicts));
        Assert.Equal((Schema.Steps.Count, UsageSchema.Steps.Count), (status.Books?.Database.Version, status.Usage?.Database.Version));
        _data.Close();
        Assert.Equal(status.Usage?.Chain, DataStatus.Read(_data.Paths).Usage?.Chain);
    }

    private async Task FindsAsync(string file, string name, string sql)
    {
        await _data.FillAsync();
        _data.Close();
        TestData.Run(file, sql);
        var found = _data.Check().Where(result => result.Problem is not null).ToList();
        Assert.Contains(name, found.Select(result => result.Name));
        Assert.All(found, result => Assert.DoesNotContain('\n', result.Problem ?? string.Empty));
    }
}
