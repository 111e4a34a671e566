using System.Data.Common;
using System.IO.Compression;
using System.Text;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>A gateway by the number that rows name it by. Its key is not kept here.</summary>
internal sealed record ArchivedGateway(long Id, string Name, Address Address, long Created);

/// <summary>A batch by the number that rows name it by.</summary>
/// <param name="Signature">65 bytes as 0x and lower-case digits.</param>
internal sealed record ArchivedBatch(long Id, long FirstPosition, BatchStatement Statement, string Signature);

/// <summary>
/// What the rows of an archive name, in a file beside it: with both, a journal is made anew. Lines as those of bundles, together
/// compressed (gzip); <c>held</c> are events that waited when it was written.
/// <code>
/// ["opensettle-usage-statements",1,chainId,registry,first,last,SHA-256 of the archive]
/// ["gateway",id,name,address,created]                                                       id ascending
/// ["held",position,reason]                                                                  position ascending
/// ["batch",id,firstPosition,gateway,number,root,count,firstTime,lastTime,previous,signature]  id and position ascending
/// ["end",lines before]
/// </code>
/// </summary>
internal sealed record ArchiveStatements(
    ulong ChainId, Address Registry, long First, long Last, Hash32 Archive, IReadOnlyList<ArchivedGateway> Gateways, IReadOnlyList<(long Position, Hold Hold)> Held, IReadOnlyList<ArchivedBatch> Batches)
{
    // A statement of each of some 260,000 events is a quarter of this.
    private const int MostBytes = 512 * 1024 * 1024;

    private const ulong Version = 1;

    private static ReadOnlySpan<byte> Kind => "opensettle-usage-statements"u8;

    public static string NameOf(string archive) => Path.ChangeExtension(archive, ".statements.gz");

    /// <summary>What a usage file says of an archive's rows.</summary>
    public static ArchiveStatements Of(BooksSession session, UsageArchive archive)
    {
        var deployment = DeploymentText.Parse(session.Meta.GetText("deployment"))
            ?? throw new StorageException(StorageErrorKind.Inconsistent, "The usage file does not say whose usage it holds. Run 'opensettle db check'.");
        return new ArchiveStatements(
            deployment.ChainId, deployment.Registry, archive.First, archive.Last, archive.Sha256,
            session.Query("SELECT id, name, address, created FROM gateways ORDER BY id", row => new ArchivedGateway(row.GetInt64(0), row.GetString(1), row.Account(2), row.GetInt64(3))),
            session.Query("SELECT position, hold FROM usage_held WHERE position >= ?1 AND position <= ?2 ORDER BY position", row => (row.GetInt64(0), (Hold)row.GetInt32(1)), archive.First, archive.Last),
            session.Query($"{UsageBatchTable.Columns} WHERE first_position >= ?1 AND first_position <= ?2 ORDER BY first_position", ToBatch, archive.First, archive.Last));
    }

    /// <summary>Writes it whole and onto the disk, under its name.</summary>
    public void Write(string path)
    {
        using (var file = new FileStream(path + ".partial", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            using (var packed = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true)) WriteLines(packed);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".partial", path, overwrite: true);
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) FolderFlush.Flush(folder);
    }

    /// <summary>Reads it, strictly.</summary>
    /// <exception cref="StorageException">It is missing, or not whole.</exception>
    public static ArchiveStatements Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
            using var packed = new GZipStream(file, CompressionMode.Decompress);
            return Parse(ReadAll(packed));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StorageException(StorageErrorKind.Inconsistent, $"{path}: the statements of the archive are missing. Bring them back from a backup.", e);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or OverflowException)
        {
            throw new StorageException(StorageErrorKind.Inconsistent, $"{path} was changed: {e.Message} Bring it back from a backup.", e);
        }
    }

    private static ArchivedBatch ToBatch(DbDataReader row)
    {
        var batch = UsageBatchTable.Read(row);
        return new ArchivedBatch(batch.Id, batch.FirstPosition, batch.Signed.Statement, Hex.Encode(batch.Signed.Signature.Span));
    }

    private void WriteLines(Stream to)
    {
        var writer = new CanonicalWriter();
        ulong lines = 0;
        Line(Kind, () =>
        {
            writer.Number(Version);
            writer.Number(ChainId);
            writer.Account(Registry);
            Position(First);
            Position(Last);
            writer.Word(Archive);
        });
        foreach (var gateway in Gateways)
        {
            Line("gateway"u8, () =>
            {
                Position(gateway.Id);
                writer.Text(gateway.Name);
                writer.Account(gateway.Address);
                Position(gateway.Created);
            });
        }

        foreach (var (position, hold) in Held)
        {
            Line("held"u8, () =>
            {
                Position(position);
                Position((long)hold);
            });
        }

        foreach (var batch in Batches) Line("batch"u8, () => Write(writer, batch));
        Line("end"u8, () => writer.Number(lines));

        void Position(long value) => writer.Number(checked((ulong)value));

        void Line(ReadOnlySpan<byte> kind, Action fields)
        {
            writer.Clear();
            writer.Open();
            writer.Plain(kind);
            fields();
            writer.Close();
            writer.EndLine();
            to.Write(writer.Written);
            lines++;
        }
    }

    private static void Write(CanonicalWriter writer, ArchivedBatch batch)
    {
        var statement = batch.Statement;
        writer.Number(checked((ulong)batch.Id));
        writer.Number(checked((ulong)batch.FirstPosition));
        writer.Account(statement.Gateway);
        writer.Number(statement.Number);
        writer.Word(statement.Root);
        writer.Number(statement.Count);
        writer.Number(statement.FirstTime);
        writer.Number(statement.LastTime);
        writer.Word(statement.Previous);
        writer.Plain(Encoding.ASCII.GetBytes(batch.Signature));
    }

    private static ArchiveStatements Parse(ReadOnlySpan<byte> bytes)
    {
        var parser = new Parser();
        for (var line = 1UL; !bytes.IsEmpty; line++)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0) throw new CanonicalFormatException($"Line {line} does not end.");
            try
            {
                parser.Take(bytes[..end], line);
            }
            catch (FormatException e)
            {
                throw new CanonicalFormatException($"Line {line}: {e.Message}");
            }

            bytes = bytes[(end + 1)..];
        }

        return parser.Finish();
    }

    private static byte[] ReadAll(Stream from)
    {
        using var all = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = from.Read(buffer)) > 0)
        {
            if (all.Length + read > MostBytes) throw new InvalidDataException($"It has more than {MostBytes} bytes.");
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private sealed class Parser
    {
        private readonly List<ArchivedGateway> _gateways = [];
        private readonly List<(long Position, Hold Hold)> _held = [];
        private readonly List<ArchivedBatch> _batches = [];
        private (ulong ChainId, Address Registry, long First, long Last, Hash32 Archive)? _head;
        private bool _ended;

        public void Take(ReadOnlySpan<byte> line, ulong number)
        {
            if (_ended) throw new CanonicalFormatException("there is something after the end.");
            var reader = new CanonicalReader(line);
            reader.Open();
            var kind = reader.Plain();
            if (_head is null)
            {
                if (!kind.SequenceEqual(Kind) || reader.Number() != Version) throw new CanonicalFormatException($"it does not begin as statements of version {Version} do.");
                _head = (reader.Number(), reader.Account(), Position(ref reader), Position(ref reader), reader.Word());
            }
            else if (kind.SequenceEqual("gateway"u8) && _held.Count + _batches.Count == 0)
            {
                var gateway = new ArchivedGateway(Position(ref reader), reader.Text(), reader.Account(), Position(ref reader));
                if (_gateways.Count > 0 && _gateways[^1].Id >= gateway.Id) throw new CanonicalFormatException("gateways are not in order.");
                _gateways.Add(gateway);
            }
            else if (kind.SequenceEqual("held"u8) && _batches.Count == 0)
            {
                var held = (Position: Position(ref reader), Hold: (Hold)Position(ref reader));
                if (!Enum.IsDefined(held.Hold) || held.Hold == Hold.None || (_held.Count > 0 && _held[^1].Position >= held.Position)) throw new CanonicalFormatException("what waited is not in order, or for no reason.");
                _held.Add(held);
            }
            else if (kind.SequenceEqual("batch"u8))
            {
                TakeBatch(ref reader);
            }
            else if (kind.SequenceEqual("end"u8))
            {
                if (reader.Number() != number - 1) throw new CanonicalFormatException("lines are missing.");
                _ended = true;
            }
            else
            {
                throw new CanonicalFormatException("this kind of line does not belong here.");
            }

            reader.Close();
            reader.End();
        }

        public ArchiveStatements Finish() => _ended && _head is { } head
            ? new ArchiveStatements(head.ChainId, head.Registry, head.First, head.Last, head.Archive, _gateways, _held, _batches)
            : throw new CanonicalFormatException("It ends early.");

        private static long Position(ref CanonicalReader reader) => checked((long)reader.Number());

        private void TakeBatch(ref CanonicalReader reader)
        {
            var (id, first) = (Position(ref reader), Position(ref reader));
            var statement = new BatchStatement(reader.Account(), reader.Number(), reader.Word(), reader.Number(), reader.Number(), reader.Number(), reader.Word());
            var signature = Encoding.ASCII.GetString(reader.Plain());
            if (!Hex.TryDecode(signature, out var bytes) || bytes.Length != BatchHeader.SignatureSize || Hex.Encode(bytes) != signature)
                throw new CanonicalFormatException("a signature is not 65 bytes as 0x and lower-case digits.");
            if (_batches.Count > 0 && (_batches[^1].Id >= id || _batches[^1].FirstPosition >= first)) throw new CanonicalFormatException("batches are not in order.");
            _batches.Add(new ArchivedBatch(id, first, statement, signature));
        }
    }
}
