using System.Text;
using OpenSettle.Primitives;

namespace OpenSettle.Registry;

/// <summary>The one text of a split table: what its commitment hashes, and what bundles carry.</summary>
public static class TableText
{
    private static readonly byte[] OwnerText = "OWNER"u8.ToArray();

    public static byte[] Of(SplitTable table)
    {
        var writer = new CanonicalWriter();
        Write(writer, table);
        return writer.Written.ToArray();
    }

    /// <summary>keccak-256 of the table's text: what a commitment has in its place.</summary>
    public static Hash32 HashOf(SplitTable table) => table.Commitment?.Hash ?? Keccak256.Hash(Of(table));

    /// <summary>The commitment that a table at hand has to meet.</summary>
    public static TableCommitment Commit(SplitTable table)
    {
        UInt256 weight = table.PoolWeight;
        foreach (var row in table.Rows) weight += row.Weight;
        return new TableCommitment(HashOf(table), checked((uint)(table.Rows.Count + table.Fallback.Count)), weight);
    }

    public static void Write(CanonicalWriter writer, SplitTable table)
    {
        writer.Open();
        WriteRows(writer, table.Rows);
        writer.Amount(table.PoolWeight);
        WriteRows(writer, table.Fallback);
        writer.Close();
    }

    /// <summary>Reads a table that somebody published. It has to be good, and canonical to the byte.</summary>
    public static SplitTable Parse(ReadOnlySpan<byte> text)
    {
        var reader = new CanonicalReader(text);
        var table = Read(ref reader, 0);
        reader.End();
        return table;
    }

    internal static SplitTable Read(ref CanonicalReader reader, uint version)
    {
        reader.Open();
        var rows = ReadRows(ref reader);
        var pool = Weight(ref reader);
        var table = new SplitTable(version, rows) { PoolWeight = pool, Fallback = ReadRows(ref reader) };
        reader.Close();
        return table.Fault() is { } fault ? throw new CanonicalFormatException($"{fault}.") : table;
    }

    private static void WriteRows(CanonicalWriter writer, IReadOnlyList<SplitRow> rows)
    {
        writer.Open();
        foreach (var row in rows)
        {
            writer.Open();
            if (row.Account is { } account) writer.Account(account);
            else writer.Plain(OwnerText);
            writer.Amount(row.Weight);
            writer.Plain(Encoding.ASCII.GetBytes(row.Role));
            writer.Close();
        }

        writer.Close();
    }

    private static List<SplitRow> ReadRows(ref CanonicalReader reader)
    {
        var rows = new List<SplitRow>();
        reader.Open();
        while (reader.More)
        {
            reader.Open();
            var probe = reader;
            Address? account = null;
            if (probe.Plain().SequenceEqual(OwnerText)) reader = probe;
            else account = reader.Account();
            rows.Add(new SplitRow(account, Weight(ref reader), Role(ref reader)));
            reader.Close();
        }

        reader.Close();
        return rows;
    }

    private static UInt128 Weight(ref CanonicalReader reader)
    {
        var weight = reader.Amount();
        return weight.FitsUInt128 ? (UInt128)weight : throw new CanonicalFormatException($"the weight {weight} is too large.");
    }

    private static string Role(ref CanonicalReader reader)
    {
        var text = Encoding.Latin1.GetString(reader.Plain());
        return RoleText.ToWord(text) is { } word && RoleText.FromWord(word) == text ? text : throw new CanonicalFormatException("a role is not the text of a word.");
    }
}

/// <summary>Tables that were published, by the hash that a commitment names.</summary>
public sealed class PublishedTables
{
    // With what each of them meets: a table is hashed once, and asked for by every epoch.
    private readonly Dictionary<Hash32, (SplitTable Table, TableCommitment Commitment)> _tables = [];

    /// <summary>Keeps a table. Whether it is the one that was promised is seen when a commitment asks for it.</summary>
    public void Add(SplitTable table)
    {
        var commitment = TableText.Commit(table);
        _tables[commitment.Hash] = (table, commitment);
    }

    /// <summary>These tables and others that are at hand.</summary>
    public PublishedTables With(IEnumerable<SplitTable> others)
    {
        var all = new PublishedTables();
        foreach (var (hash, known) in _tables) all._tables.Add(hash, known);
        foreach (var table in others)
        {
            if (table.AtHand) all.Add(table);
        }

        return all;
    }

    /// <summary>The committed table, with its version, or null where it is not at hand.</summary>
    public SplitTable? Find(SplitTable committed) =>
        committed.Commitment is { } commitment && _tables.TryGetValue(commitment.Hash, out var known) && known.Commitment == commitment
            ? known.Table with { Version = committed.Version }
            : null;
}
