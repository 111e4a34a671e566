using System.IO.Compression;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Verify;

namespace OpenSettle.Node.Witness;

/// <summary>
/// The signed batches that this node pulled by itself, from gateways' and nodes' public logs: each is checked from its lines to its
/// gateway's signature, and follows the one before it. So nobody can leave one out and say that it never was.
/// </summary>
internal sealed class HeldBatches(NodeOptions options, IBooks books, BatchSource source, IChainProvider provider, NodeState state, TimeProvider time, ILogger<HeldBatches> log)
{
    /// <summary>Batches pulled before other steps go on.</summary>
    private const int MostAtOnce = 256;

    /// <summary>Stays free whatever is published: verdicts and vetoes are written to the same disk.</summary>
    private const long Reserve = 256L * 1024 * 1024;

    private readonly DeploymentId _id = options.Deployment.Watched.Id;

    private int _turn;

    /// <summary>Pulls what the places have beyond what is here, of every gateway that a model ever listed.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> PullAsync(IReadOnlyList<Place> places, CancellationToken cancellation)
    {
        var pulled = 0;
        Address[] gateways = [.. state.Registry.InNoOrder.SelectMany(model => model.GatewaysEver).Distinct().Order()];
        // Anybody may list what is none: where time ends before the round does, the next one goes on there.
        for (var i = 0; i < gateways.Length; i++, _turn++)
        {
            var gateway = gateways[_turn % gateways.Length];
            while (pulled < MostAtOnce)
            {
                var next = (books.Read(session => session.HeldBatches.Last(gateway))?.Number ?? 0) + 1;
                if (await TakeAsync(places, gateway, next, cancellation) is not null) break;
                pulled++;
            }
        }

        return pulled >= MostAtOnce;
    }

    /// <summary>Sees to it that batches are here.</summary>
    /// <param name="address">Where the bundle that names them was published: the node there has them too.</param>
    /// <returns>Why one cannot be had; null where all are here.</returns>
    public async Task<string?> BringAsync(IReadOnlyList<BatchRoot> named, string address, CancellationToken cancellation)
    {
        var places = source.PlacesFor(address);
        foreach (var batch in named)
        {
            if (books.Read(session => session.HeldBatches.Find(batch.Gateway, batch.Number)) is not null) continue;
            if (await TakeAsync(places, batch.Gateway, batch.Number, cancellation) is { } why)
                return $"batch {batch.Number} of gateway {batch.Gateway.ToChecksumString()} cannot be had: {why}";
        }

        return null;
    }

    /// <summary>The batches that a bundle names, from here.</summary>
    public IEnumerable<UsageBatch> Of(IReadOnlyList<BatchRoot> named) => named.Select(batch => Read(batch.Gateway, batch.Number)
        ?? throw new UsageMissingException($"batch {batch.Number} of gateway {batch.Gateway.ToChecksumString()} is not here"));

    /// <summary>A gateway's last one here; null where there is none.</summary>
    public HeldBatch? Last(Address gateway) => books.Read(session => session.HeldBatches.Last(gateway));

    /// <summary>What is known of one; null where it is not here.</summary>
    public HeldBatch? Find(Address gateway, ulong number) => books.Read(session => session.HeldBatches.Find(gateway, number));

    /// <summary>A batch's bytes, as it was signed; null where it is not here.</summary>
    public byte[]? Bytes(Address gateway, ulong number)
    {
        if (books.Read(session => session.HeldBatches.Body(gateway, number)) is not { } body) return null;
        using var unpacked = new BrotliStream(new MemoryStream(body), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    }

    private UsageBatch? Read(Address gateway, ulong number)
    {
        if (Bytes(gateway, number) is not { } bytes) return null;
        var (batch, problem) = BatchFile.Read(bytes, _id.ChainId, _id.Registry, (gateway, number), provider.Recover);
        return batch?.Batch ?? throw new StorageException(StorageErrorKind.Inconsistent, $"Batch {number} of gateway {gateway} was changed in the books: {problem}.");
    }

    /// <returns>Why it cannot be had; null where it is here now.</returns>
    private async Task<string?> TakeAsync(IReadOnlyList<Place> places, Address gateway, ulong number, CancellationToken cancellation)
    {
        var (pulled, why) = await source.FetchAsync(places, gateway, number, cancellation);
        if (pulled is null) return why;
        var statement = pulled.Signed.Statement;
        if (books.Read(session => session.HeldBatches.Find(gateway, number - 1)) is { } before && before.Digest != statement.Previous)
        {
            var forked = $"gateway {gateway.ToChecksumString()} signed batch {number} after {statement.Previous}, and batch {number - 1} that it published is {before.Digest}: it signed two";
            state.SetAlert($"gateway {gateway}", $"{forked}. What it signed proves it; ask who runs it, and take it off the lists.");
            return forked;
        }

        var body = Pack(pulled);
        if (new DriveInfo(options.DataDir).AvailableFreeSpace < Reserve + body.Length) return $"there is no room for it in {options.DataDir}: make room";
        await books.WriteAsync(
            session => session.HeldBatches.Add(new HeldBatch(gateway, number, pulled.Signed.Digest, statement.Root, statement.Count, Seen()), body), cancellation);
        log.BatchPulled(number, gateway, statement.Count);
        return null;
    }

    /// <summary>
    /// When a batch was public at the latest: never earlier than that, or an honest epoch would be told to leave it out. The newest block may be old where
    /// this node was away, or the chain makes none while nothing happens; the clock may be off.
    /// </summary>
    private ulong Seen() => Math.Max(state.Watch?.Tip?.Timestamp ?? 0, (ulong)time.GetUtcNow().ToUnixTimeSeconds());

    private byte[] Pack(PulledBatch pulled)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            brotli.Write(BatchFile.Head(_id.ChainId, _id.Registry, pulled.Signed));
            foreach (var e in pulled.Batch.Events)
            {
                brotli.Write(e.ToText());
                brotli.WriteByte((byte)'\n');
            }
        }

        return packed.ToArray();
    }
}
