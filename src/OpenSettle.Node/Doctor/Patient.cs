using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Storage;

namespace OpenSettle.Node.Doctor;

/// <summary>A file that a secret is in, and the setting that names it.</summary>
public sealed record SecretFile(string Setting, string Path);

/// <summary>What is looked at, and what checks learned of it for those after them.</summary>
internal sealed class Patient : IDisposable
{
    public Patient(NodeOptions options, IReadOnlyList<SecretFile> secrets, TimeProvider time)
    {
        (Options, Secrets, Time) = (options, secrets, time);
        Provider = Providers.Choose(options.Client, time);
        // The node reads by the built-in client, whichever settles.
        var reading = ChainProviders.Named("builtin", time);
        Endpoints = [.. options.Rpc.Select(address => new EndpointLook(address, (IBlockReader)reading.Connect(address, options.RpcTimeout, retries: false)))];
        Data = DataPaths.In(options.DataDir, options.UsageArchive);
    }

    public NodeOptions Options { get; }

    public IReadOnlyList<SecretFile> Secrets { get; }

    public TimeProvider Time { get; }

    public IChainProvider Provider { get; }

    public DataPaths Data { get; }

    public IReadOnlyList<EndpointLook> Endpoints { get; }

    /// <summary>Those that answer and are of the deployment's chain, those that are not behind first.</summary>
    public IReadOnlyList<EndpointLook> Right => [.. Endpoints.Where(endpoint => endpoint.IsRight).OrderBy(endpoint => endpoint.IsBehind)];

    /// <summary>Whether the contracts are there, and these.</summary>
    public bool HasContracts { get; set; }

    /// <summary>The operator, or of a watchtower the guardian; null where nothing is sent, or the key does not open.</summary>
    public ISigner? Sender { get; set; }

    /// <summary>What that account is.</summary>
    public string SenderName => Options.Cluster.IsWitness ? "guardian" : "operator";

    /// <summary>Why nothing can be said of that account.</summary>
    public string NoSender => Options.Sender.Key is null ? "this node sends nothing" : $"the {SenderName}'s key does not open (see keys)";

    /// <summary>Those that opened.</summary>
    public List<ISigner> Attestors { get; } = [];

    public bool AllAttestorsOpened { get; set; }

    /// <summary>What the books say; null where there are none, or none that can be trusted.</summary>
    public BooksLook? Books { get; set; }

    /// <summary>Whether the books of before are there and cannot be read, or are not these.</summary>
    public bool HasBadBooks { get; set; }

    /// <summary>Whether this deployment's node answers at <c>listen</c>.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Why nothing can be asked of the chain.</summary>
    public const string NoChain = "no endpoint of the right chain answers (see rpc)";

    public const string NoContracts = "the contracts are not there (see contracts)";

    public void Dispose()
    {
        foreach (var endpoint in Endpoints) endpoint.Client.Dispose();
        foreach (var signer in Attestors) signer.Dispose();
        Sender?.Dispose();
    }
}

/// <summary>An endpoint, and what it said.</summary>
internal sealed class EndpointLook(Uri address, IBlockReader client)
{
    public Uri Address => address;

    public IBlockReader Client => client;

    /// <summary>Without credentials.</summary>
    public string Name => client.Endpoint;

    public bool IsRight { get; set; }

    public bool IsBehind { get; set; }

    /// <summary>Of the right chain; null before it was asked.</summary>
    public BlockHeader? Head { get; set; }

    /// <summary>What its server's clock said, and what ours said then.</summary>
    public (DateTimeOffset Theirs, DateTimeOffset Ours)? Clock { get; set; }
}

/// <summary>What the checks need of the books, read at once.</summary>
/// <param name="Cursor">Null where nothing was read yet.</param>
/// <param name="Epochs">The newest ones, the newest first.</param>
internal sealed record BooksLook(ChainCursor? Cursor, IReadOnlyList<SettledEpoch> Epochs);
