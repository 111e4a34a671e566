using System.Text;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Tests.Support;

/// <summary>A history as <c>tests/reference/README.md</c> has it: what the chain and the gateways said, one array a line.</summary>
internal sealed class FactsFile
{
    private readonly CanonicalWriter _line = new();
    private readonly List<byte> _bytes = [];

    private FactsFile()
    {
    }

    public static byte[] Of(History history)
    {
        var file = new FactsFile();
        var id = History.Deployment;
        file.Line("chain", line =>
        {
            line.Number(id.ChainId);
            line.Account(id.Registry);
            line.Account(id.Rail);
            line.Account(id.Vault);
            line.Number(World.FirstBlock(1));
        });
        foreach (var token in history.Tokens)
        {
            file.Line("listed", line =>
            {
                line.Number(0);
                line.Number(0);
                line.Account(token.Token);
                line.Amount(token.SmallestLeaf);
            });
        }

        foreach (var fact in history.World.Facts) file.Chain(fact);
        for (var epoch = 1; epoch <= history.Epochs.Count; epoch++) file.Epoch(history, epoch);
        return [.. file._bytes];
    }

    private void Epoch(History history, int epoch)
    {
        foreach (var table in history.World.TablesOf(epoch)) Line("table", line => TableText.Write(line, table));
        foreach (var batch in history.World.BatchesOf(epoch))
        {
            Line("batch", line =>
            {
                line.Account(batch.Gateway);
                line.Number(batch.Number);
                line.Open();
                foreach (var e in batch.Events) line.Raw(e.ToText());
                line.Close();
            });
        }

        foreach (var (model, events) in history.World.SeenIn(epoch))
        {
            Line("seen", line =>
            {
                line.Word(model.Value);
                line.Number(events);
            });
        }

        foreach (var order in history.World.PushOf(epoch))
        {
            Line("push", line =>
            {
                line.Account(order.Account);
                line.Account(order.Recipient);
            });
        }

        Line("close", line =>
        {
            line.Number((ulong)epoch);
            line.Number(World.LastBlock(epoch));
            line.Word(History.BlockHash(epoch));
        });
    }

    private void Chain(object fact)
    {
        switch (fact)
        {
            case ModelRegistered f:
                Said("registered", f, line =>
                {
                    line.Number(f.Number);
                    line.Account(f.Creator);
                });
                break;
            case SplitSet { Table.Commitment: { } commitment } f:
                Said("committed", f, line =>
                {
                    line.Number(f.Table.Version);
                    line.Number(f.EffectiveAt);
                    line.Word(commitment.Hash);
                    line.Number(commitment.Rows);
                    line.Amount(commitment.Weight);
                });
                break;
            case SplitSet f:
                Said("split", f, line =>
                {
                    line.Number(f.Table.Version);
                    line.Number(f.EffectiveAt);
                    TableText.Write(line, f.Table);
                });
                break;
            case SplitCancelled f:
                Said("cancelled", f, line => line.Number(f.Version));
                break;
            case LineageCancelled f:
                Said("lineage-cancelled", f, line => line.Number(f.Version));
                break;
            case LineageSet f:
                Said("lineage", f, line =>
                {
                    line.Number(f.Lineage.Version);
                    line.Number(f.EffectiveAt);
                    line.Open();
                    foreach (var parent in f.Lineage.Parents)
                    {
                        line.Open();
                        line.Word(parent.Model.Value);
                        line.Number(parent.Share);
                        line.Close();
                    }

                    line.Close();
                });
                break;
            case OwnerChanged f:
                Said("owner", f, line => line.Account(f.Owner));
                break;
            case GatewaySet f:
                Said("gateway", f, line =>
                {
                    line.Account(f.Gateway);
                    line.Number(f.Listed ? 1UL : 0);
                });
                break;
            case Payment p:
                At("payment", p.At, p.Timestamp, line =>
                {
                    line.Word(p.Transaction);
                    line.Plain(p.Route == PaymentRoute.Rail ? "rail"u8 : "transfer"u8);
                    line.Word(p.Model.Value);
                    line.Account(p.Token);
                    line.Amount(p.Amount);
                    line.Account(p.Payer);
                    line.Word(p.UsageRef);
                });
                break;
            case Sweep s:
                At("sweep", s.At, s.Timestamp, line =>
                {
                    line.Word(s.Transaction);
                    line.Word(s.Model.Value);
                    line.Account(s.Token);
                    line.Amount(s.Amount);
                });
                break;
            default:
                throw new InvalidOperationException($"The fact {fact} has no line.");
        }
    }

    private void Said(string kind, RegistryFact fact, Action<CanonicalWriter> rest) => At(kind, fact.At, fact.Timestamp, line =>
    {
        line.Word(fact.Model.Value);
        rest(line);
    });

    private void At(string kind, LogPosition at, ulong time, Action<CanonicalWriter> rest) => Line(kind, line =>
    {
        line.Number(at.Block);
        line.Number(at.LogIndex);
        line.Number(time);
        rest(line);
    });

    private void Line(string kind, Action<CanonicalWriter> rest)
    {
        _line.Clear();
        _line.Open();
        _line.Plain(Encoding.ASCII.GetBytes(kind));
        rest(_line);
        _line.Close();
        _line.EndLine();
        _bytes.AddRange(_line.Written);
    }
}
