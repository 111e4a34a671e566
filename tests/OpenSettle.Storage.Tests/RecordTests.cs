using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Tests;

public abstract class RecordTests(TestEngine engine)
{
    private protected static readonly ModelId Model = new(TestBooks.Word(1));
    private protected static readonly ModelId Other = new(TestBooks.Word(2));

    [Fact]
    public async Task Records_OfManyShapes_ReadBackAsTheyWere()
    {
        using var test = new TestBooks(engine);
        var random = new Random(7);
        var written = Enumerable.Range(1, 40).Select(epoch => ((ulong)epoch, Random(random, Model))).ToList();
        foreach (var (epoch, record) in written) await test.WriteAsync(session => session.Records.Add(epoch, [record, Random(random, Other)]));
        test.Reopen();
        Assert.Equal(written, test.Books.Read(session => session.Records.Of(Model)));
        Assert.Equal(written.Take(7), test.Books.Read(session => session.Records.Of(Model, 7)));
        Assert.Equal(written.AsEnumerable().Reverse().Skip(10).Take(5), test.Books.Read(session => session.Records.Newest(Model, 31, 5)));
        Assert.Equal(written[4].Item2, test.Books.Read(session => session.Records.Find(Model, 5)));
        Assert.Null(test.Books.Read(session => session.Records.Find(Model, 41)));
        Assert.Equal([Model, Other], test.Books.Read(session => session.Records.OfEpoch(3)).Select(record => record.Model));
        Assert.Empty(test.Books.Read(session => session.Records.OfEpoch(41)));
    }

    [Fact]
    public async Task Records_OfAnEpoch_AreWrittenOnce()
    {
        using var test = new TestBooks(engine);
        var record = Random(new Random(1), Model);
        await test.WriteAsync(session => session.Records.Add(1, [record]));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Records.Add(1, [record])));
        await test.WriteAsync(session => session.Records.Add(2, []));
    }

    private protected static ModelRecord Random(Random random, ModelId model)
    {
        ulong Number() => random.Next(4) == 0 ? ulong.MaxValue : (ulong)random.NextInt64();
        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }

        return new ModelRecord(
            model, Number(), Number(), Number(),
            [.. Enumerable.Range(0, random.Next(4)).Select(_ => new TokenRevenue(Address.FromBytes(Bytes(Address.Size)), UInt256.FromBigEndian(Bytes(UInt256.Size))))],
            [.. Enumerable.Range(0, random.Next(4)).Select(_ => new DomainRecord(Hash32.FromBytes(Bytes(Hash32.Size)), Number(), Number(), Number(), Number()))]);
    }
}

/// <summary>What only files have, too.</summary>
public sealed class RecordTestsOnFiles() : RecordTests(TestEngine.Files)
{
    [Fact]
    public async Task Record_WhoseBytesAreDamaged_IsNamedAndNeverAnother()
    {
        using var test = new TestBooks();
        var record = new ModelRecord(Model, 5, 3, 2, [new TokenRevenue(TestBooks.Account(9), 7)], [new DomainRecord(TestBooks.Word(4), 1, 2, 0, 1)]);
        await test.WriteAsync(session => session.Records.Add(1, [record]));
        // Cut anywhere, longer by one, and with counts that its length contradicts, the largest too.
        var length = 5 * 8 + 52 + 64;
        string[] damages =
        [
            .. Enumerable.Range(0, length).Select(kept => $"substr(body, 1, {kept})"), "body || x'00'",
            .. new[] { "0000000000000000", "0000000000000002", "7fffffffffffffff", "ffffffffffffffff", "0404040404040404" }
                .SelectMany(number => new[] { $"substr(body, 1, 24) || x'{number}' || substr(body, 33)", $"substr(body, 1, 32) || x'{number}' || substr(body, 41)" }),
        ];
        foreach (var damage in damages)
        {
            test.Books.Dispose();
            TestData.Run(test.File, $"CREATE TABLE IF NOT EXISTS whole AS SELECT body FROM model_records; UPDATE model_records SET body = (SELECT body FROM whole); UPDATE model_records SET body = CAST({damage} AS BLOB)");
            test.Reopen();
            var damaged = Assert.Throws<StorageException>(() => test.Books.Read(session => session.Records.Find(Model, 1)));
            Assert.Contains("is damaged", damaged.Message, StringComparison.Ordinal);
        }
    }
}

[Trait("Category", "Server")]
public sealed class RecordTestsOnPostgres() : RecordTests(TestEngine.Postgres);
