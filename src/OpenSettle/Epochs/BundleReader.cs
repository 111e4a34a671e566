using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>
/// Reads a bundle, strictly: what it accepts is exactly what <see cref="BundleWriter"/> writes. The bytes are outside
/// data until their hash is compared with the one on chain. Payments are handed over one by one, so a file of any length
/// needs the memory of its books.
/// </summary>
public sealed class BundleReader
{
    private static readonly byte[][] Kinds =
    [
        .. Enum.GetValues<LineKind>().Select(kind => kind == LineKind.First ? "opensettle-bundle" : kind.ToString().ToLowerInvariant())
            .Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private readonly List<ListedToken> _tokens = [];
    private readonly List<Terms> _terms = [];
    private readonly List<DividedPayment> _kept = [];
    private readonly BundleUsageLines _usage = new();
    private readonly List<PushOrder> _push = [];
    private readonly List<AccountState> _accounts = [];
    private readonly List<Residue> _residues = [];
    private readonly List<Suspense> _suspense = [];
    private readonly List<TokenTotal> _totals = [];
    private readonly BundleRecordLines _records = new();
    private readonly Action<Bundle, DividedPayment>? _payment;
    private Bundle _head = new(
        new DeploymentId(0, Address.Zero, Address.Zero, Address.Zero), 0, 0, 0, Hash32.Zero, Hash32.Zero, Hash32.Zero, Hash32.Zero, [], [], [], EpochUsage.None, [],
        SettlementState.Empty, [], Hash32.Zero, Hash32.Zero, [], Hash32.Zero);
    private LogPosition? _lastPayment;
    private long _line;
    private int _stage = -1;

    private BundleReader(Action<Bundle, DividedPayment>? payment) => _payment = payment;

    /// <summary>Reads the bundle, with its payments, and the keccak-256 of its bytes.</summary>
    public static (Bundle Bundle, Hash32 Hash) Read(Stream source)
    {
        var reader = new BundleReader(null);
        var (bundle, hash) = reader.Parse(source);
        return (bundle with { Payments = reader._kept }, hash);
    }

    /// <summary>
    /// Reads the bundle and hands over each payment, together with what stands before the payments. The bundle that is
    /// returned has none.
    /// </summary>
    public static (Bundle Bundle, Hash32 Hash) Read(Stream source, Action<Bundle, DividedPayment> payment) => new BundleReader(payment).Parse(source);

    private (Bundle Bundle, Hash32 Hash) Parse(Stream source)
    {
        var hasher = new Keccak256Hasher();
        var buffer = new byte[64 * 1024];
        var (start, end, searched) = (0, 0, 0);
        while (true)
        {
            // What was searched once is not searched again: a long line may come in many small pieces.
            var found = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            var length = (found < 0 ? end : searched + found + 1) - start;
            if (length > BundleWriter.MostLineBytes) throw BadNext($"the line is longer than {BundleWriter.MostLineBytes} bytes.");
            if (found >= 0)
            {
                var line = buffer.AsSpan(start, length);
                TakeLine(line[..^1]);
                hasher.Append(line);
                start += length;
                searched = start;
                continue;
            }

            if (start > 0) buffer.AsSpan(start, length).CopyTo(buffer);
            (start, end, searched) = (0, length, length);
            if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            var read = source.Read(buffer, end, buffer.Length - end);
            if (read == 0) break;
            end += read;
        }

        if (end > start) throw BadNext("the file ends in the middle of a line.");
        if (_stage != Kinds.Length - 1) throw BadNext(_line == 0 ? "the file is empty." : "the file ends before its end line.");
        return (Whole(), hasher.Finish());
    }

    private Bundle Whole() => _head with
    {
        Tokens = _tokens,
        Terms = _terms,
        Usage = _usage.ToUsage() with { Uses = _records.Uses() },
        Push = _push,
        After = new SettlementState(_accounts, _residues, _suspense),
        Changed = _totals,
        Records = _records.Records,
    };

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        _line++;
        if (_stage == Kinds.Length - 1) throw Bad("there is more after the end line.");
        try
        {
            var reader = new CanonicalReader(line);
            reader.Open();
            var kind = KindOf(reader.Plain());
            Advance(kind);
            Take((LineKind)kind, ref reader);
            reader.Close();
            reader.End();
        }
        catch (Exception e) when (e is CanonicalFormatException or OverflowException)
        {
            throw _line == 1 ? Bad("this is not a bundle: it does not begin with [\"opensettle-bundle\",1].") : Bad(e.Message);
        }
    }

    private int KindOf(ReadOnlySpan<byte> kind)
    {
        if (_stage >= 0 && kind.SequenceEqual(Kinds[_stage])) return _stage;
        for (var i = 0; i < Kinds.Length; i++)
        {
            if (kind.SequenceEqual(Kinds[i])) return i;
        }

        throw new CanonicalFormatException($"'{Name(kind)}' is not a kind of line.");
    }

    private void Advance(int next)
    {
        if (next < _stage) throw Bad($"a '{Name(Kinds[next])}' line cannot come after a '{Name(Kinds[_stage])}' line.");
        if (next == _stage && IsSingle(next)) throw Bad($"there is a second '{Name(Kinds[next])}' line.");
        for (var i = _stage + 1; i < next; i++)
        {
            if (IsSingle(i)) throw Bad(i == 0 ? "this is not a bundle: it does not begin with [\"opensettle-bundle\",1]." : $"there is no {Name(Kinds[i])} line.");
        }

        // What stands before the payments is complete with the first of them.
        if (_stage < (int)LineKind.Payment && next >= (int)LineKind.Payment) _head = _head with { Tokens = _tokens, Terms = _terms, Usage = _usage.ToUsage() };
        if (_stage != next) _records.NextKind();
        _stage = next;
    }

    private static bool IsSingle(int kind) => (LineKind)kind is <= LineKind.Previous or >= LineKind.Root;

    private void Take(LineKind kind, ref CanonicalReader line)
    {
        switch (kind)
        {
            case LineKind.First:
                if (line.Number() != BundleWriter.Version) throw Bad("this is a bundle of a version that this program does not know.");
                break;
            case LineKind.Deployment:
                _head = _head with { Deployment = new DeploymentId(line.Number(), line.Account(), line.Account(), line.Account()) };
                break;
            case LineKind.Epoch:
                _head = _head with { Number = line.Number(), FirstBlock = line.Number(), LastBlock = line.Number(), ParentHash = line.Word(), LastBlockHash = line.Word() };
                break;
            case LineKind.Previous:
                _head = _head with { PreviousRoot = line.Word(), PreviousBundle = line.Word() };
                break;
            case LineKind.Token:
                BundleLines.AddAfter(_tokens, new ListedToken(line.Account(), line.Amount()), static token => token.Token);
                break;
            case LineKind.Terms:
                _terms.Add(ReadTerms(ref line));
                break;
            case LineKind.Batch or LineKind.Usage or LineKind.Method or LineKind.Open:
                _usage.Take(kind, ref line);
                break;
            case LineKind.Payment:
                TakePayment(ReadPayment(ref line));
                break;
            case LineKind.Direct:
                _usage.TakeDirect(ref line, _terms.Count);
                break;
            case LineKind.Push:
                BundleLines.AddAfter(_push, new PushOrder(line.Account(), line.Account()), static order => order.Account);
                if (_push[^1].Recipient.IsZero) throw Bad("nothing is pushed to the zero address.");
                break;
            case LineKind.Account:
                TakeAccount(ref line);
                break;
            case LineKind.Residue:
                BundleLines.AddAfter(_residues, new Residue(new ModelId(line.Word()), line.Account(), BundleLines.NotZero(line.Amount())), static residue => (residue.Model, residue.Token));
                break;
            case LineKind.Suspense:
                BundleLines.AddAfter(
                    _suspense,
                    new Suspense(new SuspenseKey(new ModelId(line.Word()), line.SmallNumber("the split version"), line.Account(), line.Account()), BundleLines.NotZero(line.Amount())),
                    static suspense => suspense.Key);
                break;
            case LineKind.Total:
                BundleLines.AddAfter(_totals, new TokenTotal(line.Account(), line.Amount()), static total => total.Token);
                break;
            case LineKind.Record:
                _records.TakeRecord(ref line);
                break;
            case LineKind.Revenue:
                _records.TakeRevenue(ref line);
                break;
            case LineKind.Domain:
                _records.TakeDomain(ref line);
                break;
            case LineKind.Root:
                _head = _head with { Root = line.Word(), PushRoot = line.Word(), RecordRoot = line.Word() };
                break;
            default:
                var counted = line.Number();
                if (counted != (ulong)(_line - 1)) throw Bad($"the end line counts {counted} lines before it, and there are {_line - 1}.");
                break;
        }
    }

    private Terms ReadTerms(ref CanonicalReader line)
    {
        var id = line.SmallNumber("the number of terms");
        if (id != _terms.Count) throw Bad($"terms {id} stand where {_terms.Count} belong.");
        var (model, number, lineage, owner, version) = (
            new ModelId(line.Word()), line.Number(), line.SmallNumber("the lineage version"), line.Account(), line.SmallNumber("the split version"));
        var split = line.NextIsList
            ? TableText.Read(ref line, version)
            : new SplitTable(version, []) { Commitment = new TableCommitment(line.Word(), 0, UInt256.Zero) };
        var parents = new List<UpstreamTerms>();
        line.Open();
        while (line.More)
        {
            line.Open();
            var parent = line.Number();
            if (parent >= id) throw Bad($"terms {id} name the parent terms {parent}, which do not stand before them.");
            var share = line.SmallNumber("the share");
            if (share == 0) throw Bad($"terms {id}: a parent has no share.");
            parents.Add(new UpstreamTerms(_terms[(int)parent], share));
            line.Close();
        }

        line.Close();
        return new Terms((int)id, model, number, split, lineage, owner, parents);
    }

    private DividedPayment ReadPayment(ref CanonicalReader line)
    {
        var at = new LogPosition(line.Number(), line.SmallNumber("the log index"));
        var (time, transaction) = (line.Number(), line.Word());
        var routeName = line.Plain();
        var route = PaymentRoute.Unknown;
        for (var candidate = PaymentRoute.Rail; candidate <= PaymentRoute.Excess; candidate++)
        {
            if (routeName.SequenceEqual(BundleWriter.RouteName(candidate))) route = candidate;
        }

        if (route == PaymentRoute.Unknown) throw Bad($"'{Name(routeName)}' is not a route.");
        var id = line.Number();
        if (id >= (ulong)_terms.Count) throw Bad($"terms {id} are not in this file.");
        var terms = _terms[(int)id];
        var (token, paid, settled, payer, reference, named) = (line.Account(), line.Amount(), line.Amount(), line.Account(), line.Word(), line.Number());
        return new DividedPayment(new SettledPayment(new Payment(at, time, transaction, terms.Model, token, paid, payer, reference, route), settled), terms, named);
    }

    private void TakePayment(DividedPayment payment)
    {
        var at = payment.Settled.Payment.At;
        if (_lastPayment is { } last && last >= at) throw Bad($"'{at}' does not come after '{last}'.");
        _lastPayment = at;
        if (_payment is null) _kept.Add(payment);
        else _payment(_head, payment);
    }

    private void TakeAccount(ref CanonicalReader line)
    {
        var (token, account) = (line.Account(), line.Account());
        BundleLines.AddAfter(_accounts, new AccountState(account, token, line.Amount(), line.Amount(), line.Amount()), static state => (state.Token, state.Account));
    }

    private static string Name(ReadOnlySpan<byte> kind) => System.Text.Encoding.Latin1.GetString(kind[..Math.Min(kind.Length, 40)]);

    private BundleFormatException Bad(string message) => new(_line, message);

    private BundleFormatException BadNext(string message) => new(_line + 1, message);
}
