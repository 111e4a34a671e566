using System.Text;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>
/// The one byte form of a bundle: UTF-8 lines, each a JSON array without spaces that begins with the line's kind, in a
/// fixed order of kinds, each kind's lines in a fixed order. <c>docs/protocol.md</c> lists them. One line is held at a time.
/// </summary>
public sealed class BundleWriter
{
    /// <summary>No line is longer: a reader need not hold more.</summary>
    public const int MostLineBytes = 64 * 1024 * 1024;

    internal const ulong Version = 1;

    private readonly Keccak256Hasher _hasher = new();
    private readonly CanonicalWriter _line = new();
    private readonly Stream _destination;
    private ulong _lines;

    private BundleWriter(Stream destination) => _destination = destination;

    /// <summary>Writes the canonical bytes and returns their keccak-256.</summary>
    public static Hash32 Write(Bundle bundle, Stream destination)
    {
        var writer = new BundleWriter(destination);
        writer.WriteHead(bundle);
        foreach (var payment in bundle.Payments) writer.WritePayment(payment);
        writer.WriteBooks(bundle);
        writer.Begin("end"u8);
        writer._line.Number(writer._lines);
        writer.End();
        return writer._hasher.Finish();
    }

    internal static ReadOnlySpan<byte> RouteName(PaymentRoute route) => route switch
    {
        PaymentRoute.Rail => "rail"u8,
        PaymentRoute.PayAddress => "transfer"u8,
        PaymentRoute.Excess => "excess"u8,
        _ => throw new InvalidOperationException($"A payment has no route {route}."),
    };

    private void WriteHead(Bundle b)
    {
        Begin("opensettle-bundle"u8);
        _line.Number(Version);
        End();
        Begin("deployment"u8);
        _line.Number(b.Deployment.ChainId);
        _line.Account(b.Deployment.Registry);
        _line.Account(b.Deployment.Rail);
        _line.Account(b.Deployment.Vault);
        End();
        Begin("epoch"u8);
        _line.Number(b.Number);
        _line.Number(b.FirstBlock);
        _line.Number(b.LastBlock);
        _line.Word(b.ParentHash);
        _line.Word(b.LastBlockHash);
        End();
        Begin("previous"u8);
        _line.Word(b.PreviousRoot);
        _line.Word(b.PreviousBundle);
        End();
        foreach (var token in b.Tokens)
        {
            Begin("token"u8);
            _line.Account(token.Token);
            _line.Amount(token.SmallestLeaf);
            End();
        }

        foreach (var terms in b.Terms) WriteTerms(terms);
        WriteUsage(b.Usage);
    }

    private void WriteTerms(Terms terms)
    {
        Begin("terms"u8);
        _line.Number((ulong)terms.Id);
        _line.Word(terms.Model.Value);
        _line.Number(terms.ModelNumber);
        _line.Number(terms.LineageVersion);
        _line.Account(terms.Owner);
        _line.Number(terms.Split.Version);
        if (terms.Split.Commitment is { } commitment) _line.Word(commitment.Hash);
        else TableText.Write(_line, terms.Split);
        _line.Open();
        foreach (var parent in terms.Parents)
        {
            _line.Open();
            _line.Number((ulong)parent.Terms.Id);
            _line.Number(parent.Share);
            _line.Close();
        }

        _line.Close();
        End();
    }

    private void WriteUsage(EpochUsage usage)
    {
        foreach (var batch in usage.Batches)
        {
            Begin("batch"u8);
            _line.Account(batch.Gateway);
            _line.Number(batch.Number);
            _line.Word(batch.Root);
            _line.Number(batch.Events);
            End();
        }

        foreach (var count in usage.Counts)
        {
            Begin("usage"u8);
            _line.Word(count.Model.Value);
            _line.Number(count.Events);
            _line.Number(count.Counted);
            _line.Amount(count.Units);
            End();
        }

        foreach (var method in usage.Methods)
        {
            Begin("method"u8);
            _line.Word(method.Model.Value);
            _line.Word(method.Method);
            _line.Number(method.Events);
            End();
        }

        foreach (var sum in usage.Open)
        {
            Begin("open"u8);
            _line.Word(sum.Model.Value);
            _line.Account(sum.Account);
            _line.Amount(sum.Weight);
            End();
        }
    }

    private void WritePayment(DividedPayment divided)
    {
        var p = divided.Settled.Payment;
        Begin("payment"u8);
        _line.Number(p.At.Block);
        _line.Number(p.At.LogIndex);
        _line.Number(p.Timestamp);
        _line.Word(p.Transaction);
        _line.Plain(RouteName(p.Route));
        _line.Number((ulong)divided.Terms.Id);
        _line.Account(p.Token);
        _line.Amount(p.Amount);
        _line.Amount(divided.Settled.Settled);
        _line.Account(p.Payer);
        _line.Word(p.UsageRef);
        _line.Number(divided.Named);
        End();
    }

    private void WriteBooks(Bundle b)
    {
        foreach (var sum in b.Usage.Direct)
        {
            Begin("direct"u8);
            _line.Number((ulong)sum.Terms);
            _line.Account(sum.Token);
            _line.Account(sum.Account);
            _line.Amount(sum.Weight);
            End();
        }

        foreach (var order in b.Push)
        {
            Begin("push"u8);
            _line.Account(order.Account);
            _line.Account(order.Recipient);
            End();
        }

        foreach (var account in b.After.Accounts)
        {
            Begin("account"u8);
            _line.Account(account.Token);
            _line.Account(account.Account);
            _line.Amount(account.Earned);
            _line.Amount(account.Leaf);
            _line.Amount(account.Pushed);
            End();
        }

        foreach (var residue in b.After.Residues)
        {
            Begin("residue"u8);
            _line.Word(residue.Model.Value);
            _line.Account(residue.Token);
            _line.Amount(residue.Amount);
            End();
        }

        foreach (var (key, amount) in b.After.Suspense)
        {
            Begin("suspense"u8);
            _line.Word(key.Model.Value);
            _line.Number(key.SplitVersion);
            _line.Account(key.Owner);
            _line.Account(key.Token);
            _line.Amount(amount);
            End();
        }

        foreach (var total in b.Changed)
        {
            Begin("total"u8);
            _line.Account(total.Token);
            _line.Amount(total.Total);
            End();
        }

        WriteRecords(b.Records);
        Begin("root"u8);
        _line.Word(b.Root);
        _line.Word(b.PushRoot);
        _line.Word(b.RecordRoot);
        End();
    }

    private void WriteRecords(IReadOnlyList<ModelRecord> records)
    {
        foreach (var record in records)
        {
            Begin("record"u8);
            _line.Word(record.Model.Value);
            _line.Number(record.Uses);
            _line.Number(record.PaidUses);
            _line.Number(record.Consumers);
            End();
        }

        foreach (var record in records)
        {
            foreach (var (token, amount) in record.Revenue)
            {
                Begin("revenue"u8);
                _line.Word(record.Model.Value);
                _line.Account(token);
                _line.Amount(amount);
                End();
            }
        }

        foreach (var record in records)
        {
            foreach (var domain in record.Domains)
            {
                Begin("domain"u8);
                _line.Word(record.Model.Value);
                _line.Text(RoleText.FromWord(domain.Domain));
                _line.Number(domain.Successes);
                _line.Number(domain.Trials);
                _line.Number(domain.PaidSuccesses);
                _line.Number(domain.PaidTrials);
                End();
            }
        }
    }

    private void Begin(ReadOnlySpan<byte> kind)
    {
        _line.Clear();
        _line.Open();
        _line.Plain(kind);
    }

    private void End()
    {
        _line.Close();
        _line.EndLine();
        _lines++;
        if (_line.Written.Length > MostLineBytes)
            throw new InvalidOperationException($"Line {_lines} ({Encoding.ASCII.GetString(_line.Written[..16])}…) would have {_line.Written.Length} bytes, more than the {MostLineBytes} that a reader takes.");
        _hasher.Append(_line.Written);
        _destination.Write(_line.Written);
    }
}
