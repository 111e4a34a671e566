using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

public sealed class GatewayStoreTests : IDisposable
{
    private static readonly DeploymentId Deployment = new(1, Name("registry"), Name("rail"), Name("vault"));
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-gateways-").FullName;

    private string File => Path.Combine(_folder, "deeper", "usage.sqlite");

    [Fact]
    public void Gateway_AddedAndRevoked_StaysInItsRow()
    {
        var key = GatewayKeyText.Create();
        using (var store = GatewayStore.Open(File, Deployment))
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

        using var again = GatewayStore.Open(File, Deployment);
        Assert.Equal([("eu-1", 1_700_000_001_123L), ("eu-2", (long?)null)], again.All().Select(gateway => (gateway.Name, gateway.Revoked)));
    }

    [Fact]
    public void Gateways_WhileTheJournalIsOpen_AreAddedBesideIt()
    {
        using var journal = SqliteUsage.Open(File, Deployment, TimeProvider.System);
        using var store = GatewayStore.Open(File, Deployment);
        store.Add("eu-1", GatewayKeyText.HashOf("key"), Address.Zero, GatewayScopes.SendUnsigned, 0, 0, Now);
        Assert.Equal(store.All(), journal.Gateways());
    }

    [Fact]
    public void Key_IsLongRandomAndNowhereInTheFile()
    {
        var (key, other) = (GatewayKeyText.Create(), GatewayKeyText.Create());
        Assert.NotEqual(key, other);
        Assert.Matches("^osk_[A-Za-z0-9_-]{43}$", key);
        using (var store = GatewayStore.Open(File, Deployment)) store.Add("eu-1", GatewayKeyText.HashOf(key), Address.Zero, GatewayScopes.Send, 0, 0, Now);
        Assert.All(Directory.EnumerateFiles(Path.Combine(_folder, "deeper")), path => Assert.True(System.IO.File.ReadAllBytes(path).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key[4..])) < 0));
    }

    [Fact]
    public void Salt_OnceMade_StaysAndTakesOverWhatWasKnown()
    {
        using (var store = GatewayStore.Open(File, Deployment))
        {
            var salt = store.ConsumerSalt([1, 2, 3]);
            Assert.Equal([1, 2, 3], salt);
            Assert.Equal(salt, store.ConsumerSalt());
            Assert.Equal(salt, store.ConsumerSalt([4]));
        }

        using var other = GatewayStore.Open(Path.Combine(_folder, "other.sqlite"), Deployment);
        Assert.Equal(32, other.ConsumerSalt().Length);
        Assert.Equal(other.ConsumerSalt(), other.ConsumerSalt());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Address Name(string name) => Address.FromBytes(Keccak256.HashText(name).ToArray().AsSpan(12));
}
