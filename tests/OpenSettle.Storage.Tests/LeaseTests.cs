using Npgsql;
using OpenSettle.Servers;
using OpenSettle.Storage.Postgres;

namespace OpenSettle.Storage.Tests;

/// <summary>Leases at the server: one holder at a time, whatever the others believe.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    private const string Name = "settle";

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private string _database = string.Empty;
    private PostgresPlace _north = null!;
    private PostgresPlace _south = null!;

    private PostgresLeases North => new(_north);

    private PostgresLeases South => new(_south);

    public async Task InitializeAsync()
    {
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        _north = PostgresPlace.Open(_database, TestBooks.Deployment, "north/1");
        _south = PostgresPlace.Open(_database, TestBooks.Deployment, "south/1");
    }

    public Task DisposeAsync()
    {
        _north.Dispose();
        _south.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Take_WhileAnotherHasIt_GivesNothing_AndAfterItWasGivenBack_AHigherToken()
    {
        var mine = Assert.IsType<Lease>(await North.TakeAsync(Name, "north/1", Long, default));
        Assert.Null(await South.TakeAsync(Name, "south/1", Long, default));
        Assert.True(await North.RenewAsync(mine, Long, default));
        var seen = Assert.Single(await South.ListAsync(default));
        Assert.Equal(mine, seen.Lease);
        Assert.InRange(seen.Left, Long - TimeSpan.FromMinutes(1), Long);
        await North.ReleaseAsync(mine, default);
        var theirs = Assert.IsType<Lease>(await South.TakeAsync(Name, "south/1", Long, default));
        Assert.True(theirs.Token > mine.Token);
        Assert.False(await North.RenewAsync(mine, Long, default));
        await North.ReleaseAsync(mine, default);
        Assert.True(await South.RenewAsync(theirs, Long, default));
    }

    [Fact]
    public async Task Write_UnderALeaseThatAnotherHolds_KeepsNothing()
    {
        var mine = await ShortAsync();
        using var books = new PostgresBooks(_north) { Fence = mine };
        await books.WriteAsync(session => session.Meta.SetText("said by", "north"), default);
        using var others = new PostgresBooks(_south) { Fence = await TakenOverAsync() };
        await others.WriteAsync(session => session.Meta.SetText("said by", "south"), default);

        var lost = await Assert.ThrowsAsync<LeaseLostException>(() => books.WriteAsync(session => session.Meta.SetText("said by", "north again"), default));
        Assert.Equal(mine, lost.Lease);
        Assert.Equal("south", books.Read(session => session.Meta.GetText("said by")));
    }

    [Fact]
    public async Task Write_ThatWasBegunBeforeTheTakeOver_KeepsNothing()
    {
        using var books = new PostgresBooks(_north) { Fence = await ShortAsync() };
        var (begun, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ManualResetEventSlim());
        var work = Task.Factory.StartNew(
            () => books.WriteAsync(
                session =>
                {
                    session.Meta.SetText("said by", "north");
                    begun.SetResult();
                    // As one that is asleep in the middle of its work.
                    goOn.Wait();
                },
                default),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        await begun.Task;
        var theirs = await TakenOverAsync();
        goOn.Set();
        await Assert.ThrowsAsync<LeaseLostException>(() => work);
        goOn.Dispose();
        using var others = new PostgresBooks(_south) { Fence = theirs };
        Assert.Null(others.Read(session => session.Meta.GetText("said by")));
    }

    /// <summary>Between its look at the lease and its commit it holds the lease's row: nobody could take it, and its work would count.</summary>
    [Fact]
    public async Task End_OfAHolderThatSleepsBeforeItsCommit_LetsTheLeaseGo()
    {
        var mine = await ShortAsync();
        await using var asleep = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database) { ApplicationName = "north/1", SearchPath = _north.Schema }.ConnectionString);
        await asleep.OpenAsync();
        await using var held = await asleep.BeginTransactionAsync();
        await using (var look = new NpgsqlCommand("SELECT 1 FROM leases WHERE name = 'settle' FOR SHARE", asleep)) Assert.NotNull(await look.ExecuteScalarAsync());
        await UntilRunOutAsync();
        Assert.True(await South.EndAsync(mine.Holder, default) >= 1);
        Assert.NotNull(await South.TakeAsync(Name, "south/1", Long, default));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => held.CommitAsync());
    }

    /// <summary>One that has as good as run out.</summary>
    private async Task<Lease> ShortAsync() => Assert.IsType<Lease>(await North.TakeAsync(Name, "north/1", TimeSpan.FromMilliseconds(1), default));

    private async Task<Lease> TakenOverAsync()
    {
        await UntilRunOutAsync();
        return Assert.IsType<Lease>(await South.TakeAsync(Name, "south/1", Long, default));
    }

    private async Task UntilRunOutAsync()
    {
        while ((await South.ListAsync(default))[0].Left > TimeSpan.Zero) await Task.Delay(TimeSpan.FromMilliseconds(5));
    }
}
