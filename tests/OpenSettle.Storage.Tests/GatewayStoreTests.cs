using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

/// <summary>What is kept of gateways, on either engine.</summary>
public abstract class GatewaySuite : IDisposable
{
    private protected static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    [Fact]
    public void Gateway_AddedAndRevoked_StaysInItsRow()
    {
        var key = GatewayKeyText.Create();
        using (var store = Open())
        {
            Assert.Empty(store.All());
            var added = store.Add("eu-1", GatewayKeyText.HashOf(key), Name("signer"), GatewayScopes.Send | GatewayScopes.Read, 7, 8, Now) ?? throw new InvalidOperationException("It was not added.");
            Assert.Equal(new GatewayRecord(1, "eu-1", GatewayKeyText.HashOf(key), Name("signer"), GatewayScopes.Send | GatewayScopes.Read, 7, 8, 1_700_000_000_123), added);
            Assert.Equal([added], store.All());
            Assert.Null(store.Add("eu-1", GatewayKeyText.HashOf("other"), Address.Zero, GatewayScopes.Send, 0, 0, Now));
            Assert.True(store.Revoke("eu-1", Now.AddSeconds(1)));
            Assert.True(store.Revoke("eu-1", Now.AddSeconds(9)));
            Assert.False(store.Revoke("eu-2", Now));
            // A revoked name is not given again: the journal's rows name their gateway.
            Assert.Null(store.Add("eu-1", GatewayKeyText.HashOf("other"), Address.Zero, GatewayScopes.Send, 0, 0, Now));
            Assert.Equal(2, store.Add("eu-2", GatewayKeyText.HashOf("other"), Address.Zero, GatewayScopes.Send, 0, 0, Now)?.Id);
        }

        using var again = Open();
        Assert.Equal([("eu-1", 1_700_000_001_123L), ("eu-2", (long?)null)], again.All().Select(gateway => (gateway.Name, gateway.Revoked)));
    }

    [Fact]
    public void Gateways_WhileTheJournalIsOpen_AreAddedBesideIt()
    {
        using var journal = OpenJournal();
        using var store = Open();
        store.Add("eu-1", GatewayKeyText.HashOf("key"), Address.Zero, GatewayScopes.SendUnsigned, 0, 0, Now);
        Assert.Equal(store.All(), journal.Gateways());
    }

    [Fact]
    public void Salt_OnceMade_StaysAndTakesOverWhatWasKnown()
    {
        using (var store = Open())
        {
            var salt = store.ConsumerSalt([1, 2, 3]);
            Assert.Equal([1, 2, 3], salt);
            Assert.Equal(salt, store.ConsumerSalt());
            Assert.Equal(salt, store.ConsumerSalt([4]));
        }

        using var other = OpenOther();
        Assert.Equal(32, other.ConsumerSalt().Length);
        Assert.Equal(other.ConsumerSalt(), other.ConsumerSalt());
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected abstract IGateways Open();

    /// <summary>Of another deployment.</summary>
    private protected abstract IGateways OpenOther();

    private protected abstract IUsageJournal OpenJournal();

    private protected static Address Name(string name) => Address.FromBytes(Keccak256.HashText(name).ToArray().AsSpan(12));

    protected abstract void Dispose(bool disposing);
}

public sealed class GatewayStoreTests : GatewaySuite
{
    private static readonly DeploymentId Deployment = new(1, Name("registry"), Name("rail"), Name("vault"));

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-gateways-").FullName;

    private string File => Path.Combine(_folder, "deeper", "usage.sqlite");

    [Fact]
    public void Key_IsLongRandomAndNowhereInTheFile()
    {
        var (key, other) = (GatewayKeyText.Create(), GatewayKeyText.Create());
        Assert.NotEqual(key, other);
        Assert.Matches("^osk_[A-Za-z0-9_-]{43}$", key);
        using (var store = Open()) store.Add("eu-1", GatewayKeyText.HashOf(key), Address.Zero, GatewayScopes.Send, 0, 0, Now);
        Assert.All(Directory.EnumerateFiles(Path.Combine(_folder, "deeper")), path => Assert.True(System.IO.File.ReadAllBytes(path).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key[4..])) < 0));
    }

    private protected override IGateways Open() => GatewayStore.Open(File, Deployment);

    private protected override IGateways OpenOther() => GatewayStore.Open(Path.Combine(_folder, "other.sqlite"), Deployment);

    private protected override IUsageJournal OpenJournal() => SqliteUsage.Open(File, Deployment, TimeProvider.System);

    protected override void Dispose(bool disposing) => Directory.Delete(_folder, recursive: true);
}

[Trait("Category", "Server")]
public sealed class PostgresGatewayTests : GatewaySuite, IAsyncLifetime
{
    private PostgresTestUsage _usage = null!;
    private PostgresTestUsage? _other;

    public async Task InitializeAsync()
    {
        _usage = await PostgresTestUsage.OpenAsync();
        _other = await PostgresTestUsage.OpenAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Gateways_AddedAtOnce_HaveNumbersWithoutGaps()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Factory.StartNew(
            () =>
            {
                using var store = Open();
                return store.Add($"gateway {n % 10}", GatewayKeyText.HashOf($"{n}"), Address.Zero, GatewayScopes.Send, 0, 0, Now);
            },
            TaskCreationOptions.LongRunning)));
        Assert.Equal(Enumerable.Range(1, 10), added.Where(one => one is not null).Select(one => one!.Id).Order());
    }

    private protected override IGateways Open() => new PostgresGateways(_usage.Place);

    private protected override IGateways OpenOther() => new PostgresGateways(_other!.Place);

    private protected override IUsageJournal OpenJournal() => _usage.OpenAnother();

    protected override void Dispose(bool disposing)
    {
        _usage.Dispose();
        _other?.Dispose();
    }
}
