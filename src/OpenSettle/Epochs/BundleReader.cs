using System.Text;
using System.Text.Json;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>
/// Reads a bundle, strictly: what it accepts is exactly what <see cref="BundleWriter"/> writes. The bytes are outside
/// data until their hash is compared with the one on chain.
/// </summary>
public sealed class BundleReader
{
    private static readonly string[] Order =
        ["deployment", "epoch", "previous", "token", "terms", "payment", "usage", "account", "residue", "total", "root", "end"];

    private readonly List<ListedToken> _tokens = [];
    private readonly List<Terms> _terms = [];
    private readonly List<DividedPayment> _payments = [];
    private readonly List<UsageCount> _usage = [];
    private readonly List<AccountState> _accounts = [];
    private readonly List<Residue> _residues = [];
    private readonly List<TokenTotal> _totals = [];
    private DeploymentId? _deployment;
    private (ulong Number, ulong First, ulong Last, Hash32 Hash)? _epoch;
    private (Hash32 Root, Hash32 Bundle)? _previous;
    private Hash32? _root;
    private long _line;

    private BundleReader()
    {
    }

    /// <summary>Reads the bundle and the keccak-256 of its bytes.</summary>
    public static (Bundle Bundle, Hash32 Hash) Read(Stream source)
    {
        using var copy = new MemoryStream();
        source.CopyTo(copy);
        var bytes = copy.GetBuffer().AsSpan(0, (int)copy.Length);
        var bundle = new BundleReader().Parse(bytes);

        // Reading is lenient about spaces and number forms; writing again is not. Equal bytes are canonical bytes.
        using var again = new MemoryStream(bytes.Length);
        var hash = BundleWriter.Write(bundle, again);
        if (!again.GetBuffer().AsSpan(0, (int)again.Length).SequenceEqual(bytes))
        {
            var at = bytes.CommonPrefixLength(again.GetBuffer().AsSpan(0, (int)again.Length));
            throw new BundleFormatException(bytes[..at].Count((byte)'\n') + 1, "this is not the canonical form (spaces, number forms or order).");
        }

        return (bundle, hash);
    }

    private Bundle Parse(ReadOnlySpan<byte> bytes)
    {
        var stage = -1;
        while (!bytes.IsEmpty)
        {
            _line++;
            var length = bytes.IndexOf((byte)'\n');
            if (length < 0) throw Bad("the file ends in the middle of a line.");
            var line = Encoding.UTF8.GetString(bytes[..length]);
            bytes = bytes[(length + 1)..];
            if (_line == 1)
            {
                if (line != BundleWriter.FirstLine) throw Bad($"this is not a bundle of version 1: it does not begin with {BundleWriter.FirstLine}.");
                continue;
            }

            var next = ParseLine(line);
            if (next < stage) throw Bad($"a '{Order[next]}' line cannot come after a '{Order[stage]}' line.");
            stage = next;
            if (stage == Order.Length - 1 && !bytes.IsEmpty) throw Bad("there is more after the end line.");
        }

        if (stage != Order.Length - 1) throw Bad("the file ends before its end line.");
        var (number, first, last, hash) = _epoch ?? throw Bad("there is no epoch line.");
        var (previousRoot, previousBundle) = _previous ?? throw Bad("there is no previous line.");
        return new Bundle(
            _deployment ?? throw Bad("there is no deployment line."), number, first, last, hash, previousRoot, previousBundle,
            _tokens, _terms, _payments, _usage, new SettlementState(_accounts, _residues), _totals, _root ?? throw Bad("there is no root line."));
    }

    private int ParseLine(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 4 });
            var row = json.RootElement;
            var kind = row[0].GetString();
            var stage = Array.IndexOf(Order, kind);
            if (stage < 0) throw Bad($"'{kind}' is not a kind of line.");
            Take(kind!, row);
            return stage;
        }
        catch (BundleFormatException)
        {
            throw;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException
                                      or ArgumentOutOfRangeException or OverflowException)
        {
            throw Bad(e.Message);
        }
    }

    private void Take(string kind, JsonElement row)
    {
        switch (kind)
        {
            case "deployment":
                _deployment = new DeploymentId(row[1].GetUInt64(), Account(row[2]), Account(row[3]), Account(row[4]));
                break;
            case "epoch":
                _epoch = (row[1].GetUInt64(), row[2].GetUInt64(), row[3].GetUInt64(), Word(row[4]));
                break;
            case "previous":
                _previous = (Word(row[1]), Word(row[2]));
                break;
            case "token":
                AddAfter(_tokens, new ListedToken(Account(row[1]), Amount(row[2])), token => token.Token);
                break;
            case "terms":
                _terms.Add(ReadTerms(row));
                break;
            case "payment":
                AddAfter(_payments, ReadPayment(row), payment => payment.Settled.Payment.At);
                break;
            case "usage":
                AddAfter(_usage, new UsageCount(new ModelId(Word(row[1])), row[2].GetUInt64()), usage => usage.Model);
                break;
            case "account":
                AddAfter(_accounts, new AccountState(Account(row[2]), Account(row[1]), Amount(row[3]), Amount(row[4])), state => (state.Token, state.Account));
                break;
            case "residue":
                AddAfter(_residues, new Residue(new ModelId(Word(row[1])), Account(row[2]), Amount(row[3])), residue => (residue.Model, residue.Token));
                break;
            case "total":
                AddAfter(_totals, new TokenTotal(Account(row[1]), Amount(row[2])), total => total.Token);
                break;
            case "root":
                _root = Word(row[1]);
                break;
            case "end":
                if (row[1].GetInt64() != _line - 1) throw Bad($"the end line counts {row[1]} lines before it, and there are {_line - 1}.");
                break;
            default:
                throw Bad($"'{kind}' is not read.");
        }
    }

    private Terms ReadTerms(JsonElement row)
    {
        var id = row[1].GetInt32();
        if (id != _terms.Count) throw Bad($"terms {id} stand where {_terms.Count} belong.");
        var rows = new List<SplitRow>();
        foreach (var part in row[7].EnumerateArray())
        {
            Address? account = part[0].GetString() == "OWNER" ? null : Account(part[0]);
            rows.Add(new SplitRow(account, UInt128.Parse(Text(part[1])), Role(Text(part[2]))));
        }

        var parents = new List<UpstreamTerms>();
        foreach (var part in row[8].EnumerateArray())
        {
            var parent = part[0].GetInt32();
            if (parent < 0 || parent >= id) throw Bad($"terms {id} name the parent terms {parent}, which do not stand before them.");
            parents.Add(new UpstreamTerms(_terms[parent], part[1].GetUInt32()));
        }

        return new Terms(
            id, new ModelId(Word(row[2])), row[3].GetUInt64(), new SplitTable(row[6].GetUInt32(), rows), row[4].GetUInt32(), Account(row[5]), parents);
    }

    private DividedPayment ReadPayment(JsonElement row)
    {
        var terms = row[6].GetInt32();
        if (terms < 0 || terms >= _terms.Count) throw Bad($"terms {terms} are not in this file.");
        var route = Text(row[5]) switch
        {
            "rail" => PaymentRoute.Rail,
            "transfer" => PaymentRoute.PayAddress,
            "excess" => PaymentRoute.Excess,
            var other => throw Bad($"'{other}' is not a route."),
        };
        var payment = new Payment(
            new LogPosition(row[1].GetUInt64(), row[2].GetUInt32()), row[3].GetUInt64(), Word(row[4]), _terms[terms].Model,
            Account(row[7]), Amount(row[8]), Account(row[10]), Word(row[11]), route);
        return new DividedPayment(new SettledPayment(payment, Amount(row[9])), _terms[terms]);
    }

    /// <summary>One order of lines, none twice: an epoch has one file.</summary>
    private void AddAfter<T, TKey>(List<T> lines, T line, Func<T, TKey> key) where TKey : IComparable<TKey>
    {
        if (lines.Count > 0 && key(lines[^1]).CompareTo(key(line)) >= 0) throw Bad($"'{key(line)}' does not come after '{key(lines[^1])}'.");
        lines.Add(line);
    }

    private static string Role(string text) =>
        RoleText.ToWord(text) is { } word && RoleText.FromWord(word) == text ? text : throw new FormatException("a role is not the text of a word.");

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("a text is missing.");

    private static Address Account(JsonElement value) => Address.Parse(Text(value));

    private static Hash32 Word(JsonElement value) => Hash32.Parse(Text(value));

    private static UInt256 Amount(JsonElement value) => UInt256.Parse(Text(value));

    private BundleFormatException Bad(string message) => new(_line, message);
}
