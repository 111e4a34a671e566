using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpenSettle.Metering;
using RabbitMQ.Client;

namespace OpenSettle.Node.Queue;

/// <summary>
/// One message of usage: events of one gateway, and a code that only this gateway or a node could have made. Whoever may publish at the
/// broker can add noise; usage in a gateway's name needs its key.
/// </summary>
/// <param name="Kind">What the body is: its content type.</param>
/// <param name="Gateway">The gateway's name.</param>
/// <param name="Statement">What the gateway signed of all its events, as the header of a request has it; empty where nobody signed.</param>
/// <param name="Body">The events.</param>
internal sealed record UsageMessage(string Kind, string Gateway, string Statement, ReadOnlyMemory<byte> Body)
{
    /// <summary>Events as the journal has them, each after its length in four bytes; only nodes can send it, which read and checked the events.</summary>
    public const string Bodies = "application/vnd.opensettle.usage";

    /// <summary>An array of CloudEvents, as a request has it; sent by a gateway itself.</summary>
    public const string Events = "application/cloudevents-batch+json";

    private const string GatewayHeader = "opensettle-gateway";
    private const string CodeHeader = "opensettle-code";

    /// <summary>Which stream of its name this is; see <see cref="StreamFounder"/>.</summary>
    internal const string StreamHeader = "opensettle-stream";

    /// <summary>The message's code, by a key that its sender has.</summary>
    /// <param name="key">A node's or a gateway's; see <see cref="QueueKeys"/>.</param>
    /// <param name="prefix">The deployment's, so that what was sent to one is nothing to another.</param>
    public byte[] CodeBy(ReadOnlySpan<byte> key, string prefix)
    {
        using var code = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> length = stackalloc byte[4];
        foreach (var text in (ReadOnlySpan<string>)["OpenSettle usage 1", prefix, Kind, Gateway, Statement])
        {
            // Lengths first, so that no two messages have the same bytes.
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            code.AppendData(length);
            code.AppendData(bytes);
        }

        code.AppendData(Body.Span);
        return code.GetHashAndReset();
    }

    /// <summary>What goes before the body.</summary>
    /// <param name="code">Made by <see cref="CodeBy"/>.</param>
    /// <param name="stream">Which stream it is for.</param>
    public BasicProperties ToProperties(byte[] code, string stream, DateTimeOffset now)
    {
        var text = Convert.ToHexStringLower(code);
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal) { [StreamHeader] = stream, [GatewayHeader] = Gateway, [CodeHeader] = text };
        if (Statement.Length > 0) headers.Add(BatchHeader.Name, Statement);
        return new BasicProperties
        {
            ContentType = Kind,
            // The same message has the same one, however often it is sent.
            MessageId = text[..32],
            Timestamp = new AmqpTimestamp(now.ToUnixTimeSeconds()),
            Persistent = true,
            Headers = headers,
        };
    }

    /// <summary>Reads what came, and its code; null where something of it is missing, which is then named.</summary>
    public static (UsageMessage? Message, byte[] Code, string Problem) Read(IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        var code = new byte[HMACSHA256.HashSizeInBytes];
        if (Header(properties, CodeHeader) is not { } text || text.Length != 2 * code.Length || Convert.FromHexString(text, code, out _, out _) != System.Buffers.OperationStatus.Done) return (null, [], $"it has no header {CodeHeader} of 64 hexadecimal digits");
        if (Header(properties, GatewayHeader) is not { Length: > 0 } gateway) return (null, [], $"it has no header {GatewayHeader}");
        if (properties.ContentType is not (Bodies or Events)) return (null, [], $"its content type is neither {Bodies} nor {Events}");
        return (new UsageMessage(properties.ContentType, gateway, Header(properties, BatchHeader.Name) ?? string.Empty, body), code, string.Empty);
    }

    /// <summary>A header's text; null where there is none.</summary>
    public static string? Header(IReadOnlyBasicProperties properties, string name) => properties.Headers?.TryGetValue(name, out var value) == true
        ? value switch
        {
            byte[] bytes => Encoding.UTF8.GetString(bytes),
            string text => text,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        }
        : null;
}

/// <summary>Who may make messages' codes.</summary>
/// <param name="salt">What nodes of one deployment have in common and nobody else knows: the salt of consumers' hashes.</param>
internal sealed class QueueKeys(ReadOnlyMemory<byte> salt)
{
    /// <summary>Of all nodes of a deployment.</summary>
    public byte[] Nodes { get; } = HMACSHA256.HashData(salt.Span, "OpenSettle queue of nodes 1"u8);

    /// <summary>Of a gateway, which has the key itself; a node knows only its hash, and this is of the hash.</summary>
    public static byte[] OfGateway(Primitives.Hash32 keyHash) => HMACSHA256.HashData(keyHash.ToArray(), "OpenSettle queue of a gateway 1"u8);
}
