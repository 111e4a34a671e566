using System.Buffers.Binary;
using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Queue;

/// <summary>
/// The streams of a deployment: <c>opensettle.CHAINID.VAULT8.usage.K</c>, where VAULT8 is the first eight hexadecimal digits of the vault's
/// address and K counts from 0. What is in one is in its order; streams have none among each other.
/// </summary>
public sealed class StreamNames(DeploymentId deployment)
{
    /// <summary>What all of them begin with; it is covered by each message's code, so that none of another deployment is taken.</summary>
    public string Prefix { get; } = string.Create(CultureInfo.InvariantCulture, $"opensettle.{deployment.ChainId}.{deployment.Vault.ToString()[2..10].ToLowerInvariant()}.usage");

    public string Of(int partition) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}.{partition}");

    /// <summary>Where a model's unsigned events go: its id is a hash already, so its first four bytes, as a number, spread evenly.</summary>
    public static int PartitionOf(ModelId model, int partitions)
    {
        Span<byte> id = stackalloc byte[Hash32.Size];
        model.Value.WriteTo(id);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(id) % (uint)partitions);
    }

    /// <summary>Where a gateway's signed batches go: all into one, because their numbers have to stay in order.</summary>
    public static int PartitionOf(Address gateway, int partitions) => (int)(BinaryPrimitives.ReadUInt32BigEndian(gateway.ToArray()) % (uint)partitions);
}
