namespace OpenSettle.Storage;

/// <summary>A task that one node at a time may do, until a time of the database's clock.</summary>
/// <param name="Token">Higher with each that takes it: what is written under an older one is refused.</param>
public sealed record Lease(string Name, string Holder, long Token);

/// <summary>How a lease stands.</summary>
/// <param name="Left">How long it still runs; zero or less: anyone may take it.</param>
public sealed record LeaseState(Lease Lease, TimeSpan Left);

/// <summary>Somebody else holds the lease now. Nothing was written.</summary>
public sealed class LeaseLostException(Lease lease) : Exception($"The lease '{lease.Name}' is not held by '{lease.Holder}' any more.")
{
    public Lease Lease => lease;
}

/// <summary>
/// Which node does what. The clock is the database's, so that nodes' clocks decide nothing; and whoever writes under a lease has its token
/// looked at in the same transaction, so that a node that was asleep for a while does no harm.
/// </summary>
public interface ILeases
{
    /// <summary>Takes a lease that is free, has run out, or is this holder's own; null while another has it.</summary>
    Task<Lease?> TakeAsync(string name, string holder, TimeSpan length, CancellationToken cancellation);

    /// <summary>Lets it run on; false where it was lost.</summary>
    Task<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellation);

    /// <summary>Gives it back, so that nobody has to wait. Nothing happens where it was lost.</summary>
    Task ReleaseAsync(Lease lease, CancellationToken cancellation);

    /// <summary>All there are, by name.</summary>
    Task<IReadOnlyList<LeaseState>> ListAsync(CancellationToken cancellation);

    /// <summary>
    /// Ends all that a holder has open at the database: one whose lease ran out may be asleep in the middle of a transaction, with locks that
    /// whoever takes over would wait for. Returns how many connections there were.
    /// </summary>
    Task<int> EndAsync(string holder, CancellationToken cancellation);
}

/// <summary>For files, which have one process: it holds whatever it asks for.</summary>
public sealed class SoleHolder : ILeases
{
    private readonly Dictionary<string, Lease> _held = new(StringComparer.Ordinal);

    public Task<Lease?> TakeAsync(string name, string holder, TimeSpan length, CancellationToken cancellation)
    {
        lock (_held)
        {
            if (!_held.TryGetValue(name, out var lease)) _held.Add(name, lease = new Lease(name, holder, 1));
            return Task.FromResult<Lease?>(lease);
        }
    }

    public Task<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellation) => Task.FromResult(true);

    public Task ReleaseAsync(Lease lease, CancellationToken cancellation) => Task.CompletedTask;

    public Task<int> EndAsync(string holder, CancellationToken cancellation) => Task.FromResult(0);

    public Task<IReadOnlyList<LeaseState>> ListAsync(CancellationToken cancellation)
    {
        lock (_held) return Task.FromResult<IReadOnlyList<LeaseState>>([.. _held.Values.OrderBy(lease => lease.Name, StringComparer.Ordinal).Select(lease => new LeaseState(lease, TimeSpan.MaxValue))]);
    }
}
