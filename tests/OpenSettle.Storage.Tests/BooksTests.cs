using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Storage.Tests;

public abstract class BooksTests(TestEngine engine)
{
    [Fact]
    public async Task Write_AfterRestart_IsThere()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Chain.MoveCursor(new ChainCursor(12, TestBooks.Word(4), 99)));
        test.Reopen();
        Assert.Equal(new ChainCursor(12, TestBooks.Word(4), 99), test.Books.Read(session => session.Chain.Cursor()));
    }

    [Fact]
    public async Task Write_ThatThrows_LeavesNothing()
    {
        using var test = new TestBooks(engine);
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.WriteAsync(session =>
        {
            session.Chain.MoveCursor(new ChainCursor(1, Hash32.Zero, 1));
            session.Payments.Add(TestBooks.Payment(1, 0, 5));
            throw new InvalidOperationException("a step failed");
        }));
        Assert.Null(test.Books.Read(session => session.Chain.Cursor()));
        Assert.Equal(0, test.Books.Read(session => session.Payments.Count()));
        await test.WriteAsync(session => session.Chain.MoveCursor(new ChainCursor(1, Hash32.Zero, 1)));
    }

    [Fact]
    public async Task Read_WhileAWriterWorks_SeesTheStateBefore()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Chain.MoveCursor(new ChainCursor(1, Hash32.Zero, 1)));
        await test.WriteAsync(session =>
        {
            session.Chain.MoveCursor(new ChainCursor(2, Hash32.Zero, 2));
            Assert.Equal(1UL, test.Books.Read(other => other.Chain.Cursor())?.Block);
        });
        Assert.Equal(2UL, test.Books.Read(session => session.Chain.Cursor())?.Block);
    }

    [Fact]
    public async Task Writers_AtTheSameTime_TakeTurns()
    {
        using var test = new TestBooks(engine);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => test.WriteAsync(session =>
        {
            var block = session.Chain.Cursor()?.Block ?? 0;
            session.Chain.MoveCursor(new ChainCursor(block + 1, Hash32.Zero, 0));
        })));
        Assert.Equal(50UL, test.Books.Read(session => session.Chain.Cursor())?.Block);
    }
}

/// <summary>What only files have, too.</summary>
public sealed class BooksTestsOnFiles() : BooksTests(TestEngine.Files)
{
    [Fact]
    public void Open_OfAnotherDeployment_IsRefused()
    {
        using var test = new TestBooks();
        var other = new DeploymentId(1, TestBooks.Account(1), TestBooks.Account(2), TestBooks.Account(3));
        var refused = Assert.Throws<StorageException>(() => SqliteBooks.Open(test.File, other));
        Assert.Equal(StorageErrorKind.OtherDeployment, refused.Kind);
        Assert.Contains("dataDir", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfANewerFile_IsRefused()
    {
        using var test = new TestBooks();
        test.Books.Dispose();
        using (var connection = new SqliteConnection($"Data Source={test.File};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 999";
            command.ExecuteNonQuery();
        }

        Assert.Equal(StorageErrorKind.TooNew, Assert.Throws<StorageException>(test.Open).Kind);
    }

    [Fact]
    public async Task Open_OfAFileOfTheFirstVersion_BringsItToThisOne()
    {
        using var test = new TestBooks();
        var file = $"{test.File}.first";
        using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = Schema.Steps[0]
                + "INSERT INTO epochs VALUES (1, 0, 2, 3, 4, zeroblob(32), 5, zeroblob(32), zeroblob(32), zeroblob(32), 'uri', 6, 7, 8); PRAGMA user_version = 1";
            command.ExecuteNonQuery();
        }

        using var books = SqliteBooks.Open(file, TestBooks.Deployment);
        Assert.Equal((1UL, 8UL), books.Read(session => (session.Epochs.Latest()!.Number, session.Epochs.Latest()!.ReadyAt)));
        var missing = Assert.Throws<StorageException>(() => books.Read(session => session.Epochs.Proposal(1)));
        Assert.Equal(StorageErrorKind.Inconsistent, missing.Kind);
        await books.WriteAsync(session => session.Epochs.SetProposed(1, 9, new byte[] { 1, 2 }), CancellationToken.None);
        Assert.Equal((9UL, EpochState.Proposed), books.Read(session => (session.Epochs.Get(1)!.ReadyAt, session.Epochs.Get(1)!.State)));
        Assert.Equal(new byte[] { 1, 2 }, books.Read(session => session.Epochs.Proposal(1)).ToArray());
    }

    [Fact]
    public void Open_OfAFileThatIsNoDatabase_SaysWhatToDo()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, new string('x', 5000));
            var refused = Assert.Throws<StorageException>(() => SqliteBooks.Open(file, TestBooks.Deployment));
            Assert.Equal(StorageErrorKind.CannotOpen, refused.Kind);
            Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Open_WhereAFileStandsInTheWay_SaysWhatToDo()
    {
        var file = Path.GetTempFileName();
        try
        {
            var refused = Assert.Throws<StorageException>(() => SqliteBooks.Open(Path.Combine(file, "books.sqlite"), TestBooks.Deployment));
            Assert.Contains("dataDir", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Write_OnAFullDisk_SaysSoAndGoesOnOnceThereIsRoom()
    {
        using var test = new TestBooks();
        await test.WriteAsync(session => session.Payments.Add(TestBooks.Payment(1, 0, 5)));
        var pages = (long)test.InFile.WriterPragma("page_count")!;
        test.InFile.WriterPragma($"max_page_count = {pages + 2}");
        var refused = await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session =>
        {
            for (uint i = 1; i < 2000; i++) session.Payments.Add(TestBooks.Payment(1, i, 5));
        }));
        Assert.Equal(StorageErrorKind.Full, refused.Kind);
        Assert.Equal(1, test.Books.Read(session => session.Payments.Count()));

        test.InFile.WriterPragma("max_page_count = 100000");
        await test.WriteAsync(session => session.Payments.Add(TestBooks.Payment(1, 1, 5)));
        Assert.Equal(2, test.Books.Read(session => session.Payments.Count()));
    }

    [Fact]
    public void Open_Settings_AreThoseOfADurableFile()
    {
        using var test = new TestBooks();
        using var connection = new SqliteConnection($"Data Source={test.File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";
        Assert.Equal("wal", command.ExecuteScalar());
        Assert.Equal(2L, test.InFile.WriterPragma("synchronous"));
    }
}

[Trait("Category", "Server")]
public sealed class BooksTestsOnPostgres() : BooksTests(TestEngine.Postgres);
