using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Signing;

/// <summary>A batch that was pulled from somewhere and is what its gateway signed.</summary>
public sealed record PulledBatch(SignedStatement Signed, UsageBatch Batch);

/// <summary>
/// A batch as nodes give it to whoever checks them: a line with the statement and its signature, then the lines that were signed.
/// Each ends with a line feed. Where it comes from does not matter: reading it believes the signature alone.
/// </summary>
public static class BatchFile
{
    /// <summary>Most bytes of a batch.</summary>
    public const int MostBytes = 256 * 1024 * 1024;

    private const ulong Version = 1;

    private static ReadOnlySpan<byte> Kind => "opensettle-usage-batch"u8;

    /// <summary>The first line.</summary>
    public static byte[] Head(ulong chainId, Address registry, SignedStatement signed)
    {
        var statement = signed.Statement;
        var writer = new CanonicalWriter();
        writer.Open();
        writer.Plain(Kind);
        writer.Number(Version);
        writer.Number(chainId);
        writer.Account(registry);
        writer.Account(statement.Gateway);
        writer.Number(statement.Number);
        writer.Word(statement.Root);
        writer.Number(statement.Count);
        writer.Number(statement.FirstTime);
        writer.Number(statement.LastTime);
        writer.Word(statement.Previous);
        writer.Plain(System.Text.Encoding.ASCII.GetBytes(Hex.Encode(signed.Signature.Span)));
        writer.Close();
        writer.EndLine();
        return writer.Written.ToArray();
    }

    /// <summary>Reads a batch, and checks it from its lines to its gateway.</summary>
    /// <param name="source">Its bytes.</param>
    /// <param name="chainId">The chain for which it has to be signed.</param>
    /// <param name="registry">The registry for which it has to be signed.</param>
    /// <param name="wanted">The gateway and number that were asked for.</param>
    /// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
    /// <returns>The batch, or what is wrong with it.</returns>
    public static (PulledBatch? Batch, string? Problem) Read(
        Stream source, ulong chainId, Address registry, (Address Gateway, ulong Number) wanted, Func<Hash32, RecoverableSignature, Address?> recover)
    {
        return ReadAll(source) is { } bytes ? Read(bytes, chainId, registry, wanted, recover) : (null, $"it has more than {MostBytes} bytes");
    }

    /// <summary>The same, of bytes that are at hand.</summary>
    public static (PulledBatch? Batch, string? Problem) Read(
        ReadOnlySpan<byte> bytes, ulong chainId, Address registry, (Address Gateway, ulong Number) wanted, Func<Hash32, RecoverableSignature, Address?> recover)
    {
        try
        {
            var end = EndOfLine(bytes, 0);
            var (statement, signature, signedFor) = ReadHead(bytes[..end]);
            if (signedFor != (chainId, registry)) return (null, $"it is signed for chain {signedFor.ChainId} and registry {signedFor.Registry}, not for chain {chainId} and {registry}");
            if ((statement.Gateway, statement.Number) != wanted) return (null, $"it is batch {statement.Number} of {statement.Gateway}, and batch {wanted.Number} of {wanted.Gateway} was asked for");
            var (events, root) = ReadEvents(bytes, end + 1);
            if ((ulong)events.Count != statement.Count) return (null, $"it has {events.Count} events, and {statement.Count} are signed");
            var (first, last) = (events.Min(e => e.Time), events.Max(e => e.Time));
            if ((first, last) != (statement.FirstTime, statement.LastTime)) return (null, $"its events are of times {first} to {last}, and {statement.FirstTime} to {statement.LastTime} is signed");
            if (root != statement.Root) return (null, $"its events give root {root}, and {statement.Root} is signed");
            var (digest, problem) = BatchSignature.Check(chainId, registry, statement, signature, recover);
            return problem is null
                ? (new PulledBatch(new SignedStatement(statement, digest, signature), new UsageBatch(statement.Gateway, statement.Number, events) { KnownRoot = root }), null)
                : (null, problem);
        }
        catch (CanonicalFormatException e)
        {
            return (null, e.Message);
        }
    }

    private static (BatchStatement Statement, byte[] Signature, (ulong ChainId, Address Registry) SignedFor) ReadHead(ReadOnlySpan<byte> line)
    {
        var reader = new CanonicalReader(line);
        reader.Open();
        if (!reader.Plain().SequenceEqual(Kind) || reader.Number() != Version) throw new CanonicalFormatException($"it does not begin as a batch of version {Version} does");
        var signedFor = (reader.Number(), reader.Account());
        var statement = new BatchStatement(reader.Account(), reader.Number(), reader.Word(), reader.Number(), reader.Number(), reader.Number(), reader.Word());
        var text = System.Text.Encoding.ASCII.GetString(reader.Plain());
        if (!Hex.TryDecode(text, out var signature) || Hex.Encode(signature) != text) throw new CanonicalFormatException("its signature is not 0x and lower-case digits");
        reader.Close();
        reader.End();
        return (statement, signature, signedFor);
    }

    private static (List<BatchedEvent> Events, Hash32 Root) ReadEvents(ReadOnlySpan<byte> bytes, int at)
    {
        var events = new List<BatchedEvent>();
        var hashes = new List<byte>();
        Span<byte> hash = stackalloc byte[Hash32.Size];
        var ids = new HashSet<Hash32>();
        while (at < bytes.Length)
        {
            var end = EndOfLine(bytes, at);
            var line = bytes[at..end];
            var e = Parse(line, events.Count);
            if (!ids.Add(e.Id)) throw new CanonicalFormatException($"event {events.Count} is there twice");
            events.Add(e);
            Keccak256.Hash(line, hash);
            hashes.AddRange(hash);
            at = end + 1;
        }

        return events.Count > 0 ? (events, BatchTree.OfLineHashes([.. hashes]).Root) : throw new CanonicalFormatException("it has no event");
    }

    private static BatchedEvent Parse(ReadOnlySpan<byte> line, int index)
    {
        try
        {
            return BatchedEvent.Parse(line);
        }
        catch (CanonicalFormatException e)
        {
            throw new CanonicalFormatException($"event {index}: {e.Message}");
        }
    }

    private static int EndOfLine(ReadOnlySpan<byte> bytes, int from)
    {
        var length = bytes[from..].IndexOf((byte)'\n');
        return length >= 0 ? from + length : throw new CanonicalFormatException("its last line does not end");
    }

    private static byte[]? ReadAll(Stream source)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            if (bytes.Length + read > MostBytes) return null;
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }
}
