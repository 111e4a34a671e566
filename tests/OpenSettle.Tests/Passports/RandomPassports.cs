using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Tests.Passports;

/// <summary>Passports that a seed gives, with all that can stand in one, and texts that mean harm.</summary>
internal sealed class RandomPassports(int seed)
{
    private static readonly string[] Texts =
    [
        "nda-review", "", "a b", "=HYPERLINK(\"x\")", "+1", "-1+1", "@SUM(A1)", "\tx", "\r\nnext,line", "\"quoted\"", "a,b;c", "<script>alert(1)</script>", "\u202Egnp.exe", "\u001b[31mred", "\0zero",
        "zero\u200Bwidth", "ñandú 模型 🤖", "line\nfeed", "'", "\\", "{{x}}", "null", "a".PadRight(700, 'a'), "http://[::1", "javascript:alert(1)", "ipfs://bafy/x y", "https://example.org/a%20b", "\u2028sep", "\uFEFFbom", "-", "=", "1e5",
    ];

    private readonly Random _random = new(seed);

    public PassportFile Next()
    {
        var tokens = Many(3, () => new TokenName(Account(), Text(), (byte)_random.Next(0, 40)));
        return new PassportFile(NextPassport(), Number(), tokens, _random.Next(3) == 0 ? null : Document());
    }

    public ModelDocument Document()
    {
        if (_random.Next(8) == 0) return new ModelDocument { Name = Name(), Description = Text(), IsForeign = true };
        return new ModelDocument
        {
            Name = Name(),
            Description = Text(),
            License = _random.Next(2) == 0 ? null : new ModelLicense(Name(), OrNull(Name), OrNull(Name)),
            BaseModels = Many(3, Name),
            BaseModelRelation = OrNull(Name),
            Datasets = Many(3, Name),
            Languages = Many(3, Name),
            Tags = Many(3, Name),
            Task = OrNull(Name),
            Library = OrNull(Name),
            Metrics = Many(3, Name),
            Limitations = OrNull(Text),
            Results = Many(4, () => new ReportedResult(
                Name(),
                new ReportedTask(Name(), OrNull(Name)),
                new ReportedDataset(Name(), Name(), OrNull(Name), OrNull(Name), OrNull(Name), OrNull(Json)),
                new ReportedMetric(Name(), OrNull(Name), Plain(), OrNull(Name), OrNull(Json), _random.Next(3) switch { 0 => null, 1 => true, _ => false }, OrNull(Name)),
                _random.Next(2) == 0 ? null : new ReportedSource(OrNull(Name), OrNull(Name)))),
            CardHash = _random.Next(2) == 0 ? null : Word(),
        };
    }

    public string Text() => Texts[_random.Next(Texts.Length)] + (_random.Next(4) == 0 ? Texts[_random.Next(Texts.Length)] : string.Empty);

    private Passport NextPassport() => new(
        "opensettle-metrics/" + _random.Next(9).ToString(CultureInfo.InvariantCulture), Number(), new ModelId(Word()), new BlockPoint(Number(), (ulong)_random.NextInt64(0, 4_000_000_000)), Number(), Account(), Account(), Word(),
        (byte)_random.Next(0, 6), _random.Next(2) == 0, Word(), Text(),
        Many(3, () => new DomainStanding(Word(), Text(), Any<DomainBasis>(), Number(), Number(), Ratio(), Ratio())),
        Many(12, NextFigure),
        Many(4, () => new PassportFlag(Text(), Text(), Text())),
        Many(3, () => new Ancestor(new ModelId(Word()), (uint)_random.Next(9), Number(), Amounts())),
        Many(3, () => new Contributor(Account(), Many(2, Text), Amounts())),
        Many(3, () => new StatedPermission(Account(), Word(), (byte)_random.Next(256), Number(), Word(), Text(), _random.Next(2) == 0 ? null : Word())),
        Many(6, NextAttestation));

    private Figure NextFigure()
    {
        var state = Any<FigureState>();
        var known = state == FigureState.Known;
        return new Figure(
            Pick("revenue.settled", "concentration.hhi", "domain.paidUsage", "usage.weekly", Text()), Pick(string.Empty, Account().ToChecksumString(), Text()), state,
            known ? Pick(Amount().ToString(), Ratio(), "-0.188322") : null, known ? OrNull(Ratio) : null, known ? OrNull(Ratio) : null, Number(), Number(), Any<FigureLevel>(), Number(), Number(),
            Many(5, () => new FigurePoint(Pick("2026-11-20", Text()), Ratio(), Number())), OrNull(Text));
    }

    private JudgedAttestation NextAttestation()
    {
        var kind = Any<StatementKind>();
        Statement? statement = _random.Next(5) == 0 ? null : kind switch
        {
            StatementKind.Provenance => new ProvenanceStatement(new ModelId(Word()), Word(), Many(3, Word), Many(3, Text), Text()),
            StatementKind.Lineage => new LineageStatement(new ModelId(Word()), Many(3, () => new Parent(new ModelId(Word()), (uint)_random.Next())), (uint)_random.Next()),
            StatementKind.Contribution => new ContributionStatement(new ModelId(Word()), Account(), Word(), new UInt128(Number(), Number()), Word()),
            StatementKind.Permission => new PermissionStatement(new ModelId(Word()), Account(), Word(), (byte)_random.Next(256), Number(), Word()),
            StatementKind.Evaluation => new EvaluationStatement(new ModelId(Word()), Word(), Text(), Text(), Number(), Word(), Word()),
            StatementKind.Epoch => new EpochStatement(Number(), Number(), Word(), Word(), Word()),
            _ => new UsageRecordStatement(
                new ModelId(Word()), Number(), Number(), Number(), Many(2, () => new TokenRevenue(Account(), Amount())), Many(2, () => (Word(), Number(), Number()))),
        };
        var onChain = _random.Next(2) == 0;
        var entry = new AttestationEntry(
            Word(), Word(), kind, Account(), Account(), Word(), Number(), Number(), Number(), onChain, onChain ? new LogPosition(Number(), (uint)_random.Next()) : null, statement);
        return new JudgedAttestation(entry, Any<AttestationStanding>(), _random.Next(2) == 0, OrNull(Text));
    }

    private (Address Token, UInt256 Amount)[] Amounts() => Many(2, () => (Account(), Amount()));

    private T[] Many<T>(int most, Func<T> make)
    {
        var items = new T[_random.Next(most + 1)];
        for (var i = 0; i < items.Length; i++) items[i] = make();
        return items;
    }

    private T Any<T>()
        where T : struct, Enum => Pick(Enum.GetValues<T>());

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];

    private string? OrNull(Func<string> make) => _random.Next(2) == 0 ? null : make();

    /// <summary>What a card can carry as a name: no control characters.</summary>
    private string Name() => new([.. Text().Where(c => !char.IsControl(c)).Take(ModelDocument.LongestName)]);

    private string Json() => Pick("""{"max_order":4}""", "\"en\"", "[1,2,{\"a\":null}]", "true", "\"4\"", "4");

    private string Plain() => Pick("0.87", "87", "-1.5e-3", "1e5", "00.10", "+7", ".5");

    private string Ratio() => _random.NextDouble().ToString("F6", CultureInfo.InvariantCulture);

    private ulong Number() => Pick(0UL, 1UL, (ulong)_random.Next(), (ulong)_random.NextInt64(), ulong.MaxValue);

    private UInt256 Amount() => UInt256.FromBigEndian(Bytes(_random.Next(2) == 0 ? 8 : 32).Concat(new byte[32]).Take(32).Reverse().ToArray());

    private Hash32 Word() => Hash32.FromBytes(Bytes(Hash32.Size));

    private Address Account() => _random.Next(10) == 0 ? Address.Zero : Address.FromBytes(Bytes(Address.Size));

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
